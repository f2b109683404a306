"""What goes out, as the admin shows it: staff see whom, the hub does not; what was given up is tried again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from modules.tenancy.services import add_staff
from platform_core.outbox.models import OutboxMessage
from platform_core.outbox.services import write_down
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
HUB, LUX, MOSEL = "localhost", "admin.lux.localhost", "admin.mosel.localhost"
LIST = "/admin/platform_core/outboxmessage/"


@pytest.fixture
def message(objektiv: Any) -> OutboxMessage:
    """A mail that was given up."""
    with platform_context(objektiv.platform, objektiv), transaction.atomic():
        write_down("sample", {"to": "anna@example.test"}, key="sample:1")
    with platform_context(role="operator"):
        OutboxMessage.objects.update(state="dead", last_error="ValueError: anna@example.test")
        return OutboxMessage.objects.get()


@pytest.fixture
def enter(client_for: Any) -> Any:
    def enter(host: str, person: Any) -> Any:
        client = client_for(host)
        assert client.post("/admin/login/", {"email": person.email, "password": PASSWORD}).status_code == 302
        return client

    return enter


def pages(client: Any, message: OutboxMessage) -> str:
    return "".join(client.get(path).content.decode() for path in (LIST, f"{LIST}{message.pk}/change/"))


def test_staff_see_whom_it_was_for_and_the_hub_does_not(enter, lux_admin, superuser, message):
    assert pages(enter(LUX, lux_admin), message).count("anna@example.test") >= 3
    shown = pages(enter(HUB, superuser), message)
    assert "sample:1" in shown
    assert "[e-mail]" in shown
    assert "anna@example.test" not in shown


def test_another_platforms_staff_see_nothing(enter, mosel, make_user, message):
    admin = make_user("admin@mosel.test")
    with platform_context(role="operator"):
        add_staff(platform=mosel, user=admin)
    client = enter(MOSEL, admin)
    assert "sample:1" not in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{message.pk}/change/").status_code in {302, 404}


def test_it_is_tried_again_once_somebody_has_said_so(enter, lux_admin, message):
    client = enter(LUX, lux_admin)
    address = f"{LIST}{message.pk}/try-again/"
    assert "Try it again?" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    with platform_context(role="operator"):
        assert OutboxMessage.objects.get().state == "waiting"
    # There is nothing to try again about one that waits.
    assert "try-again" not in client.get(f"{LIST}{message.pk}/change/").content.decode()
