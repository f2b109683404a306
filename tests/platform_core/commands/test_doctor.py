"""`doctor` finds each fault it looks for, and says what to do."""

from __future__ import annotations

import json
import socket
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from platform_core.management.commands import doctor
from platform_core.observability import health
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def look(**settings: Any) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    with override_settings(**settings):
        try:
            call_command("doctor", "--json", stdout=out)
        except SystemExit as ended:
            return int(ended.code or 0), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def faults(report: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {entry["name"]: entry for entry in report["findings"] if entry["status"] == "fault"}


@pytest.fixture(autouse=True)
def _believe_nothing(monkeypatch):
    monkeypatch.setattr(health._complete, "until", 0.0)


def test_a_sound_installation_has_no_fault(lux, tmp_path: Path):
    code, report = look(MEDIA_ROOT=tmp_path)
    assert (code, report["healthy"]) == (0, True), faults(report)
    assert {entry["name"] for entry in report["findings"]} >= {"database", "roles", "walls", "migrations"}


def test_lines_are_plain_and_end_with_a_verdict(lux, tmp_path: Path):
    out = StringIO()
    with override_settings(MEDIA_ROOT=tmp_path):
        call_command("doctor", stdout=out)
    assert out.getvalue().rstrip().endswith("All is well.")
    assert "\x1b" not in out.getvalue()


def test_a_missing_migration_is_a_fault(lux, monkeypatch):
    monkeypatch.setattr(health, "_known_leaves", [("catalog", "9999_from_tomorrow")])
    code, report = look()
    assert code == 1
    assert faults(report)["migrations"]["advice"] == "Run: manage.py migrate"


def test_a_missing_wall_is_a_fault(lux, monkeypatch):
    monkeypatch.setattr(
        doctor, "missing_walls", lambda _connection: ["lux.t does not force row-level security."]
    )
    _code, report = look()
    assert "row-level security" in faults(report)["walls"]["text"]


def test_a_role_with_too_much_right_is_a_fault(lux, monkeypatch):
    monkeypatch.setattr(doctor, "faults_of_role", lambda _database: ["The role root is a superuser."])
    _code, report = look()
    assert "superuser" in faults(report)["roles"]["text"]


def test_one_role_for_both_urls_is_a_fault(lux, settings):
    same = dict(settings.DATABASES["owner"], USER=settings.DATABASES["default"]["USER"])
    _code, report = look(DATABASES={**settings.DATABASES, "owner": same})
    assert "same role" in faults(report)["roles"]["text"]


def test_a_platform_nobody_has_set_up_is_a_fault(lux):
    with platform_context(role="operator"):
        Platform.objects.filter(pk=lux.pk).update(status=Platform.Status.PROVISIONING)
    _code, report = look()
    assert "operator's worker" in faults(report)["platforms"]["advice"]


def test_a_redis_that_is_away_is_a_fault(lux):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    _code, report = look(REDIS_URL=f"redis://:hunter2-planted@127.0.0.1:{port}/0")
    assert "does not answer" in faults(report)["redis"]["text"]
    assert "hunter2" not in json.dumps(report)


def test_a_media_folder_that_cannot_be_written_is_a_fault(lux, tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    _code, report = look(MEDIA_ROOT=blocked / "media")
    assert "MEDIA_ROOT" in faults(report)["files"]["advice"]


def test_without_the_owner_the_walls_are_skipped_not_passed(lux, monkeypatch):
    monkeypatch.setattr(doctor, "has_owner", lambda: False)
    _code, report = look()
    assert next(entry for entry in report["findings"] if entry["name"] == "walls")["status"] == "skipped"


def test_a_real_installation_with_the_demo_on_is_a_fault(lux):
    _code, report = look(PRODUCTION=True, DEMO=True)
    assert any("DEMO" in entry["text"] for entry in report["findings"] if entry["name"] == "settings")
