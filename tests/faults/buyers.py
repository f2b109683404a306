"""People and scripts of one shop under a load, and what they were told is saved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from tests.faults.installation import Installation
from tests.faults.load import Step
from tests.faults.shops import CUSTOMER, OBJEKTIV, PASSWORD
from tests.faults.visitors import Reply, Visitor, owner, script, shopper
from tests.forms import fields_of

ADDRESS = {"line1": "12, rue des Roses", "postal_code": "L-2445", "city": "Luxembourg", "country": "LU"}


class Buyers:
    """Four threads' worth of steps. `saved` holds what was acknowledged, by kind."""

    def __init__(self, site: Installation) -> None:
        self.site = site
        self.saved: dict[str, list[str]] = {"product": [], "address": [], "title": []}
        self._numbers = count(1)
        self._visitor = Visitor(site.port, OBJEKTIV.host)
        self._shopper = shopper(site.port)
        self._owner = owner(site.port)
        self._script = script(site.port)
        self._product_id = self._script.call("GET", "vendor/products/").json()["data"][0]["id"]

    def walks(self) -> Sequence[Sequence[tuple[str, Step]]]:
        """One list of steps for each thread."""
        visitor, anna, boss = self._visitor, self._shopper, self._owner
        return [
            [
                ("home", lambda: visitor.get("/")),
                ("list", lambda: visitor.get("/products/")),
                ("product", lambda: visitor.get(f"/products/{OBJEKTIV.code}-3/")),
                ("api", lambda: visitor.call("GET", "storefront/products/")),
            ],
            [("account", lambda: anna.get("/account/")), ("address", self.save_address)],
            [("dashboard", lambda: boss.get("/vendor/products/")), ("title", self.save_title)],
            [("product", self.save_product), ("sign-in", self.sign_in)],
        ]

    def sign_in(self) -> Reply:
        """Anna again, in another browser."""
        browser = Visitor(self.site.port, OBJEKTIV.host)
        return browser.fill_in("/account/sign-in/", email=CUSTOMER, password=PASSWORD)

    def save_product(self) -> Reply:
        """A new product by script."""
        slug = f"new-{next(self._numbers)}"
        body = {"slug": slug, "status": "draft", "translations": {"en": {"title": slug}}}
        reply = self._script.call("POST", "vendor/products/", body)
        self._note("product", slug, is_saved=reply.status == 201)
        return reply

    def save_address(self) -> Reply:
        """A new address in Anna's account."""
        name = f"Anna {next(self._numbers)}"
        reply = self._shopper.fill_in("/account/addresses/new/", name=name, **ADDRESS)
        self._note("address", name, is_saved=reply.status == 302)
        return reply

    def save_title(self) -> Reply:
        """Another title of one product, in the dashboard."""
        path = f"/vendor/products/{self._product_id}/"
        page = self._owner.get(path)
        if page.status != 200:
            return page
        title = f"Title {next(self._numbers)}"
        reply = self._owner.submit(path, page.body, **fields_of(page.body) | {"text-en-title": title})
        self._note("title", title, is_saved=reply.status == 302)
        return reply

    def _note(self, kind: str, value: str, *, is_saved: bool) -> None:
        if is_saved:
            self.saved[kind].append(value)

    def lost(self) -> list[str]:
        """What was acknowledged and is not there."""
        products = {slug for (slug,) in self.site.rows("SELECT slug FROM lux.catalog_product")}
        names = {name for (name,) in self.site.rows("SELECT name FROM lux.customers_address")}
        rows = self.site.rows(
            "SELECT title FROM lux.catalog_producttranslation WHERE product_id = %s AND language = 'en'",
            self._product_id,
        )
        # Later ones write over earlier ones; one that was saved and not acknowledged may come after.
        latest = max((int(title.split()[1]) for title in self.saved["title"]), default=0)
        kept = int(rows[0][0].split()[1]) if rows[0][0].startswith("Title") else 0
        return [
            *(slug for slug in self.saved["product"] if slug not in products),
            *(name for name in self.saved["address"] if name not in names),
            *([f"Title {latest}"] if kept < latest else []),
        ]
