"""Parts of pages and links that are there only where a module is on."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import TemplateSyntaxError, engines
from django.urls import NoReverseMatch, set_urlconf

from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from platform_core.testing.walks import as_optional

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(lux: Any, objektiv: Any) -> Any:
    set_urlconf("config.urls.storefront")
    with as_optional("catalog"), platform_context(lux, objektiv):
        yield
    set_urlconf(None)


def show(source: str, **context: Any) -> str:
    return engines["django"].from_string("{% load modules %}" + source).render(context)


def test_a_part_is_shown_where_its_module_is_on(lux):
    source = (
        '{% if_module "catalog" %}on{% else %}off{% endif_module %}|{% if_module code %}on{% endif_module %}'
    )
    assert show(source, code="catalog") == "on|on"
    with override_modules(lux, off=("catalog",)):
        assert show(source, code="catalog") == "off|"
    assert show(source, code="nothing-of-this-name") == "on|"


def test_a_link_is_there_where_its_module_is_on(lux):
    source = '{% url_if_enabled "storefront:catalog:product" slug="x" as url %}[{{ url }}]'
    assert show(source) == "[/products/x/]"
    with override_modules(lux, off=("catalog",)):
        assert show(source) == "[]"


def test_a_link_to_a_module_that_is_not_installed_is_not_there():
    assert show('[{% url_if_enabled "storefront:nothing_of_this_name:list" %}]') == "[]"


def test_a_link_to_a_door_that_the_site_does_not_have_is_not_there():
    set_urlconf("config.urls.public")
    assert show('[{% url_if_enabled "storefront:catalog:list" %}]') == "[]"


def test_a_slip_of_the_pen_is_told():
    with pytest.raises(NoReverseMatch):
        show('{% url_if_enabled "storefront:catalog:lits" %}')
    with pytest.raises(TemplateSyntaxError):
        show("{% if_module %}{% endif_module %}")
