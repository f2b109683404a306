"""The Prometheus registry of this process, or of all of them with PROMETHEUS_MULTIPROC_DIR."""

from __future__ import annotations

import os
from collections.abc import Iterator

import prometheus_client
from prometheus_client import multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from platform_core.observability.health import waiting_tasks

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


def metrics_page() -> bytes:
    """All metrics in Prometheus' text format."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        page = prometheus_client.generate_latest(registry)
    else:
        page = prometheus_client.generate_latest(prometheus_client.REGISTRY)
    queues = prometheus_client.CollectorRegistry()
    queues.register(QueueCollector())
    return page + prometheus_client.generate_latest(queues)
