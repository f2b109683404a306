"""Rich text that people write: one allow-list for everything that is stored and shown as HTML."""

from __future__ import annotations

import nh3

_TAGS = frozenset(
    [
        "p",
        "br",
        "hr",
        "h2",
        "h3",
        "h4",
        "strong",
        "b",
        "em",
        "i",
        "u",
        "s",
        "small",
        "sub",
        "sup",
        "a",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "pre",
        "code",
        "address",
        "abbr",
        "table",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
    ]
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"lang"},
    "a": {"href", "title", "hreflang"},
    "abbr": {"title"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
}
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
# Their text is programme or markup and never prose: it goes with the tag.
_DROPPED_WITH_CONTENT = frozenset(
    {"script", "style", "template", "noscript", "iframe", "object", "svg", "math"}
)


def sanitize_html(text: str) -> str:
    """`text` with only the tags, attributes and link schemes of the allow-list; everything else is dropped.

    Safe to run again on its own result. No class, id or style passes: the page's look is the theme's.
    """
    return nh3.clean(
        text.replace("\0", ""),
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES),
        clean_content_tags=set(_DROPPED_WITH_CONTENT),
        link_rel="noopener",
        strip_comments=True,
    ).strip()
