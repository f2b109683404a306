"""What staff are told where a module that is off would have answered. To everybody else it is an unknown address."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from platform_core.identity.audience import Audience
from platform_core.modules.counters import gated_requests
from platform_core.modules.gates import hidden_module
from platform_core.modules.registry import registry
from platform_core.modules.service import SWITCH_MODULES
from platform_core.trouble import NotFoundReason


def hidden_from_staff(request: HttpRequest) -> NotFoundReason | None:
    """The module that is off at this address, for staff of the platform; with the way to it for who may switch it."""
    code = hidden_module(request)
    if code is not None:
        gated_requests.labels(code).inc()
    principal = getattr(request, "principal", None)
    if principal is None or principal.audience not in (Audience.STAFF, Audience.OPERATOR):
        return None
    definition = registry().definitions.get(code or "")
    if code is None or definition is None:
        # Nothing, or a broken module, which nobody can switch on: `manage.py check` says what is wrong with it.
        return None
    return NotFoundReason(
        code="module_disabled",
        text=_("The module “%(name)s” is off on this platform.") % {"name": definition.name},
        members={"module": code},
        url=_switch_of(code) if principal.may(SWITCH_MODULES) else "",
        link=_("See the module"),
    )


def _switch_of(code: str) -> str:
    try:
        return reverse("admin:module", args=[code])
    except NoReverseMatch:
        # A host without the admin.
        return ""
