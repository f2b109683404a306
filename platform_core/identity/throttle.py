"""At most ATTEMPTS wrong passwords for one account from one address, counted for all processes together.

An attempt is counted before the password is looked at, so that parallel guesses cannot pass the limit, and
forgotten when the password was right. While Redis is away each process counts for itself, with a lower limit.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import time
from collections import OrderedDict
from threading import Lock

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext

from platform_core.exceptions import DomainError
from platform_core.tenancy.requests import SiteRequest

ATTEMPTS = 10
ATTEMPTS_WITHOUT_CACHE = 3
# Since the last counted attempt, so that no span of this length ever holds more than ATTEMPTS.
QUIET_SECONDS = 15 * 60
MAX_LOCAL_ENTRIES = 10_000


class TooManyAttempts(DomainError):
    """Too many wrong passwords. `retry_after` is in seconds."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)
        self.retry_after = retry_after

    @property
    def message(self) -> str:
        minutes = -(-self.retry_after // 60)
        return ngettext(
            "Too many wrong passwords. Try again in %(minutes)d minute.",
            "Too many wrong passwords. Try again in %(minutes)d minutes.",
            minutes,
        ) % {"minutes": minutes}

    def said_on(self, response: HttpResponse) -> HttpResponse:
        """The response with a `Retry-After` header, for browsers and scripts that read no sentence."""
        response["Retry-After"] = str(self.retry_after)
        return response


def client_address(request: HttpRequest) -> str:
    """Where the request comes from; an IPv6 client is its /64 network, which is what one household has.

    Behind a proxy it is what the proxy wrote last into X-Forwarded-For: anything before it is hearsay.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.USE_X_FORWARDED_HOST:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        address = forwarded.rsplit(",", 1)[-1].strip() or address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


class _LocalCounter:
    """Counts of this process, for as long as the cache is away. Bounded; the oldest entry goes first."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = Lock()

    def add(self, key: str) -> tuple[int, float]:
        """(count with this one, seconds left if it is one too many)."""
        now = time.monotonic()
        with self._lock:
            count, counted_at = self._entries.pop(key, (0, now))
            if now - counted_at >= QUIET_SECONDS:
                count = 0
            if count >= ATTEMPTS_WITHOUT_CACHE:
                self._entries[key] = (count, counted_at)
                return count + 1, QUIET_SECONDS - (now - counted_at)
            self._entries[key] = (count + 1, now)
            while len(self._entries) > MAX_LOCAL_ENTRIES:
                self._entries.popitem(last=False)
            return count + 1, 0.0

    def take_back(self, key: str) -> None:
        with self._lock:
            count, counted_at = self._entries.get(key, (0, 0.0))
            if count > 0:
                self._entries[key] = (count - 1, counted_at)

    def forget(self, key: str) -> None:
        with self._lock:
            self._entries.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


local_counter = _LocalCounter()


class SignInAttempt:
    """One try with a password: `begin()` before looking at it, `succeeded()` when it was right.

        attempt = SignInAttempt(request, email)
        attempt.begin()
        user = authenticate(…)
        if user is not None:
            attempt.succeeded()

    On a storefront the account is that shop's customer, anywhere else the user, who is the same everywhere.
    """

    def __init__(self, request: SiteRequest, email: str) -> None:
        shop = request.vendor if request.site_kind == "storefront" else None
        whose = f"shop {shop.id}" if shop else "user"
        what = f"{whose}|{email.strip().lower()}|{client_address(request)}"
        # Hashed: neither addresses nor e-mails stand in the cache, and no letter in them can break a key.
        self.key = f"sign-in:{hashlib.sha256(what.encode('utf-8', 'replace')).hexdigest()}"
        self._request = request

    def begin(self) -> None:
        """Count this attempt. Raises TooManyAttempts instead of letting one too many through.

        Should the request end without the database's answer, IdentityMiddleware withdraws the attempt.
        """
        cache = caches["shared"]
        count = self._count()
        if count == 0:
            local_count, seconds = local_counter.add(self.key)
            if local_count > ATTEMPTS_WITHOUT_CACHE:
                raise TooManyAttempts(max(1, round(seconds)))
            self._request.sign_in_attempt = self
            return
        if count > ATTEMPTS:
            counted_at = cache.get(f"{self.key}:at") or time.time()
            raise TooManyAttempts(max(1, round(counted_at + QUIET_SECONDS - time.time())))
        self._request.sign_in_attempt = self
        cache.touch(self.key, QUIET_SECONDS)
        cache.set(f"{self.key}:at", time.time(), QUIET_SECONDS)

    def _count(self) -> int:
        """The attempts so far with this one; 0 when the cache cannot say."""
        cache = caches["shared"]
        for _try in range(2):
            cache.add(self.key, 0, QUIET_SECONDS)
            try:
                return cache.incr(self.key)
            except ValueError:
                # It ran out between the two calls.
                continue
        return 0

    def withdraw(self) -> None:
        """Nobody could look at the password: this attempt does not count."""
        local_counter.take_back(self.key)
        with contextlib.suppress(ValueError):
            caches["shared"].incr(self.key, -1)

    def succeeded(self) -> None:
        """The password was right: start counting anew."""
        caches["shared"].delete_many([self.key, f"{self.key}:at"])
        local_counter.forget(self.key)
