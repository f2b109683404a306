"""Is everything well? Checks with a time limit each, so that a hung server never hangs the answer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import redis
from django.conf import settings
from django.core.cache import caches
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.utils.module_loading import import_string

from platform_core.modules.registry import module_configs, registry
from platform_core.modules.state import on_somewhere
from platform_core.outbox.services import backlog
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform

logger = logging.getLogger(__name__)

LIMIT_SECONDS = 2.0
_REDIS_SECONDS = 1.0

HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"
SCHEMAS_BELIEVED_SECONDS = 30.0
QUEUES = ("default", "operator")
OVERDUE_SECONDS = 300.0

Facts = Mapping[str, Any]


class Trouble(Exception):
    """A check has found something wrong; the message says what, for operators only."""


@dataclass(frozen=True)
class Result:
    """What a check has found."""

    name: str
    status: str
    milliseconds: float
    facts: Facts = field(default_factory=dict)

    def to_json(self, *, with_details: bool) -> dict[str, Any]:
        """Name and status; the rest is for those who hold the operator's key."""
        shown: dict[str, Any] = {"name": self.name, "status": self.status}
        if with_details:
            shown |= {"milliseconds": self.milliseconds, **self.facts}
        return shown


class Check:
    """One question, asked in a thread of its own and waited for no longer than LIMIT_SECONDS.

    While a run hangs, nobody starts another: whoever asks waits for the one under way. So a server that is
    stuck holds one thread and one connection, however often probes come by.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[], Facts | None],
        *,
        needed: bool = False,
        kept_seconds: float = 0.0,
    ) -> None:
        self.name = name
        # How long an answer is good for whoever asks next.
        self._kept_seconds = kept_seconds
        # Without it no request can be served: the process is not ready.
        self.needed = needed
        self._ask = ask
        self._lock = threading.Lock()
        self._run: _Run | None = None

    def start(self) -> _Run:
        """The run under way, or a new one."""
        with self._lock:
            if self._run is None or self._run.is_older_than(self._kept_seconds):
                self._run = _Run(self.name, self._ask)
            return self._run

    def result(self, limit_seconds: float = LIMIT_SECONDS) -> Result:
        """The finding, or `unhealthy` when there is none in time."""
        return self.start().wait(limit_seconds)


class _Run:
    """One run of a check."""

    def __init__(self, name: str, ask: Callable[[], Facts | None]) -> None:
        self._name, self._ask = name, ask
        self._begun = self._ended = time.perf_counter()
        self._result: Result | None = None
        self._done = threading.Event()
        # A daemon: a run that hangs must not hold the process when it is told to end.
        threading.Thread(target=self._answer, name=f"health-{name}", daemon=True).start()

    def is_older_than(self, seconds: float) -> bool:
        """Whether it is done, and has been for that long."""
        return self._done.is_set() and time.perf_counter() - self._ended >= seconds

    def wait(self, limit_seconds: float) -> Result:
        self._done.wait(limit_seconds)
        if self._result is not None:
            return self._result
        milliseconds = round((time.perf_counter() - self._begun) * 1000, 1)
        return Result(self._name, UNHEALTHY, milliseconds, {"error": f"No answer in {limit_seconds:g} s."})

    def _answer(self) -> None:
        status, facts = HEALTHY, {}
        try:
            facts = dict(self._ask() or {})
            status = str(facts.pop("status", HEALTHY))
        except Trouble as error:
            status, facts = UNHEALTHY, {"error": str(error)}
        except Exception as error:
            # What a driver says may name hosts and users: the type says enough, and the log has the rest.
            status, facts = UNHEALTHY, {"error": type(error).__name__}
            logger.warning("health_check_failed", extra={"check": self._name}, exc_info=True)
        milliseconds = round((time.perf_counter() - self._begun) * 1000, 1)
        self._result, self._ended = Result(self._name, status, milliseconds, facts), time.perf_counter()
        try:
            # A thread outside a request keeps its connection, and so a place in the pool, until it closes it.
            connections.close_all()
        finally:
            self._done.set()


def ask_database() -> Facts:
    """Whether the role that serves requests gets an answer."""
    with platform_context(role="gatekeeper"), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_is_in_recovery()")
        version, is_standby = cursor.fetchone()
    return {"version": version.split(" ")[0], "standby": is_standby}


def missing_migrations() -> dict[str, list[str]]:
    """Schema → migrations that this code needs and the schema lacks. Schemas that are complete are left out.

    The platforms' schemas, once found complete, are believed to be so for SCHEMAS_BELIEVED_SECONDS.
    """
    needed = {f"{app}.{name}" for app, name in _leaves()}
    now = time.monotonic()
    with platform_context(role="gatekeeper"), connection.cursor() as cursor:
        applied = {"public": _applied(cursor, "public")}
        schemas = _platform_schemas() if now > _complete.until else []
    with platform_context(role="staff"), connection.cursor() as cursor:
        applied |= {schema: _applied(cursor, schema) for schema in schemas}
    missing = {schema: sorted(needed - names) for schema, names in applied.items() if needed - names}
    if schemas and not missing:
        _complete.until = now + SCHEMAS_BELIEVED_SECONDS
    return missing


def _platform_schemas() -> list[str]:
    served = Platform.objects.exclude(status=Platform.Status.PROVISIONING)
    return list(served.values_list("schema_name", flat=True))


def _applied(cursor: Any, schema: str) -> set[str]:
    name = connection.ops.quote_name(schema)
    cursor.execute(f"SELECT app || '.' || name FROM {name}.django_migrations")  # noqa: S608
    return {row[0] for row in cursor.fetchall()}


@dataclass
class _Complete:
    until: float = 0.0


_complete = _Complete()
_known_leaves: list[tuple[str, str]] = []


def _leaves() -> list[tuple[str, str]]:
    """The last migration of every app, as the code has them: read once, since code does not change."""
    if not _known_leaves:
        _known_leaves.extend(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())
    return _known_leaves


def ask_migrations() -> Facts:
    """Whether public and every platform's schema are where this code expects them."""
    missing = missing_migrations()
    if missing:
        raise Trouble(f"Run manage.py migrate: {', '.join(sorted(missing))} is behind this version.")
    return {"schemas": "complete"}


def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_connect_timeout=_REDIS_SECONDS, socket_timeout=_REDIS_SECONDS, retry_on_timeout=False
    )


def ask_cache() -> Facts:
    """Whether Redis answers as the cache. The site serves without it, only slower."""
    location = settings.CACHES["default"].get("LOCATION", "")
    if not str(location).startswith(("redis://", "rediss://", "unix://")):
        return {"kind": type(caches["default"]).__name__}
    with _redis(location) as client:
        client.ping()
    return {"kind": "redis"}


def waiting_tasks() -> dict[str, int]:
    """Queue → tasks that no worker has taken yet. Raises RedisError while the broker is away."""
    if not settings.CELERY_BROKER_URL.startswith(("redis://", "rediss://")):
        return {}
    with _redis(settings.CELERY_BROKER_URL) as client:
        counts = client.pipeline()
        for queue in QUEUES:
            counts.llen(queue)
        return dict(zip(QUEUES, (int(count) for count in counts.execute()), strict=True))


def ask_broker() -> Facts:
    """Whether tasks can be handed over. What must not get lost waits in PostgreSQL meanwhile."""
    return {"waiting": waiting_tasks()}


def ask_outbox() -> Facts:
    """Whether what is to happen outside happens: the relay hands it over within a second."""
    found = backlog()
    facts: dict[str, Any] = {
        "waiting": found.waiting,
        "given_up": found.dead,
        "overdue_seconds": found.overdue_seconds,
    }
    if found.overdue_seconds > OVERDUE_SECONDS:
        facts |= {"status": DEGRADED, "error": "Nobody takes what is due: do the relay and a worker run?"}
    elif found.dead:
        facts |= {"status": DEGRADED, "error": "Messages were given up: manage.py outbox list."}
    return facts


def ask_modules() -> Facts:
    """Whether every module of the installation can be used. One that cannot is off everywhere; the rest serves."""
    reasons = registry().reasons
    if reasons:
        return {"status": DEGRADED, "error": " ".join(reasons.values())}
    return {"usable": len(registry().definitions)}


BASE_CHECKS = (
    Check("database", ask_database, needed=True),
    Check("migrations", ask_migrations, needed=True),
    Check("cache", ask_cache),
    Check("broker", ask_broker),
    Check("outbox", ask_outbox),
    Check("modules", ask_modules),
)
# What modules say is kept for so long: anybody may ask for health, and a check of theirs may be dear.
KEPT_SECONDS = 10.0
_module_checks: dict[str, Check] = {}


def module_checks(*, only_critical: bool = False) -> list[Check]:
    """The checks that modules which are on somewhere declare, `module:<code>`. A check returns facts, or raises Trouble.

    A returned `status` counts, so `{"status": "degraded", "oldest": "3 h"}` is an answer.
    """
    declared = {
        config.definition.code: config.definition
        for config in module_configs()
        if config.definition.health_check and (config.definition.health_critical or not only_critical)
    }
    if not declared:
        return []
    found, on = [], on_somewhere()
    for code, definition in declared.items():
        if code in on:
            if code not in _module_checks:
                _module_checks[code] = Check(
                    f"module:{code}",
                    _importing(cast(str, definition.health_check)),
                    needed=definition.health_critical,
                    kept_seconds=KEPT_SECONDS,
                )
            found.append(_module_checks[code])
    return found


def _importing(hook: str | Callable[[], Facts | None]) -> Callable[[], Facts | None]:
    return lambda: (import_string(hook) if isinstance(hook, str) else hook)()


@dataclass(frozen=True)
class Report:
    """All checks together."""

    status: str
    results: tuple[Result, ...]

    def to_json(self, *, with_details: bool) -> dict[str, Any]:
        """The body of the health routes; without the operator's key it is the status alone."""
        if not with_details:
            return {"status": self.status}
        return {
            "status": self.status,
            "checks": [result.to_json(with_details=True) for result in self.results],
        }


def examine(checks: list[Check] | tuple[Check, ...], limit_seconds: float = LIMIT_SECONDS) -> Report:
    """Run all checks at once. Unhealthy when a needed one fails, degraded when another does."""
    runs = [(check, check.start()) for check in checks]
    until = time.perf_counter() + limit_seconds
    results = tuple(run.wait(max(0.0, until - time.perf_counter())) for _check, run in runs)
    failed = [check for (check, _run), result in zip(runs, results, strict=True) if result.status != HEALTHY]
    if any(check.needed for check in failed):
        return Report(UNHEALTHY, results)
    return Report(DEGRADED if failed else HEALTHY, results)


def health() -> Report:
    """Everything: the base and what modules declare."""
    return examine([*BASE_CHECKS, *module_checks()])


def readiness() -> Report:
    """What decides whether this process should be sent requests."""
    return examine([*BASE_CHECKS, *module_checks(only_critical=True)])
