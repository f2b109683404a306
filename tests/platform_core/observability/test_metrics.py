"""The metrics page: for the operator's key alone, and complete with several processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.test import override_settings
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from platform_core.modules.exceptions import HookFailed
from platform_core.modules.service import module_service
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from tests.sample_modules import beside_the_installed, module

KEY = {"Authorization": "Bearer metrics-key-of-the-tests"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic abc"}])
@pytest.mark.parametrize("host", ["localhost", "objektiv.lux.localhost"])
def test_a_stranger_is_refused(client_for, host: str, headers: dict[str, str]):
    response = client_for(host).get("/metrics", headers=headers)
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"


@override_settings(METRICS_KEY="")
@pytest.mark.parametrize("value", ["Bearer ", "Bearer", "Bearer metrics-key-of-the-tests"])
def test_without_a_key_in_the_settings_nobody_may(client_for, value: str):
    assert client_for("localhost").get("/metrics", headers={"Authorization": value}).status_code == 401


def test_the_page_is_in_prometheus_format_and_counts_requests(client_for):
    client = client_for("localhost")
    client.get("/health/live")
    response = client.get("/metrics", headers=KEY)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(response.content.decode())}
    views = families["django_http_requests_total_by_view_transport_method"]
    assert any(sample.labels.get("view") == "health-live" and sample.value >= 1 for sample in views.samples)


def test_no_label_names_a_person_or_a_tenant(client_for):
    page = client_for("localhost").get("/metrics", headers=KEY).content.decode()
    labels = {
        name
        for family in text_string_to_metric_families(page)
        # There `vendor` is the maker of the database; which modules a platform has on is no secret of a tenant's.
        if not family.name.startswith(("django_db_", "platform_module_"))
        for sample in family.samples
        for name in sample.labels
    }
    assert not labels & {"user", "user_id", "customer", "customer_id", "email", "vendor", "platform", "ip"}


def value_of(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.django_db
class TestModules:
    def test_which_module_is_on_for_which_platform(self, client_for, lux, mosel):
        with beside_the_installed(module("gifts")):
            with platform_context(lux, role="staff"):
                module_service.enable_module(lux, "gifts")
            page = client_for("localhost").get("/metrics", headers=KEY).content.decode()
        [family] = [
            one for one in text_string_to_metric_families(page) if one.name == "platform_module_enabled"
        ]
        on = {(sample.labels["platform"], sample.labels["module"]): sample.value for sample in family.samples}
        assert (on["lux", "gifts"], on["mosel", "gifts"], on["mosel", "core"]) == (1, 0, 1)

    def test_requests_for_what_is_off_are_counted_and_for_what_is_nowhere_are_not(self, client_for, objektiv):
        def counted() -> float:
            return value_of("wizamart_module_gated_requests_total", module="orders")

        before = counted()
        client = client_for("objektiv.lux.localhost")
        assert client.get("/nothing-of-this-name/").status_code == 404
        assert counted() == before
        with override_modules(objektiv.platform_id, off=("orders",)):
            assert client.get("/cart/").status_code == 404
            assert client.get("/nothing-of-this-name/").status_code == 404
        assert counted() == before + 1

    def test_hooks_that_raise_are_counted(self, lux):
        before = value_of("wizamart_module_hook_failures_total", module="gifts", hook="on_enable")
        with (
            beside_the_installed(module("gifts", on_enable=lambda _platform_id: 1 / 0)),
            platform_context(lux, role="staff"),
            pytest.raises(HookFailed),
        ):
            module_service.enable_module(lux, "gifts")
        after = value_of("wizamart_module_hook_failures_total", module="gifts", hook="on_enable")
        assert after == before + 1


def test_the_numbers_of_all_processes_are_added_up(tmp_path):
    """Two processes count, a third one answers for both."""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    count = "from prometheus_client import Counter; Counter('tasks_done', 'Tasks done.').inc(2)"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", count], env=environment, check=True, timeout=60)
    ask = (
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings.test'; django.setup();"
        "from platform_core.observability.metrics import metrics_page; print(metrics_page().decode())"
    )
    page = subprocess.run(
        [sys.executable, "-c", ask], env=environment, check=True, timeout=60, capture_output=True, text=True
    ).stdout
    assert "tasks_done_total 4.0" in page
