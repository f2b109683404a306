"""Which module may import what of which other, read from the graph of all imports.

Layers and circles are checked by import-linter (pyproject.toml); what depends on the modules' definitions is
checked here: a module imports another only along `requires`, and only its public face.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import grimp
import pytest

from platform_core.modules.definition import ModuleDefinition
from platform_core.modules.registry import module_configs

PROJECT_DIR = Path(__file__).resolve().parents[2]
PUBLIC_FACE = {"models", "selectors", "services", "events", "exceptions", "extensions"}

Graph = grimp.ImportGraph


def foreign_imports(graph: Graph) -> Iterator[tuple[str, str]]:
    """Each import of one module of the house from another, as (importer, imported)."""
    for importer in sorted(graph.modules):
        if not importer.startswith("modules."):
            continue
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if imported.startswith("modules.") and label(imported) != label(importer):
                yield importer, imported


def label(dotted: str) -> str:
    return dotted.split(".")[1]


def trespasses(graph: Graph, definitions: Mapping[str, ModuleDefinition]) -> list[str]:
    """The imports that break a rule, each with the rule."""
    found = []
    for importer, imported in foreign_imports(graph):
        rooms = imported.split(".")[2:]
        if not rooms or rooms[0] not in PUBLIC_FACE:
            found.append(f"{importer} -> {imported}: not of the public face")
        elif rooms[0] != "events" and label(imported) not in required_by(label(importer), definitions):
            found.append(f"{importer} -> {imported}: {label(importer)} does not require {label(imported)}")
    return found


def required_by(asking: str, definitions: Mapping[str, ModuleDefinition]) -> set[str]:
    """The labels a module may import from: all core modules, and what it requires, however far."""
    allowed = {name for name, definition in definitions.items() if definition.is_core}
    waiting = [asking]
    while waiting:
        for code in definitions[waiting.pop()].requires:
            name = code.replace("-", "_")
            if name not in allowed:
                allowed.add(name)
                waiting.append(name)
    return allowed


@pytest.fixture(scope="module")
def graph() -> Graph:
    return grimp.build_graph("modules", cache_dir=None, exclude_type_checking_imports=True)


def installed() -> dict[str, ModuleDefinition]:
    return {config.label: config.definition for config in module_configs()}


def test_modules_import_only_what_they_require_and_only_its_public_face(graph: Graph) -> None:
    assert trespasses(graph, installed()) == []


def test_every_module_of_the_house_is_installed() -> None:
    folders = {path.parent.name for path in (PROJECT_DIR / "modules").glob("*/apps.py")}
    assert folders == set(installed())


def test_import_linter_looks_into_every_module() -> None:
    settings = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]
    rooms = next(contract for contract in settings["contracts"] if "containers" in contract)
    assert rooms["containers"] == ["modules.*"]


PARTS = {
    "orders": ModuleDefinition(code="orders", name="Orders", requires=("payments",)),
    "payments": ModuleDefinition(code="payments", name="Payments", requires=("dev-tools",)),
    "dev_tools": ModuleDefinition(code="dev-tools", name="Tools"),
    "catalog": ModuleDefinition(code="catalog", name="Catalogue", is_core=True),
    "inventory": ModuleDefinition(code="inventory", name="Inventory"),
}


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("modules.orders.services", "modules.payments.services"),
        ("modules.orders.services", "modules.dev_tools.selectors"),
        ("modules.inventory.services", "modules.catalog.selectors.shop"),
        ("modules.inventory.handlers", "modules.orders.events"),
        ("modules.orders.services", "modules.orders.internals"),
    ],
)
def test_an_import_along_the_arrows_is_allowed(importer: str, imported: str) -> None:
    assert trespasses(one_import(importer, imported), PARTS) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("modules.orders.services", "modules.inventory.services"),
        ("modules.payments.services", "modules.orders.services"),
        ("modules.catalog.services", "modules.orders.models"),
        ("modules.orders.services", "modules.payments.gateways"),
        ("modules.orders.services", "modules.catalog.dashboard.forms"),
        ("modules.orders.services", "modules.payments"),
    ],
)
def test_an_import_against_the_arrows_is_found(importer: str, imported: str) -> None:
    assert len(trespasses(one_import(importer, imported), PARTS)) == 1


def upward_imports(graph: Graph) -> list[str]:
    """The imports of the ground floor from what stands upon it."""
    return [
        f"{importer} -> {imported}"
        for importer in sorted(graph.modules)
        if importer.startswith("platform_core")
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
        if imported.split(".")[0] in {"modules", "config"}
    ]


def test_the_ground_floor_imports_nothing_from_above() -> None:
    house = grimp.build_graph(
        "platform_core", "modules", "config", cache_dir=None, exclude_type_checking_imports=True
    )
    assert {"platform_core.modules.registry", "modules.core.apps", "config.env"} <= house.modules
    assert upward_imports(house) == []
    assert len(upward_imports(one_import("platform_core.api.views", "modules.core.services"))) == 1


def one_import(importer: str, imported: str) -> Graph:
    graph = Graph()
    graph.add_import(importer=importer, imported=imported)
    return graph


def test_import_linter_knows_every_part_of_the_ground_floor() -> None:
    settings = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = [layer for contract in settings["contracts"] for layer in contract.get("layers", ())]
    known = {name for layer in layers for name in re.findall(r"platform_core\.(\w+)", layer)}
    ground = PROJECT_DIR / "platform_core"
    parts = {path.stem for path in ground.glob("*.py")} | {path.parent.name for path in ground.glob("*/*.py")}
    # Django looks for models and migrations by these names; they only gather what the parts define.
    assert parts - {"__init__", "models", "migrations"} == known
