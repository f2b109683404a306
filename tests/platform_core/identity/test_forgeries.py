"""No forged, stale or misplaced token passes, whichever door it is tried at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from rest_framework_simplejwt.backends import TokenBackend

from modules.tenancy.services import add_team_member
from platform_core.identity import tokens
from platform_core.identity.audience import Audience
from platform_core.identity.tokens import InvalidToken, signing_key
from platform_core.roles import VendorRole
from platform_core.tenancy.context import PlatformRef, platform_context
from tests.api_client import ANNA, Api
from tests.platform_core.identity.forgeries import forgeries, signed

pytestmark = pytest.mark.django_db

OWN_ROUTE = {"vendor": "vendor/team/", "admin": "admin/staff/", "storefront": "storefront/customer/"}


@dataclass
class Signed:
    """Somebody who is signed in at one portal."""

    portal: str
    script: Api
    host: str

    @property
    def claims(self) -> dict[str, Any]:
        return jwt.decode(self.script.access, options={"verify_signature": False})


@pytest.fixture
def everybody(
    api: Callable[..., Api],
    lux: Any,
    objektiv: Any,
    objektiv_owner: Any,
    objektiv_clerk: Any,
    lux_admin: Any,
    make_customer: Any,
) -> dict[str, Signed]:
    """One genuine sign-in for each portal of lux, and one more for its neighbour."""
    make_customer(objektiv)
    make_customer(objektiv, "berta@example.test")
    people = {
        "vendor": ("lux.localhost", "owner@objektiv.test"),
        "admin": ("lux.localhost", "admin@lux.test"),
        "storefront": ("objektiv.lux.localhost", ANNA),
        "vendor neighbour": ("lux.localhost", "staff@objektiv.test"),
        "storefront neighbour": ("objektiv.lux.localhost", "berta@example.test"),
    }
    found = {}
    for name, (host, email) in people.items():
        script = api(host)
        assert script.sign_in(email).status_code == 200
        found[name] = Signed(name.split(" ", maxsplit=1)[0], script, host)
    return found


@pytest.mark.parametrize("portal", ["vendor", "admin", "storefront"])
def test_no_forged_token_passes(portal, everybody, lux, mosel, voltwerk):
    person = everybody[portal]
    neighbour = everybody["storefront neighbour" if portal == "storefront" else "vendor neighbour"].claims
    routes = (OWN_ROUTE[portal], "auth/me/")
    for route in routes:
        assert person.script.get(route).status_code == 200
    tried = 0
    for name, token in forgeries(
        person.script.access,
        lux.ref,
        mosel.ref,
        account_id=int(neighbour["sub"]),
        family=neighbour["family"],
        vendor_id=voltwerk.pk,
    ):
        for route in routes:
            response = person.script.get(route, token=token)
            assert response.status_code == 401, f"{name} at {route}"
            assert response.json()["code"] == "invalid_token", name
            assert response["Content-Type"] == "application/problem+json"
            assert "error=" in response["WWW-Authenticate"]
            tried += 1
    assert tried >= 2 * 80
    for route in routes:
        assert person.script.get(route).status_code == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "bearer x", "BEARER x y", "Bearer\tx"])
def test_a_header_without_a_token_enters_nowhere(header, api, everybody):
    client = api("lux.localhost").client
    for route in OWN_ROUTE.values():
        response = client.get(f"/api/v1/{route}", headers={"authorization": header})
        assert response.status_code in {401, 404}


def test_a_token_counts_in_the_header_only(everybody):
    person = everybody["vendor"]
    client, token = person.script.client, person.script.access
    for query in (f"access={token}", f"token={token}", f"authorization=Bearer+{token}"):
        assert client.get(f"/api/v1/vendor/team/?{query}").status_code == 401
    client.cookies["wz_vendor"] = token
    assert client.get("/api/v1/vendor/team/").status_code == 401


@pytest.mark.parametrize("portal", ["vendor", "admin", "storefront"])
def test_a_genuine_token_is_good_at_its_own_portal_only(portal, everybody, lux, mosel, voltwerk, kellerei):
    token = everybody[portal].script.access
    doors = [
        (host, route)
        for host in ("lux.localhost", "admin.lux.localhost", "mosel.localhost", "admin.mosel.localhost")
        for route in ("vendor/team/", "admin/staff/", "auth/me/")
    ] + [
        (host, route)
        for host in ("objektiv.lux.localhost", "voltwerk.lux.localhost", "kellerei.mosel.localhost")
        for route in ("storefront/customer/", "auth/me/")
    ]
    entered = {door for door in doors if Api(door[0]).get(door[1], token=token).status_code == 200}
    expected = {
        # The admin's own host is staff's: a team enters at the platform's.
        "vendor": {("lux.localhost", "vendor/team/")},
        "admin": {("lux.localhost", "admin/staff/"), ("admin.lux.localhost", "admin/staff/")},
        "storefront": {("objektiv.lux.localhost", "storefront/customer/")},
    }[portal]
    me = {
        "vendor": {("lux.localhost", "auth/me/"), ("admin.lux.localhost", "auth/me/")},
        "admin": {("lux.localhost", "auth/me/"), ("admin.lux.localhost", "auth/me/")},
        "storefront": {("objektiv.lux.localhost", "auth/me/")},
    }[portal]
    assert entered == expected | me


def test_a_member_of_both_platforms_uses_each_token_at_home(
    api, lux, mosel, objektiv, kellerei, objektiv_owner
):
    with platform_context(mosel, role="operator"):
        add_team_member(vendor=kellerei, user=objektiv_owner, role=VendorRole.OWNER)
    at_lux, at_mosel = api("lux.localhost"), api("mosel.localhost")
    at_lux.sign_in("owner@objektiv.test")
    at_mosel.sign_in("owner@objektiv.test")
    assert at_lux.get("vendor/team/").json()["vendor"] == "objektiv"
    assert at_mosel.get("vendor/team/").json()["vendor"] == "kellerei"
    assert at_lux.get("vendor/team/", token=at_mosel.access).status_code == 401
    assert at_mosel.get("vendor/team/", token=at_lux.access).status_code == 401


def claims_here(token: str, platform: PlatformRef, audience: Audience) -> Any:
    return tokens._read(token, platform, {audience})


def test_audience_and_key_are_each_checked(everybody, lux, mosel):
    """Read alone, without the gate and the look-ups behind it."""
    token, claims = everybody["vendor"].script.access, everybody["vendor"].claims
    assert claims_here(token, lux.ref, Audience.VENDOR).audience is Audience.VENDOR
    with pytest.raises(InvalidToken):
        claims_here(token, lux.ref, Audience.STAFF)
    with pytest.raises(InvalidToken):
        claims_here(token, mosel.ref, Audience.VENDOR)
    elsewhere = signed({"alg": "HS256"}, {**claims, "aud": "mosel:vendor"}, signing_key(lux.ref))
    with pytest.raises(InvalidToken):
        claims_here(elsewhere, lux.ref, Audience.VENDOR)


def test_control_without_the_check_of_the_audience_other_portals_and_platforms_are_read(
    everybody, lux, mosel, monkeypatch
):
    made = TokenBackend.__init__

    def without_audience(self: Any, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **{**kwargs, "audience": None})

    token, claims = everybody["vendor"].script.access, everybody["vendor"].claims
    elsewhere = signed({"alg": "HS256"}, {**claims, "aud": "mosel:vendor"}, signing_key(lux.ref))
    monkeypatch.setattr(TokenBackend, "__init__", without_audience)
    assert claims_here(token, lux.ref, Audience.STAFF).audience is Audience.VENDOR
    assert claims_here(elsewhere, lux.ref, Audience.VENDOR)


def test_control_with_one_key_for_all_only_the_audience_stands_between_platforms(
    everybody, lux, mosel, monkeypatch
):
    monkeypatch.setattr(tokens, "signing_key", lambda platform: "one key for everybody " * 2)
    claims = everybody["vendor"].claims
    forged = signed({"alg": "HS256"}, {**claims, "aud": "mosel:vendor"}, "one key for everybody " * 2)
    assert claims_here(forged, mosel.ref, Audience.VENDOR)


def test_control_without_the_signature_anybody_is_anybody(everybody, lux, mosel, voltwerk, monkeypatch):
    person, neighbour = everybody["vendor"], everybody["vendor neighbour"].claims
    forged = signed({"alg": "HS256"}, neighbour, "mine" * 10)
    assert person.script.get("vendor/team/", token=forged).status_code == 401
    monkeypatch.setattr(
        TokenBackend,
        "decode",
        lambda self, token, verify=True: jwt.decode(token, options={"verify_signature": False}),
    )
    assert person.script.get("vendor/team/", token=forged).json()["user"] == "staff@objektiv.test"


def test_control_without_the_live_look_up_a_sign_out_would_not_end_a_token(everybody, monkeypatch):
    script = everybody["vendor"].script
    script.post("auth/logout/")
    assert script.get("vendor/team/").status_code == 401
    monkeypatch.setattr("platform_core.identity.tokens.is_live", lambda claims, platform: True)
    assert script.get("vendor/team/").status_code == 200
