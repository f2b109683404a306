"""Typed readers of environment variables: each failure names the variable and what it should hold."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

_env = Env()


def _read(reader: Any, name: str, kind: str, **options: Any) -> Any:
    try:
        return reader(name, **options)
    except EnvError as error:
        raise ImproperlyConfigured(f"Environment variable {name} must be {kind}: {error}") from error


def text(name: str, default: str | None = None) -> str:
    """The variable's text. Without a default a missing or empty variable is an error."""
    value = _read(_env.str, name, "set", **({} if default is None else {"default": default}))
    if default is None and not value.strip():
        raise ImproperlyConfigured(f"Environment variable {name} must be set: it is empty.")
    return str(value)


def boolean(name: str, default: bool) -> bool:
    """1, true, yes, on or 0, false, no, off, in any case."""
    return bool(_read(_env.bool, name, "a boolean such as 1 or 0", default=default))


def integer(name: str, default: int, *, minimum: int | None = None) -> int:
    """A whole number, not below `minimum`."""
    value = int(_read(_env.int, name, "a whole number", default=default))
    if minimum is not None and value < minimum:
        raise ImproperlyConfigured(f"Environment variable {name} must be at least {minimum}, not {value}.")
    return value


def number(name: str, default: float) -> float:
    """A decimal number."""
    return float(_read(_env.float, name, "a number", default=default))


def words(name: str, default: list[str]) -> list[str]:
    """A list separated by commas; blanks around an entry and empty entries are dropped."""
    values = _read(_env.list, name, "a list separated by commas", default=default)
    return [value.strip() for value in values if value.strip()]


def database(url: str, *, name: str) -> dict[str, Any]:
    """The DATABASES entry of `postgresql://user:password@host:port/database?option=value`.

    `name` is the variable the URL comes from, for the message of ImproperlyConfigured.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"Environment variable {name} must look like postgresql://user:password@host:5432/database."
        )
    try:
        port = parts.port or 5432
    except ValueError as error:
        raise ImproperlyConfigured(f"Environment variable {name} has no valid port: {error}") from error
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def mail_server(url: str, *, name: str) -> dict[str, Any]:
    """Django's EMAIL_* of `smtp://user:password@host:port`, encrypted by STARTTLS where it says `?tls=starttls`.

    `smtps://` is encrypted from the first byte. `name` is the variable the URL comes from, for the message of
    ImproperlyConfigured.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    try:
        port = parts.port
    except ValueError:
        port = -1
    known = parts.scheme in {"smtp", "smtps"} and parts.hostname and port != -1
    if not known or options not in ({}, {"tls": "starttls"}):
        raise ImproperlyConfigured(
            f"Environment variable {name} must be smtp://user:password@host:port?tls=starttls or"
            " smtps://user:password@host:port."
        )
    is_encrypted = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or (465 if is_encrypted else 587 if options else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": is_encrypted,
        "EMAIL_USE_TLS": bool(options),
    }
