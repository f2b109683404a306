"""`manage.py makemigrations`: Django's, which would drop the tables of a module whose models cannot be loaded."""

from __future__ import annotations

from django.core.management.commands.makemigrations import Command as DjangosMakemigrations

from platform_core.modules.checks import Thorough


class Command(Thorough, DjangosMakemigrations):
    """Django's command."""
