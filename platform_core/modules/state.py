"""Which modules are on: asked by every gate, answered from the process's memory.

A state is read from PostgreSQL at most once in ENTRY_SECONDS and whenever the shared version says that it has
changed. So every process agrees within ENTRY_SECONDS, whether Redis is there, hangs, or lost a message.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache
from django.db import connection, transaction

from platform_core.modules import graph
from platform_core.modules.exceptions import ModuleGone
from platform_core.modules.models import PlatformModule
from platform_core.modules.plan import in_force, wishes_of
from platform_core.modules.registry import registry
from platform_core.tenancy.context import HasRef, PlatformRef, current_context, platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.versions import SharedVersions
from platform_core.trouble import is_database_trouble

# Every process is to agree within five seconds, and needs some of them to look.
ENTRY_SECONDS = 4.5
AT_HAND_SECONDS = 0.05
MAX_PLATFORMS = 10_000
OF_THE_HOUSE = ("staff", "operator")
# The advisory lock that `held_modules_version` shares, with the platform's id.
KEEPERS_LOCK = 7215
# While PostgreSQL is away and nothing is remembered: no version that it ever had.
UNKNOWN_VERSION = -1

PlatformLike = PlatformRef | HasRef | int


@dataclass(frozen=True, slots=True)
class ModuleState:
    """The codes of the modules that are on for a platform, and the platform's version of them."""

    version: int
    enabled: frozenset[str]


def id_of(platform: PlatformLike) -> int:
    if isinstance(platform, int):
        return platform
    return platform.id if isinstance(platform, PlatformRef) else platform.ref.id


def read_state(platform_id: int) -> ModuleState:
    """The state as PostgreSQL has it, seen by the context's role."""
    version = Platform.objects.values_list("modules_version", flat=True).get(pk=platform_id)
    rows = PlatformModule.objects.filter(platform_id=platform_id)
    wishes = wishes_of(rows.values_list("module_code", "is_enabled", "locked_off"))
    return ModuleState(version, in_force(wishes))


class ModuleStates:
    """The states of platforms, remembered."""

    def __init__(self) -> None:
        self._versions = SharedVersions("modules", MAX_PLATFORMS)
        self._entries: LRUCache[int, tuple[int, float, ModuleState]] = LRUCache(MAX_PLATFORMS)
        self._lock = Lock()
        # The states of the requests at hand, each with the moment it was found good: a request has many gates.
        self._at_hand: dict[int, tuple[float, ModuleState]] = {}

    def of(self, platform: PlatformLike) -> ModuleState:
        """The state of a platform. A warm answer costs no query and some microseconds."""
        platform_id = id_of(platform)
        return self.remembered(platform_id) or self._look_up(platform_id)

    def remembered(self, platform: PlatformLike) -> ModuleState | None:
        """The state of a platform as long as it needs no query."""
        platform_id = id_of(platform)
        said = _overrides.get().get(platform_id)
        if said is not None:
            return ModuleState(UNKNOWN_VERSION, said)
        now, at_hand = time.monotonic(), self._at_hand.get(platform_id)
        if at_hand is not None and now - at_hand[0] < AT_HAND_SECONDS:
            return at_hand[1]
        shared = self._versions[platform_id].current()
        with self._lock:
            entry = self._entries.get(platform_id)
            if entry is None or entry[0] != shared or now - entry[1] >= ENTRY_SECONDS:
                return None
            if len(self._at_hand) >= MAX_PLATFORMS:
                self._at_hand.clear()
            self._at_hand[platform_id] = now, entry[2]
        return entry[2]

    def _look_up(self, platform_id: int) -> ModuleState:
        shared, now = self._versions[platform_id].current(), time.monotonic()
        try:
            with platform_context(role="gatekeeper"):
                state = read_state(platform_id)
        except Platform.DoesNotExist:
            return ModuleState(UNKNOWN_VERSION, registry().core_codes)
        except Exception as error:
            if not is_database_trouble(error):
                raise
            # The last thing known is the best there is; without any, only what is always on.
            with self._lock:
                entry = self._entries.get(platform_id)
            return entry[2] if entry is not None else ModuleState(UNKNOWN_VERSION, registry().core_codes)
        if not is_changed_here(platform_id):
            with self._lock:
                self._entries[platform_id] = (shared, now, state)
        return state

    def changed(self, platform: PlatformLike) -> None:
        """A toggle was written: every process looks again, once it is committed."""
        transaction.on_commit(_LookAgain(self, id_of(platform)), robust=True)

    def look_again(self, platform_id: int) -> None:
        """Forget one platform's state, in every process."""
        with self._lock:
            self._entries.pop(platform_id, None)
            self._at_hand.pop(platform_id, None)
        self._versions[platform_id].bump()

    def forget(self) -> None:
        """Empty the process's memory."""
        with self._lock:
            self._entries.clear()
            self._at_hand.clear()
        self._versions.forget()


class _LookAgain:
    """Waits for the commit of a toggle. Whatever takes the toggle back takes this from the connection as well."""

    def __init__(self, states: ModuleStates, platform_id: int) -> None:
        self.platform_id, self.has_run = platform_id, False
        self._states = states

    def __call__(self) -> None:
        self.has_run = True
        self._states.look_again(self.platform_id)


def is_changed_here(platform_id: int) -> bool:
    """Whether the transaction at hand holds a toggle of the platform that nobody else sees yet."""
    calls = (waiting_for_commit[1] for waiting_for_commit in connection.run_on_commit)
    return any(
        isinstance(call, _LookAgain) and call.platform_id == platform_id and not call.has_run
        for call in calls
    )


module_states = ModuleStates()
_overrides: ContextVar[dict[int, frozenset[str]]] = ContextVar("module_overrides", default={})  # noqa: B039


@contextmanager
def override_modules(
    platform: PlatformLike, *, on: tuple[str, ...] = (), off: tuple[str, ...] = ()
) -> Iterator[None]:
    """Let modules be on or off for a while in this thread, without a row: for tests.

    Raises ValueError for what no toggle could reach: a module without what it requires, or with what it conflicts with.
    """
    platform_id = id_of(platform)
    wanted = (module_states.of(platform_id).enabled | set(on)) - set(off)
    definitions = registry().definitions
    rivals = graph.rivals(definitions)
    for code in wanted:
        if (
            code not in definitions
            or not graph.closure([code], definitions) <= wanted
            or rivals[code] & wanted
        ):
            raise ValueError(f"{code} cannot be on with {sorted(wanted)} alone.")
    if missing := registry().core_codes - wanted:
        raise ValueError(f"Core modules are always on: {sorted(missing)}.")
    token = _overrides.set({**_overrides.get(), platform_id: frozenset(wanted)})
    try:
        yield
    finally:
        _overrides.reset(token)


def is_module_enabled(platform: PlatformLike, code: str) -> bool:
    """Whether a module is on for a platform: the one question that all gates ask. Unknown modules are off."""
    known = registry()
    if code in known.core_codes:
        return True
    return code in known.definitions and code in module_states.of(platform).enabled


def keep_on(code: str) -> None:
    """Have a module on until the caller's transaction ends, on the context's platform: a switch waits for it. 1 query.

    For what must not be left behind by a module that is off, such as an order. Raises ModuleGone where it is off by
    now, whatever this process remembers.
    """
    platform = current_context().platform
    if platform is None or code in registry().core_codes:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.held_modules_version()")
        (version,) = cursor.fetchone()
    state = module_states.of(platform.id)
    if platform.id not in _overrides.get() and state.version != version:
        with platform_context(role="gatekeeper"):
            state = read_state(platform.id)
    if code not in state.enabled:
        raise ModuleGone


def wait_for_keepers(platform_id: int) -> None:
    """Until nobody is at what `keep_on` guards there, and nobody begins it, for the rest of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [KEEPERS_LOCK, platform_id])


def is_certainly_off(platform: PlatformLike, code: str) -> bool:
    """Whether a module is off as PostgreSQL has it now: for what would be lost by an answer seconds old.

    A yes costs queries; where the module is on, the remembered answer is good enough.
    """
    if is_module_enabled(platform, code):
        return False
    platform_id = id_of(platform)
    if code not in registry().definitions or platform_id in _overrides.get():
        return True
    with platform_context(role="gatekeeper"):
        try:
            return code not in read_state(platform_id).enabled
        except Platform.DoesNotExist:
            return True


def is_module_enabled_here(code: str) -> bool:
    """Whether a module is on in the context in force; without a platform, only core modules are.

    Internal ones are there for platform staff and the operator alone: to shops, teams and strangers they are off.
    """
    context = current_context()
    if context.platform is None:
        return code in registry().core_codes
    if code in registry().internal_codes and context.role not in OF_THE_HOUSE:
        return False
    return is_module_enabled(context.platform, code)


def platforms_where_on(code: str) -> list[PlatformRef]:
    """The active platforms where a module is on. 2 queries."""
    with platform_context(role="gatekeeper"):
        active = Platform.objects.filter(status=Platform.Status.ACTIVE).prefetch_related("domains")
        platforms = [platform.ref for platform in active]
    return [platform for platform in platforms if is_module_enabled(platform, code)]


def enabled_everywhere() -> dict[str, frozenset[str]]:
    """The codes of the modules that are on, by the code of each active platform. 2 queries."""
    with platform_context(role="gatekeeper"):
        active = Platform.objects.filter(status=Platform.Status.ACTIVE)
        platforms = dict(active.order_by("code").values_list("pk", "code"))
        rows: dict[int, list[tuple[str, bool, bool]]] = {pk: [] for pk in platforms}
        fields = ("platform_id", "module_code", "is_enabled", "locked_off")
        for platform_id, *row in PlatformModule.objects.filter(platform_id__in=rows).values_list(*fields):
            rows[platform_id].append((row[0], row[1], row[2]))
    return {platforms[pk]: in_force(wishes_of(found)) for pk, found in rows.items()}


def on_somewhere() -> frozenset[str]:
    """The codes of the modules that are on for a platform or will be for the next; all while PostgreSQL is away.

    1 query where there are modules that may be on nowhere.
    """
    known = registry().definitions
    always = {code for code, found in known.items() if found.is_core or found.default_enabled}
    if len(always) == len(known):
        return frozenset(known)
    try:
        with platform_context(role="gatekeeper"):
            rows = PlatformModule.objects.filter(is_enabled=True).values_list("module_code", flat=True)
            return frozenset(always | (set(rows.distinct()) & set(known)))
    except Exception as error:
        if not is_database_trouble(error):
            raise
        return frozenset(known)


def enabled_here() -> frozenset[str]:
    """The codes of the modules that are on in the context in force; without a platform, the core ones."""
    context = current_context()
    if context.platform is None:
        return registry().core_codes
    on = module_states.of(context.platform).enabled
    return on if context.role in OF_THE_HOUSE else on - registry().internal_codes


def version_of_modules(platform: PlatformRef, may_look: bool) -> int | None:
    """Part of the version of each kept page: what a module has shown ends with it, whatever message is lost."""
    state = module_states.of(platform) if may_look else module_states.remembered(platform)
    return state.version if state is not None else None
