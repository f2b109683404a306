"""Every component has a registry entry that tells its arguments, and every example renders."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.utils import translation

from platform_core.ui.components import COMPONENTS, Component, Example, render, samples

FILES = Path(settings.BASE_DIR) / "templates" / "cotton"
EXAMPLES = [
    pytest.param(component, example, id=f"{component.name}: {example.title}")
    for component in COMPONENTS.values()
    for example in component.examples
]
_VOID = {
    "area",
    "br",
    "col",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "path",
    "circle",
    "rect",
    "line",
    "polyline",
    "polygon",
    "ellipse",
}


class _Balance(HTMLParser):
    """Collects tags that are left open or closed without having been opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.faults += [f"style attribute on {tag}" for name, _value in attrs if name == "style"]
        self.faults += [f"{name} on {tag}" for name, _value in attrs if name.startswith("on")]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


def _faults(html: str) -> list[str]:
    parser = _Balance()
    parser.feed(html)
    doubled = {item for item in parser.ids if parser.ids.count(item) > 1}
    return parser.faults + [f"open: {tag}" for tag in parser.open] + [f"id twice: {item}" for item in doubled]


def _declared(component: Component) -> set[str]:
    """The names that a component's file declares with c-vars."""
    source = (FILES / f"{component.name.replace('-', '_')}.html").read_text()
    declaration = re.search(r"<c-vars\s(.*?)/>", source, re.DOTALL)
    assert declaration, component.name
    return {name.removeprefix(":") for name in re.findall(r'([:\w-]+)="', declaration.group(1))}


def test_every_component_file_has_an_entry_and_every_entry_a_file() -> None:
    files = {path.stem.replace("_", "-") for path in FILES.glob("*.html")}
    assert files == set(COMPONENTS)


@pytest.mark.parametrize("component", COMPONENTS.values(), ids=lambda component: component.name)
def test_the_arguments_of_a_component_are_those_of_its_file(component: Component) -> None:
    assert {argument.name for argument in component.arguments} | set(component.slots) == _declared(component)


@pytest.mark.parametrize("component", COMPONENTS.values(), ids=lambda component: component.name)
def test_a_component_explains_itself_in_its_first_line(component: Component) -> None:
    first = (FILES / f"{component.name.replace('-', '_')}.html").read_text().splitlines()[0]
    assert first.startswith(f"{{# {component.name}: ")


@pytest.mark.parametrize(("component", "example"), EXAMPLES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_an_example_renders_to_sound_html(component: Component, example: Example, language: str) -> None:
    with translation.override(language):
        html = render(example.source, samples.context(), RequestFactory().get("/?q=linen&page=5"))
    assert _faults(html) == []
    assert "<c-" not in html
    assert "{{" not in html


def test_the_check_of_examples_sees_a_tag_left_open() -> None:
    assert _faults('<div id="a"><span id="a"></div>') == ["</div>", "open: div", "id twice: a"]


def test_text_from_outside_cannot_leave_an_attribute() -> None:
    hostile = '"><script>alert(1)</script>"'
    html = render('<c-button :data-title="text">{{ text }}</c-button>', {"text": hostile})
    assert "<script>" not in html
    assert 'data-title="&quot;&gt;&lt;script&gt;' in html


def test_text_from_outside_is_escaped_in_every_slot_and_argument() -> None:
    hostile = "<script>alert(1)</script>"
    html = render(
        '<c-card :title="text">{{ text }}<c-slot name="footer">{{ text }}</c-slot></c-card>'
        '<c-product-card :product="product" /><c-badge>{{ text }}</c-badge><c-tabs :label="text" :items="items" />',
        {
            "text": hostile,
            "product": {"title": hostile, "url": "#", "kicker": hostile, "note": hostile, "price": None},
            "items": [{"label": hostile, "url": hostile}],
        },
    )
    assert "<script>" not in html


def test_a_field_with_an_error_says_so_to_screen_readers() -> None:
    html = render('<c-field :field="bad_form.title" />', samples.context())
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_bad-title_help id_bad-title_error"' in html
    assert 'id="id_bad-title_help"' in html
    assert 'id="id_bad-title_error"' in html


def test_an_error_summary_links_to_each_field() -> None:
    html = render('<c-error-summary :form="bad_form" />', samples.context())
    assert 'href="#id_bad-title"' in html
    assert 'href="#id_bad-delivery_0"' in html


def test_an_optional_field_is_marked_and_a_required_one_is_not() -> None:
    optional = render('<c-field :field="form.note" />', samples.context())
    required = render('<c-field :field="form.title" />', samples.context())
    assert "(optional)" in optional
    assert "(optional)" not in required
    assert "*" not in required


def test_pagination_keeps_the_query_and_page_one_has_no_number() -> None:
    html = render(
        '<c-pagination :page="page" />',
        {"page": {"number": 2, "pages": 3}},
        RequestFactory().get("/?q=a&page=2"),
    )
    assert 'href="?q=a"' in html
    assert 'href="?q=a&amp;page=3"' in html
