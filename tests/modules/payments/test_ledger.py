"""What events come to: every pair of phase and event, and the same end from whatever order."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.payments.exceptions import InvalidTransition
from modules.payments.ledger import TRANSITIONS, Kind, Ledger, Phase, Status, read_ledger


@dataclass(frozen=True)
class Event:
    kind: str
    amount_minor: int = 8410
    refund_id: str = ""


# The shortest ledger that leads into each phase.
PATHS: dict[Phase, tuple[Kind, ...]] = {
    Phase.NEW: (),
    Phase.CREATED: (Kind.REQUESTED,),
    Phase.PENDING: (Kind.REQUESTED, Kind.PENDING),
    Phase.REQUIRES_ACTION: (Kind.REQUESTED, Kind.ACTION_REQUIRED),
    Phase.AUTHORISED: (Kind.REQUESTED, Kind.AUTHORISED),
    Phase.CAPTURED: (Kind.REQUESTED, Kind.CAPTURED),
    Phase.VOIDED: (Kind.REQUESTED, Kind.VOIDED),
    Phase.FAILED: (Kind.REQUESTED, Kind.FAILED),
}
OF_REFUNDS = {Kind.REFUND_REQUESTED, Kind.REFUNDED, Kind.REFUND_FAILED}
UNSETTLED = {Phase.CREATED, Phase.PENDING, Phase.REQUIRES_ACTION, Phase.AUTHORISED, Phase.FAILED}


def ledger_in(phase: Phase) -> Ledger:
    return read_ledger(8410, [Event(kind) for kind in PATHS[phase]])


def is_allowed(phase: Phase, kind: Kind) -> bool:
    """The rule in words, beside the table: a ledger begins with its request; only money that is there goes back."""
    if phase is Phase.NEW or kind is Kind.REQUESTED:
        return phase is Phase.NEW and kind is Kind.REQUESTED
    return kind not in {*OF_REFUNDS, Kind.REVERSED} or phase is Phase.CAPTURED


@pytest.mark.parametrize(("phase", "kind"), list(itertools.product(Phase, Kind)))
def test_every_pair_is_a_step_of_the_table_or_refused(phase, kind):
    ledger = ledger_in(phase)
    assert ledger.phase is phase
    if not is_allowed(phase, kind):
        with pytest.raises(InvalidTransition) as refusal:
            ledger.after(Event(kind))
        assert refusal.value.params["event"] == kind.value
        return
    after = ledger.after(Event(kind))
    if kind is Kind.REVERSED:
        # All that came in was a mistake: it is awaited again.
        assert (after.phase, after.captured_minor, after.expected_minor) == (Phase.PENDING, 0, 8410)
        return
    assert after.phase is TRANSITIONS[phase][kind]
    # Money is never forgotten, and what is settled is opened again by money alone.
    if phase is Phase.CAPTURED:
        assert after.phase is Phase.CAPTURED
    if phase is Phase.VOIDED:
        assert after.phase is (Phase.CAPTURED if kind is Kind.CAPTURED else Phase.VOIDED)
    if kind is Kind.CAPTURED:
        assert (after.phase, after.captured_minor) == (Phase.CAPTURED, ledger.captured_minor + 8410)


def test_the_walk_finds_a_pair_that_is_taken_out_of_the_table(monkeypatch):
    """The control: without its entry a pair that must be allowed is refused."""
    monkeypatch.setitem(TRANSITIONS, Phase.VOIDED, {})  # type: ignore[arg-type]
    with pytest.raises(InvalidTransition):
        ledger_in(Phase.VOIDED).after(Event(Kind.CAPTURED))


def test_captured_before_authorised_ends_the_same():
    late = [Event(Kind.REQUESTED), Event(Kind.CAPTURED), Event(Kind.AUTHORISED)]
    on_time = [Event(Kind.REQUESTED), Event(Kind.AUTHORISED), Event(Kind.CAPTURED)]
    ends = [read_ledger(8410, events) for events in (late, on_time)]
    assert ends[0] == ends[1]
    assert (ends[0].status, ends[0].captured_minor) == (Status.CAPTURED, 8410)


@given(st.permutations([Kind.PENDING, Kind.ACTION_REQUIRED, Kind.AUTHORISED, Kind.FAILED, Kind.CAPTURED]))
def test_once_money_is_there_the_order_of_the_rest_is_the_same(order):
    ledger = read_ledger(8410, [Event(Kind.REQUESTED), *(Event(kind) for kind in order)])
    assert (ledger.status, ledger.captured_minor, ledger.expected_minor) == (Status.CAPTURED, 8410, 0)


def paid(*amounts: int) -> list[Event]:
    return [Event(Kind.REQUESTED), *(Event(Kind.CAPTURED, amount) for amount in amounts)]


@pytest.mark.parametrize(
    ("events", "status", "expected", "refundable", "overpaid"),
    [
        (paid(3000), Status.PARTIALLY_CAPTURED, 5410, 3000, 0),
        (paid(3000, 5410), Status.CAPTURED, 0, 8410, 0),
        (paid(9000), Status.CAPTURED, 0, 9000, 590),
        ([*paid(84100), Event(Kind.REVERSED, 84100)], Status.PENDING, 8410, 0, 0),
        ([*paid(3000, 5410), Event(Kind.REVERSED, 5410)], Status.PARTIALLY_CAPTURED, 5410, 3000, 0),
        ([*paid(84100), Event(Kind.REVERSED, 84100), *paid(8410)[1:]], Status.CAPTURED, 0, 8410, 0),
        ([*paid(3000), Event(Kind.VOIDED, 5410), Event(Kind.REVERSED, 3000)], Status.VOIDED, 0, 0, 0),
        ([*paid(3000), Event(Kind.VOIDED, 5410)], Status.PARTIALLY_CAPTURED, 0, 3000, 0),
        ([*paid(8410), Event(Kind.REFUND_REQUESTED, 3000, "a")], Status.CAPTURED, 0, 5410, 0),
        ([*paid(8410), Event(Kind.REFUNDED, 3000, "a")], Status.PARTIALLY_REFUNDED, 0, 5410, 0),
        ([*paid(8410), Event(Kind.REFUNDED, 8410, "a")], Status.REFUNDED, 0, 0, 0),
        ([*paid(3000), Event(Kind.REFUNDED, 3000, "a")], Status.REFUNDED, 0, 0, 0),
        ([Event(Kind.REQUESTED), Event(Kind.PENDING)], Status.PENDING, 8410, 0, 0),
        ([Event(Kind.REQUESTED), Event(Kind.FAILED)], Status.FAILED, 0, 0, 0),
        ([Event(Kind.REQUESTED), Event(Kind.VOIDED), Event(Kind.CAPTURED)], Status.CAPTURED, 0, 8410, 0),
    ],
)
def test_amounts_and_status_follow_from_the_events(events, status, expected, refundable, overpaid):
    ledger = read_ledger(8410, events)
    assert ledger.status == status
    assert (ledger.expected_minor, ledger.refundable_minor, ledger.overpaid_minor) == (
        expected,
        refundable,
        overpaid,
    )


def test_a_refund_counts_once_however_its_events_come():
    requested, done = Event(Kind.REFUND_REQUESTED, 3000, "a"), Event(Kind.REFUNDED, 3000, "a")
    for order in ([requested, done], [done, requested], [requested, done, done], [done]):
        ledger = read_ledger(8410, [*paid(8410), *order])
        assert (ledger.refunded_minor, ledger.refund_pending_minor) == (3000, 0)
    withdrawn = read_ledger(8410, [*paid(8410), requested, Event(Kind.REFUND_FAILED, 3000, "a")])
    assert (withdrawn.refunded_minor, withdrawn.refundable_minor) == (0, 8410)
