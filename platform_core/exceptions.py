"""What can go wrong on the ground floor, by name. Doors turn these into a status, a message or an exit code."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule of the business refuses the request. `code` is stable; `message` is for people."""

    code = "domain_error"
    status = 409
    default_message: str | Promise = _("This cannot be done.")

    def __init__(self, message: str | Promise | None = None, **params: object) -> None:
        self.params = params
        self._message = message if message is not None else self.default_message
        super().__init__(self.code)

    def __str__(self) -> str:
        return self.message

    @property
    def members(self) -> dict[str, Any]:
        """What the API's answer carries besides `params`, by name."""
        return {}

    @property
    def message(self) -> str:
        """The text for people, in the language that is active when it is read."""
        return str(self._message) % self.params if self.params else str(self._message)


class RowChanged(DomainError):
    """Somebody has saved the row since it was read. `params` name it."""

    code = "row_changed"
    status = 412
    default_message = _(
        "Somebody else has saved “%(name)s” in the meantime. Nothing was overwritten, and what you typed is still"
        " here: compare, then save again."
    )


class TenancyError(Exception):
    """The code asked for something that would cross a tenant's wall: a programming error, never shown."""


class NoTenant(TenancyError):
    """A task or command names a platform or vendor that does not exist (any more)."""
