"""The Prometheus registry of this process, or of all of them with PROMETHEUS_MULTIPROC_DIR."""

from __future__ import annotations

import os
from collections.abc import Iterator

import prometheus_client
from django.db import Error as DatabaseError
from prometheus_client import multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from platform_core.modules.registry import registry
from platform_core.modules.state import enabled_everywhere
from platform_core.observability.health import waiting_tasks
from platform_core.outbox.services import backlog

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST


class QueueCollector(Collector):
    """Tasks that wait for a worker, read from the broker at each scrape. Absent while the broker is away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily(
            "wizamart_queue_tasks_waiting", "Tasks that no worker has taken yet.", labels=["queue"]
        )
        try:
            for queue, count in waiting_tasks().items():
                gauge.add_metric([queue], count)
        except (RedisError, OSError):
            return
        yield gauge


class OutboxCollector(Collector):
    """What is to happen outside, read from PostgreSQL at each scrape. Absent while it is away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = backlog()
        except DatabaseError:
            return
        gauge = GaugeMetricFamily(
            "wizamart_outbox_messages", "Messages of the outbox that are not done.", labels=["state"]
        )
        gauge.add_metric(["waiting"], found.waiting)
        gauge.add_metric(["given_up"], found.dead)
        yield gauge
        yield GaugeMetricFamily(
            "wizamart_outbox_overdue_seconds",
            "How long the oldest message that is due has waited.",
            value=found.overdue_seconds,
        )


class ModulesCollector(Collector):
    """Which module is on for which active platform, read from PostgreSQL at each scrape. Absent while it is away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = enabled_everywhere()
        except DatabaseError:
            return
        gauge = GaugeMetricFamily(
            "platform_module_enabled", "1 where the module is on, else 0.", labels=["platform", "module"]
        )
        for platform, on in found.items():
            for code in registry().definitions:
                gauge.add_metric([platform, code], code in on)
        yield gauge


def metrics_page() -> bytes:
    """All metrics in Prometheus' text format."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        of_all = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(of_all)  # type: ignore[no-untyped-call]
        page = prometheus_client.generate_latest(of_all)
    else:
        page = prometheus_client.generate_latest(prometheus_client.REGISTRY)
    asked = prometheus_client.CollectorRegistry()
    asked.register(QueueCollector())
    asked.register(OutboxCollector())
    asked.register(ModulesCollector())
    return page + prometheus_client.generate_latest(asked)
