"""What can stand against a change of a module, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platform_core.exceptions import DomainError


class ModuleOff(DomainError):
    """A task was to be sent for a platform where its module is off. Nothing was sent."""

    code = "module_off"
    default_message = gettext_lazy(
        "The task %(task)s was not sent: the module “%(module)s” is off on %(platform)s."
    )


class ModuleGone(Http404):
    """The module went off while the request was under way: by now its addresses are unknown ones."""


class ModuleRefusal(DomainError):
    """Base of the refusals; each leaves one audit row."""

    @property
    def module_code(self) -> str:
        """The module that it is about, or an empty string."""
        return str(self.params.get("module", ""))


class UnknownModule(ModuleRefusal):
    code = "unknown_module"
    status = 404
    default_message = gettext_lazy("There is no module “%(module)s”.")


class IncompatibleModule(ModuleRefusal):
    """It is installed, and cannot be used. `reason` is the text of its system check, in English."""

    code = "incompatible_module"
    default_message = gettext_lazy("%(module)s cannot be used on this installation. %(reason)s")


class CoreModule(ModuleRefusal):
    code = "core_module"
    default_message = gettext_lazy("%(module)s is a core module: it is on everywhere and always.")


class Conflict(ModuleRefusal):
    code = "conflict"
    default_message = gettext_lazy(
        "%(module)s and %(other)s cannot be on together. Decide for one of them: switch the other off first."
    )


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
    """Modules have reasons against it. Each may be a lazy text, for whoever reads it in which language."""

    code = "blocked"

    def __init__(self, reasons: Mapping[str, Sequence[str | Promise]]) -> None:
        self._reasons = reasons
        super().__init__()

    @property
    def module_code(self) -> str:
        return next(iter(self._reasons), "")

    @property
    def reasons(self) -> dict[str, list[str]]:
        """By module code, in the language that is active when they are read."""
        return {code: [str(text) for text in texts] for code, texts in self._reasons.items()}

    @property
    def members(self) -> dict[str, Any]:
        return {"reasons": self.reasons}

    @property
    def message(self) -> str:
        told = "; ".join(f"{code}: {' '.join(texts)}" for code, texts in self.reasons.items())
        return _("Something stands against it. %(reasons)s") % {"reasons": told}


class Contradiction(ModuleRefusal):
    """Not all that was asked for at once can be."""

    code = "contradiction"
    status = 422
    default_message = gettext_lazy(
        "%(module)s and %(other)s cannot both be as you want them: one requires the other, or conflicts with it."
        " Change one of the two."
    )


class StillOn(ModuleRefusal):
    code = "still_on"
    default_message = gettext_lazy(
        "%(module)s is on here. Switch it off first; then its data can be deleted."
    )


class KeepsItsData(ModuleRefusal):
    """It deletes nothing on request. `reason` is why, as its definition says it, or empty."""

    code = "keeps_its_data"

    def __init__(self, *, module: str, reason: str | Promise = "") -> None:
        message = (
            gettext_lazy("%(module)s keeps its data: %(reason)s")
            if reason
            else gettext_lazy(
                "%(module)s deletes nothing: what it keeps has to stay, or its package does not say how it is deleted."
            )
        )
        super().__init__(message, module=module, reason=reason)


class ReasonNeeded(ModuleRefusal):
    code = "reason_needed"
    status = 422
    default_message = gettext_lazy("Say why %(module)s is to go off against what stands against it.")


class InvalidConfig(ModuleRefusal):
    """`fields` holds what is wrong, by the name of the setting. Each may be given as a lazy text.

    `module` is the code of the one that cannot be switched on with the settings that it has.
    """

    code = "invalid_config"
    status = 422

    def __init__(self, fields: Mapping[str, str | Promise], *, module: str = "") -> None:
        self._fields, self._module = fields, module
        super().__init__()

    @property
    def module_code(self) -> str:
        return self._module

    @property
    def fields(self) -> dict[str, str]:
        """By name, in the language that is active when they are read."""
        return {name: str(text) for name, text in self._fields.items()}

    @property
    def members(self) -> dict[str, Any]:
        return {"fields": self.fields}

    @property
    def message(self) -> str:
        told = " ".join(f"{name}: {text}" if name else text for name, text in self.fields.items())
        if not self._module:
            return told
        return _("Give %(module)s its settings first. %(faults)s") % {"module": self._module, "faults": told}


class UnknownMenuItem(DomainError):
    """Nobody's menu on this platform has the item, as its modules are on."""

    code = "unknown_menu_item"
    status = 404
    default_message = gettext_lazy("There is no item “%(item)s” in this menu.")


class MandatoryMenuItem(DomainError):
    code = "mandatory_menu_item"
    status = 422
    default_message = gettext_lazy("“%(item)s” cannot be hidden: people would not find what they need.")


class MenuOrderOutOfRange(DomainError):
    code = "menu_order_out_of_range"
    status = 422
    default_message = gettext_lazy("Give “%(item)s” a place from %(lowest)s to %(highest)s.")
