"""`manage.py modules list|show|enable|disable|config|sync|clone|purge|audit|graph|check|doctor`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, ClassVar

from django.core.management.base import CommandError

from platform_core.management.modules_command.configuring import Configuring
from platform_core.management.modules_command.doctor import Examining
from platform_core.management.modules_command.looking import Looking
from platform_core.management.modules_command.switching import Switching
from platform_core.management.modules_command.wholesale import Wholesale
from platform_core.management.operator import NEEDS_CONFIRMATION
from platform_core.modules.exceptions import Blocked


class Command(Looking, Switching, Configuring, Wholesale, Examining):
    """The modules of the installation, and which of them each platform has on."""

    help = "List modules, switch them on and off for platforms, and look them over."
    changes: ClassVar[frozenset[str]] = frozenset({"enable", "disable", "config", "sync", "clone", "purge"})

    def actions(self, subparsers: Any) -> dict[str, ArgumentParser]:
        parts = (self.looking, self.switching, self.configuring, self.wholesale, self.examining)
        return {name: parser for part in parts for name, parser in part(subparsers).items()}

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except CommandError as error:
            if isinstance(error.__cause__, Blocked):
                error.returncode = NEEDS_CONFIRMATION
            raise
