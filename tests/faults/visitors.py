"""People and scripts who use an installation while it is disturbed."""

from __future__ import annotations

import http.client
import json
import re
import time
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tests.faults.shops import CUSTOMER, OBJEKTIV, PASSWORD, Shop

# Longer than any answer may take; a proof looks at the time that it took.
PATIENCE_SECONDS = 40.0


@dataclass(frozen=True)
class Reply:
    """An answer to a visitor. Status 0: there was none, `body` says why."""

    status: int
    headers: dict[str, str]
    body: str
    seconds: float

    def json(self) -> Any:
        """The body of a script's answer."""
        return json.loads(self.body)


class Visitor:
    """A browser or script on one host, with its cookies; a new connection for each request."""

    def __init__(self, port: int, host: str) -> None:
        self.port = port
        self.host = host
        self.cookies: dict[str, str] = {}
        self.bearer = ""

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        """One request. A failed connection is a reply with the status 0."""
        sent = {"Host": self.host, "Connection": "close"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.bearer:
            sent["Authorization"] = f"Bearer {self.bearer}"
        begun = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            line.request(method, path, body or None, sent)
            answer = line.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return Reply(0, {}, repr(error), time.monotonic() - begun)
        finally:
            line.close()
        for given in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(given).items():
                self.cookies[name] = morsel.value
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, found, text, time.monotonic() - begun)

    def get(self, path: str) -> Reply:
        """Look at a page."""
        return self.ask("GET", path)

    def submit(self, path: str, page: str, **fields: Any) -> Reply:
        """Send the form of a page with these values; the page gives its token."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        values = {"csrfmiddlewaretoken": token[1] if token else "", **fields}
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, urlencode(values, doseq=True).encode(), Content_Type=kind)

    def fill_in(self, path: str, **fields: str) -> Reply:
        """Open a page with a form and send it; the page itself when it does not come."""
        page = self.get(path)
        return page if page.status != 200 else self.submit(path, page.body, **fields)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """A script's request below /api/v1/."""
        data = b"" if body is None else json.dumps(body).encode()
        return self.ask(method, f"/api/v1/{path}", data, Content_Type="application/json", **headers)


def shopper(port: int, shop: Shop = OBJEKTIV) -> Visitor:
    """Anna, signed in to a shop."""
    visitor = Visitor(port, shop.host)
    reply = visitor.fill_in("/account/sign-in/", email=CUSTOMER, password=PASSWORD)
    assert reply.status == 302, reply
    return visitor


def owner(port: int, shop: Shop = OBJEKTIV) -> Visitor:
    """A shop's owner, signed in to the dashboard."""
    visitor = Visitor(port, f"{shop.platform}.localhost")
    reply = visitor.fill_in("/vendor/sign-in/", email=shop.owner, password=PASSWORD)
    assert reply.status == 302, reply
    return visitor


def script(port: int, shop: Shop = OBJEKTIV) -> Visitor:
    """A script of a shop's owner, with a token."""
    visitor = Visitor(port, f"{shop.platform}.localhost")
    reply = visitor.call("POST", "auth/token/", {"email": shop.owner, "password": PASSWORD})
    assert reply.status == 200, reply
    visitor.bearer = reply.json()["access"]
    return visitor
