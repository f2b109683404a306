"""A script's client of the API, with the tokens it holds."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.conftest import PASSWORD

ANNA = "anna@example.test"


class Api:
    """A script's client on one host, with the tokens it holds."""

    def __init__(self, host: str, prefix: str = "") -> None:
        self.client = Client(headers={"host": host}, enforce_csrf_checks=True)
        self.prefix = prefix
        self.access = ""
        self.refresh = ""

    def request(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        bearer = self.access if token is None else token
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        return self.client.generic(
            method,
            f"{self.prefix}/api/v1/{path}",
            self.client._encode_json(body, "application/json") if body is not None else "",
            content_type="application/json",
            headers=headers,
        )

    def get(self, path: str, token: str | None = None) -> Any:
        return self.request("GET", path, token=token)

    def post(self, path: str, body: Any = None, token: str | None = None) -> Any:
        return self.request("POST", path, body, token=token)

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> Any:
        response = self.post("auth/token/", {"email": email, "password": password, **more}, token="")
        if response.status_code == 200:
            self.access, self.refresh = response.json()["access"], response.json()["refresh"]
        return response

    def renew(self, refresh: str | None = None) -> Any:
        response = self.post("auth/token/refresh/", {"refresh": refresh or self.refresh})
        if response.status_code == 200:
            self.access, self.refresh = response.json()["access"], response.json()["refresh"]
        return response
