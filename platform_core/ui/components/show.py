"""Components that show and tell."""

from __future__ import annotations

from platform_core.ui.components.registry import (
    CLASS,
    ICON,
    LEVEL,
    Component,
    Example,
    choice,
    flag,
    text,
    value,
)

COMPONENTS = (
    Component(
        "card",
        "show",
        "A titled box.",
        (text("title", "Heading"), LEVEL, ICON, flag("is_flush", "No padding: for tables"), CLASS),
        (
            Example("Titled", '<c-card title="Prices" icon="tag"><p>All prices include VAT.</p></c-card>'),
            Example(
                "With actions and footer",
                '<c-card title="Variants"><c-slot name="actions"><c-link-button href="#" size="s" icon="plus">'
                'Add</c-link-button></c-slot><p>Two variants.</p><c-slot name="footer">Changed today</c-slot></c-card>',
            ),
        ),
        slot="The content",
        slots=("actions", "footer"),
        sheets=("console",),
    ),
    Component(
        "table",
        "show",
        "A table that becomes labelled cards on phones: td data-label, class num, class table-main.",
        (text("caption", "Required: read aloud"), flag("is_caption_shown", "The caption is seen"), CLASS),
        (
            Example(
                "Rows",
                '<c-table caption="Products"><thead><tr><c-sort-header key="title" label="Product" current="title" />'
                '<c-sort-header key="price" label="Price" current="title" is_number /></tr></thead><tbody>'
                '{% for product in products %}<tr><td class="table-main"><a href="#">{{ product.title }}</a></td>'
                '<td class="num" data-label="Price">{% money product.price %}</td></tr>{% endfor %}</tbody></c-table>',
            ),
        ),
        slot="thead and tbody",
        sheets=("console",),
    ),
    Component(
        "sort-header",
        "show",
        "A column header that sorts; a second click turns the order around.",
        (
            text("key", "Value of the parameter; -key sorts downwards"),
            text("label", "The column's name"),
            text("current", "The sort in force"),
            text("param", "Name of the parameter", "sort"),
            flag("is_number", "Right-aligned"),
        ),
        (
            Example(
                "Three states",
                '<table class="table"><thead><tr><c-sort-header key="a" label="Title" current="a" />'
                '<c-sort-header key="b" label="Price" current="-b" /><c-sort-header key="c" label="Stock" />'
                "</tr></thead></table>",
            ),
        ),
        sheets=("console",),
    ),
    Component(
        "key-values",
        "show",
        "Facts about one thing.",
        (
            value("items", "list", "Pairs of label and value"),
            choice("layout", "One below the other or side by side", "rows", "columns"),
            CLASS,
        ),
        (
            Example("Rows", '<c-key-values :items="facts" />'),
            Example("Columns", '<c-key-values :items="facts" layout="columns" />'),
        ),
        slot="More div > dt + dd",
    ),
    Component(
        "badge",
        "show",
        "A status: icon, word and tone, never colour alone.",
        (choice("tone", "Meaning", "neutral", "good", "warn", "bad", "info", "accent"), ICON, CLASS),
        tuple(
            Example(tone.capitalize(), f'<c-badge tone="{tone}">{word}</c-badge>')
            for tone, word in (
                ("neutral", "Archived"),
                ("good", "Published"),
                ("warn", "Draft"),
                ("bad", "Sold out"),
                ("info", "Scheduled"),
                ("accent", "New"),
            )
        ),
        slot="The word",
    ),
    Component(
        "chip",
        "show",
        "A filter in force, or a choice among few.",
        (
            text("remove_url", "Address without this filter"),
            text("remove_label", "What the cross says", "Remove"),
            text("href", "Makes it a link"),
            flag("is_current", "Marks the one in force"),
        ),
        (
            Example("Removable", '<c-chip remove_url="#" remove_label="Remove Size M">Size M</c-chip>'),
            Example("Link", '<c-chip href="#">Chairs</c-chip>'),
            Example("Current", '<c-chip href="#" is_current>Sofas</c-chip>'),
        ),
        slot="The word",
    ),
    Component(
        "empty-state",
        "show",
        "Nothing to show, and what to do about it.",
        (
            choice("kind", "Why it is empty; gives the icon", "first", "none", "locked", "failed"),
            ICON,
            text("title", "What is missing"),
            LEVEL,
            CLASS,
        ),
        (
            Example(
                "First use",
                '<c-empty-state title="No orders yet">When someone buys, the order appears here.'
                '<c-slot name="action"><c-link-button href="#" kind="primary">Share your shop link</c-link-button>'
                "</c-slot></c-empty-state>",
            ),
            Example(
                "No match",
                '<c-empty-state kind="none" title="No product matches">Try fewer words.</c-empty-state>',
            ),
            Example("Locked", '<c-empty-state kind="locked" title="Analytics is not part of your plan" />'),
            Example(
                "Failed",
                '<c-empty-state kind="failed" title="The list could not be loaded">Try again.</c-empty-state>',
            ),
        ),
        slot="One sentence",
        slots=("action",),
    ),
    Component(
        "stat-tile",
        "show",
        "One figure; with an address, the list behind it.",
        (
            text("label", "What is counted"),
            text("value", "The figure, formatted"),
            text("hint", "What it compares with"),
            choice("tone", "Judgement", "neutral", "good", "warn", "bad"),
            ICON,
            text("href", "The list behind the figure"),
            CLASS,
        ),
        (
            Example("Plain", '<c-stat-tile label="Products" value="1,284" icon="package" />'),
            Example(
                "Link",
                '<c-stat-tile label="Low stock" value="4" tone="warn" href="#" hint="Below 5 pieces" />',
            ),
        ),
        sheets=("console",),
    ),
    Component(
        "banner",
        "tell",
        "A message in the page.",
        (
            choice("tone", "Meaning", "info", "good", "warn", "bad"),
            text("title", "What happened"),
            flag("is_live", "Read aloud when it appears"),
            CLASS,
        ),
        (
            Example("Info", '<c-banner title="The shop is closed until 3 May">You can browse.</c-banner>'),
            Example("Good", '<c-banner tone="good" is_live>The product is saved.</c-banner>'),
            Example("Warn", '<c-banner tone="warn">Two photos have no description.</c-banner>'),
            Example(
                "Bad with an action",
                '<c-banner tone="bad">We could not save this product. Your changes are still here.'
                '<c-slot name="actions"><c-button size="s">Try again</c-button></c-slot></c-banner>',
            ),
        ),
        slot="The text",
        slots=("actions",),
    ),
    Component(
        "dialog",
        "tell",
        "The confirm page: the title names act and object, the buttons are verbs.",
        (
            text("title", "Act and object, as a question"),
            text("level", "Level of the heading", "1"),
            text("action", "Where the form posts"),
            text("confirm", "Verb on the button"),
            text("cancel_url", "Where the safe way leads"),
            text("cancel", "Word of the safe way", "Keep"),
            choice("tone", "Weight of the act", "danger", "primary"),
            ICON,
        ),
        (
            Example(
                "Danger",
                '<c-dialog title="Delete 3 products?" level="2" confirm="Delete 3 products" cancel_url="#">'
                "They leave the shop now. You can restore them for 30 days.</c-dialog>",
            ),
        ),
        slot="What follows, and whether it can be undone",
        slots=("fields",),
    ),
)
