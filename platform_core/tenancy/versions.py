"""Version counters in the shared cache: how processes learn that something they remember has changed.

A version that cannot be read counts as new after `WITHOUT_CACHE_SECONDS`, so without Redis every process
agrees within that time.
"""

from __future__ import annotations

import time
from threading import Lock

from cachetools import LRUCache
from django.core.cache import caches

POLL_SECONDS = 1.0
WITHOUT_CACHE_SECONDS = 5.0
_VERSION_LIFETIME_SECONDS = 7 * 24 * 3600


class SharedVersion:
    """One named version, read from the shared cache at most once in POLL_SECONDS by each process."""

    def __init__(self, name: str) -> None:
        self.name = f"version:{name}"
        self._value = 0
        self._read_at = float("-inf")
        self._lock = Lock()

    def current(self) -> int:
        """The version as last read. Changes whenever somebody has called `bump`, in any process."""
        now = time.monotonic()
        if now - self._read_at < POLL_SECONDS:
            return self._value
        with self._lock:
            if now - self._read_at >= POLL_SECONDS:
                self._read_at = now
                found = caches["shared"].get(self.name)
                if found is None:
                    found = self._without_cache()
                self._value = int(found)
        return self._value

    def _without_cache(self) -> int:
        """A fresh version when the cache has lost it; one per WITHOUT_CACHE_SECONDS when there is no cache."""
        fresh = time.time_ns()
        if caches["shared"].add(self.name, fresh, _VERSION_LIFETIME_SECONDS):
            return fresh
        stored = caches["shared"].get(self.name)
        if stored is not None:
            return int(stored)
        return int(time.time() // WITHOUT_CACHE_SECONDS)

    def bump(self) -> None:
        """Tell every process. Call it after the change is committed. Never the same value twice."""
        self._value = time.time_ns()
        self._read_at = time.monotonic()
        caches["shared"].set(self.name, self._value, _VERSION_LIFETIME_SECONDS)


class SharedVersions:
    """One version for each key of a kind, such as a platform's id; the keys asked for last are remembered."""

    def __init__(self, name: str, maxsize: int) -> None:
        self.name = name
        self._versions: LRUCache[object, SharedVersion] = LRUCache(maxsize)
        self._lock = Lock()

    def __getitem__(self, key: object) -> SharedVersion:
        with self._lock:
            version = self._versions.get(key)
            if version is None:
                version = self._versions[key] = SharedVersion(f"{self.name}:{key}")
        return version

    def forget(self) -> None:
        """Read every version anew."""
        with self._lock:
            self._versions.clear()
