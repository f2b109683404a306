"""Where a module keeps its parts: read from its folder, and to be set on its AppConfig where they stand elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_OF_PYTHON = ("services", "models", "schemas", "exceptions")
_OF_FOLDERS = ("templates", "locales", "migrations")


class Layout:
    """The base of ModuleConfig that tells where its parts are.

    What is Python has a dotted name, what is a folder its name below the module's own, or else a whole path; None
    is what the module has not. A module whose part stands elsewhere says so: `services_path = "shared.billing"`.
    """

    name: str
    path: str

    @property
    def services_path(self) -> str | None:
        return self._python("services")

    @property
    def models_path(self) -> str | None:
        return self._python("models")

    @property
    def schemas_path(self) -> str | None:
        """What its API takes and gives."""
        return self._python("api.serializers")

    @property
    def exceptions_path(self) -> str | None:
        return self._python("exceptions")

    @property
    def templates_path(self) -> str | None:
        return self._folder("templates")

    @property
    def locales_path(self) -> str | None:
        return self._folder("locale")

    @property
    def migrations_path(self) -> str | None:
        return self._folder("migrations")

    @property
    def paths(self) -> Mapping[str, str | None]:
        """All of them, by the name of their property."""
        names = [f"{part}_path" for part in (*_OF_PYTHON, *_OF_FOLDERS)]
        return MappingProxyType({name: getattr(self, name) for name in names})

    @property
    def is_self_contained(self) -> bool:
        """Whether all that it has lies in its own package."""
        places = [self.paths[f"{part}_path"] for part in _OF_PYTHON]
        folders = [self.paths[f"{part}_path"] for part in _OF_FOLDERS]
        return all(place.startswith(f"{self.name}.") for place in places if place) and all(
            self._is_inside(folder) for folder in folders if folder
        )

    def _is_inside(self, folder: str) -> bool:
        home = Path(self.path).resolve()
        return (home / folder).resolve().is_relative_to(home)

    def _python(self, part: str) -> str | None:
        place = Path(self.path, *part.split("."))
        is_there = place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()
        return f"{self.name}.{part}" if is_there else None

    def _folder(self, part: str) -> str | None:
        return part if Path(self.path, part).is_dir() else None
