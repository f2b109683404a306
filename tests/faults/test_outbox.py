"""Relay and workers killed at random moments, Valkey taken away: what was written down is done, and mails go once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.faults.books import superuser
from tests.faults.installation import Installation
from tests.faults.post import Delivery, PostOffice
from tests.faults.staff import COMMANDS, TOLD_SECONDS, Staff
from tests.faults.waiting import wait_for
from tests.proofs import size

pytestmark = pytest.mark.proof

MAILS = size(ci=100, full=1_000)
KILLS = size(ci=4, full=20)
WRITE = """
INSERT INTO outbox_message (id, platform_id, vendor_id, kind, key, payload, state, attempts, due_at, last_error,
    request_id, created_at)
SELECT gen_random_uuid(), p.id, v.id, 'mail', 'proof:' || n,
    jsonb_build_object('mail', 'proof.mail', 'to', 'anna' || n || '@example.test', 'language', 'fr', 'ids', '{}'::jsonb),
    'waiting', 0, now(), '', '', now()
FROM platform_core_platform p JOIN tenancy_vendor v ON v.platform_id = p.id, generate_series(%s::int, %s::int) n
WHERE v.code = 'objektiv'
"""
# Whoever waits for a message's row.
MARKING = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ '^UPDATE .outbox_message.'"


@pytest.fixture
def staff(own: Installation, post: PostOffice) -> Iterator[Staff]:
    own.rows("DELETE FROM outbox_message RETURNING 1")
    with Staff.of(own, post.url, "--include", "tests.faults.mails") as running:
        yield running


def write_down(site: Installation, first: int, last: int) -> None:
    site.rows(WRITE + " RETURNING 1", first, last)


@contextmanager
def without_valkey(site: Installation) -> Iterator[None]:
    site.kill_valkey()
    try:
        yield
    finally:
        site.start_valkey()


def expected() -> list[str]:
    return sorted(f"anna{number}@example.test" for number in range(1, MAILS + 1))


def test_whoever_is_killed_every_mail_arrives_once(own: Installation, staff: Staff, post: PostOffice) -> None:
    chance = random.Random(4)
    step = MAILS // KILLS
    for kill in range(KILLS):
        write_down(own, kill * step + 1, (kill + 1) * step)
        time.sleep(chance.uniform(0.2, 2.0))
        name = chance.choice(list(COMMANDS))
        staff.kill(name)
        staff.start(name)
    wait_for(lambda: staff.outcomes() == {"done": MAILS}, TOLD_SECONDS)
    assert post.readers() == expected()
    assert "Traceback" not in staff.log()


def test_without_valkey_mails_wait_and_follow(own: Installation, staff: Staff, post: PostOffice) -> None:
    with ExitStack() as stack:
        stack.enter_context(without_valkey(own))
        write_down(own, 1, MAILS)
        time.sleep(3)
        assert post.readers() == []
        assert staff.outcomes() == {"waiting": MAILS}
    wait_for(lambda: staff.outcomes() == {"done": MAILS}, 60)
    assert post.readers() == expected()


def taken_without_a_word(site: Installation, staff: Staff, post: PostOffice) -> None:
    """The mail server has the mail, and the worker dies before it hears so."""

    def kill(_delivery: Delivery) -> None:
        post.on_mail = None
        staff.kill("worker")

    post.on_mail = kill
    write_down(site, 1, 1)
    wait_for(lambda: bool(post.deliveries) and post.on_mail is None, 60)
    wait_for(lambda: "worker" not in staff.pids(), 10)


def taken_and_said_so(site: Installation, staff: Staff, post: PostOffice) -> None:
    """The worker has heard that the mail is taken, and dies at marking it."""
    with superuser(site) as other:

        def hold(_delivery: Delivery) -> None:
            post.on_mail = None
            other.execute("SELECT 1 FROM outbox_message FOR UPDATE")

        post.on_mail = hold
        write_down(site, 1, 1)
        wait_for(lambda: bool(site.rows(f"SELECT 1 {MARKING}")), 60)
        staff.kill("worker")
        # PostgreSQL would carry out what it was told, though nobody is there any more to hear of it.
        site.rows(f"SELECT pg_terminate_backend(pid) {MARKING}")


def test_without_a_mail_server_mails_wait_and_follow(
    own: Installation, staff: Staff, post: PostOffice
) -> None:
    post.close()
    write_down(own, 1, 5)
    wait_for(
        lambda: own.rows("SELECT 1 FROM outbox_message WHERE last_error LIKE 'ConnectionRefused%%'"), 120
    )
    post.open()
    own.rows("UPDATE outbox_message SET due_at = now() WHERE state = 'waiting' RETURNING 1")
    wait_for(lambda: staff.outcomes() == {"done": 5}, 60)
    assert len(post.readers()) == 5


@pytest.mark.parametrize("moment", [taken_without_a_word, taken_and_said_so])
def test_killed_between_sending_and_marking_the_same_mail_goes_again(
    own: Installation, staff: Staff, post: PostOffice, moment: Callable[..., None]
) -> None:
    moment(own, staff, post)
    assert staff.outcomes() == {"waiting": 1}
    # As if the claim of the one who died had run out.
    own.rows("UPDATE outbox_message SET claimed_until = now(), due_at = now() RETURNING 1")
    staff.start("worker")
    wait_for(lambda: staff.outcomes() == {"done": 1}, 60)
    assert [delivery.to for delivery in post.deliveries] == ["anna1@example.test"] * 2
    assert len({delivery.message_id for delivery in post.deliveries}) == 1
