{# home.html: the module's page in a shop. #}
{% extends "storefront/base.html" %}{% load i18n %}
{% block title %}{% trans "${name}" %}{% endblock %}
{% block page_title %}{% trans "${name}" %}{% endblock %}
