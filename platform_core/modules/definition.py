"""What a module says of itself, in its `apps.py`. No model may be imported there: hooks are dotted paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from django.apps import AppConfig
from django.utils.functional import Promise

from platform_core.roles import VENDOR_OWNER


class FrontendType(StrEnum):
    """Whose interface a page or a menu item belongs to."""

    ADMIN = "admin"
    VENDOR = "vendor"
    SHOP = "shop"


@dataclass(frozen=True)
class Permission:
    """A permission code `<app label>.<verb>_<noun>`, and the fixed roles that hold it besides the admin's."""

    code: str
    name: str | Promise
    roles: tuple[str, ...] = (VENDOR_OWNER,)


@dataclass(frozen=True)
class MenuItem:
    """An entry of a menu: shown to those who hold `permission`."""

    id: str
    label: str | Promise
    url_name: str
    section: str | Promise = ""
    icon: str = ""
    order: int = 100
    permission: str | None = None


@dataclass(frozen=True, kw_only=True)
class ModuleDefinition:
    """Identity, place in the graph, permissions and menus of one module."""

    code: str
    name: str | Promise
    description: str | Promise = ""
    version: str = "1.0.0"
    requires: tuple[str, ...] = ()
    permissions: tuple[Permission, ...] = ()
    menu_items: Mapping[FrontendType, tuple[MenuItem, ...]] = field(default_factory=dict)
    is_core: bool = False
    is_internal: bool = False
    health_check: str | None = None

    @property
    def tier(self) -> str:
        """core, optional or internal."""
        if self.is_core:
            return "core"
        return "internal" if self.is_internal else "optional"

    @property
    def label(self) -> str:
        """The Django app label that goes with the code."""
        return self.code.replace("-", "_")


class ModuleConfig(AppConfig):
    """The AppConfig of a module. Carries its `definition`."""

    # Imported into a module's apps.py, this class would be a second candidate there.
    default = False
    definition: ClassVar[ModuleDefinition]
    default_auto_field = "django.db.models.BigAutoField"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.default = True
