"""Take secrets and people out of what leaves the process: log lines, tracebacks, error reports.

Every pattern is bounded or possessive, so a long hostile text costs time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings

REMOVED = "[removed]"
EMAIL = "[e-mail]"
LONGEST_TEXT = 32_000
# Hosts, routes, codes and the like come again in every line.
LONGEST_REMEMBERED = 100
_DEEPEST = 12

_TELLING_WORDS = (
    r"passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|metrics[_-]?key"
    r"|authorization|auth[_-]?hash|credential|cookie|session[_-]?(?:id|key)|csrf|signature"
)
_SECRET_NAME = re.compile(rf"(?i){_TELLING_WORDS}|(?:^|[_.-])(?:pwd|dsn|otp|cvc|cvv|iban)$")
# In an address a bare `code` is a one-time code and a bare `key` an API key.
_SECRET_PARAMETER = re.compile(
    rf"(?i){_TELLING_WORDS}|^(?:key|code|sig|state|e-?mail|uidb?64|pwd|nonce|ticket|otp)$"
)

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # user:password@host in addresses.
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)[^\s/@\"'<>]{0,400}@"), rf"\1{REMOVED}@"),
    # The rest of the line, since a cookie header holds several values.
    (
        re.compile(r"(?i)\b((?:set-)?cookie|(?:proxy-)?authorization)(['\"]?\s{0,8}[:=]\s{0,8})[^\r\n]++"),
        rf"\1\2{REMOVED}",
    ),
    (re.compile(r"(?i)\b(bearer)\s{1,8}[^\s,;\"']++"), rf"\1 {REMOVED}"),
    (re.compile(r"(?i)\b(basic)\s{1,8}(?=[^\s]{0,80}[\d=])[\w+/=-]{8,}+"), rf"\1 {REMOVED}"),
    (re.compile(r"\beyJ[\w-]{6,}+\.[\w-]{6,}+(?:\.[\w-]*+)?"), REMOVED),
    (re.compile(r"\b(?:(?:sk|pk|rk)_(?:test|live)|whsec|ghp|gho)_[A-Za-z0-9]{8,}+"), REMOVED),
    (re.compile(r"\b(?:live|test)_[A-Za-z0-9]{24,}+"), REMOVED),
    # name=value, "name": "value", 'name' => 'value'.
    (
        re.compile(
            rf"(?i)((?:{_TELLING_WORDS})[\w-]{{0,40}}+['\"]?\s{{0,8}}(?:=>?+|:)\s{{0,8}}+)(?!\[removed\])"
            r"(\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|[^\s&,;)}\]\"']++)"
        ),
        rf"\1{REMOVED}",
    ),
    # A sentence that quotes one: password 'hunter2'.
    (
        re.compile(rf"(?i)\b((?:{_TELLING_WORDS})\s{{1,8}}(?:is\s{{1,8}})?)([\"'“«])[^\"'”»]{{1,400}}"),
        rf"\1\2{REMOVED}",
    ),
    # PostgreSQL quotes the row in its messages.
    (re.compile(r"(?i)(Key \([^)]{0,400}\)=)\([^\r\n]*?\)(?=\s|$)"), rf"\1({REMOVED})"),
    (re.compile(r"(?i)(failing row contains )\([^\r\n]*+"), rf"\1({REMOVED})"),
    (re.compile(r"(?<![\w.+-])[\w.+-]++(?:@|%40)[\w-]++(?:\.[\w-]++)++"), EMAIL),
)
_CARD = re.compile(r"(?<![\w.-])[3-6]\d{3}[ -]?(?:\d[ -]?){8,14}\d(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")


# Most texts hold nothing to look for: searching for these few letters costs a hundredth of the patterns above.
_SIGNS = (
    *("passw", "passphrase", "secret", "token", "key", "auth", "credential", "cookie", "session", "csrf"),
    *("signature", "bearer", "basic", "@", "%40", "://", "eyj", "live_", "test_", "whsec_", "gho_", "ghp_"),
    "failing row",
)
_SIGN_OF_NUMBERS = re.compile(r"\d{4}[ -]?\d{4}|[A-Z]{2}\d{2} ?[A-Z0-9]{4}")


@cache
def _own_secrets() -> tuple[str, ...]:
    """The installation's own secrets, as the settings hold them and as an address would carry them."""
    addresses = (
        settings.DATABASE_URL,
        settings.DATABASE_OWNER_URL,
        settings.REDIS_URL,
        settings.CELERY_BROKER_URL,
    )
    found = {unquote(urlsplit(address).password or "") for address in addresses if address}
    found |= {settings.SECRET_KEY, settings.METRICS_KEY, settings.SENTRY_DSN}
    found |= {quote(secret, safe="") for secret in found}
    return tuple(sorted((secret for secret in found if len(secret) >= 8), key=len, reverse=True))


def _is_card(digits: str) -> bool:
    """Luhn's check."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return 13 <= len(digits) <= 19 and total % 10 == 0


def _is_iban(text: str) -> bool:
    """The check digits of ISO 13616."""
    compact = text.replace(" ", "")
    number = "".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])
    return len(compact) >= 15 and int(number) % 97 == 1


def _card(match: re.Match[str]) -> str:
    return REMOVED if _is_card(re.sub(r"\D", "", match[0])) else match[0]


def _iban(match: re.Match[str]) -> str:
    return REMOVED if _is_iban(match[0]) else match[0]


def scrub_text(text: str) -> str:
    """`text` without secrets, e-mail addresses, card and account numbers; cut at LONGEST_TEXT letters."""
    return _scrub_short(text) if len(text) <= LONGEST_REMEMBERED else _scrub(text)


def _scrub(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        text = f"{text[: LONGEST_TEXT // 2]} […] {text[-LONGEST_TEXT // 2 :]}"
    for secret in _own_secrets():
        if secret in text:
            text = text.replace(secret, REMOVED)
    lowered = text.lower()
    if any(sign in lowered for sign in _SIGNS):
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
    if not _SIGN_OF_NUMBERS.search(text):
        return text
    return _IBAN.sub(_iban, _CARD.sub(_card, text))


_scrub_short = lru_cache(maxsize=4_096)(_scrub)


@lru_cache(maxsize=4_096)
def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds what must not be shown."""
    return bool(_SECRET_NAME.search(name))


def scrub(value: Any, name: str = "", *, depth: int = 0) -> Any:
    """A copy of `value` fit to leave the process: fields by their names, texts by what they hold."""
    if value is None or isinstance(value, bool):
        return value
    if name and value != "" and is_secret_name(name):
        return REMOVED
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, int | float):
        return value
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {
            key if isinstance(key, int) else scrub_text(str(key)): scrub(entry, str(key), depth=depth + 1)
            for key, entry in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(entry, depth=depth + 1) for entry in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    return scrub_text(str(value))


# A part of a path that opens something for whoever has it: a signed value, a cart's id, a long random one.
_SECRET_PLACE = re.compile(
    r"(?<=/)(?:crt_\w{12,}|[\w=-]+[.:][\w.:-]{20,}|(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{32,})(?=/|$)"
)


def scrub_query(query: str) -> str:
    """A query string whose secret parameters have lost their values."""
    parts = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        hidden = bool(value) and (
            bool(_SECRET_PARAMETER.search(unquote(name))) or bool(_SECRET_PLACE.search(unquote(value)))
        )
        parts.append(f"{name}{equals}{REMOVED if hidden else scrub_text(value)}")
    return "&".join(parts)


def scrub_path(path: str, parameters: Mapping[str, Any]) -> str:
    """A path without the values of those of the route's `parameters` that are secrets, as in signed links.

    A route's `code` is no secret: it names a module or a vendor. One for a single use is called `token` or `otp`.
    """
    for name, value in parameters.items():
        if isinstance(value, str) and value and name != "code" and _SECRET_PARAMETER.search(name):
            path = path.replace(value, REMOVED)
    # Also where no route has matched: a link whose last slash is missing, of a module that is off, or of a closed shop.
    return scrub_text(_SECRET_PLACE.sub(REMOVED, path))
