"""What can stand against a change of a module, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platform_core.exceptions import DomainError


class ModuleOff(DomainError):
    """A task was to be sent for a platform where its module is off. Nothing was sent."""

    code = "module_off"
    default_message = gettext_lazy(
        "The task %(task)s was not sent: the module “%(module)s” is off on %(platform)s."
    )


class ModuleRefusal(DomainError):
    """Base of the refusals; each leaves one audit row."""


class UnknownModule(ModuleRefusal):
    code = "unknown_module"
    status = 404
    default_message = gettext_lazy("There is no module “%(module)s”.")


class CoreModule(ModuleRefusal):
    code = "core_module"
    default_message = gettext_lazy("%(module)s is a core module: it is on everywhere and always.")


class StaleVersion(ModuleRefusal):
    code = "stale_version"
    status = 412
    default_message = gettext_lazy(
        "The modules of this platform were changed meanwhile (version %(current)s, not %(expected)s)."
        " Look again, then decide."
    )


class Busy(ModuleRefusal):
    code = "busy"
    status = 503
    default_message = gettext_lazy(
        "Somebody else is changing the modules of this platform. Nothing was changed; try again in a moment."
    )


class HookFailed(ModuleRefusal):
    code = "hook_failed"
    default_message = gettext_lazy(
        "%(module)s could not do what belongs to it (%(hook)s). Nothing was changed; the log says why."
    )


class Blocked(ModuleRefusal):
    """Modules have reasons against it: `reasons` by module code."""

    code = "blocked"

    def __init__(self, reasons: Mapping[str, Sequence[str]]) -> None:
        self.reasons = {code: [str(text) for text in texts] for code, texts in reasons.items()}
        super().__init__()

    @property
    def members(self) -> dict[str, Any]:
        return {"reasons": self.reasons}

    @property
    def message(self) -> str:
        told = "; ".join(f"{code}: {' '.join(texts)}" for code, texts in self.reasons.items())
        return _("Something stands against it. %(reasons)s") % {"reasons": told}


class InvalidConfig(ModuleRefusal):
    """`fields` holds what is wrong, by the name of the setting."""

    code = "invalid_config"
    status = 422

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = dict(fields)
        super().__init__()

    @property
    def message(self) -> str:
        return " ".join(f"{name}: {text}" for name, text in self.fields.items())
