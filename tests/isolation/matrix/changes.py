"""Every row a request has written, reported by triggers in the database itself, and whether it may have been.

The triggers are the owner's and stand on every table, those of modules yet to come included. What they report is
in the request's own transaction, so it is read before that is rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from platform_core.identity.audience import Audience
from platform_core.tenancy.context import platform_context
from tests.databases import SCHEMAS, as_owner
from tests.isolation.matrix.marks import Marks
from tests.isolation.matrix.people import Actor
from tests.isolation.matrix.reach import Reach

# Whose a row is stands in `account_id`: sessions and sign-ins.
SIGN_INS = frozenset({"browser_session", "platform_core_refreshsession"})
# The admin writes down what is done there; nothing is ever changed in it.
LOGS = frozenset({"django_admin_log"})
# What a shop works on though its customers' words stand in it: their orders, and their carts, which forget a way to
# ship that it takes away.
KEPT_BY_SHOPS = frozenset({"orders_order", "orders_cart"})
# Without a text: whose they are says their cart.
LINES_OF_CARTS = frozenset({"orders_cartline"})
# Whoever orders takes the next number.
COUNTERS = frozenset({"orders_ordercounter"})
# Ids of every table begin at a place of their own, so that a number names one row of the installation.
IDS_PER_TABLE = 1_000_000

REPORT = """
CREATE SCHEMA matrix;
CREATE TABLE matrix.change (
    number bigserial PRIMARY KEY, place text, name text, kind text, before jsonb, after jsonb
);
CREATE FUNCTION matrix.report() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = matrix, pg_temp AS $$
BEGIN
    INSERT INTO matrix.change (place, name, kind, before, after) VALUES (
        TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP,
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
        CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END
    );
    RETURN NULL;
END $$;
GRANT USAGE ON SCHEMA matrix TO gatekeeper;
GRANT SELECT ON matrix.change, matrix.change_number_seq TO gatekeeper;
"""
TABLES = (
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname = ANY(%s) AND c.relname <> 'django_migrations' ORDER BY 1, 2"
)
SEQUENCES = (
    "SELECT schemaname, sequencename FROM pg_sequences WHERE schemaname = ANY(%s)"
    " AND data_type <> 'smallint'::regtype ORDER BY 1, 2"
)


@contextmanager
def reported_changes() -> Iterator[None]:
    """Triggers on every table of the tests' database, and ids that are unique in all of it."""
    with as_owner() as cursor:
        cursor.execute(REPORT)
        cursor.execute(TABLES, [list(SCHEMAS)])
        tables = cursor.fetchall()
        for schema, table in tables:
            cursor.execute(
                f'CREATE TRIGGER matrix_report AFTER INSERT OR UPDATE OR DELETE ON "{schema}"."{table}"'
                " FOR EACH ROW EXECUTE FUNCTION matrix.report()"
            )
        cursor.execute(SEQUENCES, [list(SCHEMAS)])
        for number, (schema, sequence) in enumerate(cursor.fetchall(), start=10):
            cursor.execute(
                "SELECT setval(%s::regclass, %s)", [f'"{schema}"."{sequence}"', number * IDS_PER_TABLE]
            )
    try:
        yield
    finally:
        with as_owner() as cursor:
            for schema, table in tables:
                cursor.execute(f'DROP TRIGGER IF EXISTS matrix_report ON "{schema}"."{table}"')
            cursor.execute("DROP SCHEMA matrix CASCADE")


@dataclass(frozen=True)
class Change:
    """One row that was written, changed or deleted."""

    schema: str
    table: str
    kind: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for row in (self.before, self.after) if row is not None]

    def __str__(self) -> str:
        row = {name: value for name, value in self.rows[0].items() if value not in (None, "", [], {})}
        return f"{self.kind} {self.schema}.{self.table} {json.dumps(row)[:300]}"


def last_number() -> int:
    """The number of the last change so far, those that were rolled back included.

    After it the index leads to what is new; all that was rolled back before would have to be passed over.
    """
    with platform_context(role="gatekeeper"), connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM matrix.change_number_seq WHERE is_called")
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def changes_since(number: int) -> list[Change]:
    """What has been written after change `number`."""
    with platform_context(role="gatekeeper"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT place, name, kind, before, after FROM matrix.change WHERE number > %s ORDER BY number",
            [number],
        )
        return [Change(*row[:3], _loaded(row[3]), _loaded(row[4])) for row in cursor.fetchall()]


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def forbidden(
    changes: list[Change],
    marks: Marks,
    actor: Actor,
    reach: Reach,
    customer_ids: dict[int, str],
    cart_ids: dict[int, str],
) -> list[str]:
    """Those of `changes` that the actor must not have made, each with the reason."""
    # Rows that this request has written before: what stood in them then was its own.
    found, written = [], set[tuple[str, str, Any]]()
    for change in changes:
        reason = _reason(change, marks, actor, reach, customer_ids, cart_ids, written)
        if reason:
            found.append(f"{change}: {reason}")
        written.add((change.schema, change.table, change.rows[-1].get("id")))
    return found


def _reason(
    change: Change,
    marks: Marks,
    actor: Actor,
    reach: Reach,
    customer_ids: dict[int, str],
    cart_ids: dict[int, str],
    written: set[tuple[str, str, Any]],
) -> str:
    if change.schema not in reach.schemas:
        return f"The schema {change.schema} is out of reach."
    if change.table in SIGN_INS:
        accounts = {row.get("account_id") for row in change.rows} - {None}
        return (
            ""
            if accounts <= {actor.account_id} | _made_here(written)
            else f"Sign-ins of accounts {accounts}."
        )
    if change.table in LOGS:
        return "" if change.kind == "INSERT" else "What was done is written down for good."
    vendors = {row["vendor_id"] for row in change.rows if row.get("vendor_id") is not None}
    if not vendors <= reach.vendors:
        return f"Rows of vendors {sorted(vendors)}."
    made = {pk for _schema, table, pk in written if table == "platform_core_platform"}
    platforms = {row.get("platform_id") or row.get("tenant_id") for row in change.rows} - {None} - made
    if not platforms <= reach.platforms:
        return f"Rows of platforms {sorted(platforms)}."
    before = change.before
    if before is None or (change.schema, change.table, before.get("id")) in written:
        return ""
    owners = marks.scopes_in(json.dumps(before)) - {"secret"}
    if change.table == "customers_customer" or not owners:
        key = before.get("id") if change.table == "customers_customer" else before.get("customer_id")
        owners |= {customer_ids[key]} if key in customer_ids else set()
    if change.table in KEPT_BY_SHOPS and actor.audience is Audience.VENDOR:
        owners -= set(customer_ids.values())
    if change.table in LINES_OF_CARTS and before["cart_id"] in cart_ids:
        owners = {cart_ids[before["cart_id"]]}
    if not owners and change.table in COUNTERS:
        return ""
    if not owners:
        # A row without a text: only who works here has anything to do with it.
        return "" if len(reach.changes) > 1 else "An unmarked row of the house."
    out_of_reach = owners - reach.changes
    return f"It is a row of {', '.join(sorted(out_of_reach))}." if out_of_reach else ""


def _made_here(written: set[tuple[str, str, Any]]) -> set[Any]:
    """Accounts that this very request has made: whoever registers is signed in."""
    return {pk for _schema, table, pk in written if table == "customers_customer"}
