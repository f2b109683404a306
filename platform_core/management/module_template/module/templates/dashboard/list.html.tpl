{# list.html: what the shop has written, and a form for one more. Needs `page` and `form`. #}
{% extends "dashboard/base.html" %}{% load i18n ui %}
{% block title %}{% if form.errors %}{% trans "Error:" %} {% endif %}{% trans "${name}" %}{% endblock %}
{% block page_title %}{% trans "${name}" %}{% endblock %}
{% block content %}<div class="stack">
{% if page.object_list %}<c-card is_flush>{% trans "${name}" as caption %}<c-table :caption="caption"><thead><tr><th scope="col">{% trans "Title" %}</th><th scope="col">{% trans "State" %}</th><th scope="col">{% trans "Written" %}</th></tr></thead>
<tbody>{% for ${model} in page %}<tr><td class="table-main">{{ ${model}.title }}<span class="table-sub">{{ ${model}.body|truncatechars:80 }}</span></td>
<td data-label="{% trans "State" %}">{% if ${model}.is_published %}<c-badge tone="good">{% trans "Published" %}</c-badge>{% else %}<c-badge tone="neutral" icon="eye-off">{% trans "Hidden" %}</c-badge>{% endif %}
{% if perms.${label}.change_${model} %}<form method="post" action="{% url "dashboard:${label}:publish" pk=${model}.pk %}">{% csrf_token %}{% shop_field %}<c-button size="s">{% if ${model}.is_published %}{% trans "Hide" %}{% else %}{% trans "Publish" %}{% endif %}<span class="sr-only"> {{ ${model}.title }}</span></c-button></form>{% endif %}</td>
<td data-label="{% trans "Written" %}">{% when ${model}.created_at %}</td></tr>{% endfor %}</tbody></c-table></c-card>
<c-pagination :page="page" />
{% else %}{% trans "Nothing here yet" as empty_title %}<c-card><c-empty-state kind="first" icon="blocks" :title="empty_title">{% trans "What you write and publish appears in your shop." %}</c-empty-state></c-card>{% endif %}
{% if perms.${label}.change_${model} %}{% trans "Add" as add_title %}<c-card :title="add_title"><form class="form" method="post" novalidate>{% csrf_token %}{% shop_field %}
<c-error-summary :form="form" />
{% for field in form %}<c-field :field="field" />{% endfor %}
<div class="form-actions"><c-button kind="primary" icon="check">{% trans "Save" %}</c-button></div></form></c-card>{% endif %}
</div>{% endblock %}
