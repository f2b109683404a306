"""Products to test with, and a folder for their pictures that goes away."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from modules.catalog.models import Product
from modules.catalog.services import create_product
from modules.tenancy.models import Vendor
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from tests.conftest import PASSWORD
from tests.forms import TeamBrowser


@pytest.fixture(autouse=True)
def media_root(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def in_objektiv(lux: Platform, objektiv: Vendor) -> Iterator[Vendor]:
    """The test runs in the context of the shop Objektiv."""
    with platform_context(lux, objektiv):
        yield objektiv


@pytest.fixture
def make_product() -> Callable[..., Product]:
    """`make_product("slug", price=1999, **facts)` in the context in force."""

    def make(slug: str, price: int = 1999, **facts: Any) -> Product:
        facts.setdefault("translations", {"en": {"title": slug.replace("-", " ").title(), "description": ""}})
        facts.setdefault("variants", [{"sku": slug.upper(), "options": {}, "price_minor": price}])
        return create_product(slug=slug, **facts)

    return make


@pytest.fixture
def picture() -> Callable[..., io.BytesIO]:
    """`picture(1600, 900)`: a file as a browser would upload it."""

    def make(width: int = 1600, height: int = 900, kind: str = "JPEG", **options: Any) -> io.BytesIO:
        mode = options.pop("mode", "RGB")
        image = Image.effect_noise((width, height), 60).convert(mode)
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        buffer.seek(0)
        buffer.name = f"photo.{kind.lower()}"
        return buffer

    return make


@pytest.fixture
def team(objektiv: Vendor) -> Callable[..., Any]:
    """`team("owner@objektiv.test")`: a browser on the platform's host, signed in to the dashboard."""

    def enter(email: str, **options: Any) -> Any:
        visitor = TeamBrowser("lux.localhost", "objektiv", **options)
        visitor.post("/vendor/sign-in/", {"email": email, "password": PASSWORD})
        return visitor

    return enter


@pytest.fixture
def owner(team: Callable[..., Any], objektiv_owner: Any) -> Any:
    return team("owner@objektiv.test")


@pytest.fixture
def clerk(team: Callable[..., Any], objektiv_clerk: Any) -> Any:
    return team("staff@objektiv.test")
