"""`{% load modules %}`: parts of a page, and links, of modules that may be off and of features that a plan may lack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.urls import NoReverseMatch, get_resolver, get_urlconf, reverse

from platform_core.modules.features import feature_gate
from platform_core.modules.gates import is_label_hidden
from platform_core.modules.registry import registry
from platform_core.modules.state import is_module_enabled_here

register = template.Library()


class IfNode(template.Node):
    """Two parts of a page, of which a question about a code chooses one."""

    def __init__(
        self, asks: Callable[[str], bool], code: FilterExpression, on: NodeList, off: NodeList
    ) -> None:
        self.asks, self.code, self.on, self.off = asks, code, on, off

    def render(self, context: template.Context) -> str:
        is_on = self.asks(str(self.code.resolve(context)))
        return (self.on if is_on else self.off).render(context)


def _node(parser: Parser, token: Token, asks: Callable[[str], bool]) -> IfNode:
    words = token.split_contents()
    if len(words) != 2:
        raise template.TemplateSyntaxError(f'Write one code: {{% {words[0]} "…" %}}.')
    end = f"end{words[0]}"
    on, off = parser.parse(("else", end)), NodeList()
    if parser.next_token().contents == "else":
        off = parser.parse((end,))
        parser.delete_first_token()
    return IfNode(asks, parser.compile_filter(words[1]), on, off)


@register.tag
def if_module(parser: Parser, token: Token) -> IfNode:
    """`{% if_module "orders" %}…{% else %}…{% endif_module %}`: what is shown where a module is on, and where not.

    A module that is not installed is off.
    """
    return _node(parser, token, is_module_enabled_here)


@register.tag
def if_feature(parser: Parser, token: Token) -> IfNode:
    """`{% if_feature "own_domains" %}…{% else %}…{% endif_feature %}`: what is shown where the plan has a feature.

    A feature of a module that is off, or of none, is in no plan.
    """
    return _node(parser, token, lambda code: feature_gate.check_here(code).allowed)


@register.simple_tag
def url_if_enabled(view_name: str, *args: Any, **kwargs: Any) -> str:
    """`{% url_if_enabled "storefront:orders:cart" as cart_url %}`: empty where the route's module is off or not there.

    So it is on a site without the doors of that kind. Raises NoReverseMatch, as `{% url %}` does, for a route that a
    module which is on does not have.
    """
    labels = {part.partition("-")[0] for part in view_name.split(":")[:-1]} & set(registry().code_of_label)
    if any(is_label_hidden(label) for label in labels):
        return ""
    try:
        return reverse(view_name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        if labels and view_name.partition(":")[0] in get_resolver(get_urlconf()).namespace_dict:
            raise
        return ""
