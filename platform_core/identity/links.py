"""Links that stand in mails: signed, good for a while, and for what they were made for alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platform_core.exceptions import DomainError
from platform_core.identity.throttle import SignInAttempt, TooManyAttempts
from platform_core.tenancy.requests import SiteRequest

View = Callable[..., HttpResponse]

# Within PostgreSQL's bigint.
_NAMED_ROW = re.compile(r"([0-9]{1,18})\.")
# Mails from one connection are counted like wrong passwords, under a name that is no e-mail address.
_MAILS = "(mails)"


class LinkEnded(DomainError):
    """One answer for a link that is forged, out of date or used."""

    code = "link_ended"
    status = 410
    default_message = _("This link no longer works. It was used already, or it is too old.")


@dataclass(frozen=True, slots=True)
class MailLink:
    """A kind of link. `purpose` keeps it apart from all others, `lifetime` ends it.

    Its token names a row and is signed over the row's state, which it does not show: it ends when that changes.
    A link works once because its use changes what it is signed over.
    """

    purpose: str
    lifetime: timedelta

    def token(self, row_id: int, *state: Any) -> str:
        """A token for a mail that is being made. It is a secret: it opens what it is for."""
        return self._signer(state).sign(str(row_id))

    def row_id(self, token: str) -> int | None:
        """The row that a token names, genuine or not; None where it names none."""
        named = _NAMED_ROW.match(token)
        return int(named[1]) if named else None

    def is_good(self, token: str, *state: Any) -> bool:
        """Whether the token was made for a row in this state, within `lifetime`."""
        try:
            self._signer(state).unsign(token, max_age=self.lifetime)
        except BadSignature:
            return False
        return True

    def _signer(self, state: tuple[Any, ...]) -> TimestampSigner:
        return TimestampSigner(sep=".", salt=json.dumps([self.purpose, *state], default=str))


def secret_address(view: View) -> View:
    """For a page whose address is a secret: no cache keeps it, and no link or picture of it tells the address."""

    @wraps(view)
    def wrapped(request: SiteRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        # With `no-referrer` browsers would send the page's own form without its origin, which the CSRF check
        # refuses. This one tells nobody more than the host.
        response["Referrer-Policy"] = "strict-origin"
        return response

    return wrapped


class TooManyMails(TooManyAttempts):
    """Many mails were asked for from one connection. `retry_after` is in seconds."""

    code = "too_many_mails"

    @property
    def message(self) -> str:
        minutes = -(-self.retry_after // 60)
        return ngettext(
            "Many mails were asked for from your connection just now. Try again in %(minutes)d minute.",
            "Many mails were asked for from your connection just now. Try again in %(minutes)d minutes.",
            minutes,
        ) % {"minutes": minutes}


def count_mail(request: SiteRequest) -> None:
    """Count a mail that a visitor asks for, to whomever it goes. Raises TooManyMails."""
    try:
        SignInAttempt(request, _MAILS).begin()
    except TooManyAttempts as error:
        raise TooManyMails(error.retry_after) from error
