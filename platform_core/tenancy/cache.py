"""Cache keys that carry the tenant, and a Redis cache that the site can do without."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django_prometheus.cache.metrics import (
    django_cache_get_fail_total,
    django_cache_get_total,
    django_cache_hits_total,
    django_cache_misses_total,
)
from redis import ConnectionPool, Redis
from redis.exceptions import RedisError

from platform_core.tenancy.context import current_context

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

BREAKER_SECONDS = 5.0


def tenant_key(key: str, key_prefix: str, version: int) -> str:
    """KEY_FUNCTION of the default cache: every key belongs to the context's platform and vendor."""
    return f"{key_prefix}:{current_context().key_prefix}:{version}:{key}"


def platform_key(key: str, key_prefix: str, version: int) -> str:
    """KEY_FUNCTION of the session cache: a session is read before its vendor is known."""
    platform = current_context().platform
    return f"{key_prefix}:{platform.id if platform else 0}:{version}:{key}"


def shared_key(key: str, key_prefix: str, version: int) -> str:
    """KEY_FUNCTION of the shared cache: versions and the host directory, the same for every tenant."""
    return f"{key_prefix}:shared:{version}:{key}"


class SteadyClient(RedisCacheClient):
    """Django's client, which makes redis-py's anew for each call: half of what a warm read costs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._clients: dict[ConnectionPool, Redis] = {}

    def get_client(self, key: str | None = None, *, write: bool = False) -> Redis:
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]
        client = self._clients.get(pool)
        if client is None:
            client = self._clients[pool] = Redis(connection_pool=pool)
        return client


class ResilientRedisCache(RedisCache):
    """A cache that misses instead of failing while Redis is away.

    After a failure the whole process leaves that Redis alone for BREAKER_SECONDS, so that a hung server costs
    one time-out and not one for each request, thread and cache.
    """

    # By server: each thread has instances of its own, one for each cache.
    _resting_until: ClassVar[dict[str, float]] = {}

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = SteadyClient
        self._server = str(server)

    def _attempt(self, call: Callable[[], Result], otherwise: Result) -> Result:
        if self.is_resting:
            return otherwise
        try:
            return call()
        except (RedisError, OSError) as error:
            self._resting_until[self._server] = time.monotonic() + BREAKER_SECONDS
            django_cache_get_fail_total.labels(backend="redis").inc()
            logger.warning("cache_unavailable", extra={"error": type(error).__name__})
            return otherwise

    @property
    def is_resting(self) -> bool:
        """Whether Redis was found away within the last BREAKER_SECONDS."""
        return time.monotonic() < self._resting_until.get(self._server, 0.0)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        django_cache_get_total.labels(backend="redis").inc()
        found = self._attempt(lambda: super(ResilientRedisCache, self).get(key, None, version), None)
        (django_cache_misses_total if found is None else django_cache_hits_total).labels(
            backend="redis"
        ).inc()
        return default if found is None else found

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._attempt(
            lambda: super(ResilientRedisCache, self).add(key, value, timeout, version), False
        )

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._attempt(lambda: super(ResilientRedisCache, self).set(key, value, timeout, version), None)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._attempt(lambda: super(ResilientRedisCache, self).touch(key, timeout, version), False)

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._attempt(lambda: super(ResilientRedisCache, self).delete(key, version), False)

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        return self._attempt(lambda: super(ResilientRedisCache, self).get_many(keys, version), {})

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[Any]:
        return self._attempt(
            lambda: super(ResilientRedisCache, self).set_many(data, timeout, version), list(data)
        )

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        self._attempt(lambda: super(ResilientRedisCache, self).delete_many(keys, version), None)

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self._attempt(lambda: super(ResilientRedisCache, self).has_key(key, version), False)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """The new value; 0 while Redis is away. Raises ValueError for a key that is not there."""
        return self._attempt(lambda: super(ResilientRedisCache, self).incr(key, delta, version), 0)

    def clear(self) -> None:
        self._attempt(lambda: super(ResilientRedisCache, self).clear(), None)
