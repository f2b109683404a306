"""What keeps commands from running, in one line: a module that cannot be loaded, or no server to ask.

Stands before Django is loaded, and so imports nothing of it.
"""

from __future__ import annotations

import traceback
from pathlib import Path

MODULES = Path(__file__).resolve().parents[2] / "modules"


def no_database_here(error: BaseException) -> str:
    """One line that says how to have a database, where a command asks one and there is none; else empty."""
    if type(error).__name__ != "ImproperlyConfigured" or "settings.DATABASES is improperly" not in str(error):
        return ""
    return (
        "PostgreSQL and Valkey of this checkout do not both answer. Start them with make dev, or set DATABASE_URL,"
        " DATABASE_OWNER_URL and REDIS_URL to servers that run."
    )


def refused_by_strict_mode(error: BaseException) -> str:
    """What MODULES_STRICT says of modules that cannot be used; else empty."""
    return str(error) if type(error).__name__ == "ModulesNotLoaded" else ""


def module_that_broke(error: BaseException) -> str:
    """One line that names the module, the error and its place; empty where no module is to blame."""
    places = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno))
    for name, line in reversed(places):
        file = Path(name)
        if MODULES in file.parents and file.parent != MODULES:
            package = f"modules.{file.relative_to(MODULES).parts[0]}"
            place = file.relative_to(MODULES.parent)
            said = error.msg if isinstance(error, SyntaxError) else error
            return (
                f"{package} cannot be loaded: {type(error).__name__}: {said} ({place}, line {line})."
                f" Mend it, or take {package} out of config/settings/modules.py. --traceback shows all."
            )
    return ""
