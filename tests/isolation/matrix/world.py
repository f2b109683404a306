"""Two platforms with two shops each, their people, and rows of every model, every text with its owner's mark.

Scopes: `lux` is what a platform's shops show of it, `lux:staff` what its staff alone sees, `lux:sign` its name.
`alpha` is what a shop shows, `alpha:sign` its name, `alpha:firm` the company behind it, `alpha:team` what is for
its team alone, `alpha:desk` the team's rows beside the shop's own (domains), `alpha:file` its files,
`alpha:anna` a customer's.
`user:<name>` is a person with a sign-in, `hub` the operator's, `secret` what no page shows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import ProgrammingError, models, transaction
from django_celery_results.models import TaskResult
from moneyed import Money

from modules.catalog.images import StoredImage
from modules.catalog.models import TaxCategory, VatRate
from modules.catalog.services import archive_product, attach_image, create_category, create_product
from modules.cms.services import save_default_page, save_page
from modules.customers.models import Address, Customer
from modules.customers.services import register_customer, save_address
from modules.orders.models import OrderCounter
from modules.orders.services import add_line, complete_cart, create_cart, save_shipping_method, set_checkout
from modules.payments.services import begin_payment, record_received, request_refund, save_method
from modules.tenancy.invitations import invite_staff, invite_team_member
from modules.tenancy.models import Company, Vendor, VendorDomain
from modules.tenancy.services import add_domain, add_staff, add_team_member, create_vendor
from platform_core.identity.models import User
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.owned import VendorOwned
from tests.conftest import PASSWORD
from tests.isolation.matrix.marks import SECRET, Marks
from tests.isolation.rows import linked_models, make_row, required_links


def _app_names(entries: list[str]) -> set[str]:
    """Names of apps as the registry has them; the settings may name their configurations."""
    return {AppConfig.create(entry).name for entry in entries}


PLATFORM_APPS, PUBLIC_APPS = _app_names(settings.TENANT_APPS), _app_names(settings.SHARED_APPS)
_numbers = itertools.count(10_000)
SHOPS = {"lux": ("alpha", "beta"), "mosel": ("gamma", "delta")}
CUSTOMERS = {"alpha": ("anna", "otto"), "beta": ("berta",), "gamma": ("gerd",), "delta": ("dora",)}
# Fields by which an address, a form or a script names a row.
NAMING_FIELDS = ("pk", "slug", "code", "sku", "token", "number", "public_id", "refund_id", "gateway")
# A model with rows that shoppers see unless they are hidden: how a row of the team alone is hidden.
HIDDEN: dict[str, dict[str, Any]] = {
    "catalog.Category": {"is_visible": False},
    "orders.ShippingMethod": {"is_active": False},
}
# Models whose rows are some customer's though none is bound to have one. Whoever knows a guest's cart may see it.
OF_CUSTOMERS = frozenset({"orders.Cart", "orders.CartLine"})
# Rows without a text of their own: whose they are says the row that they belong to.
SCOPE_OF_PARENT = {"orders.CartLine": "cart_id"}


@dataclass(frozen=True)
class Row:
    """A row of the world: whose it is, and by which values an address or a form may name it."""

    label: str
    scope: str
    pk: Any
    values: dict[str, str] = field(hash=False, default_factory=dict)

    @property
    def model(self) -> str:
        """The model's name in lower case."""
        return self.label.rpartition(".")[2].lower()

    def value(self, name: str) -> str:
        return str(self.pk) if name == "pk" else self.values.get(name, "")


class World:
    """Everything there is; `build` makes it."""

    def __init__(self) -> None:
        self.marks = Marks()
        self.platforms: dict[str, Platform] = {}
        self.vendors: dict[str, Vendor] = {}
        self.platform_of: dict[str, str] = {shop: code for code, shops in SHOPS.items() for shop in shops}
        self.users: dict[str, User] = {}
        self.customers: dict[str, Customer] = {}
        self.own_hosts: dict[str, str] = {}
        self.rows: list[Row] = []
        self._by_model: dict[str, list[Row]] = {}
        self._names: set[str] = set()
        # Shop -> SKU of something that it sells.
        self._skus: dict[str, str] = {}
        # Cart -> whose it is.
        self.cart_ids: dict[int, str] = {}

    def word(self, scope: str) -> str:
        """A new word with the mark of `scope`."""
        return f"{self.marks.of(scope)}{next(_numbers)}"

    def rows_of(self, model_name: str) -> list[Row]:
        """The rows of the model with this name in lower case."""
        return self._by_model.get(model_name, [])

    def is_naming(self, value: str) -> bool:
        """Whether a row is named by this value: its id, or what stands in addresses."""
        return value in self._names

    def shops_of(self, platform: str) -> tuple[str, ...]:
        return SHOPS[platform]

    def customer_scopes(self, shop: str) -> set[str]:
        return {f"{shop}:{name}" for name in CUSTOMERS[shop]}

    def build(self) -> World:
        for code, shops in SHOPS.items():
            with platform_context(role="operator"):
                platform = Platform.objects.prefetch_related("domains").get(code=code)
            self._make_platform(platform)
            for shop in shops:
                self._make_shop(code, shop)
        self._make_people()
        for code in SHOPS:
            self._make_log(code)
        for shop, vendor in self.vendors.items():
            with platform_context(self.platforms[self.platform_of[shop]], vendor):
                self._make_goods(shop)
                self._make_hidden(shop)
                for name in CUSTOMERS[shop]:
                    self._make_customer(shop, name)
        with platform_context(role="operator"):
            word = self.word("hub")
            TaskResult.objects.create(task_id=word, task_name=word, status="SUCCESS", meta="{}", result=word)
        self.rows = list(self._read_rows())
        for row in self.rows:
            self._by_model.setdefault(row.model, []).append(row)
            self._names |= {row.value(name) for name in NAMING_FIELDS} - {""}
        return self

    def _make_platform(self, platform: Platform) -> None:
        code = platform.code
        self.platforms[code] = platform
        with platform_context(role="operator"):
            Platform.objects.filter(pk=platform.pk).update(name=self.word(f"{code}:sign"))
            platform.refresh_from_db()
        with platform_context(platform, role="staff"):
            invite_staff(platform=platform, email=f"{self.word(f'{code}:staff')}@example.test")
            for scope, is_published in ((code, True), (f"{code}:staff", False)):
                save_default_page(
                    slug=self.word(scope), translations=self._page(scope), is_published=is_published
                )
            VatRate.objects.create(
                country="ZZ",
                tax_category=TaxCategory.REDUCED,
                percent=3,
                valid_from="2026-01-01",
                source=self.word(f"{code}:staff"),
            )

    def _make_shop(self, platform_code: str, shop: str) -> None:
        platform, sign, firm = self.platforms[platform_code], f"{shop}:sign", f"{shop}:firm"
        with platform_context(role="operator"):
            words = {name: self.word(firm) for name in ("legal_name", "street", "city")}
            hidden = f"{platform_code}:staff"
            company = Company.objects.create(
                platform=platform, email=f"{self.word(firm)}@example.test", phone=self.word(hidden), **words
            )
            vendor = create_vendor(
                platform=platform,
                company=company,
                code=self.word(f"{shop}:sign"),
                name=self.word(sign),
                taglines={"en": self.word(sign)},
                contact_email=f"{self.word(firm)}@example.test",
            )
            own = add_domain(vendor=vendor, host=f"{self.word(sign)}.example.test")
            VendorDomain.objects.filter(pk=own.pk).update(state="active", token=self.word(f"{shop}:desk"))
            waiting = add_domain(vendor=vendor, host=f"{self.word(f'{shop}:desk')}.example.test")
            VendorDomain.objects.filter(pk=waiting.pk).update(token=self.word(f"{shop}:desk"))
            self.own_hosts[shop] = own.host
            self.vendors[shop] = Vendor.objects.get(pk=vendor.pk)
            invite_team_member(
                vendor=vendor, email=f"{self.word(f'{shop}:desk')}@example.test", role=VendorRole.CLERK
            )

    def _make_user(self, name: str, **facts: Any) -> User:
        scope = f"user:{name}"
        with platform_context(role="gatekeeper"):
            user = User.objects.create_user(
                f"{self.word(scope)}@example.test", PASSWORD, full_name=self.word(scope), **facts
            )
        self.users[name] = user
        self.marks.guard(user.password)
        return user

    def _make_people(self) -> None:
        self._make_user("root", is_superuser=True)
        for code in SHOPS:
            user = self._make_user(f"{code}-staff")
            with platform_context(role="operator"):
                add_staff(platform=self.platforms[code], user=user)
        teams = [(shop, role) for shop in self.vendors for role in ("owner", "clerk")]
        for shop, role in teams:
            self._join(shop, self._make_user(f"{shop}-{role}"), VendorRole[role.upper()])
        # Somebody who works for a shop and for its platform, and somebody in shops of two platforms.
        double, roamer = self._make_user("double"), self._make_user("roamer")
        self._join("alpha", double, VendorRole.OWNER)
        with platform_context(role="operator"):
            add_staff(platform=self.platforms["lux"], user=double)
        for shop in ("beta", "delta"):
            self._join(shop, roamer, VendorRole.CLERK)

    def _join(self, shop: str, user: User, role: VendorRole) -> None:
        with platform_context(role="operator"):
            add_team_member(vendor=self.vendors[shop], user=user, role=role)

    def _make_log(self, code: str) -> None:
        def log(scope: str, person: str) -> None:
            LogEntry.objects.create(
                user_id=self.users[person].pk,
                content_type=ContentType.objects.get_for_model(Vendor),
                object_id=str(self.vendors[SHOPS[code][0]].pk),
                object_repr=self.word(scope),
                action_flag=CHANGE,
                change_message=self.word(scope),
            )

        with platform_context(self.platforms[code], role="staff"):
            log(f"{code}:staff", f"{code}-staff")
        if code == "lux":
            with platform_context(role="operator"):
                log("hub", "root")

    def _page(self, scope: str) -> Any:
        return {"en": {"title": self.word(scope), "body_html": f"<p>{self.word(scope)}</p>"}}

    def _make_goods(self, shop: str) -> None:
        """What shoppers see, and an archived product, which they do not."""
        category = create_category(
            slug=self.word(shop),
            translations={"en": {"name": self.word(shop), "description": self.word(shop)}},
        )
        for scope in (shop, f"{shop}:team"):
            skus = [self.word(scope), self.word(scope)]
            self._skus.setdefault(shop, skus[0])
            product = create_product(
                slug=self.word(scope),
                translations={"en": {"title": self.word(scope), "description": self.word(scope)}},
                variants=[
                    {"sku": skus[0], "price_minor": 1990, "options": {"en": self.word(scope)}},
                    {"sku": skus[1], "price_minor": 2990, "options": {"en": self.word(scope)}},
                ],
                category_slugs=[category.slug],
            )
            name = self._file(shop)
            alt = {"en": self.word(scope)}
            stored = StoredImage(name, 100, 100, ({"name": name, "width": 100, "height": 100},))
            attach_image(product=product, stored=stored, alt=alt, credit=self.word(scope))
            if scope != shop:
                archive_product(product=product)
        save_page(slug=self.word(shop), translations=self._page(shop), is_published=True)
        self._make_payments(shop)
        # Without marks: what an order keeps of it would count as a word of the shop in its buyer's row.
        save_shipping_method(code="home", kind="flat", names={"en": "Delivery"}, price_minor=500)
        # No two shops count from the same number.
        OrderCounter.objects.create(next_number=next(_numbers) * 1_000)

    def _make_payments(self, shop: str) -> None:
        """For the team alone: a payment with a refund that is owed, and one that is awaited."""
        scope = f"{shop}:team"
        # Whoever orders is told whom to pay, and where.
        account = {"payee": self.word(shop), "iban": "LU280019400644750000"}
        save_method(gateway="bank_transfer", config=account, is_active=True)
        save_method(gateway="cash_on_collection", config={"place": self.word(shop)}, is_active=True)
        amount = Money("84.10", "EUR")
        for method in ("bank_transfer", "cash_on_collection"):
            payment = begin_payment(
                method=method, amount=amount, reference=self.word(scope), description=self.word(scope)
            )
            if method == "bank_transfer":
                record_received(payment=payment, amount=amount, note=self.word(scope))
                request_refund(payment=payment, amount=Money("20.00", "EUR"), reason=self.word(scope))

    def _make_hidden(self, shop: str) -> None:
        """A row of every model that has nothing to do with a customer, for the team alone."""
        mark = self.marks.of(f"{shop}:team")
        for model in linked_models():
            if not _is_of_a_customer(model) and model._meta.label not in OF_CUSTOMERS:
                self._finish(shop, model, make_row(model, mark))

    def _finish(self, shop: str, model: type[VendorOwned], row: Any) -> None:
        changes = dict(HIDDEN.get(model._meta.label, {}))
        for file in (f for f in model._meta.concrete_fields if isinstance(f, models.FileField)):
            changes[file.attname] = self._file(shop)
        if changes:
            model._base_manager.filter(pk=row.pk).update(**changes)

    def _file(self, shop: str) -> str:
        """The name of a file with its own name in it. Whoever knows a file's name gets it at its shop."""
        word = self.word(f"{shop}:file")
        name = f"{self.platform_of[shop]}/{self.vendors[shop].pk}/products/{word}.webp"
        path = Path(settings.MEDIA_ROOT) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(word)
        return name

    def _make_customer(self, shop: str, name: str) -> None:
        scope = f"{shop}:{name}"
        customer = register_customer(
            email=f"{self.word(scope)}@example.test", password=PASSWORD, full_name=self.word(scope)
        )
        self.customers[scope] = customer
        self.marks.guard(customer.password)
        for _address in range(2):
            save_address(
                customer=customer,
                name=self.word(scope),
                line1=self.word(scope),
                line2=self.word(scope),
                postal_code="L-1611",
                city=self.word(scope),
                country="LU",
            )
        self._make_purchases(customer, scope)
        for model in linked_models():
            if _is_of_a_customer(model) and model not in (Customer, Address):
                self._finish(shop, model, make_row(model, self.marks.of(scope)))

    def _make_purchases(self, customer: Customer, scope: str) -> None:
        """An order, and a cart for which everything is said."""
        sku = self._skus[scope.partition(":")[0]]
        for is_ordered in (True, False):
            cart = create_cart(language="en", customer=customer)
            add_line(cart=cart, sku=sku)
            words = {name: self.word(scope) for name in ("name", "line1", "line2", "city")}
            set_checkout(
                cart=cart,
                email=customer.email,
                shipping_address={**words, "postal_code": "L-1611", "country": "LU"},
                shipping_method="home",
                payment_method="bank_transfer",
            )
            self.cart_ids[cart.pk] = scope
            if is_ordered:
                complete_cart(cart=cart, key=self.word(scope), customer=customer)

    def _read_rows(self) -> Iterator[Row]:
        """Every row there is, through the roles that see them all."""
        for model in apps.get_models():
            name = apps.get_app_config(model._meta.app_label).name
            if name in PLATFORM_APPS:
                for code, platform in self.platforms.items():
                    yield from self._read(model, f"{code}:staff", platform, ("staff", "gatekeeper"))
            if name in PUBLIC_APPS:
                yield from self._read(model, "hub", None, ("operator", "gatekeeper"))

    def _read(
        self, model: type[models.Model], home: str, platform: Platform | None, roles: tuple[Any, ...]
    ) -> list[Row]:
        """The rows of a table as the first of `roles` that its migration lets read it; none where none may."""
        for role in roles:
            with platform_context(platform, role=role), suppress(ProgrammingError), transaction.atomic():
                return list(self._rows_of(model, home))
        return []

    def _rows_of(self, model: type[models.Model], home: str) -> Iterator[Row]:
        shop_of = {vendor.pk: shop for shop, vendor in self.vendors.items()}
        code_of = {platform.pk: code for code, platform in self.platforms.items()}
        for row in model._base_manager.order_by("pk"):
            texts = {
                f.name: str(getattr(row, f.attname))
                for f in model._meta.concrete_fields
                if isinstance(f, models.CharField | models.TextField | models.FileField) or f.name == "number"
            }
            scopes = self.marks.scopes_in(" ".join(texts.values())) - {SECRET}
            shop = shop_of.get(getattr(row, "vendor_id", None))
            platform = code_of.get(getattr(row, "platform_id", None) or getattr(row, "tenant_id", None))
            scope = min(scopes, key=lambda scope: (scope.endswith(":file"), scope)) if scopes else None
            if model is Platform:
                scope = f"{row.code}:sign"
            parent = SCOPE_OF_PARENT.get(model._meta.label)
            if parent is not None:
                scope = self.cart_ids.get(getattr(row, parent), scope)
            if scope is None:
                scope = f"{shop}:desk" if shop else f"{platform}:staff" if platform else home
            yield Row(model._meta.label, scope, row.pk, {k: v for k, v in texts.items() if v})


def _is_of_a_customer(model: type[models.Model]) -> bool:
    """Whether a row of `model` belongs to one customer, directly or through what it must link to."""
    parents = [
        link.remote_field.model for link in required_links(model) if link.remote_field.model is not model
    ]
    return model is Customer or any(_is_of_a_customer(parent) for parent in parents)
