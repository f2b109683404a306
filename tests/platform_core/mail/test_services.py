"""A mail is made when it is sent: in its reader's language, in the shop's name, and once."""

from __future__ import annotations

import email
import email.policy
import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import transaction
from django.test import override_settings
from django.utils.translation import gettext_lazy

from config import env
from modules.tenancy.services import update_company, update_vendor
from platform_core.embedded.inbox import Controller, Inbox
from platform_core.embedded.processes import free_port
from platform_core.mail import kinds
from platform_core.mail.kinds import MailKind, register_mail
from platform_core.mail.services import write_mail
from platform_core.modules.state import override_modules
from platform_core.outbox.models import OutboxMessage
from platform_core.outbox.services import do
from platform_core.tenancy.context import platform_context
from tests.sample_modules import beside_the_installed, module

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).parent / "templates"


def values(*, name: str) -> dict[str, Any] | None:
    return {"name": name} if name else None


@pytest.fixture
def greeting(monkeypatch, settings) -> MailKind:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], TEMPLATES]}]
    # A text that the project has in all languages.
    subject = gettext_lazy("Sign in")
    return register_mail(
        MailKind(code="sample.greeting", subject=subject, template="sample/greeting", values=values)
    )


def write(vendor: Any, *, name: str = "Anna", to: str = "anna@example.test", **options: Any) -> None:
    with platform_context(vendor.platform, vendor), transaction.atomic():
        write_mail("sample.greeting", to=to, name=name, **{"language": "fr", **options})


def send() -> list[str]:
    """Do what waits; returns the outcomes."""
    with platform_context(role="operator"):
        waiting = list(OutboxMessage.objects.filter(state="waiting").values_list("pk", flat=True))
    return [do(pk) for pk in waiting]


def test_it_is_sent_in_its_readers_language_and_the_shops_name(lux, objektiv, greeting):
    with platform_context(lux, role="staff"):
        update_company(
            company=objektiv.company, street="2, rue du Fort", city="Luxembourg", postal_code="1234"
        )
        update_vendor(vendor=objektiv, contact_email="hello@objektiv.test")
    write(objektiv)
    assert mail.outbox == []
    assert send() == ["done"]
    (sent,) = mail.outbox
    assert sent.subject == "Se connecter"
    assert sent.to == ["anna@example.test"]
    assert sent.from_email == "Objektiv <no-reply@localhost>"
    assert sent.reply_to == ["hello@objektiv.test"]
    assert sent.extra_headers["Content-Language"] == "fr"
    assert sent.body.startswith("Anna <b>& co</b>\n")
    assert "http://objektiv.lux.localhost/" in sent.body
    assert "Objektiv S.à r.l. · 2, rue du Fort, 1234 Luxembourg, Luxembourg" in sent.body
    ((html, kind),) = sent.alternatives
    assert kind == "text/html"
    assert '<html lang="fr">' in html


def test_it_carries_its_id_so_that_a_second_one_is_known_for_what_it_is(objektiv, greeting):
    write(objektiv)
    with platform_context(role="operator"):
        message = OutboxMessage.objects.get()
    assert do(message.pk) == "done"
    with platform_context(role="operator"):
        # As if the process had ended before it could say so.
        OutboxMessage.objects.update(state="waiting", claimed_until=None)
    assert do(message.pk) == "done"
    first, second = (sent.message()["Message-ID"] for sent in mail.outbox)
    assert first == second == f"<{message.pk}@localhost>"


def test_under_one_key_it_is_written_once(objektiv, greeting):
    write(objektiv, key="order-5")
    write(objektiv, key="order-5")
    assert send() == ["done"]


def test_what_has_become_pointless_is_not_sent(objektiv, greeting):
    write(objektiv, name="")
    assert send() == ["done"]
    assert mail.outbox == []


def test_names_are_text_and_begin_no_header(objektiv, greeting):
    kinds._kinds.pop("sample.greeting")
    register_mail(
        MailKind(code="sample.greeting", subject="For %(name)s", template="sample/greeting", values=values)
    )
    write(objektiv, name="<script>\r\nBcc: all@example.test")
    assert send() == ["done"]
    (sent,) = mail.outbox
    assert sent.subject == "For <script> Bcc: all@example.test"
    assert sent.recipients() == ["anna@example.test"]
    assert "&lt;script&gt;" in sent.alternatives[0][0]


def test_an_address_that_is_none_is_refused_where_it_is_written(objektiv, greeting):
    with pytest.raises(ValidationError):
        write(objektiv, to="anna@example.test\nBcc: all@example.test")
    with pytest.raises(LookupError, match=r"sample\.nothing"), transaction.atomic():
        write_mail("sample.nothing", to="anna@example.test", language="en")


def test_the_mails_of_a_module_that_is_off_wait_for_it(objektiv, greeting):
    def of_a_module(*, name: str) -> dict[str, Any]:
        return {"name": name}

    of_a_module.__module__ = "made_up.lends.mails"
    kinds._kinds["sample.greeting"] = MailKind(
        code="sample.greeting", subject="Hello", template="sample/greeting", values=of_a_module
    )
    with beside_the_installed(module("lends")):
        write(objektiv)
        assert send() == ["postponed"]
        with override_modules(objektiv.platform, on=("lends",)):
            assert send() == ["done"]


@override_settings(EMAIL_BACKEND="platform_core.mail.backends.NoMailServer")
def test_without_a_mail_server_it_waits_and_says_why(objektiv, greeting):
    write(objektiv)
    assert send() == ["failed"]
    with platform_context(role="operator"):
        message = OutboxMessage.objects.get()
    assert message.last_error == "ConnectionError: No mail server is known. Set EMAIL_URL."


def test_the_inbox_of_a_developers_machine_keeps_each_mail_once(tmp_path):
    port = free_port()
    server = Controller(Inbox(tmp_path), hostname="127.0.0.1", port=port)
    server.start()
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
            for number in (1, 1, 2):
                message = EmailMessage()
                message["Message-ID"] = f"<{number}@localhost>"
                message["Subject"] = f"Numéro {number}"
                message.set_content("Grüezi")
                smtp.send_message(message, "shop@example.test", ["anna@example.test"])
    finally:
        server.stop()
    read = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        for file in tmp_path.iterdir()
    ]
    assert sorted(message["Subject"] for message in read) == ["Numéro 1", "Numéro 2"]


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "ssl"),
    [
        ("smtp://mail.example.test", "mail.example.test", 25, False, False),
        ("smtp://u:p%40ss@mail.example.test?tls=starttls", "mail.example.test", 587, True, False),
        ("smtps://u:p%40ss@mail.example.test:1465", "mail.example.test", 1465, False, True),
    ],
)
def test_a_mail_server_is_named_by_its_url(url, host, port, tls, ssl):
    read = env.mail_server(url, name="EMAIL_URL")
    assert (read["EMAIL_HOST"], read["EMAIL_PORT"], read["EMAIL_USE_TLS"], read["EMAIL_USE_SSL"]) == (
        host,
        port,
        tls,
        ssl,
    )
    assert read["EMAIL_HOST_PASSWORD"] in ("", "p@ss")


@pytest.mark.parametrize("url", ["mail.example.test", "http://x", "smtp://", "smtp://x:y", "smtp://x?tls=on"])
def test_a_url_that_names_no_mail_server_says_so(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL must be smtp://"):
        env.mail_server(url, name="EMAIL_URL")
