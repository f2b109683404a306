"""A real installation does not start when it would not be safe."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from platform_core.tenancy import start
from platform_core.tenancy.start import faults_of_role, refuse_unsafe_start
from tests.databases import cluster

pytestmark = pytest.mark.database


@pytest.fixture
def production(settings: Any, db: None) -> Any:
    settings.PRODUCTION = True
    settings.DEBUG = False
    settings.DEMO = False
    settings.SECRET_KEY = "0123456789" * 6
    settings.BASE_DOMAIN = "shops.example.com"
    return settings


def entry(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "HOST": parts.hostname,
        "PORT": parts.port,
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username,
        "PASSWORD": unquote(parts.password or ""),
    }


def test_a_safe_installation_starts(production: Any) -> None:
    refuse_unsafe_start()


@pytest.mark.parametrize(
    ("setting", "value", "fault"),
    [
        ("DEBUG", True, "E120"),
        ("SECRET_KEY", "for-development-only", "E121"),
        ("DEMO", True, "E122"),
        ("BASE_DOMAIN", "localhost", "E123"),
    ],
)
def test_each_unsafe_setting_is_refused_by_name(
    production: Any, setting: str, value: object, fault: str
) -> None:
    setattr(production, setting, value)
    with pytest.raises(ImproperlyConfigured, match=rf"platform_core\.{fault}: .*"):
        refuse_unsafe_start()


def connect_as(monkeypatch: pytest.MonkeyPatch, database: dict[str, Any]) -> None:
    monkeypatch.setattr(start, "connections", {"default": SimpleNamespace(settings_dict=database)})


def test_a_superuser_is_refused(production: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connect_as(monkeypatch, entry(cluster().superuser_url))
    with pytest.raises(ImproperlyConfigured, match=r"E124: The role postgres .* is a superuser"):
        refuse_unsafe_start()


def test_the_owner_of_the_tables_is_refused(production: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connect_as(monkeypatch, dict(connections["owner"].settings_dict))
    with pytest.raises(ImproperlyConfigured, match=r"E124: The role owner .* the owner of the tables"):
        refuse_unsafe_start()


def test_a_server_that_does_not_answer_is_no_fault() -> None:
    assert faults_of_role({"HOST": "127.0.0.1", "PORT": "9", "NAME": "none", "USER": "app"}) == []


def test_elsewhere_nothing_is_asked(settings: Any) -> None:
    settings.PRODUCTION = False
    settings.DEMO = True
    refuse_unsafe_start()
