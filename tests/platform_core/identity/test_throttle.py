"""At most ten wrong passwords for one account from one address, whatever is tried at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import caches
from django.test import RequestFactory, override_settings

from platform_core.identity import throttle
from platform_core.identity.throttle import SignInAttempt, TooManyAttempts, client_address


@pytest.fixture(autouse=True)
def _forget() -> None:
    throttle.local_counter.clear()


def request(address: str = "192.0.2.1", shop_id: int | None = None, **meta: str) -> Any:
    made: Any = RequestFactory().get("/", REMOTE_ADDR=address, **meta)
    made.site_kind = "platform" if shop_id is None else "storefront"
    made.vendor = None if shop_id is None else SimpleNamespace(id=shop_id)
    return made


def tries(count: int, email: str = "anna@example.test", **where: Any) -> int:
    """How many of `count` attempts are let through."""
    passed = 0
    for _number in range(count):
        try:
            SignInAttempt(request(**where), email).begin()
        except TooManyAttempts:
            continue
        passed += 1
    return passed


def test_the_eleventh_wrong_password_is_refused_with_the_time_to_wait():
    assert tries(10) == 10
    with pytest.raises(TooManyAttempts) as refusal:
        SignInAttempt(request(), " ANNA@example.test ").begin()
    assert 14 * 60 < refusal.value.retry_after <= 15 * 60
    assert refusal.value.message == "Too many wrong passwords. Try again in 15 minutes."


def test_other_accounts_addresses_and_shops_go_on():
    assert tries(12) == 10
    assert tries(1, email="other@example.test") == 1
    assert tries(1, address="192.0.2.2") == 1
    assert tries(12, shop_id=1) == 10
    assert tries(1, shop_id=2) == 1


def test_a_right_password_starts_the_count_anew():
    assert tries(9) == 9
    SignInAttempt(request(), "anna@example.test").succeeded()
    assert tries(12) == 10


def test_the_lock_ends_after_a_quiet_quarter_of_an_hour(monkeypatch):
    assert tries(12) == 10
    monkeypatch.setattr(throttle, "QUIET_SECONDS", 0)
    for key in ("", ":at"):
        caches["shared"].delete(SignInAttempt(request(), "anna@example.test").key + key)
    assert tries(1) == 1


def test_parallel_guesses_do_not_pass_the_limit():
    with ThreadPoolExecutor(20) as pool:
        passed = sum(pool.map(lambda _number: tries(5), range(20)))
    assert passed == 10


def test_a_withdrawn_attempt_does_not_count():
    for _number in range(30):
        attempt = SignInAttempt(request(), "anna@example.test")
        attempt.begin()
        attempt.withdraw()
    assert tries(12) == 10


class AwayCache:
    """What the resilient cache answers while Redis is away."""

    def add(self, *_args: Any) -> bool:
        return False

    def incr(self, *_args: Any) -> int:
        return 0

    def get(self, *_args: Any) -> None:
        return None

    def delete_many(self, *_args: Any) -> None:
        pass


def test_without_redis_the_limit_is_lower_and_never_open(monkeypatch):
    monkeypatch.setattr(throttle, "caches", {"shared": AwayCache()})
    assert tries(20) == 3
    assert tries(1, address="192.0.2.2") == 1
    SignInAttempt(request(), "anna@example.test").succeeded()
    assert tries(20) == 3


def test_without_redis_a_withdrawn_attempt_does_not_count_either(monkeypatch):
    monkeypatch.setattr(throttle, "caches", {"shared": AwayCache()})
    for _number in range(10):
        attempt = SignInAttempt(request(), "anna@example.test")
        attempt.begin()
        attempt.withdraw()
    assert tries(20) == 3


def test_without_redis_parallel_guesses_do_not_pass_either(monkeypatch):
    monkeypatch.setattr(throttle, "caches", {"shared": AwayCache()})
    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(lambda _number: tries(5), range(20))) == 3


def test_the_local_count_keeps_a_bounded_number_of_entries(monkeypatch):
    monkeypatch.setattr(throttle, "caches", {"shared": AwayCache()})
    monkeypatch.setattr(throttle, "MAX_LOCAL_ENTRIES", 5)
    for number in range(50):
        tries(1, email=f"{number}@example.test")
    assert len(throttle.local_counter._entries) == 5


def test_no_letter_of_an_email_breaks_the_key():
    assert tries(1, email="a b\n\ud800é" * 200) == 1


@pytest.mark.parametrize(
    ("remote", "forwarded", "behind_proxy", "expected"),
    [
        ("192.0.2.1", "", False, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", False, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", True, "198.51.100.7"),
        ("192.0.2.1", "10.0.0.1, 198.51.100.7", True, "198.51.100.7"),
        ("192.0.2.1", "", True, "192.0.2.1"),
        ("2001:db8:1:2:aaaa::1", "", False, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", False, "192.0.2.1"),
        ("", "", False, "unknown"),
    ],
)
def test_the_address_is_the_one_that_cannot_be_made_up(remote, forwarded, behind_proxy, expected):
    with override_settings(USE_X_FORWARDED_HOST=behind_proxy):
        assert client_address(request(remote, HTTP_X_FORWARDED_FOR=forwarded)) == expected
