"""The inbox of a developer's machine: what the mail server of `manage.py up` was given, to be read at /inbox/."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from csp.decorators import csp, csp_update
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from modules.core.landing import in_chosen_language, language_links
from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.requests import SiteRequest

MAILS_PER_PAGE = 50
NAME = re.compile(r"[0-9a-f]{32}")
# A mail is a stranger's page: shown without scripts, without anything fetched, and with links in a new window.
OF_A_MAIL = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups"],
}


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail as it arrived."""

    name: str
    at: datetime
    sender: str
    to: str
    subject: str
    language: str
    text: str
    html: str


@policy(Audience.PUBLIC)
@require_safe
@in_chosen_language
def inbox(request: SiteRequest) -> HttpResponse:
    """All mails, latest first."""
    page = Paginator(_files(), MAILS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "mails": [_read(file) for file in page.object_list],
        "language_links": language_links(request),
    }
    return render(request, "core/hub/inbox.html", context)


@policy(Audience.PUBLIC)
@require_safe
@csp_update({"frame-src": ["'self'"]})
@in_chosen_language
def mail(request: SiteRequest, name: str) -> HttpResponse:
    """One mail: its text, and its page in a frame."""
    return render(
        request,
        "core/hub/inbox_mail.html",
        {"mail": _read(_file(name)), "language_links": language_links(request)},
    )


@policy(Audience.PUBLIC)
@require_safe
@xframe_options_sameorigin
@csp(OF_A_MAIL)
def mail_page(request: HttpRequest, name: str = "") -> HttpResponse:
    """The page that a mail carries, as mail programs show it."""
    found = _read(_file(name))
    if not found.html:
        raise Http404
    return HttpResponse(found.html)


def _files() -> list[Path]:
    folder = Path(settings.MAIL_INBOX)
    return sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)


def _file(name: str) -> Path:
    file = Path(settings.MAIL_INBOX) / f"{name}.eml"
    if not NAME.fullmatch(name) or not file.exists():
        raise Http404
    return file


def _read(file: Path) -> ReceivedMail:
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)

    def content(kind: str) -> str:
        part = message.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part is not None else ""

    return ReceivedMail(
        name=file.stem,
        at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        language=str(message["Content-Language"] or ""),
        text=content("plain"),
        html=content("html"),
    )
