"""Web, worker and relay killed at random moments while people buy: each purchase is one whole order, told of once."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from tests.faults.books import Death, books_of, contradictions, read_books, superuser
from tests.faults.checkouts import Crowd, asked_again
from tests.faults.installation import Installation
from tests.faults.load import Note
from tests.faults.post import PostOffice
from tests.faults.staff import TOLD_SECONDS, Staff
from tests.faults.waiting import wait_for
from tests.proofs import chance_of_this_run, size

pytestmark = pytest.mark.proof

CHECKOUTS = size(ci=300, full=3_000)
KILLS = size(ci=16, full=160)
# The web server is what buyers talk to: it dies as often as the others together.
DECK = ("web", "web", "worker", "relay")


@dataclass
class Killer:
    """kill -9 of somebody at random, who is started again after a random while."""

    site: Installation
    staff: Staff
    chance: random.Random
    deaths: list[tuple[str, Death]] = field(default_factory=list)

    def work(self, crowd: Crowd) -> None:
        """One after the other, at moments of chance, in an order of chance in which everybody has a turn."""
        deck: list[str] = []
        # The last claims run out while the last quarter of the buyers buys.
        for answered in sorted(self.chance.choices(range(CHECKOUTS * 3 // 4), k=KILLS)):
            wait_for(lambda count=answered: crowd.answered >= count, 120, lambda: crowd.wrong)  # type: ignore[misc]
            time.sleep(self.chance.uniform(0.0, 0.5))
            deck = deck or self.chance.sample(DECK, len(DECK))
            name = deck.pop()
            begin = time.monotonic()
            self._kill(name)
            self.deaths.append((name, (begin, time.monotonic())))
            time.sleep(self.chance.uniform(0.0, 0.5))
            self._start(name)

    def _kill(self, name: str) -> None:
        if name == "web":
            self.site.kill_web()
        else:
            self.staff.kill(name)

    def _start(self, name: str) -> None:
        if name == "web":
            self.site.start_web()
        else:
            self.staff.start(name)

    def deaths_of(self, name: str) -> list[Death]:
        """When it died."""
        return [death for who, death in self.deaths if who == name]


def is_cut(note: Note) -> bool:
    """Whether the server died of its request, rather than that none was there."""
    return note.reply.status == 0 and "ConnectionRefused" not in note.reply.body


def test_whoever_is_killed_each_purchase_is_one_order(
    own: Installation, staff: Staff, post: PostOffice
) -> None:
    chance = chance_of_this_run()
    killer = Killer(own, staff, chance)
    with Crowd.of(own.port, CHECKOUTS, chance) as crowd:
        killer.work(crowd)
        wait_for(lambda: crowd.is_served, 300, lambda: crowd.answered)
    assert crowd.wrong == []
    wait_for(staff.is_idle, TOLD_SECONDS, staff.outcomes)
    again = [asked_again(purchase) for purchase in crowd.purchases[::10]]
    assert [what for what in again if what] == []
    assert contradictions(books_of(own), crowd.purchases, post.deliveries, killer.deaths_of("worker")) == []
    # The proof is one only if the deaths have met somebody.
    died = Counter(name for name, _death in killer.deaths)
    assert set(died) == set(DECK)
    assert any(is_cut(note) for note in crowd.notes)
    assert {purchase.is_by_form for purchase in crowd.purchases} == {True, False}


COPY = """
CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM lux.orders_order ORDER BY id LIMIT 1;
UPDATE copied SET id = id + 1000000, public_id = public_id || 'x' {changes};
INSERT INTO lux.orders_order SELECT * FROM copied
"""
FIRST_ORDER = "(SELECT min(id) FROM lux.orders_order)"
# What might have gone wrong → how the rows would look, and a word of what the checker says to it.
PLANTED = {
    "an order is lost": (f"DELETE FROM lux.orders_order WHERE id = {FIRST_ORDER}", "stands there 0 times"),
    "an order stands there twice": (
        "ALTER TABLE lux.orders_order DROP CONSTRAINT orders_order_number_uq,"
        f" DROP CONSTRAINT orders_order_cart_uq; {COPY.format(changes='')}",
        "stands there 2 times",
    ),
    "a cart is ordered twice": (
        "ALTER TABLE lux.orders_order DROP CONSTRAINT orders_order_cart_uq;"
        + COPY.format(changes=", number = 2000"),
        "The cart",
    ),
    "a key is ordered twice": (COPY.format(changes=", number = 2000, cart_id = NULL"), "The key"),
    "an order costs a cent more": (
        "UPDATE lux.orders_order SET goods_minor = goods_minor + 1, gross_minor = gross_minor + 1,"
        f" net_minor = net_minor + 1 WHERE id = {FIRST_ORDER}",
        "was answered",
    ),
    "a line is lost": (
        "DELETE FROM lux.orders_orderline WHERE id = (SELECT min(id) FROM lux.orders_orderline)",
        "do not come to",
    ),
    "a payment is lost": (
        f"UPDATE lux.orders_order SET payment_id = NULL WHERE id = {FIRST_ORDER}",
        "no payment",
    ),
    "a payment is for nothing": (f"DELETE FROM lux.orders_order WHERE id = {FIRST_ORDER}", "is for no order"),
    "the ledger has no first line": (
        "DELETE FROM lux.payments_paymentevent WHERE kind = 'requested'",
        "The ledger",
    ),
    "the timeline is empty": ("DELETE FROM lux.orders_orderevent", "The timeline"),
    "a cart is left open": ("UPDATE lux.orders_cart SET state = 'open'", "is open"),
    "a cart is closed for nothing": (
        f"DELETE FROM lux.orders_order WHERE id = {FIRST_ORDER}",
        "without an order",
    ),
    "a number is left out": (
        "UPDATE lux.orders_order SET number = 3000 WHERE id = (SELECT max(id) FROM lux.orders_order)",
        "not in a row",
    ),
    "a number comes again": ("UPDATE lux.orders_ordercounter SET next_number = 1001", "The next number"),
    "a mail was never written down": (
        "DELETE FROM outbox_message WHERE id = (SELECT id FROM outbox_message LIMIT 1)",
        "not written down",
    ),
    "a mail waits": ("UPDATE outbox_message SET state = 'waiting'", "is waiting"),
    "a mail is given up": ("UPDATE outbox_message SET state = 'dead'", "is dead"),
}


def test_the_checker_finds_what_is_planted(own: Installation, staff: Staff, post: PostOffice) -> None:
    with Crowd.of(own.port, 4, random.Random(1)) as crowd:
        wait_for(lambda: crowd.is_served, 60, lambda: crowd.wrong)
    wait_for(staff.is_idle, 60, staff.outcomes)
    purchases, mails = crowd.purchases, post.deliveries
    books = books_of(own)
    assert contradictions(books, purchases, mails) == []
    for wrong, (statements, said) in PLANTED.items():
        with superuser(own) as connection:
            # Without the triggers and foreign keys which keep such rows away.
            connection.execute("SET LOCAL session_replication_role = replica")
            for statement in statements.split(";"):
                connection.execute(statement)
            found = contradictions(read_books(connection), purchases, mails)
        assert [what for what in found if said in what], (wrong, found)
    assert books_of(own) == books
    told = {
        "a mail is lost": (mails[1:], "has 0 mails"),
        "a mail went twice": ([*mails, replace(mails[0], message_id="<other>")], "has 2 mails"),
        "a mail went again for nothing": ([*mails, replace(mails[0], at=mails[0].at + 1)], "came again"),
        "a mail is of no order": (
            [*mails, replace(mails[0], subject="order 9", message_id="<x>")],
            "not there",
        ),
    }
    for wrong, (delivered, said) in told.items():
        found = contradictions(books, purchases, delivered)
        assert [what for what in found if said in what], (wrong, found)
    at = mails[0].at
    again = [*mails, replace(mails[0], at=at + 5)]
    assert contradictions(books, purchases, again, [(at + 0.5, at + 0.6)]) == []
    assert contradictions(books, purchases, again, [(at - 0.1, at - 0.05)]) == []
    for elsewhere in ((at - 3.1, at - 3.0), (at + 5.1, at + 5.2)):
        assert "came again" in " ".join(contradictions(books, purchases, again, [elsewhere]))
    answers = {
        "nobody has this number": (replace(purchases[0], number=4000), "stands there 0 times"),
        "it is another's": (replace(purchases[0], key="another"), "is not the order of"),
        "it has other goods": (replace(purchases[0], goods=[]), "wanted"),
        "it was never answered": (replace(purchases[0], number=0), "has no answer"),
    }
    for wrong, (changed, said) in answers.items():
        found = contradictions(books, [changed, *purchases[1:]], mails)
        assert [what for what in found if said in what], (wrong, found)
    found = contradictions(books, purchases[1:], mails)
    assert [what for what in found if "ordered by nobody" in what], found
