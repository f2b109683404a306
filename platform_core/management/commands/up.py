"""`manage.py up` as a command of Django's; manage.py itself takes the shorter way to the same function."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from platform_core.management.launch import DESCRIPTION, LaunchError, add_arguments, launch


class Command(BaseCommand):
    """Starts the servers, prepares the database, and runs web, workers and beat until Ctrl-C."""

    help = DESCRIPTION
    # The database may not run yet; the checks run in the processes that are started.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = launch(
                port=options["port"],
                var=options["var"],
                reload=not options["no_reload"],
                ends_with_parent=options["end_with_parent"],
            )
        except LaunchError as error:
            raise CommandError(str(error), returncode=error.code) from None
        if code:
            raise SystemExit(code)
