"""Valkey killed, frozen and flushed under load: everybody is served, hardly slower, and nobody is signed out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import redis

from tests.faults.books import books_of, contradictions
from tests.faults.buyers import Buyers
from tests.faults.checkouts import Crowd, is_in_flight
from tests.faults.installation import Installation
from tests.faults.load import Load, p95
from tests.faults.post import PostOffice
from tests.faults.staff import TOLD_SECONDS, Staff
from tests.faults.waiting import calm, wait_for, warm
from tests.proofs import chance_of_this_run, size

pytestmark = pytest.mark.proof

# So many steps make a percentile that a single slow one does not decide.
STEPS = size(ci=100, full=3_000)
MARGIN_SECONDS = 0.3
ENOUGH = 1_000_000


@contextmanager
def killed(site: Installation) -> Iterator[None]:
    """Gone during the block."""
    site.kill_valkey()
    try:
        yield
    finally:
        site.start_valkey()


@contextmanager
def frozen(site: Installation) -> Iterator[None]:
    """Hung during the block."""
    site.freeze_valkey()
    try:
        yield
    finally:
        site.freeze_valkey(is_frozen=False)


@contextmanager
def flushed(site: Installation) -> Iterator[None]:
    """Emptied at the beginning of the block."""
    redis.Redis.from_url(site.redis_url).flushall()
    yield


def pace(load: Load | Crowd) -> float:
    """The p95 of the next STEPS steps."""
    since = time.monotonic()
    wait_for(lambda: len(load.between(since)) >= STEPS, 300)
    return p95(load.between(since))


@pytest.mark.parametrize("fault", [killed, frozen, flushed])
def test_without_valkey_everybody_is_served(
    own: Installation, fault: Callable[[Installation], object]
) -> None:
    buyers = Buyers(own)
    with Load.of(buyers.walks()) as load:
        warm(load)
        before = pace(load)
        begun = time.monotonic()
        with fault(own):  # type: ignore[attr-defined]
            during = pace(load)
        calm(load)
        after = pace(load)
    assert not [str(note) for note in load.between(begun) if not note.is_good]
    # What the machine does beside this is in all three.
    assert during <= 2 * max(before, after) + MARGIN_SECONDS
    # The same sessions all along: a sign-in that was lost would have led to the sign-in page.
    assert buyers.lost() == []
    assert buyers.is_signed_in()


@pytest.mark.parametrize("fault", [killed, frozen])
def test_without_valkey_everybody_orders_and_the_mails_follow(
    own: Installation, staff: Staff, post: PostOffice, fault: Callable[[Installation], object]
) -> None:
    worker = staff.pids()["worker"]
    with Crowd.of(own.port, ENOUGH, chance_of_this_run()) as crowd:
        before = pace(crowd)
        begun, ordered = time.monotonic(), crowd.answered
        with fault(own):  # type: ignore[attr-defined]
            during = pace(crowd)
            # The control: they do wait for something that is away.
            assert crowd.answered > ordered
            assert not staff.is_idle()
        after = pace(crowd)
    assert crowd.wrong == []
    assert not [
        str(note) for note in crowd.between(begun) if not note.is_good and not is_in_flight(note.reply)
    ]
    assert during <= 2 * max(before, after) + MARGIN_SECONDS

    def is_all_told() -> bool:
        # A worker of Celery that has messages in hand when its broker dies may end, and is started again.
        staff.revive()
        return staff.is_idle()

    wait_for(is_all_told, TOLD_SECONDS, staff.outcomes)
    # One that ended may have had a mail on its way.
    deaths = [(begun, time.monotonic())] if staff.pids().get("worker") != worker else []
    assert contradictions(books_of(own), crowd.purchases, post.deliveries, deaths) == []
