"""What can be sent to an address: the forms that pages hold, filled in, and what the API's document asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.apps import apps

from tests.isolation.matrix.guess import Guesser
from tests.isolation.matrix.routes import PARAMETER

Pairs = tuple[tuple[str, str], ...]
NOT_TYPED = frozenset({"submit", "button", "image", "reset", "file"})


@dataclass
class Field:
    """One control of a form."""

    name: str
    kind: str
    value: str = ""
    hint: str = ""
    is_checked: bool = False
    is_multiple: bool = False
    options: list[tuple[str, bool]] = field(default_factory=list)
    # "app.model.field" where the options are only fetched while somebody types.
    fetched_from: str = ""


@dataclass
class Form:
    """A form of a page."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    def filled(self, guesser: Guesser) -> Pairs:
        """What a browser would send once somebody has filled in what is empty."""
        pairs: list[tuple[str, str]] = []
        typed = [f for f in self.fields if f.kind not in NOT_TYPED and f.kind != "hidden"]
        is_sign_in = len(typed) <= 3 and any(f.hint == "current-password" for f in typed) and len(typed) > 1
        for control in self.fields:
            if (
                control.kind == "hidden"
                or control.value
                and control.kind not in ("checkbox", "radio", "submit")
            ):
                pairs.append((control.name, control.value))
            elif control.kind in NOT_TYPED:
                # A button that carries a value is pressed where it is all there is to the form.
                if control.value and not typed and control.name not in dict(pairs):
                    pairs.append((control.name, control.value))
            elif control.kind in ("checkbox", "radio"):
                if control.is_checked:
                    pairs.append((control.name, control.value or "on"))
            elif control.kind == "select":
                pairs += [(control.name, value) for value in self._chosen(control, guesser)]
            else:
                kind = "sign-in" if is_sign_in and control.kind == "email" else control.kind
                pairs.append((control.name, guesser.text(control.name, kind, control.hint)))
        return tuple(pairs)

    @staticmethod
    def _chosen(control: Field, guesser: Guesser) -> list[str]:
        selected = [value for value, is_selected in control.options if is_selected and value]
        if selected or control.is_multiple:
            return selected
        if control.fetched_from:
            label, model, name = control.fetched_from.split(".")
            related = apps.get_model(label, model)._meta.get_field(name).related_model
            row = guesser.row(related._meta.model_name)  # type: ignore[union-attr]
            return [str(row.pk)] if row else []
        return [value for value, _is_selected in control.options if value][:1]


class PageReader(HTMLParser):
    """Forms, and links that carry a query, of an HTML page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attributes}
        if tag == "a" and "?" in a.get("href", ""):
            self.links.append(urljoin(self.address, a["href"]))
        elif tag == "form":
            action = urlsplit(urljoin(self.address, a.get("action") or self.address)).path
            self._form = Form(action, a.get("method", "get").upper())
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "option" and self._select is not None:
            self._select.options.append((a.get("value", ""), "selected" in a))
        elif tag in ("input", "button", "select", "textarea") and a.get("name") and "disabled" not in a:
            self._add(tag, a)

    def _add(self, tag: str, a: dict[str, str]) -> None:
        kind = {"select": "select", "textarea": "textarea", "button": a.get("type", "submit")}
        control = Field(
            a["name"],
            kind.get(tag, a.get("type", "text")).lower(),
            a.get("value", ""),
            a.get("autocomplete", ""),
            "checked" in a,
            "multiple" in a,
        )
        if "data-field-name" in a:
            control.fetched_from = ".".join(
                a[f"data-{part}"] for part in ("app-label", "model-name", "field-name")
            )
        assert self._form is not None
        self._form.fields.append(control)
        if tag == "select":
            self._select = control
        elif tag == "textarea":
            self._area = control

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data.lstrip("\r\n") if not self._area.value else data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
        elif tag == "form":
            self._form = None


def read_page(address: str, html: str) -> PageReader:
    reader = PageReader(address)
    reader.feed(html)
    return reader


class Document:
    """The API's OpenAPI document of a site, as a source of bodies and query parameters."""

    def __init__(self, text: str) -> None:
        self.document = json.loads(text)
        # The document has its own names for some parameters: an address is known by where they stand.
        self._paths = {re.sub(r"{\w+}", "{}", path): entry for path, entry in self.document["paths"].items()}

    def operation(self, route_text: str, method: str) -> dict[str, Any]:
        return self._paths.get("/" + PARAMETER.sub("{}", route_text), {}).get(method.lower(), {})

    def parameters(self, route_text: str) -> list[str]:
        """Names of the query parameters of the address."""
        entries = self.operation(route_text, "GET").get("parameters", [])
        return [entry["name"] for entry in entries if entry.get("in") == "query"]

    def bodies(self, route_text: str, method: str, guesser: Guesser) -> Iterator[dict[str, Any]]:
        """Bodies from the fullest to the barest."""
        content = self.operation(route_text, method).get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is None:
            return
        for is_full, has_ids in ((True, True), (True, False), (False, False)):
            yield self._example("", schema, guesser, is_full=is_full, has_ids=has_ids)

    def _example(self, name: str, schema: dict[str, Any], guesser: Guesser, **how: bool) -> Any:
        if "$ref" in schema:
            part = schema["$ref"].rpartition("/")[2]
            return self._example(name, self.document["components"]["schemas"][part], guesser, **how)
        for key in ("allOf", "oneOf", "anyOf"):
            if key in schema:
                return self._example(name, schema[key][0], guesser, **how)
        kinds = schema.get("type", "string")
        kind = kinds if isinstance(kinds, str) else next(k for k in kinds if k != "null")
        if kind == "object":
            return self._object(name, schema, guesser, **how)
        if kind == "array":
            return [self._example(name, schema["items"], guesser, **how)]
        if kind == "boolean":
            return True
        if "enum" in schema:
            return schema["enum"][0]
        found = guesser.reference(name, is_number=kind == "integer")
        if found is not None:
            return found
        return (
            int(guesser.text(name, "integer"))
            if kind == "integer"
            else guesser.text(name, schema.get("format", "text"))
        )

    def _object(self, name: str, schema: dict[str, Any], guesser: Guesser, **how: bool) -> dict[str, Any]:
        properties = schema.get("properties")
        if properties is None:
            return {"en": self._example(name, schema.get("additionalProperties") or {}, guesser, **how)}
        if set(properties) == {"amount", "currency"}:
            return {"amount": "12.00", "currency": "EUR"}
        required = schema.get("required", [])
        found: dict[str, Any] = {}
        is_sign_in = {"email", "password"} <= set(properties)
        for key, inner in properties.items():
            if inner.get("readOnly") or not (how["is_full"] or key in required):
                continue
            if key == "id":
                row = guesser.row(name)
                if how["has_ids"] and row is not None:
                    found[key] = row.pk
            elif key == "sku" and "quantity" in properties:
                # So many of something that is there; elsewhere a SKU is one to be given.
                article = guesser.row("variant")
                found[key] = article.value("sku") if article else guesser.text(key)
            elif key == "email" and is_sign_in:
                found[key] = guesser.text(key, "sign-in")
            elif key == "vendor" and is_sign_in:
                shop = guesser.actor.shop
                if shop and guesser.actor.role:
                    found[key] = guesser.world.vendors[shop].code
            else:
                found[key] = self._example(key, inner, guesser, **how)
        return found
