{# list.html: what the shop has published. Needs `page`. #}
{% extends "storefront/base.html" %}{% load i18n ui %}
{% block title %}{% trans "${name}" %}{% endblock %}
{% block page_title %}{% trans "${name}" %}{% endblock %}
{% block content %}<div class="wrap"><div class="stack">
{% for ${model} in page %}<article class="panel"><h2>{{ ${model}.title }}</h2><p>{{ ${model}.body|linebreaksbr }}</p><p class="text-ink-2">{% when ${model}.created_at %}</p></article>
{% empty %}<c-empty-state icon="blocks" title="{% trans "Nothing here yet" %}">{% trans "Come back soon." %}</c-empty-state>{% endfor %}
<c-pagination :page="page" />
</div></div>{% endblock %}
