"""A process that dies at each single word it says to PostgreSQL while it orders: never half an order, never two."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from platform_core.embedded import PROJECT_DIR
from platform_core.tenancy.bootstrap import url_for
from tests.faults.books import books_of, contradictions, empty_books, half_orders
from tests.faults.checkouts import Buyer, Purchase, wish
from tests.faults.dying import DIED
from tests.faults.installation import Installation, environment
from tests.faults.post import PostOffice
from tests.faults.staff import TOLD_SECONDS, Staff
from tests.faults.visitors import Reply, Visitor
from tests.faults.waiting import wait_for
from tests.proofs import chance_of_this_run, size

pytestmark = pytest.mark.proof

# An order says about fifty words; one that goes on without end is a fault of the proof.
MOST_WORDS = 300


class Mortals:
    """Processes that serve one request each, and die of it where they are told to."""

    def __init__(self, site: Installation) -> None:
        database_url = url_for(
            site.superuser_url, database="wizamart", user="app", password=site.passwords["app"]
        )
        with (site.var / "dying.log").open("ab") as log:
            self._parent = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.dying"],
                cwd=PROJECT_DIR,
                env=environment(DATABASE_URL=database_url, REDIS_URL=site.redis_url, PORT=str(site.port)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def serve(self, request: dict[str, Any]) -> dict[str, Any]:
        """What came of it."""
        assert self._parent.stdin is not None and self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(request) + "\n")
        self._parent.stdin.flush()
        answer: dict[str, Any] = json.loads(self._parent.stdout.readline())
        return answer

    def end(self) -> None:
        """No more of them."""
        self._parent.communicate()


class Doomed(Visitor):
    """A visitor whose next request is served by a process that dies at its `step`-th word; at 0 by the web server."""

    def __init__(self, port: int, host: str, mortals: Mortals) -> None:
        super().__init__(port, host)
        self.mortals = mortals
        self.step = 0
        self.commits_each = False
        self.words: list[str] = []

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        if not self.step:
            return super().ask(method, path, body, **headers)
        sent = {"Host": self.host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.mortals.serve(
            {
                "method": method,
                "path": path,
                "body": body.decode(),
                "headers": sent,
                "step": self.step,
                "commits_each": self.commits_each,
            }
        )
        if not answer["status"]:
            assert answer["exit"] == DIED, answer
            return Reply(0, {}, "died", 0.0)
        self.words = answer["words"]
        return Reply(answer["status"], answer["headers"], answer["body"], 0.0)


@pytest.fixture
def mortals(own: Installation) -> Iterator[Mortals]:
    empty_books(own)
    running = Mortals(own)
    yield running
    running.end()


def prepared(
    site: Installation, mortals: Mortals, number: int, chance: random.Random, *, is_by_form: bool
) -> Buyer:
    """A buyer who has only to order."""
    purchase = wish(number, chance)
    purchase.is_by_form = is_by_form
    del purchase.goods[1:]
    buyer = Buyer(Doomed(site.port, purchase.shop.host, mortals), purchase, [])
    buyer.prepare()
    return buyer


def sent_to_die(buyer: Buyer, step: int, *, commits_each: bool = False) -> Doomed | None:
    """Its order is sent to a process that dies at that word; the visitor with all its words when there is none."""
    visitor = buyer.visitor
    assert isinstance(visitor, Doomed) and buyer.purchase.again is not None
    visitor.step, visitor.commits_each = step, commits_each
    reply = buyer.purchase.again()
    visitor.step = 0
    if not reply.status:
        return None
    assert reply.status in {201, 303}, reply
    return visitor


def word_that_places(words: list[str]) -> int:
    """The number of the commit before which there is no order, and after which there is one."""
    insert = next(
        number for number, word in enumerate(words) if word.startswith('INSERT INTO "orders_order" ')
    )
    return words.index("COMMIT", insert) + 1


@pytest.mark.parametrize(
    ("is_by_form", "stride"), [(False, 1), (True, size(ci=3, full=1))], ids=["script", "form"]
)
def test_at_whatever_word_it_dies_there_is_one_order_or_none(
    own: Installation, mortals: Mortals, staff: Staff, post: PostOffice, is_by_form: bool, stride: int
) -> None:
    chance = chance_of_this_run()
    purchases: list[Purchase] = []
    # Word → whether an order stood there after somebody had died before saying it.
    is_placed: dict[int, bool] = {}
    for step in range(1, MOST_WORDS, stride):
        buyer = prepared(own, mortals, step, chance, is_by_form=is_by_form)
        purchases.append(buyer.purchase)
        survivor = sent_to_die(buyer, step)
        books = books_of(own)
        assert half_orders(books) == [], step
        is_placed[step] = len(books.orders) == len(purchases)
        # Sent again with the same key it is ordered, or was.
        buyer.order()
        if survivor is not None:
            break
    assert survivor is not None
    commit = word_that_places(survivor.words)
    assert is_placed == {step: step > commit for step in is_placed}
    wait_for(staff.is_idle, TOLD_SECONDS, staff.outcomes)
    assert contradictions(books_of(own), purchases, post.deliveries) == []


def test_control_without_a_transaction_half_orders_are_left(own: Installation, mortals: Mortals) -> None:
    chance = chance_of_this_run()
    for step in range(20, MOST_WORDS, 4):
        buyer = prepared(own, mortals, step, chance, is_by_form=False)
        survivor = sent_to_die(buyer, step, commits_each=True)
        if half_orders(books_of(own)):
            return
        assert survivor is None, "Whoever dies leaves nothing: this control proves nothing."
