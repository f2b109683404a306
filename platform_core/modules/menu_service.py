"""Hiding and moving items of menus: the only writer of MenuVisibility.

A platform decides for everybody or for a role, which leaves a row in the history of each module that is concerned;
a person decides for themselves, which is nobody else's business and leaves none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from platform_core.extensions import ExtensionPoint
from platform_core.modules.definition import FrontendType, MenuItem, with_children
from platform_core.modules.exceptions import MandatoryMenuItem, MenuOrderOutOfRange, UnknownMenuItem
from platform_core.modules.journal import Doing, write_change
from platform_core.modules.locking import locked_platform, raise_version
from platform_core.modules.menu_visibility import menu_memory
from platform_core.modules.models import MenuVisibility, ModuleChange
from platform_core.modules.registry import registry
from platform_core.modules.state import PlatformLike, id_of, module_states
from platform_core.roles import StaffRole, VendorRole
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform

if TYPE_CHECKING:
    from platform_core.identity.models import User

# Declared by the module `core`.
CHANGE_MENUS = "core.change_menu"
LOWEST_ORDER, HIGHEST_ORDER = 0, 9999
# A shopper has no role.
ROLES: Mapping[FrontendType, type[StaffRole | VendorRole] | None] = {
    FrontendType.VENDOR: VendorRole,
    FrontendType.ADMIN: StaffRole,
    FrontendType.SHOP: None,
}
# Answers: (frontend) -> items that its menu has besides those of the modules' definitions, each with its app's label.
screen_items: ExtensionPoint[[FrontendType], Iterable[tuple[str, MenuItem]]] = ExtensionPoint("screen_items")


@dataclass(frozen=True, slots=True)
class MenuSetting:
    """What is decided about an item: whether it is shown, and its place; without one, its own counts."""

    is_visible: bool = True
    order: int | None = None


AS_IT_COMES = MenuSetting()


@dataclass(frozen=True, slots=True)
class OwnedItem:
    """An item of a menu and the code of the module that it belongs to."""

    item: MenuItem
    module_code: str


def roles_of(frontend: FrontendType) -> list[str]:
    """The roles that a platform may decide for in a menu."""
    found = ROLES[frontend]
    return [] if found is None else list(found.values)


def offered_items(platform: PlatformLike, frontend: FrontendType) -> list[OwnedItem]:
    """The top items of a menu, of the modules that are on for a platform, by order; those below them with them."""
    known, enabled = registry(), module_states.of(platform).enabled
    if frontend is not FrontendType.ADMIN:
        enabled -= known.internal_codes
    found = [
        OwnedItem(item, code)
        for code, definition in known.definitions.items()
        if code in enabled
        for item in definition.menu_items.get(frontend, ())
    ]
    for answer in screen_items.all():
        for label, item in answer(frontend):
            code = known.code_of_label.get(label)
            # A screen of the ground floor is there wherever there is an admin.
            if code is None or code in enabled:
                found.append(OwnedItem(item, code or "core"))
    return sorted(found, key=lambda owned: (owned.item.order, owned.item.id))


def menu_settings(
    platform: PlatformLike, frontend: FrontendType, *, role: str = "", user: User | None = None
) -> dict[str, MenuSetting]:
    """What is stored for everybody, for a role or for a person, by the item's id. 1 query, by the context's role."""
    rows = MenuVisibility.objects.filter(
        platform_id=id_of(platform), frontend=frontend, role=role, user=user
    ).values_list("item_id", "is_visible", "order")
    return {item_id: MenuSetting(is_visible, order) for item_id, is_visible, order in rows}


def set_menu(
    platform: PlatformLike,
    frontend: FrontendType,
    settings: Mapping[str, MenuSetting],
    *,
    role: str = "",
    user: User | None = None,
    reason: str = "",
    source: str = "system",
    expected_version: int | None = None,
) -> tuple[str, ...]:
    """Decide about items of a menu for everybody, or for a role; the ids of those that changed. `user` decides.

    Items that are not named stay as they are. Raises UnknownMenuItem, MandatoryMenuItem, MenuOrderOutOfRange, Busy,
    StaleVersion unless the platform's version is the expected one, and ValueError for a role that the menu has not.
    """
    if role and role not in roles_of(frontend):
        raise ValueError(f"The {frontend} menu has no role {role!r}.")
    with locked_platform(platform, expected_version) as locked:
        owners = _checked(platform, frontend, settings)
        scope = {"platform_id": locked.pk, "frontend": frontend, "role": role, "user_id": None}
        before = menu_settings(platform, frontend, role=role)
        changed = _changed(before, settings)
        if changed:
            _store(scope, {item_id: settings[item_id] for item_id in changed})
            raise_version(locked)
            _tell(
                locked,
                Doing("", user, reason, source),
                f"menu.{frontend}.{role or 'everybody'}",
                [
                    (owners[item_id], item_id, before.get(item_id, AS_IT_COMES), settings[item_id])
                    for item_id in changed
                ],
            )
        return changed


def clone_menus(
    source: PlatformLike, target: Platform, doing: Doing, *, dry_run: bool = False
) -> tuple[str, ...]:
    """Have a platform show in its menus what another shows, for everybody and by role. The items that change.

    Whoever calls it holds the lock on the platform, and raises its version.
    """
    told: list[str] = []
    for frontend in FrontendType:
        for role in ("", *roles_of(frontend)):
            theirs = menu_settings(source, frontend, role=role)
            ours = menu_settings(target.pk, frontend, role=role)
            wanted = {**dict.fromkeys(ours, AS_IT_COMES), **theirs}
            changed = _changed(ours, wanted)
            menu = f"{frontend}.{role or 'everybody'}"
            told += [f"{menu}.{item_id}" for item_id in changed]
            if not changed or dry_run:
                continue
            scope = {"platform_id": target.pk, "frontend": frontend, "role": role, "user_id": None}
            _store(scope, {item_id: wanted[item_id] for item_id in changed})
            changes = [
                (_owner_of(frontend, item_id), item_id, ours.get(item_id, AS_IT_COMES), wanted[item_id])
                for item_id in changed
            ]
            _tell(target, doing, f"menu.{menu}", changes)
    return tuple(told)


def _owner_of(frontend: FrontendType, item_id: str) -> str:
    """The module whose item it is, on or off; of a screen, the app's; else the core."""
    known = registry()
    for code, definition in known.definitions.items():
        if any(item.id == item_id for item in with_children(definition.menu_items.get(frontend, ()))):
            return code
    return known.code_of_label.get(item_id.partition(".")[0], "core")


@transaction.atomic
def set_own_menu(
    platform: PlatformLike, frontend: FrontendType, settings: Mapping[str, MenuSetting], *, user: User
) -> tuple[str, ...]:
    """Decide about items of one's own menu; the ids of those that changed.

    What the platform or the role hides stays hidden whatever is said here. Raises UnknownMenuItem, MandatoryMenuItem,
    MenuOrderOutOfRange.
    """
    _checked(platform, frontend, settings)
    # The roles of shops have no right on these rows; nothing but the person's own is read and written.
    with platform_context(role="gatekeeper"):
        changed = _changed(menu_settings(platform, frontend, user=user), settings)
        scope = {"platform_id": id_of(platform), "frontend": frontend, "role": "", "user_id": user.pk}
        _store(scope, {item_id: settings[item_id] for item_id in changed})
    if changed:
        menu_memory.own_changed(id_of(platform), user.pk)
    return changed


def own_settings(platform: PlatformLike, frontend: FrontendType, user: User) -> dict[str, MenuSetting]:
    """What a person has decided for themselves, by the item's id. 1 query."""
    with platform_context(role="gatekeeper"):
        return menu_settings(platform, frontend, user=user)


def _checked(
    platform: PlatformLike, frontend: FrontendType, settings: Mapping[str, MenuSetting]
) -> dict[str, str]:
    """The module of each item that there is. Raises for what cannot be set."""
    owned = offered_items(platform, frontend)
    items = {item.id: (item, one.module_code) for one in owned for item in with_children([one.item])}
    for item_id, setting in settings.items():
        if item_id not in items:
            raise UnknownMenuItem(item=item_id)
        item = items[item_id][0]
        if not setting.is_visible and not item.can_be_hidden:
            raise MandatoryMenuItem(item=item.label)
        if setting.order is not None and not LOWEST_ORDER <= setting.order <= HIGHEST_ORDER:
            raise MenuOrderOutOfRange(item=item.label, lowest=LOWEST_ORDER, highest=HIGHEST_ORDER)
    return {item_id: code for item_id, (_item, code) in items.items()}


def _changed(before: Mapping[str, MenuSetting], settings: Mapping[str, MenuSetting]) -> tuple[str, ...]:
    return tuple(
        item_id for item_id, setting in settings.items() if setting != before.get(item_id, AS_IT_COMES)
    )


def _store(scope: dict[str, Any], settings: Mapping[str, MenuSetting]) -> None:
    """Rows for what differs from how the items come, and none for the rest."""
    gone = [item_id for item_id, setting in settings.items() if setting == AS_IT_COMES]
    kept = [
        MenuVisibility(**scope, item_id=item_id, is_visible=setting.is_visible, order=setting.order)
        for item_id, setting in settings.items()
        if setting != AS_IT_COMES
    ]
    if gone:
        MenuVisibility.objects.filter(**scope, item_id__in=gone).delete()
    if kept:
        MenuVisibility.objects.bulk_create(
            kept,
            update_conflicts=True,
            unique_fields=["platform", "user", "frontend", "role", "item_id"],
            update_fields=["is_visible", "order"],
        )


def _tell(
    platform: Platform,
    doing: Doing,
    menu: str,
    changes: list[tuple[str, str, MenuSetting, MenuSetting]],
) -> None:
    """A row in the history of each module with items among `changes`: (module, item, before, after)."""
    for code, own in _by_module(changes):
        details = {
            "changed": [f"{menu}.{item_id}" for item_id, _before, _after in own],
            "before": {f"{menu}.{item_id}": asdict(before) for item_id, before, _after in own},
            "after": {f"{menu}.{item_id}": asdict(after) for item_id, _before, after in own},
        }
        write_change(platform, doing, code, ModuleChange.Action.CONFIGURED, details=details)


def _by_module(
    changes: list[tuple[str, str, MenuSetting, MenuSetting]],
) -> Iterator[tuple[str, list[tuple[str, MenuSetting, MenuSetting]]]]:
    for code in sorted({code for code, *_rest in changes}):
        yield code, [(item_id, before, after) for one, item_id, before, after in changes if one == code]
