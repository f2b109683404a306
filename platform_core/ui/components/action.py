"""Components that act: buttons and menus."""

from __future__ import annotations

from platform_core.ui.components.registry import (
    CLASS,
    ICON,
    KIND,
    SIZE,
    Component,
    Example,
    choice,
    flag,
    text,
)

_ICON_END = text("icon_end", "Icon after the label")
_BLOCK = flag("is_block", "As wide as its container")

COMPONENTS = (
    Component(
        "button",
        "action",
        "Acts: submits the form it stands in. The label is a verb. Other attributes pass through.",
        (
            KIND,
            SIZE,
            ICON,
            _ICON_END,
            choice("type", "What a click does", "submit", "button", "reset"),
            flag("is_pending", "Shows that the work is under way"),
            _BLOCK,
            CLASS,
        ),
        (
            Example("Primary", '<c-button kind="primary" icon="check">Save product</c-button>'),
            Example("Plain", "<c-button>Cancel</c-button>"),
            Example("Quiet", '<c-button kind="quiet" icon="plus">Add variant</c-button>'),
            Example("Danger", '<c-button kind="danger" icon="trash-2">Delete 3 products</c-button>'),
            Example("Small", '<c-button size="s">Apply</c-button>'),
            Example("Pending", '<c-button kind="primary" is_pending>Save product</c-button>'),
            Example("Disabled", "<c-button disabled>Save product</c-button>"),
            Example("Block", '<c-button kind="primary" is_block>Sign in</c-button>'),
            Example("Long", "<c-button>Änderungen an der Versandkostenberechnung übernehmen</c-button>"),
        ),
        slot="The label",
    ),
    Component(
        "link-button",
        "action",
        "A link that looks like a button: leads somewhere, changes nothing.",
        (text("href", "Where it leads"), KIND, SIZE, ICON, _ICON_END, _BLOCK, CLASS),
        (
            Example(
                "Primary", '<c-link-button href="#" kind="primary" icon="plus">New product</c-link-button>'
            ),
            Example(
                "Plain", '<c-link-button href="#" icon_end="arrow-right">See all products</c-link-button>'
            ),
            Example("Quiet", '<c-link-button href="#" kind="quiet">Clear all</c-link-button>'),
        ),
        slot="The label",
    ),
    Component(
        "icon-button",
        "action",
        "A square button, or a link when it has an address. Its label is what a screen reader says.",
        (
            ICON,
            text("label", "Required: what it does"),
            text("href", "Makes it a link"),
            choice("kind", "Weight of the act", "quiet", "plain", "primary", "danger"),
            SIZE,
            text("type", "What a click does", "submit"),
            CLASS,
        ),
        (
            Example("Quiet", '<c-icon-button icon="x" label="Close" type="button" />'),
            Example("Plain link", '<c-icon-button icon="pencil" label="Edit" href="#" kind="plain" />'),
        ),
    ),
    Component(
        "menu",
        "action",
        "A button that unfolds links and small forms; works without scripts.",
        (
            text("label", "On the button, or read aloud for an icon alone"),
            ICON,
            flag("is_icon_only", "Only the icon is seen"),
            choice("align", "Edge of the button that the panel keeps to", "end", "start"),
            choice("kind", "Weight", "plain", "quiet"),
            SIZE,
            CLASS,
        ),
        (
            Example(
                "Closed",
                '<c-menu label="More" align="start"><c-menu-item href="#" icon="external-link">See in shop'
                '</c-menu-item><c-menu-item icon="archive" tone="danger">Archive</c-menu-item></c-menu>',
            ),
            Example(
                "Icon alone",
                '<c-menu label="Language" icon="languages" is_icon_only kind="quiet" align="start">'
                '<c-menu-item href="#" is_current>English</c-menu-item></c-menu>',
            ),
        ),
        slot="menu-item components",
    ),
    Component(
        "menu-item",
        "action",
        "One line of a menu: a link, or a submit button when it has no address.",
        (
            text("href", "Where it leads"),
            ICON,
            choice("tone", "Danger marks what destroys", "plain", "danger"),
            flag("is_current", "Marks the one in force"),
        ),
        (
            Example("Link", '<ul><c-menu-item href="#" icon="pencil">Edit</c-menu-item></ul>'),
            Example("Button", '<ul><c-menu-item icon="trash-2" tone="danger">Delete</c-menu-item></ul>'),
        ),
        slot="The label",
    ),
)
