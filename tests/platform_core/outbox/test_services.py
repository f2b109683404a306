"""What is written down with a change happens after it, once, however often it is tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, connections, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from modules.tenancy.models import Company
from platform_core.exceptions import TenancyError
from platform_core.modules.state import override_modules
from platform_core.outbox.consumers import consumes, forget_consumer
from platform_core.outbox.models import OutboxMessage
from platform_core.outbox.services import (
    MAX_ATTEMPTS,
    RETRY_SECONDS,
    clear_done,
    do,
    hand_over,
    try_again,
    write_down,
)
from platform_core.tenancy.context import current_context, platform_context
from tests.sample_modules import beside_the_installed, module

State = OutboxMessage.State
KIND = "sample"


@pytest.fixture
def consumer() -> Iterator[Callable[..., None]]:
    """`consumer(function)`: the one that consumes messages of the kind `sample`."""

    def register(consume: Callable[[OutboxMessage], None], **options: Any) -> None:
        forget_consumer(KIND)
        consumes(KIND, **options)(consume)

    yield register
    forget_consumer(KIND)


def write(vendor: Any, payload: dict[str, Any] | None = None, **options: Any) -> None:
    with platform_context(vendor.platform, vendor), transaction.atomic():
        write_down(KIND, payload or {}, **options)


def messages() -> list[OutboxMessage]:
    with platform_context(role="operator"):
        return list(OutboxMessage.objects.order_by("created_at"))


def only() -> OutboxMessage:
    (message,) = messages()
    return message


def make_due() -> None:
    with platform_context(role="operator"):
        OutboxMessage.objects.update(due_at=timezone.now(), claimed_until=None)


@pytest.mark.django_db
def test_it_happens_once_in_the_context_that_it_was_written_in(objektiv, consumer):
    seen = []
    consumer(
        lambda message: seen.append((message.payload, current_context().vendor_id, current_context().role))
    )
    write(objektiv, {"order_id": 5})
    assert do(only().pk) == "done"
    assert do(only().pk) == "taken"
    assert seen == [({"order_id": 5}, objektiv.pk, "vendor")]
    assert (only().state, only().attempts) == (State.DONE, 1)


@pytest.mark.django_db
def test_what_is_taken_back_is_not_written_down(objektiv):
    with pytest.raises(RuntimeError), platform_context(objektiv.platform, objektiv), transaction.atomic():
        write_down(KIND, {})
        raise RuntimeError
    assert messages() == []


@pytest.mark.django_db(transaction=True)
def test_nothing_is_written_down_without_a_transaction(objektiv):
    with platform_context(objektiv.platform, objektiv), pytest.raises(TenancyError, match="transaction"):
        write_down(KIND, {})


@pytest.mark.django_db
def test_a_payload_is_small(objektiv):
    with pytest.raises(ValueError, match="16384"):
        write(objektiv, {"text": "x" * 17_000})


@pytest.mark.django_db
def test_under_one_key_it_is_written_once_in_each_shop(objektiv, voltwerk):
    for vendor in (objektiv, objektiv, voltwerk):
        write(vendor, key="order:1:placed")
    write(objektiv, key="order:2:placed")
    assert [(row.vendor_id, row.key) for row in messages()] == [
        (objektiv.pk, "order:1:placed"),
        (voltwerk.pk, "order:1:placed"),
        (objektiv.pk, "order:2:placed"),
    ]


@pytest.mark.django_db
def test_a_shop_reads_nothing_and_writes_for_itself_alone(objektiv, voltwerk):
    write(objektiv)
    with (
        platform_context(objektiv.platform, objektiv),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        OutboxMessage.objects.count()
    with (
        platform_context(objektiv.platform, objektiv),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        OutboxMessage.objects.bulk_create(
            [OutboxMessage(platform=voltwerk.platform, vendor_id=voltwerk.pk, kind=KIND, key="k", payload={})]
        )


@pytest.mark.django_db
def test_staff_see_what_their_platform_has_written(objektiv, kellerei):
    write(objektiv)
    write(kellerei)
    with platform_context(objektiv.platform, role="staff"):
        assert [row.vendor_id for row in OutboxMessage.objects.all()] == [objektiv.pk]


@pytest.mark.django_db
def test_what_fails_is_tried_later_and_later_and_given_up_in_the_end(objektiv, consumer):
    def fail(message: OutboxMessage) -> None:
        raise ConnectionError("no route to the mail server")

    consumer(fail, leaves_the_house=True)
    write(objektiv)
    waits = []
    for _ in RETRY_SECONDS:
        make_due()
        assert do(only().pk) == "failed"
        waits.append((only().due_at - timezone.now()).total_seconds())
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (pytest.approx(5, rel=0.25), pytest.approx(28_800, rel=0.25))
    make_due()
    assert do(only().pk) == "dead"
    assert only().state == State.DEAD
    assert only().last_error == "ConnectionError: no route to the mail server"
    # Nobody tries it before a person says so.
    make_due()
    assert do(only().pk) == "taken"
    sent: list[UUID] = []
    assert hand_over(sent.append) == 0

    consumer(lambda message: None)
    with platform_context(objektiv.platform, role="staff"):
        assert try_again(only().pk)
        assert not try_again(only().pk)
    assert do(only().pk) == "done"


@pytest.mark.django_db
def test_a_message_that_ends_every_worker_is_given_up(objektiv, consumer):
    """Its worker is killed before it can say that it failed."""

    def end(message: OutboxMessage) -> None:
        raise SystemExit

    consumer(end, leaves_the_house=True)
    write(objektiv)
    for _ in range(MAX_ATTEMPTS):
        make_due()
        with pytest.raises(SystemExit):
            do(only().pk)
        assert only().state == State.WAITING
    make_due()
    assert do(only().pk) == "dead"
    assert (only().state, only().last_error) == (
        State.DEAD,
        "RuntimeError: Every worker that tried it ended before it was done.",
    )


@pytest.mark.django_db
def test_who_fails_too_late_has_no_say_in_what_is_done(objektiv, consumer):
    def slowly(message: OutboxMessage) -> None:
        make_due()
        consumer(lambda message: None, leaves_the_house=True)
        assert do(message.pk) == "done"
        raise ConnectionError

    consumer(slowly, leaves_the_house=True)
    write(objektiv)
    do(only().pk)
    assert (only().state, only().last_error) == (State.DONE, "")


@pytest.mark.django_db
def test_a_kind_that_nobody_consumes_waits_for_its_consumer(objektiv):
    write(objektiv)
    assert do(only().pk) == "failed"
    assert "Nobody consumes" in only().last_error


@pytest.mark.django_db
def test_effects_in_the_database_and_the_mark_are_one(lux, objektiv, consumer):
    """An effect that the mark does not follow is taken back; the control leaves it behind."""

    def rename(message: OutboxMessage) -> None:
        with platform_context(lux, role="staff"):
            Company.objects.filter(pk=objektiv.company_id).update(legal_name="Renamed")
        raise RuntimeError

    def name() -> str:
        with platform_context(lux, role="staff"):
            return Company.objects.get(pk=objektiv.company_id).legal_name

    before = name()
    consumer(rename)
    write(objektiv)
    assert do(only().pk) == "failed"
    assert name() == before

    consumer(rename, leaves_the_house=True)
    make_due()
    assert do(only().pk) == "failed"
    assert name() == "Renamed"


@pytest.mark.django_db
def test_the_messages_of_a_module_that_is_off_wait_for_it(objektiv, consumer):
    seen = []

    def consume(message: OutboxMessage) -> None:
        seen.append(message.pk)

    consume.__module__ = "made_up.lends.handlers"
    with beside_the_installed(module("lends")):
        consumer(consume)
        write(objektiv)
        assert do(only().pk) == "postponed"
        assert (only().attempts, only().state, seen) == (0, State.WAITING, [])
        assert only().due_at > timezone.now() + timedelta(minutes=4)
        make_due()
        with override_modules(objektiv.platform, on=("lends",)):
            assert do(only().pk) == "done"
    assert seen == [only().pk]


@pytest.mark.django_db
def test_one_who_was_killed_at_it_is_followed_by_another(objektiv, consumer):
    """Whoever takes a message has it for a while, and no longer."""
    tries = []

    def die(message: OutboxMessage) -> None:
        tries.append("died")
        raise KeyboardInterrupt

    consumer(die, leaves_the_house=True)
    write(objektiv)
    with pytest.raises(KeyboardInterrupt):
        do(only().pk)
    assert do(only().pk) == "taken"
    consumer(lambda message: tries.append("did it"))
    make_due()
    assert do(only().pk) == "done"
    assert tries == ["died", "did it"]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_does_it(objektiv, consumer):
    begun, may_go, seen = Event(), Event(), []

    def consume(message: OutboxMessage) -> None:
        begun.set()
        may_go.wait(10)
        seen.append(message.pk)

    consumer(consume)
    write(objektiv)
    pk, outcomes = only().pk, []

    def first() -> None:
        try:
            outcomes.append(do(pk))
        finally:
            connections.close_all()

    thread = Thread(target=first)
    thread.start()
    assert begun.wait(10)
    assert do(pk) == "taken"
    may_go.set()
    thread.join()
    assert (outcomes, seen) == (["done"], [pk])


@pytest.mark.django_db
def test_what_is_due_is_handed_over_and_again_when_nothing_came_of_it(objektiv):
    write(objektiv, key="first")
    write(objektiv, key="later", delay=timedelta(hours=1))
    sent: list[UUID] = []
    assert hand_over(sent.append) == 1
    assert hand_over(sent.append) == 0
    make_due()
    assert hand_over(sent.append) == 2
    first, later = messages()
    assert sent[0] == first.pk
    assert set(sent[1:]) == {first.pk, later.pk}


@pytest.mark.django_db(transaction=True)
def test_two_relays_take_different_messages(objektiv):
    for _ in range(4):
        write(objektiv)
    here: list[UUID] = []
    there: list[UUID] = []

    def other_relay() -> None:
        try:
            hand_over(there.append)
        finally:
            connections.close_all()

    def send(pk: UUID) -> None:
        here.append(pk)
        if len(here) == 2:
            thread = Thread(target=other_relay)
            thread.start()
            thread.join()

    assert hand_over(send, limit=2) == 2
    assert len(there) == 2
    assert not set(here) & set(there)


@pytest.mark.django_db
def test_without_a_broker_everything_stays_due(objektiv):
    write(objektiv)
    write(objektiv)
    sent: list[UUID] = []

    def send(pk: UUID) -> None:
        if sent:
            raise OperationalError("Connection refused")
        sent.append(pk)

    with pytest.raises(OperationalError):
        hand_over(send)
    again: list[UUID] = []
    assert hand_over(again.append) == 2


@pytest.mark.django_db
def test_the_command_hands_over_once(objektiv, monkeypatch, capsys):
    sent: list[UUID] = []
    monkeypatch.setattr("platform_core.management.commands.relay._send", sent.append)
    write(objektiv)
    call_command("relay", "--once")
    assert capsys.readouterr().out == "Handed over: 1.\n"
    assert sent == [only().pk]


@pytest.mark.django_db
def test_the_command_lists_what_was_given_up_and_tries_it_again(objektiv, capsys):
    write(objektiv, key="first")
    write(objektiv, key="second")
    with platform_context(role="operator"):
        OutboxMessage.objects.filter(key="first").update(state=State.DEAD, last_error="no route")
    call_command("outbox", "list", "--json")
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["platform"], row["kind"], row["last_error"]) == ("lux", KIND, "no route")
    call_command("outbox", "retry", row["id"], "--dry-run")
    with pytest.raises(CommandError, match="No message .* was given up"):
        call_command("outbox", "retry", str(uuid4()))
    call_command("outbox", "retry", "--all")
    assert {message.state for message in messages()} == {State.WAITING}
    call_command("outbox", "list", "--state", "waiting", "--platform", "mosel")
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing is waiting."


@pytest.mark.django_db
def test_what_was_done_long_ago_is_dropped_and_what_was_given_up_is_not(objektiv):
    for state in (State.DONE, State.DEAD, State.WAITING):
        write(objektiv, key=state)
    with platform_context(role="operator"):
        for state in State:
            OutboxMessage.objects.filter(key=state).update(state=state, ended_at=timezone.now())
        assert clear_done() == 0
        OutboxMessage.objects.update(ended_at=timezone.now() - timedelta(days=31))
    assert clear_done() == 1
    assert {row.state for row in messages()} == {State.DEAD, State.WAITING}


@pytest.mark.django_db
def test_writing_costs_one_statement(objektiv, django_assert_num_queries):
    with platform_context(objektiv.platform, objektiv), transaction.atomic():
        connection.ensure_connection()
        with django_assert_num_queries(1):
            write_down(KIND, {"id": str(uuid4())})
