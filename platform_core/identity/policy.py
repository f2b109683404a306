"""Route policies: every route says whom it is for, and the gate in front of all views holds it to that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from platform_core.identity.audience import Audience

__all__ = ["Audience", "Policy", "policies", "policy", "policy_of"]

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom a route is for, which permission it needs of them, and which feature of their plan.

    `is_for_all` says that none is asked on purpose: the page is for everybody of the audience.
    """

    audience: Audience
    permission: str | None = None
    feature: str | None = None
    is_for_all: bool = False


def policy(
    audience: Audience,
    permission: str | None = None,
    *,
    feature: str | None = None,
    is_for_all: bool = False,
) -> Callable[[View], View]:
    """Declare the policy of a function view for all its methods."""

    def declare(view: View) -> View:
        view.policy = Policy(audience, permission, feature, is_for_all)  # type: ignore[attr-defined]
        return view

    return declare


def policies(**by_method: Policy) -> Callable[[View], View]:
    """Declare a function view's policies by method: `@policies(GET=Policy(…), POST=Policy(…))`."""

    def declare(view: View) -> View:
        view.policies = by_method  # type: ignore[attr-defined]
        return view

    return declare


def _carriers(callback: Any) -> list[Any]:
    """Where a route's policy may stand: the function, its class, DRF's class, the admin's site."""
    carriers = [callback]
    for attribute in ("view_class", "cls", "model_admin", "admin_site"):
        carrier = getattr(callback, attribute, None)
        if carrier is not None:
            carriers.append(carrier)
    return carriers


def declared(callback: Any) -> Policy | Mapping[str, Policy] | None:
    """What a view declares: one policy, policies by method, or None."""
    for carrier in _carriers(callback):
        for attribute in ("policies", "policy"):
            found = getattr(carrier, attribute, None)
            if isinstance(found, Policy | Mapping):
                return found
    return None


def policy_of(callback: Any, method: str) -> Policy | None:
    """The policy of a view for one method; HEAD and OPTIONS follow GET.

    None where the view declares none at all, or none for this method: neither is let through.
    """
    found = declared(callback)
    if found is None or isinstance(found, Policy):
        return found
    if method in {"HEAD", "OPTIONS"}:
        return found.get("GET") or next(iter(found.values()), None)
    return found.get(method)


def declared_methods(callback: Any) -> list[str] | None:
    """The methods a view declares policies for, or None where one policy holds for all or none is declared."""
    found = declared(callback)
    return sorted(found) if isinstance(found, Mapping) else None
