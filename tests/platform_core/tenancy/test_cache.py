"""Caches keep tenants apart, and the site does without Redis."""

from __future__ import annotations

import pytest
from django.core.cache import cache, caches
from redis.connection import Connection

from platform_core.tenancy.cache import ResilientRedisCache, platform_key, shared_key, tenant_key
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.versions import SharedVersion

pytestmark = pytest.mark.django_db


def test_what_one_vendor_caches_no_other_reads(lux, mosel, objektiv, voltwerk, kellerei):
    with platform_context(lux, objektiv):
        cache.set("greeting", "objektiv")
    for platform, vendor in ((lux, voltwerk), (mosel, kellerei), (lux, None)):
        with platform_context(platform, vendor):
            assert cache.get("greeting") is None
    assert cache.get("greeting") is None
    with platform_context(lux, objektiv):
        assert cache.get("greeting") == "objektiv"


def test_a_key_that_forgets_the_vendor_would_leak(lux, objektiv, voltwerk):
    """Control: with the shared key function the neighbour reads it."""
    with platform_context(lux, objektiv):
        caches["shared"].set("greeting", "objektiv")
    with platform_context(lux, voltwerk):
        assert caches["shared"].get("greeting") == "objektiv"


def test_the_keys_of_the_three_caches(lux, objektiv):
    with platform_context(lux, objektiv):
        assert tenant_key("a", "wz", 1) == f"wz:{lux.pk}:{objektiv.pk}:1:a"
        assert platform_key("a", "wz", 1) == f"wz:{lux.pk}:1:a"
        assert shared_key("a", "wz", 1) == "wz:shared:1:a"


def test_without_redis_the_cache_misses_and_connects_only_once(monkeypatch):
    monkeypatch.setattr(ResilientRedisCache, "_resting_until", {})
    away = ResilientRedisCache(
        "redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 0.2, "socket_timeout": 0.2}}
    )
    connects: list[object] = []
    connect = Connection.connect

    def counted(self: Connection) -> None:
        connects.append(self)
        connect(self)

    monkeypatch.setattr(Connection, "connect", counted)
    assert away.get("a", "default") == "default"
    assert away.is_resting
    asked = len(connects)
    assert asked
    away.set("a", 1)
    assert away.get_many(["a"]) == {}
    assert not away.add("a", 1)
    assert not away.has_key("a")
    assert away.incr("a") == 0
    assert not away.delete("a")
    assert len(connects) == asked


def test_what_one_thread_finds_away_no_other_asks(monkeypatch):
    where = "redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 0.2}}
    monkeypatch.setattr(ResilientRedisCache, "_resting_until", {})
    first, second = ResilientRedisCache(*where), ResilientRedisCache(*where)
    first.get("a")
    assert second.is_resting
    assert not ResilientRedisCache("redis://127.0.0.1:2/0", {}).is_resting


def test_a_version_changes_when_it_is_bumped_and_never_repeats():
    writer, reader = SharedVersion("sample"), SharedVersion("sample")
    first = reader.current()
    writer.bump()
    reader._read_at = float("-inf")
    second = reader.current()
    assert second != first
    caches["shared"].clear()
    reader._read_at = float("-inf")
    assert reader.current() not in {first, second}
