"""People and scripts of one shop under a load, and what they were told is saved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from tests.faults.installation import Installation
from tests.faults.load import Step
from tests.faults.shops import CUSTOMER, OBJEKTIV, PASSWORD
from tests.faults.visitors import Reply, Visitor, owner, script, shopper
from tests.forms import fields_of

# Never the same twice in a run: the next test may meet what this one has left.
_numbers = count(1)


class Buyers:
    """Four threads' worth of steps. `saved` holds what was acknowledged, by kind."""

    def __init__(self, site: Installation) -> None:
        self.site = site
        self.saved: dict[str, list[str]] = {"product": [], "name": [], "title": []}
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
            [("account", lambda: anna.get("/account/")), ("name", self.save_name)],
            [("dashboard", lambda: boss.get("/vendor/products/")), ("title", self.save_title)],
            [("script", self.save_product), ("sign-in", self.sign_in)],
        ]

    def sign_in(self) -> Reply:
        """Anna again, in another browser."""
        browser = Visitor(self.site.port, OBJEKTIV.host)
        return browser.fill_in("/account/sign-in/", email=CUSTOMER, password=PASSWORD)

    def is_signed_in(self) -> bool:
        """Whether the sessions and the token from the beginning still hold."""
        replies = [
            self._shopper.get("/account/"),
            self._owner.get("/vendor/products/"),
            self._script.call("GET", "auth/me/"),
        ]
        return [reply.status for reply in replies] == [200, 200, 200]

    def save_product(self) -> Reply:
        """A new product by script."""
        slug = f"new-{next(_numbers)}"
        body = {"slug": slug, "status": "draft", "translations": {"en": {"title": slug}}}
        reply = self._script.call("POST", "vendor/products/", body)
        self._note("product", slug, is_saved=reply.status == 201)
        return reply

    def save_name(self) -> Reply:
        """Another name in Anna's account."""
        name = f"Anna {next(_numbers)}"
        reply = self._shopper.fill_in("/account/profile/", full_name=name, language="en")
        self._note("name", name, is_saved=reply.status == 302)
        return reply

    def save_title(self) -> Reply:
        """Another title of one product, in the dashboard."""
        path = f"/vendor/products/{self._product_id}/"
        page = self._owner.get(path)
        if page.status != 200:
            return page
        title = f"Title {next(_numbers)}"
        reply = self._owner.submit(path, page.body, **fields_of(page.body) | {"text-en-title": title})
        self._note("title", title, is_saved=reply.status == 302)
        return reply

    def _note(self, kind: str, value: str, *, is_saved: bool) -> None:
        if is_saved:
            self.saved[kind].append(value)

    def lost(self) -> list[str]:
        """What was acknowledged and is not there.

        Of names and titles the last one: each writes over the one before, and one that was saved without an
        acknowledgement may have come after it.
        """
        products = {slug for (slug,) in self.site.rows("SELECT slug FROM lux.catalog_product")}
        names = self.site.rows(
            "SELECT full_name FROM lux.customers_customer WHERE full_name ~ '^Anna [0-9]+$'"
        )
        titles = self.site.rows(
            "SELECT title FROM lux.catalog_producttranslation WHERE title ~ '^Title [0-9]+$'"
            " AND product_id = %s AND language = 'en'",
            self._product_id,
        )
        return [
            *(slug for slug in self.saved["product"] if slug not in products),
            *(["name"] if _last(self.saved["name"]) > _last([name for (name,) in names]) else []),
            *(["title"] if _last(self.saved["title"]) > _last([title for (title,) in titles]) else []),
        ]


def _last(texts: Sequence[str]) -> int:
    """The highest number at the end of a text."""
    return max((int(text.split()[-1]) for text in texts), default=0)
