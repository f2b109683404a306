"""What a file says that platforms are to have: `manage.py modules sync`.

platforms:
  lux:
    modules: {payments: on, orders: on, reviews: off}
    settings:
      payments: {account: wizamart, api_key: {env: PAYMENTS_KEY}}
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, StrictBool, ValidationError

from platform_core.modules.desired import Wanted


class SyncFault(Exception):
    """The file cannot be read as it is. `faults` say where, and what to write instead."""

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        super().__init__(" ".join(faults))


class _Platform(BaseModel):
    model_config = ConfigDict(extra="forbid")

    modules: dict[str, StrictBool] = {}
    settings: dict[str, dict[str, Any]] = {}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    platforms: dict[str, _Platform]


class _Loader(yaml.SafeLoader):
    """Reads YAML, in which a name that stands twice contradicts itself."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise SyncFault(
                    f"Line {key_node.start_mark.line + 1}: “{key}” stands twice. Keep one of the two."
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_wanted(text: str, environment: Mapping[str, str]) -> dict[str, Wanted]:
    """What a file wants, by the platform's code. `{env: NAME}` stands for a variable of the environment.

    Raises SyncFault.
    """
    try:
        # A subclass of the safe loader: no object is made but plain ones.
        said = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"Line {mark.line + 1}: " if mark is not None else ""
        raise SyncFault(f"{where}this is no YAML: {getattr(error, 'problem', None) or error}.") from None
    try:
        found = _File.model_validate(said)
    except ValidationError as error:
        raise SyncFault(*(_told(detail) for detail in error.errors(include_url=False))) from None
    return {
        code: Wanted(platform.modules, _with_variables(platform.settings, code, environment))
        for code, platform in found.platforms.items()
    }


def _told(detail: Any) -> str:
    place = ".".join(str(part) for part in detail["loc"]) or "The file"
    hints = {
        "extra_forbidden": "is not known here; there are: platforms, and in each: modules, settings",
        "missing": "is missing",
        "bool_type": "is neither on nor off",
        "dict_type": "is no mapping",
        "model_type": "is no mapping",
    }
    return f"{place} {hints.get(detail['type'], detail['msg'])}."


def _with_variables(
    settings: Mapping[str, Mapping[str, Any]], platform: str, environment: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    missing: list[str] = []

    def value(code: str, name: str, said: Any) -> Any:
        if not (isinstance(said, dict) and list(said) == ["env"]):
            return said
        if not isinstance(said["env"], str):
            missing.append(
                f"platforms.{platform}.settings.{code}.{name}: env names no variable. Write its name."
            )
            return None
        if said["env"] not in environment:
            missing.append(
                f"platforms.{platform}.settings.{code}.{name}: the environment has no {said['env']}. Set it."
            )
            return None
        return environment[said["env"]]

    found = {
        code: {name: value(code, name, said) for name, said in values.items()}
        for code, values in settings.items()
    }
    if missing:
        raise SyncFault(*missing)
    return found
