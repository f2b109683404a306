"""The wall between vendors, table by table: what PostgreSQL itself allows the role `vendor`, whatever the code asks.

Every vendor-owned model is tried, those of modules yet to come included. The manager's filter is passed by
throughout: what holds here holds for raw SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from modules.tenancy.models import Vendor
from platform_core.exceptions import TenancyError
from platform_core.tenancy.checks import missing_walls, vendor_owned_models
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.migrations import vendor_keys
from platform_core.tenancy.models import Platform
from platform_core.tenancy.owned import VendorOwned
from tests.databases import SCHEMAS, as_owner, as_superuser
from tests.isolation.rows import make_row, make_rows

pytestmark = [pytest.mark.database, pytest.mark.django_db]

Model = type[VendorOwned]
every_model = pytest.mark.parametrize(
    "model", [pytest.param(model, id=model._meta.label) for model in vendor_owned_models()]
)
every_link = pytest.mark.parametrize(
    ("model", "link"),
    [
        pytest.param(model, field, id=f"{model._meta.label}.{field.name}")
        for model in vendor_owned_models()
        for field in vendor_keys(model)
    ],
)


@dataclass
class Neighbours:
    """Two vendors of one platform, one row of each model in each shop; `theirs` is out of reach of `mine`."""

    platform: Platform
    me: Vendor
    they: Vendor
    mine: dict[Model, VendorOwned]
    theirs: dict[Model, VendorOwned]

    def as_me(self) -> Any:
        return platform_context(self.platform, self.me)


WITHHELD = (
    "SELECT format('%%s ON %%I.%%I TO %%I', kind, n.nspname, c.relname, role) FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace, unnest(ARRAY['UPDATE', 'DELETE']) kind,"
    " unnest(ARRAY['vendor', 'staff']) role"
    " WHERE n.nspname = 'lux' AND c.relname = ANY(%s) AND NOT has_table_privilege(role, c.oid, kind)"
)


@pytest.fixture(scope="module", autouse=True)
def every_right_but_the_walls(django_db_setup: None) -> Iterator[None]:
    """Tables whose rows are never changed or deleted lend those rights: here the wall alone must hold."""
    with as_owner() as cursor:
        cursor.execute(WITHHELD, [[model._meta.db_table for model in vendor_owned_models()]])
        withheld = [row[0] for row in cursor.fetchall()]
        for right in withheld:
            cursor.execute(f"GRANT {right}")
        yield
        for right in withheld:
            cursor.execute(f"REVOKE {right.replace(' TO ', ' FROM ')}")


@pytest.fixture
def neighbours(lux: Platform, objektiv: Vendor, voltwerk: Vendor) -> Neighbours:
    with platform_context(lux, objektiv):
        mine = make_rows("mine")
    with platform_context(lux, voltwerk):
        theirs = make_rows("theirs")
    return Neighbours(lux, objektiv, voltwerk, mine, theirs)


def execute(statement: str, *parameters: Any) -> int:
    """Run SQL in the context's role; the number of rows it touched or returned."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def refused(statement: str, *parameters: Any, match: str = "permission denied|row-level security") -> None:
    with pytest.raises(ProgrammingError, match=match), transaction.atomic():
        execute(statement, *parameters)


def copy_of(row: VendorOwned, **changed: Any) -> tuple[str, list[Any]]:
    """An INSERT of the same row with other values, as raw SQL."""
    values = {
        field.column: field.get_db_prep_save(field.pre_save(row, add=False), connection)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    values.update(changed)
    columns = ", ".join(f'"{column}"' for column in values)
    marks = ", ".join(["%s"] * len(values))
    return f'INSERT INTO "{row._meta.db_table}" ({columns}) VALUES ({marks})', list(values.values())


def table_of(model: Model) -> str:
    return f'"{model._meta.db_table}"'


@every_model
def test_without_a_vendor_there_are_no_rows_and_no_writes(model, neighbours):
    statement, values = copy_of(neighbours.mine[model])
    with platform_context(neighbours.platform):
        assert model.objects.count() == model._base_manager.count() == 0
        assert execute(f"SELECT 1 FROM {table_of(model)}") == 0
        assert execute(f"UPDATE {table_of(model)} SET vendor_id = vendor_id") == 0
        assert execute(f"DELETE FROM {table_of(model)}") == 0
        refused(statement, *values, match="row-level security")
        with pytest.raises((TenancyError, AssertionError)):
            make_row(model, "nobody")


@every_model
def test_without_a_platform_there_is_no_table(model, neighbours):
    with pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
        execute(f"SELECT 1 FROM {table_of(model)}")


@every_model
def test_a_vendor_sees_no_neighbours_row_without_the_managers_filter(model, neighbours):
    with neighbours.as_me():
        rows = model._base_manager.all()
        assert {row.vendor_id for row in rows} == {neighbours.me.pk}
        assert neighbours.mine[model].pk in {row.pk for row in rows}
        assert not model._base_manager.filter(pk=neighbours.theirs[model].pk).exists()
        assert not model._base_manager.filter(vendor_id=neighbours.they.pk).exists()
        found = f"SELECT 1 FROM {table_of(model)} WHERE vendor_id <> %s OR id = %s"
        assert execute(found, neighbours.me.pk, neighbours.theirs[model].pk) == 0


@every_model
def test_a_row_can_neither_be_made_for_nor_given_to_a_neighbour(model, neighbours):
    mine = neighbours.mine[model]
    statement, values = copy_of(mine, vendor_id=neighbours.they.pk)
    with neighbours.as_me():
        refused(statement, *values, match="row-level security")
        given = f"UPDATE {table_of(model)} SET vendor_id = %s WHERE id = %s"
        refused(given, neighbours.they.pk, mine.pk, match="row-level security")
        with pytest.raises((TenancyError, DatabaseError)), transaction.atomic():
            model(vendor_id=neighbours.they.pk).save(force_insert=True)


@every_model
def test_a_neighbours_row_is_neither_changed_nor_deleted(model, neighbours):
    theirs = neighbours.theirs[model].pk
    with neighbours.as_me():
        assert execute(f"UPDATE {table_of(model)} SET vendor_id = vendor_id WHERE id = %s", theirs) == 0
        assert execute(f"DELETE FROM {table_of(model)} WHERE id = %s", theirs) == 0
        assert execute(f"SELECT 1 FROM {table_of(model)} WHERE id = %s FOR UPDATE", theirs) == 0
        assert model._base_manager.filter(pk=theirs).update(vendor_id=neighbours.me.pk) == 0
        assert model._base_manager.filter(pk=theirs).delete()[0] == 0
    with platform_context(neighbours.platform, role="staff"):
        assert model._base_manager.get(pk=theirs).vendor_id == neighbours.they.pk


@every_link
def test_a_link_to_a_neighbours_row_is_refused_by_the_database(model, link, neighbours):
    mine, theirs = neighbours.mine[model], neighbours.theirs[link.remote_field.model]
    with neighbours.as_me():
        statement = f'UPDATE {table_of(model)} SET "{link.column}" = %s WHERE id = %s'
        with pytest.raises(IntegrityError, match="violates foreign key"), transaction.atomic():
            execute(statement, theirs.pk, mine.pk)
        # A row that exists for nobody gets the same answer: neighbours' ids cannot be probed.
        with pytest.raises(IntegrityError, match="violates foreign key"), transaction.atomic():
            execute(statement, 987_654_321, mine.pk)
        setattr(mine, link.attname, theirs.pk)
        with pytest.raises(IntegrityError, match="violates foreign key"), transaction.atomic():
            mine.save(update_fields=[link.name])


@every_model
def test_truncate_copy_and_changes_of_the_table_are_refused(model, neighbours):
    table = table_of(model)
    with neighbours.as_me():
        refused(f"TRUNCATE {table}")
        refused(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", match="must be owner")
        refused(f"DROP POLICY of_vendor ON {table}", match="must be owner")
        refused(f"DROP TABLE {table}", match="must be owner")
        refused(f"CREATE TRIGGER t BEFORE INSERT ON {table} EXECUTE FUNCTION now()")
        with (
            pytest.raises((DatabaseError, psycopg.Error), match="COPY FROM not supported with row-level"),
            transaction.atomic(),
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} (vendor_id) FROM STDIN") as copy,
        ):
            copy.write_row([neighbours.they.pk])


@every_model
def test_staff_see_every_vendor_of_their_platform_and_write_for_no_other(model, neighbours, mosel, kellerei):
    statement, values = copy_of(neighbours.mine[model], vendor_id=kellerei.pk)
    unknown, unknown_values = copy_of(neighbours.mine[model], vendor_id=987_654_321)
    with platform_context(neighbours.platform, role="staff"):
        seen = set(model.objects.values_list("vendor_id", flat=True))
        assert seen == {neighbours.me.pk, neighbours.they.pk}
        refused(statement, *values, match="row-level security")
        refused(unknown, *unknown_values, match="row-level security")
        given = f"UPDATE {table_of(model)} SET vendor_id = %s"
        refused(given, kellerei.pk, match="row-level security")
    with platform_context(mosel, role="staff"):
        assert model.objects.count() == 0


@every_model
@pytest.mark.parametrize("role", ["operator", "gatekeeper"])
def test_the_other_roles_have_no_right_on_it(role, model, neighbours):
    with platform_context(neighbours.platform, role=role):
        refused(f"SELECT 1 FROM lux.{table_of(model)}", match="permission denied")


@every_model
def test_the_policy_is_a_condition_that_an_index_answers(model, neighbours):
    # Few rows are read in sequence whatever the policy says; without that way, an OR or a cast would show.
    with neighbours.as_me(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN SELECT * FROM {table_of(model)}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Cond: (vendor_id = (InitPlan" in plan or "Index Cond: (vendor_id = $" in plan, plan


def test_a_policy_with_an_or_is_not():
    """The control of the plan: the condition that looks harmless reads the whole table."""
    model = vendor_owned_models()[0]
    table = f"lux.{table_of(model)}"
    with as_superuser() as cursor:
        cursor.execute(
            f"ALTER POLICY of_vendor ON {table} USING (current_setting('app.vendor_id', true) = ''"
            " OR vendor_id = NULLIF(current_setting('app.vendor_id', true), '')::bigint)"
        )
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL ROLE vendor")
        cursor.execute(f"EXPLAIN SELECT * FROM {table}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Cond: (vendor_id" not in plan, plan


@pytest.mark.django_db(transaction=True)
def test_without_policy_or_key_the_same_attempts_go_through(neighbours):
    """The control of all of the above, table by table and link by link."""
    with as_superuser() as cursor:
        for model in vendor_owned_models():
            cursor.execute(f"ALTER POLICY of_vendor ON lux.{table_of(model)} USING (true) WITH CHECK (true)")
            for link in vendor_keys(model):
                cursor.execute(
                    "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass"
                    " AND pg_get_constraintdef(oid) LIKE %s",
                    [f"lux.{table_of(model)}", f"FOREIGN KEY (vendor_id, {link.column})%"],
                )
                ((name,),) = cursor.fetchall()
                cursor.execute(f'ALTER TABLE lux.{table_of(model)} DROP CONSTRAINT "{name}"')
        cursor.execute("SET LOCAL ROLE vendor")
        cursor.execute("SELECT set_config('app.vendor_id', %s, true)", [str(neighbours.me.pk)])
        for model in vendor_owned_models():
            table = f"lux.{table_of(model)}"
            cursor.execute(f"SELECT vendor_id FROM {table}")
            assert {row[0] for row in cursor.fetchall()} == {neighbours.me.pk, neighbours.they.pk}
            for link in vendor_keys(model):
                cursor.execute(
                    f'UPDATE {table} SET "{link.column}" = %s WHERE id = %s',
                    [neighbours.theirs[link.remote_field.model].pk, neighbours.mine[model].pk],
                )
                assert cursor.rowcount == 1


def test_the_role_that_logs_in_has_no_right_on_any_table(lux, mosel):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND (c.relowner = 'app'::regrole"
            " OR (c.relkind <> 'S' AND (has_table_privilege('app', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE,"
            " REFERENCES, TRIGGER') OR has_any_column_privilege('app', c.oid, 'SELECT, INSERT, UPDATE')))"
            " OR (c.relkind = 'S' AND has_sequence_privilege('app', c.oid, 'USAGE, SELECT, UPDATE')))",
            [list(SCHEMAS)],
        )
        assert cursor.fetchall() == []
        for schema in ("lux", "mosel", "public"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute("RESET ROLE")
                cursor.execute(f'SELECT 1 FROM {schema}."browser_session"')


def test_no_role_of_a_request_passes_the_policies_or_owns_anything():
    roles = ["app", "vendor", "staff", "operator", "gatekeeper"]
    with as_owner() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
            " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
            [roles],
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relowner IN (SELECT oid FROM pg_roles WHERE rolname = ANY(%s))"
            " UNION SELECT nspname FROM pg_namespace"
            " WHERE nspowner IN (SELECT oid FROM pg_roles WHERE rolname = ANY(%s))"
            " OR nspname = ANY(%s) AND (has_schema_privilege('app', oid, 'CREATE')"
            " OR has_schema_privilege('vendor', oid, 'CREATE') OR has_schema_privilege('staff', oid, 'CREATE'))",
            [roles, roles, list(SCHEMAS)],
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT n.nspname, c.relname, r.rolname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_roles r ON r.rolname = ANY(%s) WHERE n.nspname = ANY(%s) AND c.relkind = 'r'"
            " AND has_table_privilege(r.oid, c.oid, 'TRUNCATE, REFERENCES, TRIGGER')",
            [roles, list(SCHEMAS)],
        )
        assert cursor.fetchall() == []


def test_a_table_without_a_policy_is_read_only_for_vendors():
    with as_owner() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname IN ('lux', 'public') AND c.relkind = 'r' AND NOT c.relrowsecurity"
            " AND (has_table_privilege('vendor', c.oid, 'INSERT, UPDATE, DELETE')"
            " OR has_any_column_privilege('vendor', c.oid, 'INSERT, UPDATE'))",
        )
        assert {row[0] for row in cursor.fetchall()} == set()


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("role", ["vendor", "staff", "operator"])
def test_sessions_are_out_of_reach_of_every_page(role, schema, neighbours):
    """Whoever reads a session's key is the person whom it signs in."""
    with platform_context(neighbours.platform, role=role):
        refused(f'SELECT session_key FROM {schema}."browser_session"')
        refused(f'UPDATE {schema}."browser_session" SET account_id = 1')
        refused(f'DELETE FROM {schema}."browser_session"')


FAULTS: dict[str, tuple[str, str]] = {
    "a policy dropped": ("DROP POLICY of_vendor ON {table}", "has the policies"),
    "a policy that lets everything through": (
        "ALTER POLICY of_vendor ON {table} USING (true)",
        "of_vendor",
    ),
    "a policy that lets every row be written": (
        "ALTER POLICY of_vendor ON {table} WITH CHECK (true)",
        "of_vendor",
    ),
    "a second policy that widens the first": (
        "CREATE POLICY of_all ON {table} TO vendor USING (true) WITH CHECK (true)",
        "has the policies",
    ),
    "a policy for everybody": ("ALTER POLICY of_staff ON {table} TO PUBLIC", "of_staff"),
    "security not forced": ("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", "does not force"),
    "security off": ("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", "does not force"),
    "a vendor that may be null": ("ALTER TABLE {table} ALTER vendor_id DROP NOT NULL", "may be null"),
    "no key to the row": ("{drop:UNIQUE (vendor_id, id)}", "lacks UNIQUE"),
    "no composite key": ("{drop:FOREIGN KEY (vendor_id, %}", "has no composite key"),
    "a table that nobody declared": ("CREATE TABLE lux.stray (id bigint)", "lux.stray carries no vendor"),
    "a view with its owner's rights": (
        "CREATE VIEW lux.everything AS SELECT * FROM {table}",
        "lux.everything is a view",
    ),
    "sessions that a page may read": (
        "GRANT SELECT (session_key) ON lux.browser_session TO vendor",
        "lux.browser_session is open",
    ),
    "a table that a page may write": (
        "CREATE TABLE lux.stray (id bigint); GRANT INSERT ON lux.stray TO vendor",
        "lux.stray is open",
    ),
    "a materialised view": (
        "CREATE MATERIALIZED VIEW lux.everything AS SELECT * FROM {table}",
        "lux.everything is a view",
    ),
}


def test_the_catalogue_shows_every_wall_standing():
    with as_owner() as cursor:
        assert missing_walls(cursor.connection) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_the_catalogue_check_names(fault):
    statement, named = FAULTS[fault]
    model = next(model for model in vendor_owned_models() if vendor_keys(model))
    table = f"lux.{table_of(model)}"
    with as_superuser() as cursor:
        if statement.startswith("{drop:"):
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass"
                " AND pg_get_constraintdef(oid) LIKE %s",
                [table, statement.removeprefix("{drop:").removesuffix("}").rstrip("%") + "%"],
            )
            name = cursor.fetchall()[0][0]
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
        else:
            cursor.execute(statement.format(table=table))
        faults = missing_walls(cursor.connection)
    assert any(named in found and "lux." in found for found in faults), faults
