"""Pages without a server: templates rendered here, shown in Chromium with their policy header."""

from __future__ import annotations

import mimetypes
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.template import engines
from django.test import Client, RequestFactory
from django_cotton.compiler_regex import CottonCompiler
from playwright.sync_api import Browser, Locator, Page, Route, sync_playwright

from platform_core.ui.components import COMPONENTS, render, samples
from platform_core.ui.middleware import ContentPolicyMiddleware

ORIGIN = "http://shop.test"
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium. Raises RuntimeError that says how to get one."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("Browser tests need Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def shop(theme: Any) -> SimpleNamespace:
    return SimpleNamespace(
        id=1,
        code="stull",
        name="Stull",
        theme=theme,
        country="LU",
        default_language="en",
        languages=("en", "fr"),
    )


def shell_context(vendor: SimpleNamespace) -> dict[str, Any]:
    """What the other context processors bring, filled with everything a shell can show."""
    links = [
        SimpleNamespace(code=code, label=label, url=f"/{code}/", canonical_url="", is_current=code == "en")
        for code, label in (
            ("en", "English"),
            ("fr", "Français"),
            ("de", "Deutsch"),
            ("lb", "Lëtzebuergesch"),
        )
    ]
    item = SimpleNamespace(label="Products", url="#", icon="package", is_active=True, badge="3")
    return {
        **samples.context(),
        "shop": vendor,
        "platform": SimpleNamespace(name="Lux"),
        "language_links": links,
        "menu": [SimpleNamespace(label="Shop", items=[item])],
        "shop_menu": [
            {"label": label, "url": "#", "is_current": label == "Chairs"} for label in ("Chairs", "Sofas")
        ],
        "shop_links": [{"label": "Stull", "url": "#", "is_current": True}, {"label": "Stadion", "url": "#"}],
        "footer_menus": [
            {"label": "Shop", "items": [{"label": "Zëmmer- a Balkonsplanzendekoratioun", "url": "#"}]},
            {"label": "Help", "items": [{"label": "Allgemeine Geschäftsbedingungen", "url": "#"}]},
        ],
        "announcement": "Free delivery from €60",
        "shop_tagline": "A workshop in Luxembourg.",
        "credits_url": "#",
        "shop_url": "#",
        "title": "There is nothing at this address.",
        "status": 404,
    }


def render_page(
    source: str, *, theme: Any = "atelier", mode: str = "", site_kind: str = "storefront"
) -> HttpResponse:
    """A whole page from template source, with the headers that the middleware gives it."""
    if mode and site_kind == "storefront":
        theme = {"preset": theme, "mode": mode}
    request = RequestFactory().get("/")
    request.COOKIES["wz_mode"] = mode
    vendor = shop(theme)
    request.vendor = vendor  # type: ignore[attr-defined]
    request.site_kind = site_kind  # type: ignore[attr-defined]
    template: Any = engines["django"].from_string(CottonCompiler().process(source))
    html = template.template.render(_request_context(request, shell_context(vendor)))
    return ContentPolicyMiddleware(lambda _request: HttpResponse(html))(request)  # type: ignore[return-value]


def _request_context(request: Any, context: dict[str, Any]) -> Any:
    """The interface's own processor alone: the others ask for a tenant and a database."""
    from django.template import Context  # noqa: PLC0415

    from platform_core.ui.context_processors import ui  # noqa: PLC0415

    return Context({"request": request, **context, **ui(request)})


def library(sheet: str) -> str:
    """The body of a page with every example of the components that a style sheet dresses."""
    parts = []
    for component in COMPONENTS.values():
        if sheet not in component.sheets:
            continue
        for number, example in enumerate(component.examples):
            html = str(render(example.source, samples.context()))
            # Examples stand alone in the registry; together on one page their ids would clash.
            html = html.replace(' id="', f' id="{component.name}{number}-')
            for name in ("for", "aria-describedby", "aria-labelledby"):
                html = _with_prefix(html, name, f"{component.name}{number}-")
            html = html.replace(' name="', f' name="{component.name}{number}-').replace(" autofocus", "")
            html = html.replace('aria-label="', f'aria-label="{component.name} {number} ')
            parts.append(f"<section><h2>{component.name}: {example.title}</h2>{html}</section>")
    return "\n".join(parts)


def _with_prefix(html: str, attribute: str, prefix: str) -> str:
    """Every id in an attribute that refers to ids gets the prefix."""
    head, *rest = html.split(f' {attribute}="')
    for piece in rest:
        value, tail = piece.split('"', 1)
        head += f' {attribute}="{" ".join(prefix + word for word in value.split())}"{tail}'
    return head


def follow(link: Locator) -> None:
    """Click what leads to another page, and wait until that one is loaded: a click alone may leave its first half."""
    with link.page.expect_navigation():
        link.click()


@dataclass
class Shown:
    """A page in the browser and what the browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def faults_at(self, *widths: int) -> list[str]:
        """Everything that is wrong in windows of these widths, each fault with its width."""
        found = []
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": 900})
            found += [f"{width}: {fault}" for fault in (*self.sideways(), *self.violations())]
        return found + self.complaints

    def violations(self) -> list[str]:
        """What axe finds, one line for each element."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        result = self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", _RULES
        )
        return [
            f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]

    def sideways(self) -> list[str]:
        """Elements that stick out of the window, outermost first; empty when nothing scrolls sideways."""
        return self.page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
            .slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""
        )


@contextmanager
def shown(
    browser: Browser, response: HttpResponse, *, width: int = 1280, dark: bool = False
) -> Iterator[Shown]:
    """The response in a window of that width, its static files served from the checkout."""
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    result = Shown(page)

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0]
        if path == "/":
            headers = {
                "Content-Type": "text/html; charset=utf-8",
                **{k: v for k, v in response.items() if k[0] == "C"},
            }
            route.fulfill(status=response.status_code, headers=headers, body=response.content)
        elif file := finders.find(path.removeprefix("/static/")):
            kind = mimetypes.guess_type(path)[0] or "font/woff2"
            route.fulfill(status=200, content_type=kind, body=Path(str(file)).read_bytes())
        else:
            route.fulfill(status=404, body="")

    page.route("**/*", answer)
    page.on("console", lambda message: result.complaints.append(message.text))
    page.on("pageerror", lambda error: result.complaints.append(str(error)))
    page.goto(f"{ORIGIN}/")
    try:
        yield result
    finally:
        page.close()


def serve(client: Client, route: Route) -> None:
    """Answer the browser from the application itself; the test client keeps the cookies."""
    request = route.request
    parts = urlsplit(request.url)
    if parts.path.startswith("/static/"):
        serve_file(route)
        return
    address = parts.path + (f"?{parts.query}" if parts.query else "")
    kind = request.headers.get("content-type", "text/html")
    answer = client.generic(request.method, address, request.post_data or "", content_type=kind)
    if answer.status_code in {301, 302}:
        # Playwright cannot fulfil a request with a redirect: the page behind it is given at once.
        answer = client.get(answer["Location"])
    route.fulfill(status=answer.status_code, headers=dict(answer.items()), body=answer.content)


def serve_file(route: Route) -> None:
    """Answer the browser with a file of the checkout's, or with nothing."""
    path = urlsplit(route.request.url).path
    file = finders.find(path.removeprefix("/static/")) if path.startswith("/static/") else None
    if file is None:
        route.fulfill(status=404, body="")
        return
    kind = mimetypes.guess_type(path)[0] or "font/woff2"
    route.fulfill(status=200, content_type=kind, body=Path(str(file)).read_bytes())
