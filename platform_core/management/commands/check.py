"""`manage.py check`: Django's, to which a module that cannot be used is an error."""

from __future__ import annotations

from django.core.management.commands.check import Command as DjangosCheck

from platform_core.modules.checks import Thorough


class Command(Thorough, DjangosCheck):
    """Django's command."""
