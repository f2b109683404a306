"""Asks every route of one place as everybody, for everybody's rows, and keeps what was found."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from platform_core.identity import form_shop
from platform_core.identity.audience import Audience
from platform_core.roles import VENDOR_CLERK
from tests.isolation.matrix.asking import WRITING, Answer, Asker, Question, normalised
from tests.isolation.matrix.bodies import Document, Form, read_page
from tests.isolation.matrix.guess import Guesser
from tests.isolation.matrix.people import Actor
from tests.isolation.matrix.places import Place
from tests.isolation.matrix.reach import TEAM_OF, Reach, reach, users
from tests.isolation.matrix.references import marked_words, own_references, swapped
from tests.isolation.matrix.routes import FIXED_QUERIES, IdFinder, Ids, Route, UnknownParameter, routes
from tests.isolation.matrix.world import World

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HOME_SHOP = {"lux": "alpha", "mosel": "gamma", "": "alpha"}
SHOPPERS = {"alpha": "anna", "beta": "berta", "gamma": "gerd"}


@dataclass
class Target:
    """A route with what is known of it: its own ids, forms and bodies."""

    route: Route
    finder: Actor
    own: list[Ids]
    links: list[str] = field(default_factory=list)
    # What can be searched for on the page.
    search_fields: set[str] = field(default_factory=set)
    # Method -> which of the API document's bodies is welcome.
    body_number: dict[str, int] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The path of the route, its parameters unfilled."""
        return f"/{self.route.text}"

    @property
    def is_api(self) -> bool:
        return self.route.text.startswith("api/")


class Plan:
    """The matrix of one place."""

    def __init__(self, world: World, actors: dict[str, Actor], places: dict[str, Place], name: str) -> None:
        self.world, self.actors, self.places = world, actors, places
        self.place = places[name]
        self.asker = Asker(world, actors)
        self.finder = IdFinder(world, self.asker)
        self.targets: list[Target] = []
        self.unknown: list[str] = []
        # (route, method) -> who was welcome.
        self.welcome: dict[tuple[str, str], set[str]] = {}
        # (route, method) that the route answers at all.
        self.offered: set[tuple[str, str]] = set()
        self._forms: dict[str, Form] = {}
        self._fetched: set[str] = set()
        self._document: Document | None = None
        self._known_bodies: dict[tuple[str, str, str], list[dict[str, Any]]] = {}

    # What there is.
    def explore(self, *only: str) -> None:
        """Find ids, forms and bodies of every route, as those who may; `only` of those that begin so."""
        for route in routes(self.place):
            if only and not route.text.startswith(only):
                continue
            place, finder = self._finder_of(route)
            try:
                own = self.finder.own(route, place, finder, self._reach(finder, route, place).sees)
            except UnknownParameter as error:
                self.unknown.append(str(error))
                continue
            self.targets.append(Target(route, finder, own))
        for target in self.targets:
            if not target.is_api:
                self._read_forms(target)
        if any(target.is_api for target in self.targets):
            answer = self.asker.ask(self.place, self.actors["stranger"], Question("GET", "/api/schema/"))
            self._document = Document(answer.text)
            for target in self.targets:
                self._choose_bodies(target)

    def _finder_of(self, route: Route) -> tuple[Place, Actor]:
        place = self.place
        shop = place.shop or HOME_SHOP[place.platform]
        owner = (
            self.actors[f"{shop}-owner@{shop}-vendor-session"]
            if shop in TEAM_OF and shop in HOME_SHOP.values()
            else None
        )
        if place.kind == "admin" and route.audiences == {Audience.VENDOR} and owner is not None:
            # Mounted there as well, but nobody on an admin's host is a shop's team.
            return self.places[place.platform], owner
        if place.kind == "hub" and route.text.startswith("media/"):
            # Mounted everywhere; the hub has no files of its own.
            return self.places["lux"], self.actors["alpha-owner@alpha-vendor-session"]
        if place.kind == "storefront":
            name = SHOPPERS.get(shop)
            return place, self.actors[f"{name}@{shop}-customer-session" if name else "stranger"]
        if place.kind == "hub":
            return place, self.actors["root@hub-operator-session"]
        if place.kind == "operations":
            return place, self.actors["scraper"]
        if place.kind == "admin":
            return place, self.actors[f"{place.platform}-staff@{place.platform}-staff-session"]
        if Audience.STAFF in route.audiences:
            return place, self.actors[f"{place.platform}-staff@{place.platform}-staff-token"]
        assert owner is not None
        return place, owner

    def _reach(self, actor: Actor, route: Route, place: Place | None = None, method: str = "GET") -> Reach:
        path = "/" + route.text if route.text else "/"
        return reach(self.world, actor, place or self.place, path, route.policy(method))

    def _read_forms(self, target: Target) -> None:
        readers = [target.finder]
        if Audience.PUBLIC in target.route.audiences:
            # Whoever is signed in is not shown the form to sign in.
            readers.append(self.actors["stranger"])
        for reader, ids in itertools.product(readers, target.own):
            path = target.route.path(dict(ids.values))
            answer = self.asker.ask(self.place, reader, self._question(target, "GET", ids))
            if answer.status != 200 or not answer.text.lstrip().lower().startswith("<!doctype html"):
                continue
            page = read_page(f"{self.place.prefix}{path}", answer.text)
            target.links += page.links
            for form in page.forms:
                if form.method == "GET":
                    target.search_fields |= {c.name for c in form.fields if c.kind in ("search", "text")}
                self._fetched |= {control.fetched_from for control in form.fields if control.fetched_from}
                action = form.action.removeprefix(self.place.prefix)
                known = self._forms.get(action)
                if form.method == "POST" and (known is None or len(known.fields) < len(form.fields)):
                    self._forms[action] = form

    def _choose_bodies(self, target: Target) -> None:
        if not target.is_api:
            return
        for method in ("POST", "PATCH", "PUT", "DELETE"):
            for number in range(len(self._bodies(target, method, target.finder))):
                target.body_number[method] = number
                answers = [
                    self.asker.ask(self.place, target.finder, self._question(target, method, ids))
                    for ids in target.own
                ]
                if any(answer.is_welcome for answer in answers):
                    break

    # What is sent.
    def _guesser(self, target: Target, actor: Actor) -> Guesser:
        place, finder = self._finder_of(target.route)
        sees = self._reach(finder, target.route, place).sees
        # The shop's own rows come first, whoever else's the finder may see.
        shop = self.place.shop or HOME_SHOP[self.place.platform]
        own = frozenset(s for s in sees if s.startswith((shop, "user:", "hub", self.place.platform or "lux")))
        return Guesser(self.world, actor, own)

    def _bodies(self, target: Target, method: str, actor: Actor) -> list[dict[str, Any]]:
        """What the API's document asks for; a PUT that it does not know is tried with what PATCH takes."""
        if self._document is None:
            return []
        is_unknown = method == "PUT" and not self._document.operation(target.route.text, method)
        key = (target.route.text, "PATCH" if is_unknown else method, actor.name)
        if key not in self._known_bodies:
            guesser = self._guesser(target, actor)
            self._known_bodies[key] = list(self._document.bodies(*key[:2], guesser))
        return self._known_bodies[key]

    def body(self, target: Target, method: str, actor: Actor) -> Any:
        """What `actor` sends to the target, from a page of their own shop; None where there is nothing to send."""
        sent = self._body(target, method, actor)
        if not actor.shop or not isinstance(sent, tuple):
            return sent
        code = self.world.vendors[actor.shop].code
        if not sent and target.route.text.startswith("vendor/"):
            # A page without a form: that it takes none is its own answer, not that of the forms' gate.
            return ((form_shop.FIELD, code),)
        return tuple((name, code if name == form_shop.FIELD else value) for name, value in sent)

    def _body(self, target: Target, method: str, actor: Actor) -> Any:
        if method not in WRITING:
            return None
        if target.is_api:
            found = self._bodies(target, method, actor)
            return found[target.body_number.get(method, 0)] if found else {}
        for ids in target.own:
            form = self._forms.get(target.route.path(dict(ids.values)))
            if form is not None:
                guesser = self._guesser(target, actor)
                filled = form.filled(guesser)
                if actor is target.finder:
                    return filled
                # Texts of the page's owner are not the asker's to type; what names a row, they may have guessed.
                sees = self._reach(actor, target.route, method=method).sees
                return tuple(
                    (name, value if self._may_be_typed(value, sees) else guesser.text(name))
                    for name, value in filled
                )
        return ()

    def _may_be_typed(self, value: str, sees: frozenset[str]) -> bool:
        return self.world.is_naming(value) or not self.world.marks.scopes_in(value) - sees

    def _question(
        self,
        target: Target,
        method: str,
        ids: Ids,
        actor: Actor | None = None,
        query: str = "",
        body: Any = None,
    ) -> Question:
        sent = self.body(target, method, actor or target.finder) if body is None else body
        typed = (*ids.words, *marked_words(sent))
        path, policy = target.route.path(dict(ids.values)), target.route.policy(method)
        return Question(method, path, query, sent, target.is_api, policy, typed)

    def ask(self, target: Target, actor: Actor, method: str, ids: Ids, **more: Any) -> Answer:
        answer = self.asker.ask(self.place, actor, self._question(target, method, ids, actor, **more))
        key = (target.route.text, method)
        if answer.is_welcome:
            self.welcome.setdefault(key, set()).add(actor.name)
        if actor is target.finder and ids in target.own and answer.status not in (404, 405):
            self.offered.add(key)
        return answer

    # Whom it asks for.
    def whose(self) -> dict[str, frozenset[str]]:
        """Kind -> the scopes of rows that are foreign to this place's own people."""
        shop = self.place.shop or HOME_SHOP[self.place.platform]
        here = self.world.platform_of[shop]
        neighbour = next(other for other in self.world.shops_of(here) if other != shop)
        elsewhere = next(code for code in self.world.platforms if code != here)
        parts = frozenset(
            scope for scope in self.world.customer_scopes(shop) if not scope.endswith(SHOPPERS.get(shop, "-"))
        )
        return {
            "hidden": frozenset({f"{shop}:team", f"{shop}:desk"}),
            "another person's": parts,
            "neighbour's": self._scopes_of_shops(neighbour) - users(("double", "roamer")),
            "elsewhere": self._scopes_of_shops(*self.world.shops_of(elsewhere))
            | {elsewhere, f"{elsewhere}:sign", f"{elsewhere}:staff", f"user:{elsewhere}-staff"},
            "the operator's": frozenset({"hub", "user:root"}),
        }

    def _scopes_of_shops(self, *shops: str) -> frozenset[str]:
        return frozenset(
            scope
            for shop in shops
            for scope in (
                *(shop, f"{shop}:team", f"{shop}:desk", f"{shop}:sign", f"{shop}:firm"),
                *self.world.customer_scopes(shop),
                *users(TEAM_OF[shop]),
            )
        )

    # What is asked.
    def run(self, actors: list[Actor], share: int = 1, *, in_full: bool = True) -> None:
        """Every target, by every method, as each of `actors`; of a stranger's questions one in `share`.

        Not `in_full` leaves out the methods that pages answer like GET, and references and queries.
        """
        for target in self.targets:
            # An admin's host answers the platform's API a second time.
            is_whole = in_full and not (target.is_api and self.place.kind == "admin" and share > 1)
            others = list(self.finder.others(target.route, target.own[0], self.whose(), in_full=share == 1))
            for actor in actors:
                self._ask_as(actor, target, others, share, is_whole=is_whole)
            if is_whole or target.route.text.removesuffix("/") in FIXED_QUERIES:
                for actor in actors:
                    # A clerk may do less than an owner of the same shop, and nothing else.
                    is_told_apart = self._leads(target, actor) and actor.role != VENDOR_CLERK
                    if is_told_apart or (share == 1 and actor.counts_at(self.place, target.address)):
                        self._ask_references(target, actor)
                        self._ask_queries(target, actor)

    def _ask_as(self, actor: Actor, target: Target, others: list[Ids], share: int, *, is_whole: bool) -> None:
        """One target as one actor."""
        is_home, leads = actor.counts_at(self.place, target.address), self._leads(target, actor)
        for method in METHODS if is_whole or target.is_api else ("GET", "POST"):
            if leads or _is_kept(share, target.route.text, actor.name, method):
                # Pages answer other methods like GET, or not at all.
                is_wide = method in ("GET", "POST") or (is_home and (target.is_api or share == 1))
                few = [target.own[0], *others[:1], *others[-1:]]
                asked = [*target.own, *others] if is_wide else list(dict.fromkeys(few))
                self._ask_all(target, actor, method, asked)

    def _leads(self, target: Target, actor: Actor) -> bool:
        """Whether `actor` is at home here and comes as most do: scripts with a token, people with a session."""
        if actor is target.finder:
            return True
        is_usual = actor.via == ("token" if target.is_api else "session")
        return (
            is_usual
            and not actor.name.startswith(("double@", "root@"))
            and actor.counts_at(self.place, target.address)
        )

    def _ask_all(self, target: Target, actor: Actor, method: str, asked: list[Ids]) -> None:
        answers = [(ids, self.ask(target, actor, method, ids)) for ids in asked]
        missing = next(((ids, answer) for ids, answer in answers if ids.kind == "missing"), None)
        if missing is None:
            return
        sees = self._reach(actor, target.route, method=method).sees
        for ids, answer in answers:
            if ids.scopes and not ids.scopes <= sees:
                who = f"{actor.name}: {method} /{target.route.text} with {ids.kind} {ids.words}"
                self._compare(who, answer, ids.words, missing[1], missing[0].words)

    def _compare(
        self, who: str, answer: Answer, words: tuple[str, ...], other: Answer, other_words: tuple[str, ...]
    ) -> None:
        """A foreign row and none at all get the same answer."""
        mine, theirs = (
            (a.status, normalised(a.text, w), normalised(a.location, w))
            for a, w in ((answer, words), (other, other_words))
        )
        if mine != theirs:
            at = next((n for n, (x, y) in enumerate(zip(mine[1], theirs[1], strict=False)) if x != y), 0)
            self.asker.findings.differences.append(
                f"{who} is told from one that does not exist: {answer.status} for {other.status},"
                f" {mine[1][max(0, at - 60) : at + 60]!r} for {theirs[1][max(0, at - 60) : at + 60]!r}"
            )

    def _ask_references(self, target: Target, actor: Actor) -> None:
        """Foreign rows in the fields of a body that name rows."""
        for method in ("POST", "PATCH", "PUT"):
            sees = self._reach(actor, target.route, method=method).sees
            bodies = self._bodies(target, method, actor)[:1] if target.is_api else []
            for body in (*bodies, self.body(target, method, actor)):
                for reference in own_references(self.world, body):
                    answers = []
                    for changed, word, scope in swapped(self.world, body, reference, self.whose()):
                        question = self._question(target, method, target.own[0], actor, body=changed)
                        typed = (*question.typed, word)
                        answer = self.asker.ask(self.place, actor, _with_typed(question, typed))
                        answers.append((scope, word, answer))
                    _nobody, missing_word, missing = answers.pop()
                    for scope, word, answer in answers:
                        # What was made in spite of the word is another row each time.
                        if scope not in sees and (answer.status != missing.status or answer.status >= 400):
                            who = f"{actor.name}: {method} /{target.route.text} with {word} in the body"
                            self._compare(who, answer, (word,), missing, (missing_word,))

    def _ask_queries(self, target: Target, actor: Actor) -> None:
        """Foreign rows in the query: filters of lists, words to search for, links with ids in them."""
        for query, words in dict.fromkeys(self._queries(target)):
            question = self._question(target, "GET", target.own[0], actor, query=query)
            answer = self.asker.ask(self.place, actor, _with_typed(question, (*question.typed, *words)))
            if answer.is_welcome:
                self.welcome.setdefault((target.route.text, "GET"), set()).add(actor.name)

    def _queries(self, target: Target) -> Iterator[tuple[str, tuple[str, ...]]]:
        names = self._document.parameters(target.route.text) if self._document and target.is_api else []
        guesser = self._guesser(target, target.finder)
        for name in (*names, *sorted(target.search_fields)):
            rows = [row for model in guesser.models_named(name) for row in self.world.rows_of(model)]
            for scopes in self.whose().values():
                row = next((row for row in rows if row.scope in scopes), None)
                naming = (row.value("pk"), row.value("code"), row.value("slug")) if row else ()
                for value in (*naming, self.world.marks.of(min(scopes, default=""))):
                    if value and (not rows or row):
                        yield urlencode({name: value}), (value,)
        for query in FIXED_QUERIES.get(target.route.text.removesuffix("/"), ()):
            yield query, ()
        for link in target.links[:20]:
            yield urlsplit(link).query, ()
        if target.route.pattern.name == "autocomplete":
            for source in sorted(self._fetched):
                label, model, name = source.split(".")
                yield urlencode({"app_label": label, "model_name": model, "field_name": name, "term": ""}), ()


def _with_typed(question: Question, typed: tuple[str, ...]) -> Question:
    return Question(**{**vars(question), "typed": typed})


def _is_kept(share: int, *words: str) -> bool:
    """One in `share`, the same ones in every run."""
    return zlib.crc32(" ".join(words).encode()) % share == 0
