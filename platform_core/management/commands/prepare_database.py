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
from django.core.management import call_command
from django.core.management.base import BaseCommand

from platform_core.demo import PASSWORD
from platform_core.demo.people import SUPERUSER
from platform_core.management.doors import Door, doors_of_platform
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
        if settings.DEMO and (unfinished.exists() or not _platforms()):
            unfinished.parent.mkdir(exist_ok=True)
            unfinished.touch()
            call_command("demo", stdout=self.stdout)
            unfinished.unlink()
        if options["doors"]:
            found = [asdict(door) for door in _doors()]
            options["doors"].write_text(json.dumps({"doors": found, "password": PASSWORD}))


def _platforms() -> list[Platform]:
    with platform_context(role="operator"):
        return list(Platform.objects.filter(status=Platform.Status.ACTIVE).order_by("id"))


def _doors() -> Iterator[Door]:
    yield Door("Hub", settings.BASE_DOMAIN, "/admin/", _existing(SUPERUSER))
    if settings.MAIL_INBOX:
        yield Door("  mails", settings.BASE_DOMAIN, "/inbox/")
    for platform in _platforms():
        host = platform.primary_host
        if not host:
            continue
        yield Door(platform.name, host)
        yield Door("  admin", f"admin.{host}", "/admin/", _existing(f"admin@{platform.code}.test"))
        yield Door("  API", host, "/api/docs/")
        for answer in doors_of_platform.all():
            yield from answer(platform)


def _existing(email: str) -> tuple[str, ...]:
    """The address as a sign-in of the demo, where it is one."""
    if not settings.DEMO:
        return ()
    with platform_context(role="gatekeeper"):
        return (email,) if get_user_model().objects.filter(email=email).exists() else ()
