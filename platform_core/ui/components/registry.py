"""The component registry: arguments, slots and examples of every component.

The component library, the documentation and the tests all walk it. A component without an entry,
an argument without a line and an example that does not render fail the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template import engines
from django.utils.safestring import SafeString
from django_cotton.compiler_regex import CottonCompiler


@dataclass(frozen=True, slots=True)
class Argument:
    """An attribute of a component. `type` is text, choice, flag, number, list, or an object's name."""

    name: str
    type: str
    about: str
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """Template source that shows one state; names in it come from `samples.context()`."""

    title: str
    source: str


@dataclass(frozen=True, slots=True)
class Component:
    """One component. `slots` are named slots; `slot` says what stands between its tags."""

    name: str
    group: str
    about: str
    arguments: tuple[Argument, ...]
    examples: tuple[Example, ...]
    slot: str = ""
    slots: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ("storefront", "console")

    @property
    def template_name(self) -> str:
        return f"cotton/{self.name.replace('-', '_')}.html"


def text(name: str, about: str, default: str = "") -> Argument:
    return Argument(name, "text", about, default)


def flag(name: str, about: str) -> Argument:
    return Argument(name, "flag", about, "no")


def choice(name: str, about: str, *choices: str) -> Argument:
    """The first choice is the default."""
    return Argument(name, "choice", about, choices[0], choices)


def value(name: str, kind: str, about: str) -> Argument:
    """Given as `:name="variable"`."""
    return Argument(name, kind, about)


CLASS = text("class", "More classes for the outermost element")
LEVEL = text("level", "Level of the heading", "2")
SIZE = choice("size", "Height", "m", "s")
KIND = choice("kind", "Weight of the act", "plain", "primary", "quiet", "danger")
ICON = text("icon", "Name of a Lucide icon")


def render(source: str, context: dict[str, Any], request: HttpRequest | None = None) -> SafeString:
    """An example's HTML. The source may use every component and `{% load ui %}`'s tags."""
    compiled = CottonCompiler().process(source)
    template = engines["django"].from_string("{% load i18n ui %}" + compiled)
    return SafeString(template.render(context, request))
