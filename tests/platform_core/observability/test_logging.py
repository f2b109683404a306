"""Log lines: one JSON object per request, with its place, and never a secret or an address."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest
import structlog
from django.test import Client

from platform_core.identity.sessions import sign_in  # noqa: F401
from platform_core.observability.logging import REQUEST_LOGGER, formatter
from tests.platform_core.observability import routes


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict]]]:
    """Everything that is logged, as it would be written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter("json"))
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


@pytest.fixture
def failing_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "platform_core.tenancy.middleware.OPERATIONS_URLCONF", "tests.platform_core.observability.routes"
    )


def of_requests(lines: list[dict]) -> list[dict]:
    return [line for line in lines if line["event"] == "request"]


def test_a_request_writes_one_line(client_for, lines):
    response = client_for("localhost").get("/health/live?token=planted-link-0a1b2c3d&page=2")
    (line,) = lines()
    assert line["event"] == "request"
    assert line["level"] == "info"
    assert line["method"] == "GET"
    assert line["path"] == "/health/live"
    assert line["query"] == "token=[removed]&page=2"
    assert line["status"] == 200
    assert line["milliseconds"] >= 0
    assert line["request_id"] == response.headers["X-Request-ID"]


def test_the_short_way_of_a_requests_line_writes_what_the_long_way_writes():
    fields = {"request_id": "abcdefgh", "path": "/a/?token=[removed]", "status": 200, "query": "é"}
    record = logging.getLogger(REQUEST_LOGGER).makeRecord(
        REQUEST_LOGGER, logging.INFO, __file__, 0, "request", (), None, extra={"request_fields": fields}
    )
    line = formatter("json")
    written = json.loads(line.format(record))
    expected = json.loads(structlog.stdlib.ProcessorFormatter.format(line, record))
    moments = written.pop("at"), expected.pop("at")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", moment) for moment in moments)
    assert written == expected
    assert list(written)[:2] == ["level", "event"]


def test_what_a_visitor_sends_in_a_requests_line_is_scrubbed(client_for, lines):
    secret = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.planted"
    client_for("localhost").get(
        f"/health/live?code={secret}", headers={"host": f"user:{secret}@planted.test", "x-request-id": secret}
    )
    client_for("localhost").generic(f"TOKEN={secret}", "/health/live")
    assert "planted" not in str(lines()).replace("planted.test", "")


@pytest.mark.django_db
def test_the_line_says_platform_vendor_and_person(
    client_for, lines, superuser, lux_admin, objektiv, objektiv_owner
):
    client = client_for("admin.lux.localhost")
    with_session(client, lux_admin, "staff", objektiv.platform_id)
    client.get("/nothing/")
    client_for("objektiv.lux.localhost").get("/nothing/")
    client_for("lux.localhost").get("/nothing/")
    staff, shop, platform = of_requests(lines())
    assert (staff["site"], staff["platform"], staff["audience"]) == ("admin", "lux", "staff")
    assert staff["user_id"] == lux_admin.pk
    assert (shop["site"], shop["platform"], shop["vendor"]) == ("storefront", "lux", "objektiv")
    assert shop["audience"] == "public"
    assert (platform["site"], platform["platform"]) == ("platform", "lux")
    assert "vendor" not in platform


def with_session(client: Client, user, audience: str, platform_id: int) -> None:
    """Put a session for `user` into the client's jar."""
    from platform_core.sessions.store import SessionStore  # noqa: PLC0415
    from platform_core.tenancy.context import platform_context  # noqa: PLC0415
    from platform_core.tenancy.models import Platform  # noqa: PLC0415

    with platform_context(role="operator"):
        platform = Platform.objects.prefetch_related("domains").get(pk=platform_id)
    with platform_context(platform):
        session = SessionStore()
        session.update(
            {
                "audience": audience,
                "platform_id": platform_id,
                "site_vendor_id": None,
                "account_id": user.pk,
                "auth_hash": user.get_session_auth_hash(),
            }
        )
        session.save()
    client.cookies["wz_admin"] = session.session_key


@pytest.mark.parametrize("given", ["req-2026-11-23.0001", "0123456789abcdef"])
def test_a_sane_request_id_is_kept(client_for, given: str):
    response = client_for("localhost").get("/health/live", headers={"X-Request-ID": given})
    assert response.headers["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "a b c d e f g h", 'quote"quote"', "ä" * 20, "../../etc/pw"]
)
def test_any_other_request_id_is_replaced(client_for, given: str):
    response = client_for("localhost").get("/health/live", headers={"X-Request-ID": given})
    assert response.headers["X-Request-ID"] != given
    assert len(response.headers["X-Request-ID"]) == 32


def test_planted_secrets_never_appear(client_for, lines, failing_routes):
    client = client_for("localhost", raise_request_exception=False)
    client.cookies["wz_hub"] = routes.COOKIE
    client.post(
        f"/health/fail?token={routes.LINK}&email={routes.EMAIL}",
        {"password": routes.PASSWORD, "email": routes.EMAIL},
        headers={"Authorization": f"Bearer {routes.BEARER}"},
    )
    client.get(f"/health/{routes.LINK}/signed")
    written = lines()
    text = json.dumps(written)
    assert [line["status"] for line in of_requests(written)] == [500, 200]
    assert any("RuntimeError" in line.get("exception", "") for line in written)
    assert [planted for planted in routes.PLANTED if planted in text] == []


def test_the_same_secrets_do_appear_without_the_scrubber(client_for, lines, failing_routes, monkeypatch):
    """The control: without the last step the planted values are there, so the test above sees something."""
    monkeypatch.setattr("platform_core.observability.logging.scrub", lambda value, name="": value)
    client = client_for("localhost", raise_request_exception=False)
    client.get("/health/fail", headers={"Authorization": f"Bearer {routes.BEARER}"})
    text = json.dumps(lines())
    assert {planted for planted in routes.PLANTED if planted in text} >= {
        routes.PASSWORD,
        routes.BEARER,
        routes.EMAIL,
    }


def test_a_line_inside_a_tenants_context_says_whose_it_is(client_for, lines, failing_routes):
    client_for("localhost", raise_request_exception=False).get("/health/fail")
    warning = next(line for line in lines() if line["event"].startswith("Signing in"))
    assert (warning["platform"], warning["vendor"]) == ("lux", "objektiv")
    assert warning["request_id"] == of_requests(lines())[0]["request_id"]


def test_structlogs_own_loggers_write_the_same_lines(lines):
    structlog.get_logger("shop").warning("stock_low", sku="A-1", password="hunter2-planted")
    (line,) = lines()
    assert (line["event"], line["level"], line["sku"]) == ("stock_low", "warning", "A-1")
    assert line["password"] == "[removed]"


def test_extra_fields_and_arguments_arrive(lines):
    logging.getLogger("shop").info("%s of %d", "two", 2, extra={"product": 7, "user_token": "planted"})
    (line,) = lines()
    assert (line["event"], line["product"], line["user_token"]) == ("two of 2", 7, "[removed]")


def test_a_terminal_gets_lines_for_people(capsys):
    record = logging.makeLogRecord(
        {"name": "shop", "levelname": "INFO", "levelno": 20, "msg": "Stock is low"}
    )
    line = formatter("console").format(record)
    assert "Stock is low" in line
    assert "\x1b" not in line
    assert not line.startswith("{")
