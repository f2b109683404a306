"""What keeps a module that is off out of sight: routes that are not found, and a second lock behind them."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import ResolverMatch, URLResolver
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RoutePattern

from platform_core.modules.registry import registry
from platform_core.modules.state import is_module_enabled_here


class GatedResolver(URLResolver):
    """The routes of one module. Where it is off they are no routes: the answer is that of an unknown address.

    Names resolve all the same, so that a link in a template never raises; `{% url_if_enabled %}` leaves it out.
    """

    def __init__(self, patterns: Any, module_code: str, app_name: str, namespace: str) -> None:
        super().__init__(
            RoutePattern("", is_endpoint=False), patterns, app_name=app_name, namespace=namespace
        )
        self.module_code = module_code

    def resolve(self, path: str) -> ResolverMatch:
        if is_module_enabled_here(self.module_code):
            return super().resolve(path)
        always_on = registry().definitions[self.module_code].always_on_urls
        if always_on:
            match = super().resolve(path)
            if match.url_name in always_on:
                return match
        raise Resolver404({"path": path})


def may_speak(dotted: str) -> bool:
    """Whether what stands in a Python module may answer an extension point in the context in force."""
    code = registry().owner_of(dotted)
    return code is None or is_module_enabled_here(code)


def module_of_view(view: Any) -> str | None:
    """The code of the module that a view belongs to: by the model of its admin screen, or by its code."""
    admin = getattr(view, "model_admin", None)
    if admin is not None:
        return registry().code_of_label.get(admin.opts.app_label)
    for carrier in (getattr(view, "view_class", None), getattr(view, "cls", None), view):
        code = registry().owner_of(getattr(carrier, "__module__", "") or "")
        if code is not None:
            return code
    return None


def refuse_where_off(view: Any, match: ResolverMatch | None) -> None:
    """The second lock, for views that are reached without a gated route. Raises Http404 where theirs is off."""
    code = module_of_view(view)
    if code is None or is_module_enabled_here(code):
        return
    always_on = registry().definitions[code].always_on_urls
    if match is None or match.url_name not in always_on:
        raise Http404
