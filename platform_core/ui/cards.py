"""Product cards and prices as HTML, written in Python because lists show dozens of them.

A card as a template of components costs 265 µs, this way 35 µs (Python 3.11); a list of 24 has 8 ms in all.
"""

from __future__ import annotations

from html import escape
from typing import Any

from babel import Locale
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from moneyed import Money

from platform_core.ui.icons import icon_svg
from platform_core.ui.numbers import format_money
from platform_core.ui.pictures import picture_html


def _read(source: Any, name: str) -> Any:
    return source.get(name) if isinstance(source, dict) else getattr(source, name, None)


def price_html(
    price: Money | None,
    locale: Locale,
    *,
    was: Money | None = None,
    starting: bool = False,
    unit_price: Money | None = None,
    unit: str = "",
) -> SafeString:
    """A price in one line; a reduction is read out as "Was … now …". Nothing without a price."""
    if price is None:
        return SafeString("")
    parts = [f'<p class="price{" price-cut" if was else ""}">']
    if was:
        parts.append(
            f'<span class="sr-only">{escape(gettext("Was"))} </span>'
            f'<s class="price-was">{escape(format_money(was, locale))}</s> '
            f'<span class="sr-only">{escape(gettext("now"))} </span>'
        )
    if starting:
        # Translators: stands before the lowest price of a product, as in "from €12.50".
        word = pgettext("before the lowest price of a product", "from")
        parts.append(f'<span class="price-from">{escape(word)}</span> ')
    parts.append(f'<span class="price-now">{escape(format_money(price, locale))}</span>')
    if unit_price is not None:
        parts.append(
            f' <span class="price-unit">{escape(format_money(unit_price, locale))}/{escape(str(unit))}</span>'
        )
    parts.append("</p>")
    return SafeString("".join(parts))


def product_card_html(
    product: Any, locale: Locale, *, level: int | str = 3, sizes: str = "", loading: str = "lazy"
) -> SafeString:
    """A product card; what `product` has is told in the registry's entry product-card."""
    image, badge = _read(product, "image"), _read(product, "badge")
    photo = picture_html(image, sizes, loading=loading, alt="") if image else ""
    parts = [
        '<article class="product-card"><div class="product-card-photo">',
        photo or f'<span class="photo-none">{icon_svg("image", "", 24)}</span>',
    ]
    if badge:
        tone = escape(str(_read(badge, "tone") or "accent"))
        parts.append(f'<span class="flag flag-{tone}">{escape(str(_read(badge, "text")))}</span>')
    parts.append('</div><div class="product-card-text">')
    if kicker := _read(product, "kicker"):
        parts.append(f'<p class="kicker">{escape(str(kicker))}</p>')
    language = _read(product, "title_language")
    lang = f' lang="{escape(str(language))}"' if language else ""
    heading = f"h{int(level)}"
    parts.append(
        f'<{heading} class="product-card-title"><a class="stretched" href="{escape(str(_read(product, "url")))}"{lang}>'
        f"{escape(str(_read(product, 'title')))}</a></{heading}>"
    )
    if sku := _read(product, "sku"):
        parts.append(f'<p class="product-card-sku">{escape(str(sku))}</p>')
    parts.append(
        price_html(
            _read(product, "price"),
            locale,
            was=_read(product, "was_price"),
            starting=bool(_read(product, "starting")),
            unit_price=_read(product, "unit_price"),
            unit=_read(product, "unit") or "",
        )
    )
    if note := _read(product, "note"):
        parts.append(f'<p class="product-card-note">{escape(str(note))}</p>')
    parts.append("</div></article>")
    return SafeString("".join(parts))
