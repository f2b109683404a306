"""Where a module's parts are: read from its folder, or said by its AppConfig."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from django.apps import apps

from platform_core.modules.definition import ModuleConfig
from platform_core.modules.registry import module_configs
from tests.sample_modules import module

PATHS = (
    "services_path",
    "models_path",
    "schemas_path",
    "exceptions_path",
    "templates_path",
    "locales_path",
    "migrations_path",
)


def config_of(label: str) -> ModuleConfig:
    return next(config for config in module_configs() if config.label == label)


def test_each_part_has_a_path_and_what_is_not_there_has_none():
    assert dict(config_of("orders").paths) == {
        "services_path": "modules.orders.services",
        "models_path": "modules.orders.models",
        "schemas_path": "modules.orders.api.serializers",
        "exceptions_path": "modules.orders.exceptions",
        "templates_path": "templates",
        "locales_path": "locale",
        "migrations_path": "migrations",
    }
    assert set(module("gifts").paths.values()) == {None}


def test_what_a_path_names_is_there():
    for config in module_configs():
        for name, place in config.paths.items():
            if place is not None and "." in place:
                assert find_spec(place) is not None, (config.label, name)
            elif place is not None:
                assert Path(config.path, place).is_dir(), (config.label, name)


def test_the_modules_of_the_house_are_self_contained():
    assert [config.label for config in module_configs() if not config.is_self_contained] == []


@pytest.mark.parametrize(
    ("name", "place", "is_self_contained"),
    [
        ("services_path", "shared.billing.services", False),
        ("services_path", "modules.ordersplus.services", False),
        ("models_path", "modules.orders.tables.models", True),
        ("templates_path", "/srv/templates", False),
        ("templates_path", "../../templates", False),
        ("locales_path", "texts/locale", True),
    ],
)
def test_a_part_may_stand_elsewhere_and_it_is_told(name: str, place: str, is_self_contained: bool):
    orders = apps.get_app_config("orders")
    kind = type("Elsewhere", (ModuleConfig,), {"name": orders.name, "label": "elsewhere", name: place})
    config = kind(orders.name, orders.module)
    assert config.paths[name] == place
    assert config.is_self_contained is is_self_contained


@pytest.mark.parametrize("name", [*PATHS, "paths", "is_self_contained"])
def test_a_path_is_only_read(name: str):
    with pytest.raises(AttributeError):
        setattr(config_of("orders"), name, "elsewhere")
