"""Small shops to disturb: `python -m tests.faults.shops` fills an empty, migrated database.

Two platforms, three shops; whatever belongs to one names it, so that it is recognised anywhere else. Those of the
first platform sell.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import django

PASSWORD = "correct-horse-battery"
CUSTOMER = "anna@example.test"
PRODUCT_COUNT = 24
SELLS_ON = "lux"
SHIPPING_MINOR = 500
PLATFORMS = (("lux", "Lux", "lux.localhost"), ("mosel", "Mosel", "mosel.localhost"))


@dataclass(frozen=True)
class Shop:
    """One shop. `word` stands in every text that is its own."""

    code: str
    platform: str
    word: str

    @property
    def host(self) -> str:
        """Where its storefront is."""
        return f"{self.code}.{self.platform}.localhost"

    @property
    def owner(self) -> str:
        """Whose dashboard it is."""
        return f"owner@{self.code}.test"

    @property
    def mailbox(self) -> str:
        """Where it reads of its orders."""
        return f"orders@{self.code}.test"


OBJEKTIV = Shop("objektiv", "lux", "Fernrohr")
VOLTWERK = Shop("voltwerk", "lux", "Kondensator")
KELLEREI = Shop("kellerei", "mosel", "Weinfass")
SHOPS = (OBJEKTIV, VOLTWERK, KELLEREI)


def fill() -> None:
    """Make the platforms, the shops and their people."""
    # Django's models can be imported only once it is set up.
    from modules.tenancy.models import Company  # noqa: PLC0415
    from modules.tenancy.services import add_team_member, create_vendor  # noqa: PLC0415
    from platform_core.identity.models import User  # noqa: PLC0415
    from platform_core.modules.service import module_service  # noqa: PLC0415
    from platform_core.roles import VendorRole  # noqa: PLC0415
    from platform_core.tenancy.context import platform_context  # noqa: PLC0415
    from platform_core.tenancy.services import create_platform  # noqa: PLC0415

    platforms = {code: create_platform(code=code, name=name, host=host) for code, name, host in PLATFORMS}
    with platform_context(role="operator"):
        module_service.enable_module(platforms[SELLS_ON], "orders")
    for shop in SHOPS:
        platform = platforms[shop.platform]
        with platform_context(role="operator"):
            company = Company.objects.create(platform=platform, legal_name=f"{shop.word} S.à r.l.")
            vendor = create_vendor(
                platform=platform,
                company=company,
                code=shop.code,
                name=shop.word,
                theme="cellar",
                contact_email=shop.mailbox,
            )
        with platform_context(role="gatekeeper"):
            user = User.objects.create_user(shop.owner, PASSWORD)
        with platform_context(role="operator"):
            add_team_member(vendor=vendor, user=user, role=VendorRole.OWNER)
        with platform_context(platform, vendor):
            _stock(shop)
            if shop.platform == SELLS_ON:
                _open_the_till()


def _stock(shop: Shop) -> None:
    from modules.catalog.services import create_category, create_product  # noqa: PLC0415
    from modules.cms.services import save_page  # noqa: PLC0415
    from modules.customers.services import register_customer  # noqa: PLC0415

    create_category(slug=f"{shop.code}-things", translations={"en": {"name": f"{shop.word} things"}})
    for number in range(PRODUCT_COUNT):
        create_product(
            slug=f"{shop.code}-{number}",
            status="active",
            category_slugs=[f"{shop.code}-things"],
            translations={"en": {"title": f"{shop.word} {number}", "description": f"Of {shop.word}."}},
            variants=[{"sku": f"{shop.code}-{number}".upper(), "options": {}, "price_minor": 1000 + number}],
        )
    words = {"en": {"title": f"About {shop.word}", "body_html": f"<p>{shop.word}</p>"}}
    save_page(slug="about", translations=words, is_published=True)
    register_customer(email=CUSTOMER, password=PASSWORD, full_name=f"Anna {shop.word}", language="en")


def _open_the_till() -> None:
    from modules.orders.services import save_shipping_method  # noqa: PLC0415
    from modules.payments.services import save_method  # noqa: PLC0415

    account = {"payee": "The shop", "iban": "LU280019400644750000", "bic": "BCEELULL"}
    save_method(gateway="bank_transfer", config=account, is_active=True)
    save_shipping_method(
        code="home", kind="flat", names={"en": "Home delivery"}, price_minor=SHIPPING_MINOR, position=1
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    django.setup()
    fill()
