"""Migration operations that build the walls: one helper for vendor-owned tables, one for public ones.

Source of the policies and of the traps they avoid: docs/adr/0002-tenancy.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import models, router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from platform_core.tenancy.fields import VendorForeignKey

PUBLIC = "public"
EVERY_RIGHT = "SELECT, INSERT, UPDATE, DELETE"

# The sub-select is evaluated once per statement. A cast on the column or an OR in the policy would turn an
# index scan into a sequential one.
CONTEXT_VENDOR = "(SELECT NULLIF(current_setting('app.vendor_id', true), '')::bigint)"
CONTEXT_PLATFORM = "(SELECT NULLIF(current_setting('app.platform_id', true), '')::bigint)"


def _name(table: str, *parts: str) -> str:
    """A constraint's name within PostgreSQL's 63 letters, the same on every run."""
    return "_".join([table[:34], *(part[:22] for part in parts)])[:63]


def key_statements(model: type[models.Model], field: models.Field[Any, Any]) -> list[str]:
    """The composite foreign key of one `VendorForeignKey`, and the index it needs."""
    table, column = model._meta.db_table, str(field.column)
    assert field.remote_field is not None
    parent = field.remote_field.model._meta.db_table  # type: ignore[union-attr]
    return [
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{_name(table, column, "wall")}" FOREIGN KEY (vendor_id, "{column}")'
        f' REFERENCES "{parent}" (vendor_id, id) DEFERRABLE INITIALLY IMMEDIATE',
        f'CREATE INDEX "{_name(table, column, "vk")}" ON "{table}" (vendor_id, "{column}")',
    ]


def vendor_keys(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.local_fields if isinstance(field, VendorForeignKey)]


class _SqlOperation(Operation):
    """An operation that changes the database and not Django's state."""

    reduces_to_sql = True
    reversible = True
    model_name: str

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def statements(self, model: type[models.Model]) -> list[str]:
        raise NotImplementedError

    def reverse_statements(self, model: type[models.Model]) -> list[str]:
        raise NotImplementedError

    def _run(
        self, state: ProjectState, app_label: str, editor: BaseDatabaseSchemaEditor, reverse: bool
    ) -> None:
        model = state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(editor.connection.alias, model):
            for statement in self.reverse_statements(model) if reverse else self.statements(model):
                editor.execute(statement)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._run(to_state, app_label, schema_editor, reverse=False)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._run(from_state, app_label, schema_editor, reverse=True)


class Wall(_SqlOperation):
    """Wall off a vendor-owned table in the migration that creates it.

    ENABLE and FORCE row-level security, a policy each for the roles vendor, staff and owner, the key to the
    vendor, UNIQUE (vendor_id, id), and the composite key of every VendorForeignKey the model has by then.
    """

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model_name], {}

    def describe(self) -> str:
        return f"Wall off the rows of each vendor in {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"wall_{self.model_name.lower()}"

    def statements(self, model: type[models.Model]) -> list[str]:
        table, vendors = model._meta.db_table, settings.TENANCY_VENDOR_TABLE
        mine = f"vendor_id = {CONTEXT_VENDOR}"
        known = f"vendor_id IN (SELECT id FROM {PUBLIC}.{vendors})"
        statements = [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY of_vendor ON "{table}" TO vendor USING ({mine}) WITH CHECK ({mine})',
            f'CREATE POLICY of_staff ON "{table}" TO staff USING (true) WITH CHECK ({known})',
            f'CREATE POLICY of_owner ON "{table}" TO owner USING (true) WITH CHECK (true)',
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{_name(table, "vendor")}" FOREIGN KEY (vendor_id)'
            f" REFERENCES {PUBLIC}.{vendors} (id) DEFERRABLE INITIALLY IMMEDIATE",
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{_name(table, "vendor_row")}" UNIQUE (vendor_id, id)',
        ]
        for field in vendor_keys(model):
            statements += key_statements(model, field)
        return statements

    def reverse_statements(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        statements: list[str] = []
        for field in vendor_keys(model):
            statements += WallForeignKey(self.model_name, field.name).reverse_statements(model)
        return [
            *statements,
            f'ALTER TABLE "{table}" DROP CONSTRAINT "{_name(table, "vendor_row")}" CASCADE',
            f'ALTER TABLE "{table}" DROP CONSTRAINT "{_name(table, "vendor")}"',
            *(f'DROP POLICY {policy} ON "{table}"' for policy in ("of_vendor", "of_staff", "of_owner")),
            f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
        ]


class WallForeignKey(_SqlOperation):
    """The composite key of a VendorForeignKey that is added to a table which has its wall already."""

    def __init__(self, model_name: str, field_name: str) -> None:
        self.model_name = model_name
        self.field_name = field_name

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model_name, self.field_name], {}

    def describe(self) -> str:
        return f"Keep {self.model_name}.{self.field_name} within the vendor"

    @property
    def migration_name_fragment(self) -> str:
        return f"wall_{self.model_name.lower()}_{self.field_name.lower()}"

    def statements(self, model: type[models.Model]) -> list[str]:
        return key_statements(model, model._meta.get_field(self.field_name))  # type: ignore[arg-type]

    def reverse_statements(self, model: type[models.Model]) -> list[str]:
        table, column = model._meta.db_table, str(model._meta.get_field(self.field_name).column)  # type: ignore[union-attr]
        return [
            f'DROP INDEX IF EXISTS "{_name(table, column, "vk")}"',
            f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{_name(table, column, "wall")}"',
        ]


class PublicTable(_SqlOperation):
    """Grants and policies of a table in the public schema.

    `grants` names what each role may do, role by role: `{"vendor": "SELECT (id, code)", "staff": "SELECT"}`.
    A role that is not named may do nothing; `gatekeeper` and `operator` see every row of what they are
    granted. With `platform_column` the roles vendor and staff see and write rows of the context's platform
    only; `using` gives a role another condition.
    """

    def __init__(
        self,
        model_name: str,
        grants: Mapping[str, str],
        *,
        platform_column: str | None = None,
        using: Mapping[str, str] | None = None,
    ) -> None:
        self.model_name = model_name
        self.grants = dict(grants)
        self.platform_column = platform_column
        self.using = dict(using or {})

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        options = {"platform_column": self.platform_column, "using": self.using}
        return (
            self.__class__.__name__,
            [self.model_name, self.grants],
            {k: v for k, v in options.items() if v},
        )

    def describe(self) -> str:
        return f"Say who may read and write {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"grants_{self.model_name.lower()}"

    def _condition(self, role: str) -> str:
        if role in self.using:
            return self.using[role]
        if self.platform_column and role in {"vendor", "staff"}:
            return f"{self.platform_column} = {CONTEXT_PLATFORM}"
        return "true"

    def statements(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        statements = [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY of_owner ON "{table}" TO owner USING (true) WITH CHECK (true)',
        ]
        for role, rights in self.grants.items():
            condition = self._condition(role)
            statements += [
                f'GRANT {rights} ON "{table}" TO {role}',
                f'CREATE POLICY of_{role} ON "{table}" TO {role} USING ({condition}) WITH CHECK ({condition})',
            ]
        return statements

    def reverse_statements(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        statements = []
        for role in self.grants:
            statements += [f'DROP POLICY of_{role} ON "{table}"', f'REVOKE ALL ON "{table}" FROM {role}']
        return [
            *statements,
            f'DROP POLICY of_owner ON "{table}"',
            f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
        ]


class PlatformTable(_SqlOperation):
    """Rights on a table of a platform's schema whose rows belong to no vendor, such as VAT rates.

    Staff keep every right; role `vendor` keeps what `vendor` names, by default to read. The table stands in
    platform_core/tenancy/allowlist.py with its reason.
    """

    def __init__(self, model_name: str, vendor: str = "SELECT") -> None:
        self.model_name = model_name
        self.vendor = vendor

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model_name], {"vendor": self.vendor}

    def describe(self) -> str:
        return f"Let vendors only read {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"platform_{self.model_name.lower()}"

    def statements(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        grant = [f'GRANT {self.vendor} ON "{table}" TO vendor'] if self.vendor else []
        return [f'REVOKE ALL ON "{table}" FROM vendor', *grant]

    def reverse_statements(self, model: type[models.Model]) -> list[str]:
        return [f'GRANT {EVERY_RIGHT} ON "{model._meta.db_table}" TO vendor']


class GrantTables(Operation):
    """Rights on tables of libraries in the public schema (content types, task results), by table name.

    The tables have no rows of one tenant, so no policies. Made once, in the public schema.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, grants: Mapping[str, Mapping[str, str]]) -> None:
        self.grants = {table: dict(rights) for table, rights in grants.items()}

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.grants], {}

    def describe(self) -> str:
        return f"Say who may read and write {', '.join(self.grants)}"

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def _run(self, app_label: str, editor: BaseDatabaseSchemaEditor, template: str) -> None:
        if not router.allow_migrate(editor.connection.alias, app_label):
            return
        for table, rights in self.grants.items():
            for role, right in rights.items():
                editor.execute(template.format(table=f'{PUBLIC}."{table}"', role=role, right=right))

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._run(app_label, schema_editor, "GRANT {right} ON {table} TO {role}")

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._run(app_label, schema_editor, "REVOKE {right} ON {table} FROM {role}")
