#!/usr/bin/env python
"""Entry point of every operator's command."""

import os
import sys


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    if arguments[1:2] == ["up"]:
        from platform_core.management import launch  # noqa: PLC0415

        return launch.main(arguments[2:])
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
