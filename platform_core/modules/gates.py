"""What keeps a module that is off out of sight: routes that are not found, and a second lock behind them."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import ResolverMatch, URLPattern, URLResolver, resolve
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RoutePattern

from platform_core.modules.registry import registry
from platform_core.modules.state import is_module_enabled_here

# Where somebody looks for what stands behind the gates, the codes of those that are shut.
_behind: ContextVar[list[str] | None] = ContextVar("behind_gates", default=None)


class GatedResolver(URLResolver):
    """The routes of one module. Where it is off they are no routes: the answer is that of an unknown address.

    Names resolve all the same, so that a link in a template never raises; `{% url_if_enabled %}` leaves it out.
    The routes of an internal module are none either at a door that is not `of_the_house`, whoever asks.
    """

    def __init__(
        self,
        patterns: Any,
        module_code: str,
        app_name: str | None = None,
        namespace: str | None = None,
        pattern: Any = None,
        *,
        of_the_house: bool = False,
    ) -> None:
        super().__init__(
            pattern or RoutePattern("", is_endpoint=False), patterns, app_name=app_name, namespace=namespace
        )
        self.module_code = module_code
        self.of_the_house = of_the_house

    def resolve(self, path: str) -> ResolverMatch:
        if self.module_code in registry().internal_codes and not self.of_the_house:
            raise Resolver404({"path": path})
        if is_module_enabled_here(self.module_code):
            return super().resolve(path)
        behind = _behind.get()
        if behind is not None:
            match = super().resolve(path)
            behind.append(self.module_code)
            return match
        always_on = _always_on(self.module_code)
        if always_on:
            match = super().resolve(path)
            if match.url_name in always_on:
                return match
        raise Resolver404({"path": path})


class GatedLabelPattern(URLPattern):
    """One route for the apps of many modules, whose path names one as `app_label`: gated by the one it names."""

    def resolve(self, path: str) -> ResolverMatch | None:
        match = super().resolve(path)
        if match is None or not is_label_hidden(match.kwargs["app_label"]):
            return match
        behind = _behind.get()
        if behind is None:
            return None
        behind.append(registry().code_of_label[match.kwargs["app_label"]])
        return match


def hidden_module(request: HttpRequest) -> str | None:
    """The code of the module that is off here and would have answered the request, or None.

    For those who may know that it exists: to everybody else its addresses are unknown ones.
    """
    found: list[str] = []
    token = _behind.set(found)
    try:
        match = resolve(request.path_info, urlconf=getattr(request, "urlconf", None))
    except Resolver404:
        return None
    finally:
        _behind.reset(token)
    if found:
        return found[0]
    return module_of_view(match.func) if is_view_hidden(match.func) else None


def _is_off(code: str | None) -> bool:
    """Whether what belongs to a module, or to none, is off here: what is the ground floor's never is."""
    return code is not None and not is_module_enabled_here(code)


def _always_on(code: str) -> tuple[str, ...]:
    """The names of a module's routes that answer where it is off; none of what the registry has left out."""
    found = registry().definitions.get(code)
    return found.always_on_urls if found is not None else ()


def hidden_labels() -> frozenset[str]:
    """The app labels of the modules that are off here."""
    return frozenset(label for label in registry().code_of_label if is_label_hidden(label))


def is_label_hidden(label: str) -> bool:
    """Whether a Django app belongs to a module that is off here."""
    return _is_off(registry().code_of_label.get(label))


def is_folder_hidden(folder: str) -> bool:
    """Whether a folder of uploaded files belongs to no module that is on here."""
    return not any(
        folder in found.media_folders and is_module_enabled_here(code)
        for code, found in registry().definitions.items()
    )


def may_speak(dotted: str) -> bool:
    """Whether what stands in a Python module may answer an extension point in the context in force."""
    return not _is_off(registry().owner_of(dotted))


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


def is_view_hidden(view: Any) -> bool:
    """Whether a view belongs to a module that is off here."""
    return _is_off(module_of_view(view))


def refuse_where_off(view: Any, match: ResolverMatch | None) -> None:
    """The second lock, for views that are reached without a gated route. Raises Http404 where theirs is off."""
    code = module_of_view(view)
    if code is None or not _is_off(code):
        return
    if match is None or match.url_name not in _always_on(code):
        raise Http404
