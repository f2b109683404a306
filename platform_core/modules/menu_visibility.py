"""Who has hidden or moved which item of a menu: asked on every page, answered from the process's memory.

What a platform has decided is remembered by its version, which every such decision raises. What a person has decided
for themselves is remembered as module states are: for ENTRY_SECONDS at most, or until it is said to have changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from cachetools import LRUCache
from django.db import connection, transaction

from platform_core.modules.definition import FrontendType, MenuItem
from platform_core.modules.models import MenuVisibility
from platform_core.modules.state import (
    ENTRY_SECONDS,
    MAX_PLATFORMS,
    UNKNOWN_VERSION,
    is_changed_here,
    module_states,
)
from platform_core.tenancy.context import current_context, platform_context
from platform_core.tenancy.versions import SharedVersion, SharedVersions
from platform_core.trouble import is_database_trouble

MAX_PEOPLE = 20_000


@dataclass(frozen=True, slots=True)
class MenuChoices:
    """What was decided about the items of one menu: which are hidden, and the places of those that were moved."""

    hidden: frozenset[str] = frozenset()
    orders: tuple[tuple[str, int], ...] = ()

    def before(self, nearer: MenuChoices) -> MenuChoices:
        """Both together: what either hides is hidden, and the nearer one's places count."""
        if nearer == NOTHING_CHOSEN:
            return self
        orders = {**dict(self.orders), **dict(nearer.orders)}
        return MenuChoices(self.hidden | nearer.hidden, tuple(sorted(orders.items())))


NOTHING_CHOSEN = MenuChoices()
# By frontend and role; a platform's word for everybody, and a person's for themselves, have the role "".
Choices = Mapping[tuple[str, str], MenuChoices]
# Facts of a row: frontend, role, item, whether it is shown, its place.
FACTS = ("frontend", "role", "item_id", "is_visible", "order")


def _choices_in(rows: Iterable[tuple[str, str, str, bool, int | None]]) -> Choices:
    found: dict[tuple[str, str], MenuChoices] = {}
    for frontend, role, item_id, is_visible, order in rows:
        one = MenuChoices(
            frozenset() if is_visible else frozenset({item_id}),
            () if order is None else ((item_id, order),),
        )
        found[frontend, role] = found.get((frontend, role), NOTHING_CHOSEN).before(one)
    return found


def _read(**rows: Any) -> Choices:
    with platform_context(role="gatekeeper"):
        return _choices_in(MenuVisibility.objects.filter(**rows).values_list(*FACTS))


def _read_or(last: Choices, **rows: Any) -> Choices:
    """What PostgreSQL has; while it is away, the last thing known."""
    try:
        return _read(**rows)
    except Exception as error:
        if not is_database_trouble(error):
            raise
        return last


class _OwnChanged:
    """Waits for the commit of what a person has changed."""

    def __init__(self, key: tuple[int, int], look_again: Callable[[tuple[int, int]], None]) -> None:
        self.key, self.has_run = key, False
        self._look_again = look_again

    def __call__(self) -> None:
        self.has_run = True
        self._look_again(self.key)


class MenuMemory:
    """The choices of platforms and of people, remembered."""

    def __init__(self) -> None:
        self._platforms: LRUCache[int, tuple[int, Choices]] = LRUCache(MAX_PLATFORMS)
        self._people: LRUCache[tuple[int, int], tuple[int, float, Choices]] = LRUCache(MAX_PEOPLE)
        self._versions = SharedVersions("own-menus", MAX_PEOPLE)
        self._lock = Lock()

    def of_platform(self, platform_id: int) -> Choices:
        """What a platform has decided, for everybody and by role. A warm answer costs no query."""
        version, is_changed = module_states.of(platform_id).version, is_changed_here(platform_id)
        with self._lock:
            entry = self._platforms.get(platform_id)
        if entry and not is_changed and entry[0] == version != UNKNOWN_VERSION:
            return entry[1]
        found = _read_or(entry[1] if entry else {}, platform_id=platform_id, user=None)
        if not is_changed:
            with self._lock:
                self._platforms[platform_id] = version, found
        return found

    def of_person(self, platform_id: int, user_id: int) -> Choices:
        """What a person has decided for themselves on a platform. A warm answer costs no query."""
        key = platform_id, user_id
        shared, now = self._version(key).current(), time.monotonic()
        with self._lock:
            entry = self._people.get(key)
        is_changed = self._is_changed_here(key)
        if entry and not is_changed and entry[0] == shared and now - entry[1] < ENTRY_SECONDS:
            return entry[2]
        found = _read_or(entry[2] if entry else {}, platform_id=platform_id, user_id=user_id)
        if not is_changed:
            with self._lock:
                self._people[key] = shared, now, found
        return found

    def own_changed(self, platform_id: int, user_id: int) -> None:
        """A person has changed their own menu: every process looks again, once it is committed."""
        transaction.on_commit(_OwnChanged((platform_id, user_id), self._look_again), robust=True)

    def _look_again(self, key: tuple[int, int]) -> None:
        with self._lock:
            self._people.pop(key, None)
        self._version(key).bump()

    def _version(self, key: tuple[int, int]) -> SharedVersion:
        return self._versions[f"{key[0]}:{key[1]}"]

    @staticmethod
    def _is_changed_here(key: tuple[int, int]) -> bool:
        """Whether the transaction at hand holds a change that nobody else sees yet."""
        calls = (waiting_for_commit[1] for waiting_for_commit in connection.run_on_commit)
        return any(isinstance(call, _OwnChanged) and call.key == key and not call.has_run for call in calls)

    def forget(self) -> None:
        """Empty the process's memory."""
        with self._lock:
            self._platforms.clear()
            self._people.clear()
        self._versions.forget()


menu_memory = MenuMemory()


def choices_of_platform(platform_id: int, frontend: FrontendType, role: str = "") -> MenuChoices:
    """What a platform has decided for everybody and for a role."""
    found = menu_memory.of_platform(platform_id)
    chosen = found.get((frontend, ""), NOTHING_CHOSEN)
    return chosen.before(found.get((frontend, role), NOTHING_CHOSEN)) if role else chosen


def choices_of_person(platform_id: int, frontend: FrontendType, user_id: int) -> MenuChoices:
    """What a person has decided for themselves."""
    return menu_memory.of_person(platform_id, user_id).get((frontend, ""), NOTHING_CHOSEN)


def choices_here(frontend: FrontendType, role: str = "", user_id: int | None = None) -> MenuChoices:
    """What counts for somebody in the context in force; without a platform, nobody has decided anything."""
    platform = current_context().platform
    if platform is None:
        return NOTHING_CHOSEN
    chosen = choices_of_platform(platform.id, frontend, role)
    return chosen if user_id is None else chosen.before(choices_of_person(platform.id, frontend, user_id))


def with_choices(items: Iterable[MenuItem], choices: MenuChoices) -> tuple[MenuItem, ...]:
    """The items that nobody has hidden, in the order that was chosen; where two share a place, as they came."""
    if choices == NOTHING_CHOSEN:
        return tuple(items)
    orders = dict(choices.orders)
    shown = [
        replace(item, children=with_choices(item.children, choices)) if item.children else item
        for item in items
        if item.id not in choices.hidden or not item.can_be_hidden
    ]
    return tuple(sorted(shown, key=lambda item: orders.get(item.id, item.order)))
