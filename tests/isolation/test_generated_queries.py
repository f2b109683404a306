"""Thousands of generated ORM reads and writes with the code's own filters taken out: no row of a neighbour.

What is left is the wall in the database. The fields, links, look-ups and methods are drawn from the models.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import DatabaseError, connection, models, transaction
from django.db.models import Count, F, Max, Q
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from modules.tenancy.models import Vendor
from platform_core.tenancy.checks import vendor_owned_models
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.fields import VendorIdField
from platform_core.tenancy.migrations import vendor_keys
from platform_core.tenancy.models import Platform
from platform_core.tenancy.owned import VendorOwned
from tests.isolation.rows import make_rows
from tests.proofs import size

pytestmark = [pytest.mark.database, pytest.mark.django_db]

Model = type[VendorOwned]
STEPS = 10


@dataclass
class World:
    """The rows of three vendors; the queries run as the first."""

    platform: Platform
    me: Vendor
    mine: dict[Model, VendorOwned]
    others: list[tuple[int, dict[Model, VendorOwned]]]


@dataclass(frozen=True)
class Step:
    """One generated call, applied in the vendor's context."""

    model: Model
    method: str
    condition: Q | None
    other: int
    order: str
    link: str | None


def conditions(model: Model) -> st.SearchStrategy[Q | None]:
    """Look-ups that tend to match everything, neighbours' rows above all."""
    texts = [
        f.name for f in model._meta.concrete_fields if isinstance(f, models.CharField | models.TextField)
    ]
    choices: list[st.SearchStrategy[Q | None]] = [
        st.none(),
        st.builds(lambda: Q(vendor_id__gt=0)),
        st.builds(lambda: ~Q(vendor_id=0)),
        st.builds(lambda: Q(pk__gt=0) | Q(vendor_id__isnull=False)),
        st.builds(lambda: Q(pk=F("pk"))),
    ]
    if texts:
        choices.append(
            st.builds(
                lambda name, look_up, word: Q(**{f"{name}__{look_up}": word}),
                st.sampled_from(texts),
                st.sampled_from(["contains", "icontains", "startswith", "istartswith", "regex", "gte"]),
                st.sampled_from(["", "z", "zq", "zqtheirs", "."]),
            )
        )
    links = vendor_keys(model)
    if links:
        choices.append(
            st.builds(
                lambda name, look_up: Q(**{f"{name}__{look_up}": 0}),
                st.sampled_from([field.name for field in links]),
                st.sampled_from(["pk__gte", "vendor_id__gt", "id__gte"]),
            )
        )
    return st.one_of(*choices)


def steps() -> st.SearchStrategy[Step]:
    def of_model(model: Model) -> st.SearchStrategy[Step]:
        names = [field.name for field in model._meta.concrete_fields]
        links = [field.name for field in vendor_keys(model)]
        return st.builds(
            Step,
            model=st.just(model),
            method=st.sampled_from(sorted(METHODS)),
            condition=conditions(model),
            other=st.integers(0, 1),
            order=st.sampled_from([*names, *(f"-{name}" for name in names), "?"]),
            link=st.sampled_from(links) if links else st.none(),
        )

    return st.sampled_from(vendor_owned_models()).flatmap(of_model)


def rows_of(step: Step) -> models.QuerySet[Any]:
    rows = step.model._base_manager.order_by(step.order)
    return rows if step.condition is None else rows.filter(step.condition)


Result = list[int] | int | None
Method = Callable[[Step, World], Result]
METHODS: dict[str, Method] = {}


def method(function: Method) -> Method:
    METHODS[function.__name__] = function
    return function


def vendors_of(rows: Any) -> list[int]:
    return [row.vendor_id for row in rows if row is not None]


def target(step: Step, world: World) -> VendorOwned:
    return world.others[step.other][1][step.model]


# Reads: the vendors of what they return.
@method
def all_rows(step: Step, _world: World) -> Result:
    return vendors_of(rows_of(step))


@method
def values(step: Step, _world: World) -> Result:
    return list(rows_of(step).values_list("vendor_id", flat=True))


@method
def distinct_union(step: Step, _world: World) -> Result:
    rows = step.model._base_manager.order_by()
    return vendors_of(rows.filter(vendor_id__gt=0).union(rows.exclude(pk=0), all=True))


@method
def grouped(step: Step, _world: World) -> Result:
    groups = (
        step.model._base_manager.order_by().values("vendor_id").annotate(number=Count("pk"), top=Max("pk"))
    )
    return [group["vendor_id"] for group in groups]


@method
def by_key(step: Step, world: World) -> Result:
    return vendors_of([step.model._base_manager.filter(pk=target(step, world).pk).first()])


@method
def in_bulk(step: Step, world: World) -> Result:
    keys = [target(step, world).pk, world.mine[step.model].pk]
    return vendors_of(step.model._base_manager.in_bulk(keys).values())


@method
def by_vendor(step: Step, world: World) -> Result:
    return vendors_of(rows_of(step).filter(vendor_id=world.others[step.other][0]))


@method
def locked(step: Step, _world: World) -> Result:
    return vendors_of(step.model._base_manager.filter(pk__gt=0).select_for_update())


@method
def followed(step: Step, _world: World) -> Result:
    if step.link is None:
        return None
    rows = rows_of(step).select_related(step.link).prefetch_related(None)
    return [v for row in rows for v in vendors_of([row, getattr(row, step.link)])]


@method
def prefetched(step: Step, _world: World) -> Result:
    if step.link is None:
        return None
    return [
        v for row in rows_of(step).prefetch_related(step.link) for v in vendors_of([getattr(row, step.link)])
    ]


@method
def sub_select(step: Step, world: World) -> Result:
    inner = step.model._base_manager.filter(vendor_id=world.others[step.other][0]).values("pk")
    return vendors_of(step.model._base_manager.filter(pk__in=inner))


@method
def raw(step: Step, _world: World) -> Result:
    table = step.model._meta.db_table
    return vendors_of(step.model._base_manager.raw(f'SELECT * FROM "{table}" WHERE vendor_id > 0 OR true'))


@method
def counted(step: Step, world: World) -> Result:
    others = [vendor for vendor, _rows in world.others]
    return step.model._base_manager.filter(vendor_id__in=others).count()


# Writes: how many neighbours' rows they touched, 0 where they are refused.
@method
def update_all(step: Step, world: World) -> Result:
    touched = rows_of(step).order_by().update(vendor_id=F("vendor_id"))
    return touched - rows_of(step).filter(vendor_id=world.me.pk).count()


@method
def take_over(step: Step, world: World) -> Result:
    return step.model._base_manager.filter(pk=target(step, world).pk).update(vendor_id=world.me.pk)


@method
def give_away(step: Step, world: World) -> Result:
    return step.model._base_manager.filter(pk__gt=0).update(vendor_id=world.others[step.other][0])


@method
def delete_theirs(step: Step, world: World) -> Result:
    return step.model._base_manager.filter(pk=target(step, world).pk).delete()[0]


@method
def delete_by_instance(step: Step, world: World) -> Result:
    row = step.model(pk=target(step, world).pk, vendor_id=world.others[step.other][0])
    return row._meta.model._base_manager.filter(pk=row.pk)._raw_delete("default")


@method
def save_theirs(step: Step, world: World) -> Result:
    target(step, world).save()
    return 1


@method
def save_theirs_as_mine(step: Step, world: World) -> Result:
    row = step.model._base_manager.model(pk=target(step, world).pk, vendor_id=world.me.pk)
    row.save(force_update=True)
    return 1


@method
def bulk_update(step: Step, world: World) -> Result:
    return step.model._base_manager.bulk_update([target(step, world)], ["vendor_id"])


@method
def insert_for_them(step: Step, world: World) -> Result:
    mine = world.mine[step.model]
    fields = {f.attname: getattr(mine, f.attname) for f in mine._meta.concrete_fields if not f.primary_key}
    step.model._base_manager.bulk_create([step.model(**{**fields, "vendor_id": world.others[step.other][0]})])
    return 1


@method
def upsert_over_theirs(step: Step, world: World) -> Result:
    theirs = target(step, world)
    row = step.model(**{f.attname: getattr(theirs, f.attname) for f in theirs._meta.concrete_fields})
    row.vendor_id = world.me.pk
    step.model._base_manager.bulk_create(
        [row], update_conflicts=True, unique_fields=["id"], update_fields=["vendor_id"]
    )
    return 1


@method
def link_to_theirs(step: Step, world: World) -> Result:
    if step.link is None:
        return None
    parent = step.model._meta.get_field(step.link).remote_field.model
    theirs = world.others[step.other][1][parent]
    return step.model._base_manager.filter(pk=world.mine[step.model].pk).update(
        **{f"{step.link}_id": theirs.pk}
    )


def run(step: Step, world: World) -> str:
    """Run one step and take it back; what was wrong with it, or ""."""
    result: Result = None
    with platform_context(world.platform, world.me):
        try:
            with transaction.atomic():
                result = METHODS[step.method](step, world)
                transaction.set_rollback(True)
        except (DatabaseError, FieldError):
            # Refused; `FieldError` is Django's own refusal of a look-up.
            pass
    if isinstance(result, list):
        foreign = set(result) - {world.me.pk}
        return f"{step} returned rows of {foreign}" if foreign else ""
    return f"{step} touched {result} rows" if result else ""


def fingerprint(world: World) -> dict[str, str]:
    """A hash over every row of the other vendors, as staff see it."""
    hashes = {}
    with platform_context(world.platform, role="staff"), connection.cursor() as cursor:
        for model in vendor_owned_models():
            cursor.execute(
                f'SELECT t::text FROM "{model._meta.db_table}" t WHERE vendor_id <> %s ORDER BY id',
                [world.me.pk],
            )
            rows = "\n".join(row[0] for row in cursor.fetchall())
            hashes[model._meta.label] = hashlib.sha256(rows.encode()).hexdigest()
    return hashes


@pytest.fixture
def world(lux, objektiv, voltwerk, make_vendor, monkeypatch) -> World:
    rows = {}
    for vendor in (objektiv, voltwerk, make_vendor(lux, "stadion")):
        with platform_context(lux, vendor):
            rows[vendor] = make_rows("mine" if vendor == objektiv else "theirs")
    (me, mine), *others = rows.items()
    # The field refuses a neighbour's vendor before PostgreSQL does: out with that filter too.
    monkeypatch.setattr(VendorIdField, "pre_save", lambda self, row, add: getattr(row, self.attname))
    return World(lux, me, mine, [(vendor.pk, theirs) for vendor, theirs in others])


def generate(world: World, count: int) -> tuple[Counter[str], list[str]]:
    """Run `count` generated steps; how often each method ran, and what was wrong."""
    ran: Counter[str] = Counter()
    wrong: list[str] = []

    @seed(20_261_123)
    @settings(
        max_examples=count // STEPS + 1,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(steps(), min_size=STEPS, max_size=STEPS))
    def try_them(plan: list[Step]) -> None:
        for step in plan:
            ran[step.method] += 1
            fault = run(step, world)
            if fault:
                wrong.append(fault)

    try_them()
    return ran, wrong


def prove(world: World, count: int) -> int:
    before = fingerprint(world)
    ran, wrong = generate(world, count)
    assert wrong == []
    assert fingerprint(world) == before
    assert set(ran) == set(METHODS)
    assert ran.total() >= count
    return ran.total()


def test_generated_queries_reach_no_neighbour(world):
    prove(world, 500)


@pytest.mark.proof
def test_ten_thousand_generated_queries_reach_no_neighbour(world, record_property):
    record_property("queries", prove(world, size(ci=10_000, full=100_000)))


def test_without_the_wall_they_do(world, monkeypatch):
    """The control: the same queries as staff, whom the policy lets through."""
    entered = platform_context

    def as_staff(platform: Any = None, vendor: Any = None, role: str = "vendor") -> Any:
        return entered(platform, vendor, role="staff")

    monkeypatch.setattr("tests.isolation.test_generated_queries.platform_context", as_staff)
    _ran, wrong = generate(world, 1_000)
    caught = {name for name in METHODS if any(f"method='{name}'" in fault for fault in wrong)}
    held_by_composite_keys = {"take_over", "give_away", "save_theirs_as_mine", "link_to_theirs"}
    assert set(METHODS) - caught <= held_by_composite_keys | {"upsert_over_theirs", "delete_by_instance"}
