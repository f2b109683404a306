"""The routes of a place, and which values of the world their parameters take.

No route tells which model its `<int:pk>` is of, so the values are found by asking: ids are unique in all of the
installation, and a value that gets another answer than one which does not exist is the parameter's.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.urls import URLPattern

from platform_core.identity import form_shop
from platform_core.identity.checks import routes_of
from platform_core.identity.policy import Policy, declared, policy_of
from tests.isolation.matrix.asking import Asker, Question
from tests.isolation.matrix.people import Actor
from tests.isolation.matrix.places import Place
from tests.isolation.matrix.world import Row, World

PARAMETER = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")
GROUP = re.compile(r"\(\?P<(?P<name>\w+)>(?P<choices>[^()]*)\)")
# Values of parameters that are nobody's row: (route, parameter) -> value. Add to it what cannot be found by asking.
FIXED: dict[tuple[str, str], str] = {
    ("api/v1/modules/<slug:code>/", "code"): "core",
    ("api/v1/modules/<slug:code>/enable/", "code"): "core",
    ("api/v1/modules/<slug:code>/disable/", "code"): "core",
    ("api/v1/modules/<slug:code>/config/", "code"): "core",
    ("api/v1/modules/<slug:code>/audit/", "code"): "core",
    ("admin/modules/<slug:code>/", "code"): "core",
    ("admin/modules/<slug:code>/settings/", "code"): "core",
    ("vendor/upgrade/<slug:feature>/", "feature"): "own_domains",
    ("vendor/settings/<slug:code>/", "code"): "core",
    ("api/v1/vendor/settings/<slug:code>/", "code"): "core",
    ("api/v1/vendor/settings/<slug:code>/changes/", "code"): "core",
    ("vendor/payment-methods/<str:gateway>/", "gateway"): "cash_on_collection",
}
# The links of mails: they let in whoever has got the mail, and tell everybody else the same.
BY_MAIL = {
    "account/forgotten/<str:token>/": "tests/modules/customers/test_by_mail.py",
    "account/confirm/<str:token>/": "tests/modules/customers/test_by_mail.py",
    "orders/<str:token>/": "tests/modules/orders/storefront/test_order_page.py",
    "vendor/forgotten/<str:token>/": "tests/platform_core/identity/test_forgotten.py",
    "admin/forgotten/<str:token>/": "tests/platform_core/identity/test_forgotten.py",
    "vendor/invitation/<str:token>/": "tests/modules/tenancy/test_invitations.py",
    "admin/invitation/<str:token>/": "tests/modules/tenancy/test_invitations.py",
}
FIXED |= {(route, "token"): "1.zq.zq" for route in BY_MAIL}
# Queries without which a route answers nobody: route -> queries.
FIXED_QUERIES = {"internal/tls-ask": ("domain=lux.localhost",)}
MISSING_NUMBER = "987654321"
MISSING_WORD = "zqmissing0000000000"
# Converters whose values are numbers.
NUMBERS = {"int"}
MAX_TRIED = 3_000
FINDING_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


@dataclass(frozen=True)
class Route:
    """One mounted route."""

    text: str
    pattern: URLPattern

    @property
    def callback(self) -> Any:
        return self.pattern.callback

    def policy(self, method: str) -> Policy | None:
        return policy_of(self.callback, method)

    @property
    def audiences(self) -> set[Any]:
        stated = declared(self.callback)
        policies = [stated] if isinstance(stated, Policy) else list((stated or {}).values())
        return {policy.audience for policy in policies}

    @property
    def parameters(self) -> dict[str, str]:
        """Name -> converter, or the choices of a regular expression."""
        found = {m["name"]: m["converter"] or "str" for m in PARAMETER.finditer(GROUP.sub("", self.text))}
        return found | {m["name"]: m["choices"] for m in GROUP.finditer(self.text)}

    def path(self, values: dict[str, str]) -> str:
        def value(match: re.Match[str]) -> str:
            return quote(values[match["name"]], safe="/" if match["name"] in ("name", "url") else "")

        text = PARAMETER.sub(value, GROUP.sub(lambda m: f"<{m['name']}>", self.text))
        return "/" + text.replace("^", "").replace("$", "")

    @property
    def is_catch_all(self) -> bool:
        return bool(GROUP.search(self.text)) and GROUP.search(self.text)["choices"] in (".*", ".+")  # type: ignore[index]


def routes(place: Place) -> list[Route]:
    return [Route(text, pattern) for text, pattern in routes_of(place.urlpatterns)]


@dataclass(frozen=True)
class Ids:
    """Values of all parameters of a route. `kind` is own, or whose they are instead; `scopes` are the rows'."""

    kind: str
    values: tuple[tuple[str, str], ...] = ()
    scopes: frozenset[str] = frozenset()

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(value for _name, value in self.values)


# (parameter, model, field) of each parameter.
Fields = tuple[tuple[str, str, str], ...]


class UnknownParameter(AssertionError):
    """A route with a parameter for which nothing in the world is a value."""


class IdFinder:
    """Finds the values of routes' parameters by asking as somebody who may."""

    def __init__(self, world: World, asker: Asker) -> None:
        self.world = world
        self.asker = asker
        # Route -> what each parameter is (name, model, field), and the values that were found first.
        self._known: dict[str, tuple[Fields, Ids]] = {}

    def own(self, route: Route, place: Place, finder: Actor, sees: frozenset[str]) -> list[Ids]:
        """Up to three sets of values that name rows the finder may see. Raises UnknownParameter."""
        if not route.parameters:
            return [Ids("own")]
        fixed = self._fixed(route)
        if fixed:
            return [fixed]
        if route.text not in self._known:
            self._known[route.text] = self._find(route, place, finder, sees)
        fields, first = self._known[route.text]
        found = [first, *(self._ids("own", fields, sees, n) for n in (0, -1))]
        return list({ids.values: ids for ids in found if all(ids.words)}.values())

    def _fixed(self, route: Route) -> Ids | None:
        values = {}
        for name, converter in route.parameters.items():
            if (route.text, name) in FIXED:
                values[name] = FIXED[route.text, name]
            elif route.is_catch_all:
                values[name] = "nothing-here/"
            elif "|" in converter:
                values[name] = converter.split("|")[-1]
        return Ids("own", tuple(values.items())) if len(values) == len(route.parameters) else None

    def _find(self, route: Route, place: Place, finder: Actor, sees: frozenset[str]) -> tuple[Fields, Ids]:
        names, hinted = list(route.parameters), _hinted_label(route)
        if hinted and len(names) == 1:
            # An admin's screen says which model it shows; some of its pages answer alike whatever the id.
            row = next((row for row in self.world.rows if row.label == hinted and row.scope in sees), None)
            if row is not None:
                return ((names[0], hinted, "pk"),), Ids("own", ((names[0], row.value("pk")),))
        missing = {name: _missing(route, name) for name in names}
        for method in FINDING_METHODS:
            refusal = self._status(route, place, finder, method, missing)
            if refusal == 405:
                continue
            for is_narrow in (True, False):
                candidates = [self._candidates(route, name, sees, is_narrow=is_narrow) for name in names]
                for chosen in itertools.islice(itertools.product(*candidates), MAX_TRIED):
                    pairs = list(zip(names, chosen, strict=True))
                    values = {name: row.value(fld) for name, (row, fld) in pairs}
                    if self._status(route, place, finder, method, values) != refusal:
                        fields = tuple((name, row.label, fld) for name, (row, fld) in pairs)
                        return fields, Ids("own", tuple(values.items()))
        raise UnknownParameter(
            f"{place.name}: no row of the world is a value of {', '.join(names)} in /{route.text}, asked as"
            f" {finder.name}. Make a row that is one in tests/isolation/matrix/world.py, or name a value in FIXED"
            " in tests/isolation/matrix/routes.py."
        )

    def _status(self, route: Route, place: Place, finder: Actor, method: str, values: dict[str, str]) -> int:
        path = route.path(values)
        body: Any = {} if method != "GET" and "/api/" in path else None
        if method == "POST" and "/api/" not in path and finder.shop:
            body = ((form_shop.FIELD, self.world.vendors[finder.shop].code),)
        question = Question(
            method,
            path,
            body=body,
            is_json="/api/" in path,
            policy=route.policy(method),
            typed=tuple(values.values()),
        )
        return self.asker.ask(place, finder, question).status

    def _candidates(
        self, route: Route, name: str, sees: frozenset[str], *, is_narrow: bool
    ) -> list[tuple[Row, str]]:
        """(row, field) that may be the parameter's value.

        Narrowly: the rows of models that the path or the parameter names, by their ids, and by the field that the
        parameter is called after. Else one row of every model, by each of its fields.
        """
        hinted = _hinted_label(route)
        words = set(re.split(r"\W+", route.text))
        is_number = route.parameters[name] in NUMBERS
        found: dict[Any, tuple[Row, str]] = {}
        for row in self.world.rows:
            named = row.label == hinted or bool(words & {row.model, *_plurals(row.model)})
            if name.endswith("_id"):
                # `line_id` beside a cart: of all that the path names, a line.
                named = row.model.endswith(name.removesuffix("_id"))
            if row.scope not in sees or (hinted and row.label != hinted):
                continue
            fields = ["pk"] if is_number or hinted else [*row.values, "pk"]
            if is_number and row.value(name).isdigit():
                # A number that people say, such as an order's.
                fields.append(name)
            for fld in fields:
                if is_narrow and not (fld == name or (named and fld == "pk")):
                    continue
                if route.parameters[name] == "path" or "/" not in row.value(fld):
                    found.setdefault((row.label, fld, row.pk if is_narrow else ""), (row, fld))
        return list(found.values())

    def _ids(self, kind: str, fields: Fields, scopes: frozenset[str], place: int) -> Ids:
        values, found = [], set[str]()
        for name, label, fld in fields:
            fitting = [r for r in self.world.rows if r.label == label and r.scope in scopes and r.value(fld)]
            value = fitting[place].value(fld) if fitting else ""
            values.append((name, value))
            # Of a row with texts of several owners, the one who is named.
            found |= self.world.marks.scopes_in(value) or {row.scope for row in fitting[place:][:1]}
        return Ids(kind, tuple(values), frozenset(found))

    def others(
        self, route: Route, own: Ids, whose: dict[str, frozenset[str]], *, in_full: bool
    ) -> Iterator[Ids]:
        """The same parameters with a row of each of `whose` (kind -> scopes), `in_full` two, and last of nobody."""
        if route.text not in self._known:
            return
        fields, _first = self._known[route.text]
        for kind, scopes in whose.items():
            found = {
                ids.values: ids
                for ids in (self._ids(kind, fields, scopes, n) for n in ((0, -1) if in_full else (0,)))
            }
            yield from (ids for ids in found.values() if all(ids.words) and ids.words != own.words)
        yield Ids("missing", tuple((name, _missing(route, name)) for name in route.parameters))


def _missing(route: Route, name: str) -> str:
    is_number = route.parameters[name] in NUMBERS or _hinted_label(route)
    return MISSING_NUMBER if is_number else MISSING_WORD


def _hinted_label(route: Route) -> str:
    """The model of an admin's screen."""
    model_admin = getattr(route.callback, "model_admin", None)
    return model_admin.model._meta.label if model_admin is not None else ""


def _plurals(word: str) -> tuple[str, ...]:
    return f"{word}s", f"{word}es", f"{word[:-1]}ies"
