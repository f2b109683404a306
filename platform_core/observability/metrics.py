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


def metrics_page() -> bytes:
    """All metrics in Prometheus' text format."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        page = prometheus_client.generate_latest(registry)
    else:
        page = prometheus_client.generate_latest(prometheus_client.REGISTRY)
    asked = prometheus_client.CollectorRegistry()
    asked.register(QueueCollector())
    asked.register(OutboxCollector())
    return page + prometheus_client.generate_latest(asked)
