"""A mail server of the proofs: it takes every mail on a real socket and notes each delivery, the repeated too."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from platform_core.embedded.processes import free_port


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail as it was handed in, at `at` on the clock of `time.monotonic`."""

    message_id: str
    to: str
    subject: str
    text: str
    at: float


class PostOffice:
    """The server while the block runs. `on_mail` is called with each mail before its sender has an answer."""

    def __init__(self, on_mail: Callable[[Delivery], None] | None = None) -> None:
        self.deliveries: list[Delivery] = []
        self.port = free_port()
        self.on_mail = on_mail
        self._server: Controller | None = None

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Take mails, on the same port each time."""
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)
        self._server.start()

    def close(self) -> None:
        """Take none."""
        if self._server is not None:
            with contextlib.suppress(OSError):
                self._server.stop()
            self._server = None

    def __enter__(self) -> PostOffice:
        self.open()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=default)
        body = mail.get_body(("plain",))
        delivery = Delivery(
            message_id=str(mail["Message-ID"]),
            to=str(mail["To"]),
            subject=str(make_header(decode_header(str(mail["Subject"])))),
            text=body.get_content() if body is not None else "",
            at=time.monotonic(),
        )
        self.deliveries.append(delivery)
        if self.on_mail is not None:
            self.on_mail(delivery)
        return "250 OK"

    def readers(self) -> list[str]:
        """Whom mails have reached. What comes again under its Message-ID is the same mail."""
        return sorted({delivery.message_id: delivery.to for delivery in self.deliveries}.values())
