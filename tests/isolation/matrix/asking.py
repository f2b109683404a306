"""Sends one request, judges what came back and what was written, and takes it all back."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from django.core import mail
from django.core.cache import caches
from django.core.signals import got_request_exception
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory
from django.test.client import ClientHandler

from platform_core.identity.policy import Policy
from platform_core.tenancy.hosts import host_directory
from tests.isolation.matrix.changes import changes_since, forbidden, last_number
from tests.isolation.matrix.people import Actor
from tests.isolation.matrix.places import Place
from tests.isolation.matrix.reach import reach
from tests.isolation.matrix.world import World

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SENT_AWAY = ("/admin/login/?next=", "/vendor/sign-in/?next=", "/account/sign-in/?next=")
MAX_REPORTED = 40


@dataclass(frozen=True)
class Question:
    """One request. `path` and `query` stand below the place's prefix; `typed` is what the asker has put in."""

    method: str
    path: str
    query: str = ""
    body: Any = None
    is_json: bool = False
    policy: Policy | None = None
    typed: tuple[str, ...] = ()

    def __str__(self) -> str:
        sent = f" with {self.body!r}"[:400] if self.body is not None else ""
        return f"{self.method} {self.path}{f'?{self.query}' if self.query else ''}{sent}"


@dataclass(frozen=True)
class Answer:
    """What came back. `text` is the body as it came."""

    status: int
    text: str
    headers: str
    location: str
    change_count: int

    @property
    def is_welcome(self) -> bool:
        """Served, and not sent away to sign in first."""
        return self.status < 400 and not any(page in self.location for page in SENT_AWAY)


@dataclass
class Findings:
    """What the matrix has counted, and what must not be."""

    asked: int = 0
    leaks: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def wrong(self) -> list[str]:
        return [*self.leaks, *self.changes, *self.errors, *self.differences]

    def report(self) -> str:
        kinds = (("leaks", self.leaks), ("changes", self.changes), ("errors", self.errors))
        kinds = (*kinds, ("differences", self.differences))
        lines = [f"{self.asked} requests, " + ", ".join(f"{len(found)} {name}" for name, found in kinds)]
        for name, found in kinds:
            lines += [f"{name}: {one}" for one in found[:MAX_REPORTED]]
        return "\n".join(lines)


class _Records(logging.Handler):
    """What is written to the logs while a request runs."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        extra = {k: v for k, v in vars(record).items() if k not in {"exc_info", "request", "args"}}
        self.texts.append(f"{record.getMessage()} {extra}")


class Asker:
    """Asks in the name of actors. Everything a request writes is taken back before the next."""

    def __init__(self, world: World, actors: dict[str, Actor]) -> None:
        self.world = world
        self.actors = actors
        self.findings = Findings()
        self.customer_ids = {customer.pk: scope for scope, customer in world.customers.items()}
        self._handler = ClientHandler(enforce_csrf_checks=False)
        self._factory = RequestFactory()
        self._records = _Records()
        self._failure = ""
        got_request_exception.connect(self._note_failure)
        # In place of all others: thousands of lines on standard error would take longer than the requests.
        root = logging.getLogger()
        self._handlers, root.handlers = root.handlers, [self._records]

    def close(self) -> None:
        got_request_exception.disconnect(self._note_failure)
        logging.getLogger().handlers = self._handlers

    def _note_failure(self, **_facts: Any) -> None:
        self._failure = traceback.format_exc(limit=-6)

    def ask(self, place: Place, actor: Actor, question: Question) -> Answer:
        """The answer; what is wrong with it stands in `findings`."""
        self._records.texts, self._failure, mail.outbox = [], "", []
        mine, before = transaction.savepoint(), last_number()
        try:
            response = self._handler(self._environ(place, actor, question))
            parts = response.streaming_content if response.streaming else [response.content]
            text = b"".join(parts).decode("utf-8", "replace")  # type: ignore[arg-type]
            changes = changes_since(before)
            if changes:
                self._check_commit(place, actor, question)
            self._after_commit()
        finally:
            transaction.savepoint_rollback(mine)
        if changes or question.method in WRITING:
            self._forget()
        headers = (
            "\n".join(f"{name}: {value}" for name, value in response.items()) + response.cookies.output()
        )
        answer = Answer(
            response.status_code, text, headers, response.headers.get("Location", ""), len(changes)
        )
        self._judge(place, actor, question, answer, changes)
        return answer

    def _check_commit(self, place: Place, actor: Actor, question: Question) -> None:
        """What was deferred to a commit, which never comes."""
        try:
            connection.check_constraints()
        except DatabaseError as error:
            self.findings.errors.append(f"{self._who(place, actor, question)}: the commit fails: {error}")
            connection.run_on_commit = []

    def _after_commit(self) -> None:
        """Run what waits for a commit."""
        waiting, connection.run_on_commit = connection.run_on_commit, []
        for _savepoints, function, _robust in waiting:
            function()

    def _forget(self) -> None:
        """What was remembered of rows that are gone again."""
        for cache in caches.all(initialized_only=True):
            cache.clear()
        host_directory.forget()

    def _environ(self, place: Place, actor: Actor, question: Question) -> dict[str, Any]:
        body, content_type = b"", "application/octet-stream"
        if question.body is not None:
            if question.is_json:
                body, content_type = json.dumps(question.body).encode(), "application/json"
            else:
                body = "&".join(f"{quote(str(k))}={quote(str(v))}" for k, v in question.body).encode()
                content_type = "application/x-www-form-urlencoded"
        headers = {"host": place.host, "accept-language": "en"}
        if question.method in WRITING:
            # A client that does not care what it overwrites, and one that sends nothing twice.
            headers |= {"if-match": "*", "idempotency-key": f"matrix-{self.findings.asked}"}
        if actor.via == "token":
            headers["authorization"] = f"Bearer {actor.credential}"
        elif actor.via == "session":
            code = self.world.vendors[place.shop].code if place.shop else ""
            headers["cookie"] = f"{place.cookie(code)}={actor.credential}"
        request = self._factory.generic(
            question.method,
            f"{place.prefix}{question.path}",
            body,
            content_type,
            headers=headers,
            QUERY_STRING=question.query,
        )
        return request.environ

    def _who(self, place: Place, actor: Actor, question: Question) -> str:
        return f"{actor.name} at {place.name}: {question}"

    def _judge(
        self, place: Place, actor: Actor, question: Question, answer: Answer, changes: list[Any]
    ) -> None:
        findings, marks = self.findings, self.world.marks
        findings.asked += 1
        findings.statuses[answer.status] += 1
        who = self._who(place, actor, question)
        if answer.status >= 500 and answer.status != 503:
            findings.errors.append(f"{who} answers {answer.status}.\n{self._failure}")
        here = reach(self.world, actor, place, question.path, question.policy)
        letters = [f"{one.subject} {one.body} {one.to} {one.extra_headers}" for one in mail.outbox]
        for where, text in (
            ("body", answer.text),
            ("headers", answer.headers),
            *(("a mail", letter) for letter in letters),
            *(("the log", record) for record in self._records.texts),
        ):
            shown = self._without_typed(text, question, place)
            for scope in sorted(marks.scopes_in(shown) - here.sees):
                findings.leaks.append(
                    f"{who} ({answer.status}) shows a mark of {scope} in {where}: …{marks.excerpt(shown, scope)}…"
                )
        findings.changes += [
            f"{who}: {one}"
            for one in forbidden(changes, marks, actor, here, self.customer_ids, self.world.cart_ids)
        ]

    def _without_typed(self, text: str, question: Question, place: Place) -> str:
        """`text` without what the asker has sent: an echo tells nobody anything."""
        typed = {*question.typed, place.host, place.prefix} - {""}
        for word in sorted(typed, key=len, reverse=True):
            if word in text:
                text = re.sub(rf"{re.escape(word)}(?![0-9a-z])", "", text)
        return text


def normalised(text: str, ids: tuple[str, ...]) -> str:
    """A text without what differs from one answer to the next: the id asked for, tokens, the request's own id."""
    # A quotation mark that JSON has escaped would end in a letter right before the word.
    text = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), unquote(text))
    for word in sorted(ids, key=len, reverse=True):
        text = re.sub(rf"(?<![0-9A-Za-z]){re.escape(word)}(?![0-9A-Za-z])", "ID", text)
    text = re.sub(r'(csrfmiddlewaretoken" value=")[^"]+|(X-CSRFToken\W+)[A-Za-z0-9]{64}', r"\1\2", text)
    return re.sub(r'nonce="[^"]*"|"request_id": ?"[^"]*"|\b[0-9a-f]{32}\b', "", text)
