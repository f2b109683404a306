"""A module's settings on a platform: their schema, what is stored over the defaults, and what is wrong with that.

The schema is a pydantic model whose secrets are `SecretStr`. Without one it follows from the defaults: each value keeps
its kind. Stored is only what a platform has set, as JSON.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from pydantic import (
    BaseModel,
    ConfigDict,
    PydanticSchemaGenerationError,
    SecretStr,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError, to_jsonable_python

from platform_core.modules.definition import ModuleDefinition, load_hook
from platform_core.modules.exceptions import InvalidConfig

logger = logging.getLogger(__name__)

Text = str | Promise
# Names what concerns no setting alone.
OVERALL = ""
# Of one setting, as JSON: each change keeps it twice more in the history.
MAX_VALUE_LENGTH = 20_000
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Stored:
    """What a platform has set, by the version of the schema that it was written for."""

    values: Mapping[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. `values` are Python's, secrets as `SecretStr`.

    `faults` says by name what is wrong: of what is stored and no longer validates, which has its default instead, and
    of what has no default and was never set, which is None.
    """

    values: Mapping[str, Any]
    faults: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be stored, and what that changes: as JSON before and after by name, of secrets the name alone."""

    stored: dict[str, Any]
    names: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]


def schema_of(definition: ModuleDefinition) -> type[BaseModel]:
    """The model of a module's settings. Raises ImportError for a path that leads nowhere."""
    if definition.config_schema is not None:
        return load_hook(definition.config_schema)  # type: ignore[return-value]
    fields: dict[str, Any] = {
        name: (Any if default is None else type(default), default)
        for name, default in definition.default_config.items()
    }
    return create_model("Settings", __config__=ConfigDict(strict=True), **fields)


def schema_fault(definition: ModuleDefinition) -> str:
    """Why nothing can be set of a module and nothing read, in English; empty where all is well."""
    try:
        schema = schema_of(definition)
        if not (isinstance(schema, type) and issubclass(schema, BaseModel)) or schema is BaseModel:
            return f"config_schema is {schema!r}, which is no pydantic model"
        schema.model_json_schema()
    except Exception as error:
        return f"config_schema cannot be used: {type(error).__name__}: {error}"
    return ""


def secrets_of(schema: type[BaseModel]) -> frozenset[str]:
    """The names of the settings that nobody is shown."""
    return frozenset(
        name
        for name, field in schema.model_fields.items()
        if field.annotation in (SecretStr, SecretStr | None)
    )


def settings_in_force(definition: ModuleDefinition, stored: Stored) -> Settings:
    """What is stored, brought to the schema's present version, over the defaults."""
    schema = schema_of(definition)
    own, faults = counting_values(definition, stored)
    try:
        return Settings(_values_of(_with_defaults(definition, schema, own)), faults)
    except ValidationError as error:
        found = _faults_in(error)
    # What was never set is missing, and the rest is as it is.
    lacking: dict[str, Any] = {name: (Any, None) for name in found if name in schema.model_fields}
    try:
        partial = create_model(schema.__name__, __base__=schema, **lacking)
        return Settings(_values_of(_with_defaults(definition, partial, own)), faults)
    except ValidationError:
        return Settings(dict.fromkeys(schema.model_fields), faults)


def counting_values(definition: ModuleDefinition, stored: Stored) -> tuple[dict[str, Any], dict[str, Text]]:
    """What is stored and counts, as JSON of the present version; and what is wrong, with that or with what is missing."""
    schema = schema_of(definition)
    own, faults = own_values(definition, schema, stored)
    while True:
        try:
            _with_defaults(definition, schema, own)
        except ValidationError as error:
            found = _faults_in(error)
        else:
            return own, faults
        faults = {**found, **faults}
        # A fault of them together is nobody's alone: then none of them counts.
        given = set(own) if OVERALL in found else own.keys() & found.keys()
        if not given:
            return own, faults
        own = {name: value for name, value in own.items() if name not in given}


def change_of(
    definition: ModuleDefinition, stored: Stored, wanted: Mapping[str, Any], reset: Iterable[str] = ()
) -> Change:
    """What it takes to set some settings and to have others at their defaults again.

    What is stored afterwards is valid as a whole. Raises InvalidConfig by name.
    """
    schema = schema_of(definition)
    unknown = sorted({*wanted, *reset} - set(schema.model_fields))
    if unknown:
        raise InvalidConfig(dict.fromkeys(unknown, no_such(schema.model_fields)))
    in_force = settings_in_force(definition, stored)
    before = as_json(in_force.values)
    own, _faults = own_values(definition, schema, stored)
    own = {name: value for name, value in own.items() if name not in set(reset)} | dict(wanted)
    try:
        after = as_json(_values_of(_with_defaults(definition, schema, own)))
    except ValidationError as error:
        raise InvalidConfig(_faults_in(error)) from None
    refused = {name: text for name in own if (text := _not_storable(after[name]))}
    if refused:
        raise InvalidConfig(refused)
    # What did not count before, and is put right, is a change even where the default was the same.
    mended = (set(wanted) | set(reset)) & set(in_force.faults)
    names = tuple(sorted(name for name in after if before[name] != after[name] or name in mended))
    shown = [name for name in names if name not in secrets_of(schema)]
    return Change(
        stored={name: after[name] for name in own},
        names=names,
        before={name: before[name] for name in shown},
        after={name: after[name] for name in shown},
    )


def _not_storable(value: Any) -> Text:
    """Why a value cannot stand in the database, or an empty text."""
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        written.encode()
    except ValueError:
        return gettext_lazy("Leave out infinite numbers and broken characters: they cannot be stored.")
    if "\\u0000" in written:
        return gettext_lazy("Leave out the character NUL: it cannot be stored.")
    if len(written) > MAX_VALUE_LENGTH:
        return format_lazy(gettext_lazy("Give {max} characters at most."), max=MAX_VALUE_LENGTH)
    return ""


def own_settings(definition: ModuleDefinition, stored: Stored) -> tuple[dict[str, Any], list[str]]:
    """What is stored as JSON by name, at the present version and without secrets; and the secrets' names."""
    schema = schema_of(definition)
    own, _faults = own_values(definition, schema, stored)
    hidden = secrets_of(schema)
    return (
        {name: value for name, value in own.items() if name not in hidden},
        sorted(name for name in own if name in hidden and own[name]),
    )


def schema_faults(definition: ModuleDefinition) -> Iterator[str]:
    """What keeps a definition's settings from being used as it says."""
    if unusable := schema_fault(definition):
        yield unusable
        return
    schema = schema_of(definition)
    for name in sorted(set(definition.default_config) - set(schema.model_fields)):
        yield f"default_config has {name}, which the schema does not"
    faults = settings_in_force(definition, Stored({}, definition.config_version)).faults
    for name, text in faults.items():
        is_to_be_set = definition.requires_config and name not in definition.default_config
        if not is_to_be_set:
            yield f"its settings are not valid as they come: {name + ': ' if name else ''}{text}"
    if faults and (definition.is_core or definition.default_enabled or definition.auto_enable_with):
        yield "it is on by itself, and needs settings that nobody has given yet"
    for name in definition.vendor_settings:
        if name not in schema.model_fields:
            yield f"vendor_settings names {name}, which the schema does not have"
        elif name in secrets_of(schema):
            yield f"vendor_settings names {name}, which is a secret: shops share it by the platform, or keep it elsewhere"
    for name, field in schema.model_fields.items():
        if name not in secrets_of(schema) and "SecretStr" in str(field.annotation):
            yield f"the secret in {name} stands inside of something else, where it would be shown"


def json_schema(definition: ModuleDefinition) -> dict[str, Any]:
    """The schema as JSON Schema, with the defaults that count and none of a secret."""
    schema = schema_of(definition)
    told = schema.model_json_schema()
    for name, entry in told.get("properties", {}).items():
        if name in definition.default_config:
            entry["default"] = definition.default_config[name]
        if name in secrets_of(schema):
            entry.pop("default", None)
    told["required"] = [name for name in told.get("required", ()) if name not in definition.default_config]
    return told


def value_in_text(schema: type[BaseModel], name: str, text: str) -> Any:
    """What a text stands for as the value of a setting, as far as it can be told; the schema says whether it will do.

    Lists and objects are written as JSON.
    """
    field = schema.model_fields.get(name)
    if field is None or field.annotation is None:
        return text
    try:
        return TypeAdapter(field.annotation).validate_strings(text)
    except (ValidationError, PydanticSchemaGenerationError):
        try:
            return json.loads(text)
        except ValueError:
            return text


def shown_values(definition: ModuleDefinition, settings: Settings) -> tuple[dict[str, Any], dict[str, bool]]:
    """The settings as JSON without the secrets, and by name whether each secret is set."""
    hidden = secrets_of(schema_of(definition))
    return (
        {name: value for name, value in as_json(settings.values).items() if name not in hidden},
        {name: bool(settings.values[name]) for name in sorted(hidden)},
    )


def own_values(
    definition: ModuleDefinition, schema: type[BaseModel], stored: Stored
) -> tuple[dict[str, Any], dict[str, Text]]:
    """What is stored, brought to the present version; and what went wrong with that."""
    if not isinstance(stored.values, Mapping):
        return {}, {OVERALL: gettext_lazy("What is stored cannot be read: the defaults count.")}
    values, faults = dict(stored.values), dict[str, Text]()
    if values and definition.migrate_config is not None and stored.version < definition.config_version:
        try:
            values = dict(load_hook(definition.migrate_config)(values, stored.version))
        except Exception:
            logger.exception("module_config_not_migrated", extra={"module_code": definition.code})
            faults[OVERALL] = gettext_lazy("They could not be brought to this version: the log says why.")
    return {name: value for name, value in values.items() if name in schema.model_fields}, faults


def _with_defaults(
    definition: ModuleDefinition, schema: type[BaseModel], own: Mapping[str, Any]
) -> BaseModel:
    """The settings. Raises ValidationError, also where the schema's own code raises something else."""
    try:
        return schema.model_validate({**definition.default_config, **own})
    except ValidationError:
        raise
    except Exception as error:
        logger.exception("module_config_not_read", extra={"module_code": definition.code})
        fault = PydanticCustomError(UNREADABLE, "The schema's own code failed.")
        details = [InitErrorDetails(type=fault, loc=(), input=None)]
        raise ValidationError.from_exception_data(schema.__name__, details) from error


def _values_of(model: BaseModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in type(model).model_fields}


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """As it is stored, secrets in clear."""
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else to_jsonable_python(value)
        for name, value in values.items()
    }


def no_such(names: Iterable[str]) -> Text:
    """What is said of a setting that is none of `names`."""
    known = ", ".join(names)
    if not known:
        return gettext_lazy("There is no such setting; there are none.")
    return format_lazy(gettext_lazy("There is no such setting; there are: {names}."), names=known)


# By the type of pydantic's error; `{…}` are its context's. What a schema's own validators say is theirs to translate.
TEXTS: Mapping[str, Text] = {
    "missing": gettext_lazy("Give a value."),
    "extra_forbidden": gettext_lazy("There is no such setting."),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), gettext_lazy("Give a whole number.")),
    "int_parsing_size": gettext_lazy("Give a smaller number."),
    **dict.fromkeys(
        ("float_type", "float_parsing", "decimal_type", "decimal_parsing", "finite_number"),
        gettext_lazy("Give a number."),
    ),
    "decimal_max_digits": gettext_lazy("Give a number with {max_digits} digits at most."),
    "decimal_max_places": gettext_lazy("Give a number with {decimal_places} decimal places at most."),
    "decimal_whole_digits": gettext_lazy(
        "Give a number with {whole_digits} digits at most before the point."
    ),
    **dict.fromkeys(("bool_type", "bool_parsing"), gettext_lazy("Say true or false.")),
    "string_type": gettext_lazy("Give a text."),
    "string_pattern_mismatch": gettext_lazy("Give a text of the form {pattern}."),
    **dict.fromkeys(("list_type", "set_type", "tuple_type", "frozen_set_type"), gettext_lazy("Give a list.")),
    **dict.fromkeys(("dict_type", "model_type", "mapping_type"), gettext_lazy("Give an object.")),
    "greater_than": gettext_lazy("Give more than {gt}."),
    "greater_than_equal": gettext_lazy("Give {ge} or more."),
    "less_than": gettext_lazy("Give less than {lt}."),
    "less_than_equal": gettext_lazy("Give {le} or less."),
    "multiple_of": gettext_lazy("Give a multiple of {multiple_of}."),
    "string_too_short": gettext_lazy("Give {min_length} characters or more."),
    "string_too_long": gettext_lazy("Give {max_length} characters at most."),
    "too_short": gettext_lazy("Give {min_length} entries or more."),
    "too_long": gettext_lazy("Give {max_length} entries at most."),
    **dict.fromkeys(("literal_error", "enum"), gettext_lazy("Choose one of {expected}.")),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        gettext_lazy("Give a day such as 2026-03-07."),
    ),
    **dict.fromkeys(("time_type", "time_parsing"), gettext_lazy("Give a time such as 14:05.")),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid"),
        gettext_lazy("Give a day and a time such as 2026-03-07T14:05."),
    ),
    **dict.fromkeys(
        ("time_delta_type", "time_delta_parsing"), gettext_lazy("Give a duration such as 01:30:00.")
    ),
    **dict.fromkeys(("date_past", "datetime_past"), gettext_lazy("Give a moment in the past.")),
    **dict.fromkeys(("date_future", "datetime_future"), gettext_lazy("Give a moment in the future.")),
    **dict.fromkeys(
        ("url_type", "url_parsing", "url_syntax_violation"),
        gettext_lazy("Give a whole address such as https://example.com."),
    ),
    "url_scheme": gettext_lazy("Begin the address with {expected_schemes}."),
    "url_too_long": gettext_lazy("Give {max_length} characters at most."),
    **dict.fromkeys(("uuid_type", "uuid_parsing"), gettext_lazy("Give an identifier (UUID).")),
}


def _faults_in(error: ValidationError) -> dict[str, Text]:
    """What is wrong, by the setting's name. What was given stays out of the texts: it may be a secret."""
    found: dict[str, Text] = {}
    for detail in error.errors(include_url=False, include_input=False):
        name = str(detail["loc"][0]) if detail["loc"] else OVERALL
        found.setdefault(name, _text_of(detail))
    return found


def _text_of(detail: ErrorDetails) -> Text:
    if detail["type"] == UNREADABLE:
        return gettext_lazy("They could not be looked at: the log says why.")
    text = TEXTS.get(detail["type"])
    if text is None:
        return detail["msg"].removeprefix("Value error, ")
    return format_lazy(cast(str, text), **detail.get("ctx", {}))
