"""Refresh tokens: one use each, and a second use ends the sign-in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from platform_core.identity import refresh
from platform_core.identity.audience import Audience
from platform_core.identity.models import RefreshSession
from platform_core.identity.refresh import clear_expired, revoke_account
from platform_core.tasks import clear_expired_refresh_sessions
from platform_core.tenancy.context import platform_context
from tests.api_client import ANNA
from tests.races import take_locks_away

pytestmark = pytest.mark.django_db


@pytest.fixture
def script(api: Any, lux: Any, objektiv_owner: Any) -> Any:
    script = api("lux.localhost")
    assert script.sign_in("owner@objektiv.test").status_code == 200
    return script


def live_rows() -> int:
    with platform_context(role="gatekeeper"):
        return RefreshSession.objects.filter(revoked_at=None, rotated_at=None).count()


def age(**fields: Any) -> None:
    with platform_context(role="gatekeeper"):
        RefreshSession.objects.update(**fields)


def test_each_use_makes_the_next_token(script):
    seen = {script.refresh}
    for _number in range(4):
        assert script.renew().status_code == 200
        assert script.get("vendor/team/").status_code == 200
        seen.add(script.refresh)
    assert len(seen) == 5 and live_rows() == 1


def test_a_token_used_twice_ends_the_whole_sign_in(script):
    stolen = script.refresh
    assert script.renew().status_code == 200
    answer = script.renew(stolen)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert script.get("vendor/team/").status_code == 401
    assert script.renew().status_code == 401
    assert live_rows() == 0


def test_control_without_the_revocation_a_thief_and_the_owner_would_both_go_on(script, monkeypatch):
    monkeypatch.setattr(refresh, "_revoke", lambda family: None)
    stolen = script.refresh
    script.renew()
    script.renew(stolen)
    assert script.get("vendor/team/").status_code == 200


def test_other_sign_ins_of_the_same_account_go_on(script, api):
    other = api("lux.localhost")
    other.sign_in("owner@objektiv.test")
    stolen = script.refresh
    script.renew()
    script.renew(stolen)
    assert script.get("vendor/team/").status_code == 401
    assert other.get("vendor/team/").status_code == 200 and other.renew().status_code == 200


def test_a_token_is_good_only_where_it_was_made(script, api, lux, mosel, objektiv, voltwerk, make_customer):
    make_customer(objektiv)
    shop = api("objektiv.lux.localhost")
    shop.sign_in(ANNA)
    for host in ("mosel.localhost", "objektiv.lux.localhost", "voltwerk.lux.localhost"):
        assert api(host).renew(script.refresh).status_code == 401
    for host in ("lux.localhost", "voltwerk.lux.localhost", "mosel.localhost"):
        assert api(host).renew(shop.refresh).status_code == 401
        assert api(host).post("auth/logout/", {"refresh": shop.refresh}).status_code == 204
    # None of this was a second use, and nobody elsewhere can end the sign-in.
    assert script.renew().status_code == 200 and shop.renew().status_code == 200


def test_a_token_ends_after_two_weeks_unused_and_the_sign_in_after_ninety_days(script):
    age(expires_at=timezone.now() - timedelta(seconds=1))
    assert script.renew().status_code == 401
    script.sign_in("owner@objektiv.test")
    age(created_at=timezone.now() - timedelta(days=89))
    assert script.renew().status_code == 200
    with platform_context(role="gatekeeper"):
        newest = RefreshSession.objects.filter(rotated_at=None).latest("expires_at")
    assert newest.expires_at < timezone.now() + timedelta(days=2)


@pytest.mark.parametrize("token", ["", " ", "x", "a" * 501, "é\ud83d\ude00", None, 5, ["x"]])
def test_anything_else_is_no_token(script, token):
    answer = script.post("auth/token/refresh/", {"refresh": token})
    assert answer.status_code in {400, 401}
    assert live_rows() == 1


def test_an_access_token_does_not_refresh_and_a_refresh_token_does_not_enter(script):
    assert script.renew(script.access).status_code in {400, 401}
    assert script.get("vendor/team/", token=script.refresh).status_code == 401


def test_all_sign_ins_of_an_account_can_be_ended(script, api, objektiv_owner):
    other = api("lux.localhost")
    other.sign_in("owner@objektiv.test")
    assert revoke_account(objektiv_owner.pk, audiences=(Audience.CUSTOMER,)) == 0
    assert revoke_account(objektiv_owner.pk, audiences=(Audience.VENDOR, Audience.STAFF)) == 2
    assert script.get("vendor/team/").status_code == other.get("vendor/team/").status_code == 401


def test_what_is_past_its_end_is_cleared_and_a_live_family_keeps_its_root(script, api):
    other = api("lux.localhost")
    other.sign_in("owner@objektiv.test")
    with platform_context(role="gatekeeper"):
        RefreshSession.objects.filter(token_hash=refresh.token_hash(other.refresh)).update(
            expires_at=timezone.now() - timedelta(days=1)
        )
    script.renew()
    with platform_context(role="gatekeeper"):
        RefreshSession.objects.filter(rotated_at__isnull=False).update(
            expires_at=timezone.now() - timedelta(days=1)
        )
    assert clear_expired_refresh_sessions() == 1
    assert clear_expired() == 0
    assert script.renew().status_code == 200


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def together(self, count: int, call: Any) -> list[Any]:
        barrier = Barrier(count)

        def run(number: int) -> Any:
            try:
                barrier.wait(timeout=60)
                return call(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(run, range(count)))

    def test_of_parallel_refreshes_exactly_one_wins(self, script, api):
        for _round in range(5):
            script.sign_in("owner@objektiv.test")
            scripts = [api("lux.localhost") for _number in range(6)]
            token = script.refresh
            before = live_rows()
            answers = self.together(6, lambda number, s=scripts, t=token: s[number].renew(t).status_code)
            assert sorted(answers) == [200, 401, 401, 401, 401, 401]
            # The winner's successor is live, unless a loser came after it and was taken for a thief.
            assert live_rows() - (before - 1) in {0, 1}

    def test_control_without_the_lock_several_would_win(self, script, api, monkeypatch):
        take_locks_away(monkeypatch, 6)
        most = 0
        for _round in range(10):
            script.sign_in("owner@objektiv.test")
            scripts = [api("lux.localhost") for _number in range(6)]
            token = script.refresh
            answers = self.together(6, lambda number, s=scripts, t=token: s[number].renew(t).status_code)
            most = max(most, answers.count(200))
            if most > 1:
                return
        pytest.fail("The race was never lost: this control proves nothing.")

    def test_a_refresh_in_flight_does_not_survive_a_sign_out(self, script, api):
        script.post("auth/logout/")
        for _round in range(8):
            script.sign_in("owner@objektiv.test")
            one, two = api("lux.localhost"), api("lux.localhost")
            token = script.refresh

            def call(number: int, one: Any = one, two: Any = two, token: str = token) -> int:
                if number:
                    return one.renew(token).status_code
                return two.post("auth/logout/", {"refresh": token}).status_code

            answers = self.together(2, call)
            assert answers[0] == 204
            if answers[1] == 200:
                assert one.get("vendor/team/").status_code == 401
                assert one.renew().status_code == 401
            assert live_rows() == 0
