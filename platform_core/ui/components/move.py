"""Components that lead somewhere else."""

from __future__ import annotations

from platform_core.ui.components.registry import CLASS, Component, Example, text, value

COMPONENTS = (
    Component(
        "breadcrumbs",
        "move",
        "The way here; the last item is this page.",
        (value("items", "list", "Dicts with label and url"), CLASS),
        (Example("Three steps", '<c-breadcrumbs :items="crumbs" />'),),
    ),
    Component(
        "tabs",
        "move",
        "Links between views of one thing.",
        (
            text("label", "Names the group"),
            value("items", "list", "Dicts with label, url, is_current and maybe count"),
            CLASS,
        ),
        (Example("With counts", '<c-tabs label="Views" :items="tabs" />'),),
    ),
    Component(
        "pagination",
        "move",
        "Numbered links that keep the query; nothing for a single page.",
        (
            value(
                "page", "Page", "A Django Page, or number, pages and maybe urls; or previous_url and next_url"
            ),
            text("label", "Names the group", "Pages"),
            CLASS,
        ),
        (
            Example("Many pages", '<c-pagination :page="page" />'),
            Example("By key", '<c-pagination :page="key_page" label="Older and newer" />'),
            Example("One page", '<c-pagination :page="single_page" />'),
        ),
    ),
)
