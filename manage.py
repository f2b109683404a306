#!/usr/bin/env python
"""Entry point of every operator's command."""

import os
import sys


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    if arguments[1:2] == ["up"]:
        from platform_core.management import launch  # noqa: PLC0415

        return launch.main(arguments[2:])
    from django.apps import apps  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        execute_from_command_line(arguments)
    except Exception as error:
        from platform_core.management import unloaded  # noqa: PLC0415

        said = unloaded.no_database_here(error) or unloaded.refused_by_strict_mode(error)
        # With the apps loaded, another error is the command's own.
        if not said and not apps.ready:
            said = unloaded.module_that_broke(error)
        if not said or "--traceback" in arguments:
            raise
        sys.exit(said)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
