"""The inbox of a developer's machine: shown where there is one, and nowhere else."""

from __future__ import annotations

from email.message import EmailMessage
from importlib import reload

import pytest
from django.urls import clear_url_caches

from config.urls import public
from platform_core.embedded.inbox import Inbox

pytestmark = pytest.mark.django_db


def _routes_again() -> None:
    reload(public)
    clear_url_caches()


@pytest.fixture
def inbox(tmp_path, settings):
    settings.MAIL_INBOX = str(tmp_path)
    _routes_again()
    yield Inbox(tmp_path)
    settings.MAIL_INBOX = ""
    _routes_again()


def put(inbox: Inbox, **headers: str) -> str:
    message = EmailMessage()
    for name, value in {
        "From": "Objektiv <no-reply@localhost>",
        "To": "anna@example.test",
        **headers,
    }.items():
        message[name.replace("_", "-")] = value
    message.set_content("Bonjour https://objektiv.lux.localhost/ <script>alert(1)</script>")
    message.add_alternative("<p>Bonjour</p><script>alert(1)</script>", subtype="html")
    return inbox.keep(message.as_bytes()).stem


def test_mails_are_listed_and_read(inbox, client_for):
    name = put(inbox, Subject="Votre commande", Content_Language="fr")
    client = client_for("localhost")
    page = client.get("/inbox/").content.decode()
    assert f'href="/inbox/{name}/"' in page
    assert "Votre commande</a>" in page
    page = client.get(f"/inbox/{name}/").content.decode()
    assert '<a href="https://objektiv.lux.localhost/"' in page
    assert "&lt;script&gt;" in page
    assert f'<iframe class="inbox-page" src="/inbox/{name}/page/"' in page


def test_the_page_of_a_mail_runs_nothing(inbox, client_for):
    response = client_for("localhost").get(f"/inbox/{put(inbox)}/page/")
    policy = response["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_an_empty_inbox_says_so(inbox, client_for):
    assert "No mail yet" in client_for("localhost").get("/inbox/").content.decode()


@pytest.mark.parametrize("name", ["0" * 32, "x", "up-servers"])
def test_what_is_no_mail_is_not_found(inbox, client_for, name):
    assert client_for("localhost").get(f"/inbox/{name}/").status_code == 404


def test_without_a_folder_there_is_no_inbox(inbox, settings, client_for):
    assert client_for("localhost").get("/inbox/").status_code == 200
    settings.MAIL_INBOX = ""
    _routes_again()
    assert client_for("localhost").get("/inbox/").status_code == 404
