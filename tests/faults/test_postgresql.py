"""PostgreSQL killed and frozen under load: errors that say so, for no longer than it takes, and nothing lost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event, Thread

import psycopg
import pytest

from tests.faults.books import books_of, contradictions
from tests.faults.buyers import Buyers
from tests.faults.checkouts import Crowd
from tests.faults.conftest import HOST, is_clean
from tests.faults.installation import Installation
from tests.faults.load import Load, Note, at_once
from tests.faults.post import PostOffice
from tests.faults.staff import TOLD_SECONDS, Staff
from tests.faults.visitors import Reply, Visitor
from tests.faults.waiting import calm, wait_for, warm
from tests.proofs import chance_of_this_run, size

pytestmark = pytest.mark.proof

AFTER_SECONDS = 5.0
# Frozen: how long any request may take, and how long it may be until all is as before.
ENDS_SECONDS = 5.0
RECOVERED_SECONDS = 10.0
# Before and after a death.
ORDERS = size(ci=10, full=50)
ENOUGH = 1_000_000


def bad(notes: Sequence[Note]) -> list[str]:
    """What was neither served nor shed in good order."""
    return [
        str(note) for note in notes if not (note.is_good or note.is_shed) or not is_clean_reply(note.reply)
    ]


def is_clean_reply(reply: Reply) -> bool:
    """A page or problem document without the programme's inside."""
    return is_clean(reply)


def test_killed_and_started_again_it_loses_nothing_and_needs_no_restart(own: Installation) -> None:
    buyers = Buyers(own)
    assert own.web is not None
    web = own.web.pid
    with Load.of(buyers.walks()) as load:
        warm(load)
        for _round in range(size(ci=2, full=10)):
            killed = time.monotonic()
            own.kill_postgres()
            # So long that even a well-meaning back-off would have grown.
            shed = size(ci=60, full=200)
            wait_for(lambda since=killed, many=shed: _shed(load.between(since)) >= many, 60)  # type: ignore[misc]
            own.start_postgres()
            back = time.monotonic()
            calm(load)
            assert not bad(load.between(killed))
            late = [note for note in load.between(back + AFTER_SECONDS) if not note.is_good]
            assert not [str(note) for note in late]
        assert own.web.pid == web and own.web.poll() is None
    assert all(buyers.saved.values())
    assert buyers.lost() == []


def _shed(notes: Sequence[Note]) -> int:
    return sum(note.is_shed for note in notes)


def test_killed_while_people_order_each_of_them_ends_with_one_order(
    own: Installation, staff: Staff, post: PostOffice
) -> None:
    assert own.web is not None
    pids = {"web": own.web.pid, **staff.pids()}
    chance, deaths = chance_of_this_run(), []
    with Crowd.of(own.port, ENOUGH, chance) as crowd:
        for _round in range(size(ci=2, full=10)):
            _wait_for_orders(crowd)
            time.sleep(chance.uniform(0.0, 0.5))
            killed = time.monotonic()
            own.kill_postgres()
            shed = size(ci=40, full=200)
            wait_for(lambda since=killed, many=shed: _shed(crowd.between(since)) >= many, 60)  # type: ignore[misc]
            own.start_postgres()
            back = time.monotonic()
            deaths.append((killed, back))
            _wait_for_orders(crowd)
            # Nobody was cut off, and nobody is put off any more.
            assert not [str(note) for note in crowd.between(killed) if not note.reply.status]
            late = [note for note in crowd.between(back + AFTER_SECONDS) if note.is_shed]
            assert not [str(note) for note in late]
    assert crowd.wrong == []
    wait_for(staff.is_idle, TOLD_SECONDS, staff.outcomes)
    # A mail that was sent and could not be marked goes again.
    assert contradictions(books_of(own), crowd.purchases, post.deliveries, deaths) == []
    assert {"web": own.web.pid, **staff.pids()} == pids and own.web.poll() is None


def _wait_for_orders(crowd: Crowd) -> None:
    """Until some more buyers have theirs."""
    so_far = crowd.answered
    wait_for(lambda: crowd.answered >= so_far + ORDERS, 60, lambda: crowd.wrong)


def test_frozen_it_holds_nobody_up(own: Installation) -> None:
    buyers = Buyers(own)
    with Load.of(buyers.walks()) as load:
        warm(load)
        with psycopg.connect(own.superuser_url, autocommit=True) as plain:
            _freeze_and_look(own, buyers, load, plain)
    assert buyers.lost() == []


def _freeze_and_look(own: Installation, buyers: Buyers, load: Load, plain: psycopg.Connection) -> None:
    prober = Visitor(own.port, HOST)
    frozen = time.monotonic()
    own.freeze_postgres()
    # Control: a connection that nobody watches waits for as long as it takes.
    waiting = Thread(target=plain.execute, args=("SELECT 1",), daemon=True)
    waiting.start()
    # Pages that no cache holds, all at once: more than there are threads, many times over.
    crowd = at_once(16, lambda number: Visitor(own.port, HOST).get(f"/products/?q=word{number}"))
    assert {reply.status for reply in crowd} <= {200, 503}
    assert max(reply.seconds for reply in crowd) < ENDS_SECONDS
    # Once it is known, nobody waits: liveness and everything else answer at once.
    alive = [prober.get("/health/live") for _number in range(10)]
    assert {reply.status for reply in alive} == {200}
    assert max(reply.seconds for reply in alive) < 1.0
    crowd = at_once(16, lambda number: Visitor(own.port, HOST).get(f"/products/?q=other{number}"))
    assert {reply.status for reply in crowd} == {503}
    assert all(reply.headers["retry-after"].isdigit() for reply in crowd)
    assert max(reply.seconds for reply in crowd) < ENDS_SECONDS / 2
    assert prober.get("/health/ready").status == 503
    assert waiting.is_alive()
    Event().wait(max(0.0, size(ci=8, full=30) - (time.monotonic() - frozen)))
    thawed = time.monotonic()
    own.thaw_postgres()
    waiting.join(RECOVERED_SECONDS)
    assert not waiting.is_alive()
    calm(load)
    assert not bad(load.between(frozen))
    late = [note for note in load.between(thawed + RECOVERED_SECONDS) if not note.is_good]
    assert not [str(note) for note in late]
    slow = [note for note in load.between(frozen) if note.ended - note.begun > ENDS_SECONDS * 2]
    assert not [str(note) for note in slow]
    # Who tried the right password in vain meanwhile is not locked out.
    assert buyers.sign_in().status == 302
