"""Which mails there are. Modules register theirs in `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

Values = Callable[..., Mapping[str, Any] | None]


@dataclass(frozen=True, kw_only=True)
class MailKind:
    """One mail.

    `template` names two templates, `<template>.txt` and `<template>.html`. `values` is called with the ids that
    the mail was written with, in the mail's context and language, when it is sent; it returns what the
    templates and the subject show, or None when there is nothing to say any more. `subject` takes these values
    as in `_("Order %(number)s")`.
    """

    code: str
    subject: str | Promise
    template: str
    values: Values


_kinds: dict[str, MailKind] = {}


def register_mail(kind: MailKind) -> MailKind:
    """Add a mail. Raises ValueError for a code that another one has."""
    if _kinds.setdefault(kind.code, kind) != kind:
        raise ValueError(f"There is a mail {kind.code} already.")
    return kind


def mail_kinds() -> list[MailKind]:
    """All mails by their codes."""
    return [_kinds[code] for code in sorted(_kinds)]


def kind_of(code: str) -> MailKind:
    """Raises LookupError for a mail that nobody has registered."""
    try:
        return _kinds[code]
    except KeyError:
        raise LookupError(f"There is no mail {code}.") from None
