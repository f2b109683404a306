"""`manage.py prepare_database`: migrate, and build the demo in a database without any platform."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

from platform_core.management.doors import Door, doors
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform


class Command(BaseCommand):
    """What `manage.py up` does to the database before it starts anything."""

    help = "Bring the database up to date, and build the demo when there is no platform yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--doors", type=Path, help="write the addresses and sign-ins to this file as JSON"
        )

        parser.add_argument("--quiet", action="store_true", help="do not list the migrations")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0 if options["quiet"] else 1, interactive=False)
        # An interrupted demo leaves this file, and is built again.
        unfinished = Path(settings.BASE_DIR) / "var" / "demo.unfinished"
        if settings.DEMO and (unfinished.exists() or not _platforms()) and "demo" in get_commands():
            unfinished.parent.mkdir(exist_ok=True)
            unfinished.touch()
            call_command("demo")
            unfinished.unlink()
        if options["doors"]:
            found = [*_own_doors(), *(door for answer in doors.all() for door in answer())]
            options["doors"].write_text(json.dumps([asdict(door) for door in found]))


def _platforms() -> list[Platform]:
    with platform_context(platform=None, role="operator"):
        return list(Platform.objects.using("owner").order_by("id"))


def _own_doors() -> Iterator[Door]:
    yield Door("Hub", settings.BASE_DOMAIN, "/admin/", _existing("root@wizamart.test"))
    for platform in _platforms():
        host = f"{platform.code}.{settings.BASE_DOMAIN}"
        yield Door(platform.name, host)
        yield Door("  administration", f"admin.{host}", "/admin/", _existing(f"admin@{platform.code}.test"))


def _existing(email: str) -> tuple[str, ...]:
    if not settings.DEMO:
        return ()
    return (email,) if get_user_model().objects.using("owner").filter(email=email).exists() else ()
