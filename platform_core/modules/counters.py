"""What modules' gates and hooks have done in this process, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter

gated_requests = Counter(
    "wizamart_module_gated_requests",
    "Requests for what a module that is off would have answered.",
    ["module"],
)
refused_tasks = Counter(
    "wizamart_module_refused_tasks",
    "Tasks that were not sent or not run, since their module is off.",
    ["module"],
)
hook_failures = Counter("wizamart_module_hook_failures", "Hooks that raised.", ["module", "hook"])


def hook_failed(code: str, hook: str) -> None:
    hook_failures.labels(code, hook).inc()
