"""`{% load ui %}`: money, numbers, moments, icons, pictures and addresses of the interface system."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from html import escape
from typing import Any

from babel import Locale
from django import template
from django.http import QueryDict
from django.template.base import FilterExpression, Parser, Token
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from moneyed import Money

from platform_core.identity import form_shop
from platform_core.identity.audience import Audience
from platform_core.languages import DEFAULT_REGION, locale_of
from platform_core.tenancy.links import LanguageLink
from platform_core.tenancy.pagecache import cached_value
from platform_core.ui import assets, cards, countries, forms, icons, moments, numbers, paging, pictures

register = template.Library()


def _locale(context: template.Context) -> Locale:
    region = context.get("region") or getattr(context.get("shop"), "region", None)
    return locale_of(get_language(), region or DEFAULT_REGION)


@register.simple_tag(takes_context=True)
def shop_field(context: template.Context) -> SafeString | str:
    """What every form of the dashboard carries beside its CSRF token; nothing elsewhere."""
    request = context.get("request")
    principal = getattr(request, "principal", None)
    if principal is None or principal.audience is not Audience.VENDOR or principal.vendor is None:
        return ""
    return format_html('<input type="hidden" name="{}" value="{}">', form_shop.FIELD, principal.vendor.code)


@register.simple_tag(takes_context=True)
def money(context: template.Context, amount: Money | int | None, currency: str | None = None) -> str:
    """`{% money product.price %}` or `{% money line.gross_minor order.currency %}`; nothing for None."""
    if amount is None or amount == "":
        return ""
    return numbers.format_money(numbers.as_money(amount, currency), _locale(context))


@register.simple_tag(takes_context=True)
def unit_price(
    context: template.Context, amount: Money | int | None, unit: str, currency: str | None = None
) -> str:
    """`{% unit_price price "l" %}`: the price of one unit of measure, "13,20 €/l"."""
    if amount is None or amount == "":
        return ""
    return f"{numbers.format_money(numbers.as_money(amount, currency), _locale(context))}/{unit}"


def _money_or_none(value: Any) -> Money | None:
    """A name that the template does not know is an empty text; an amount of zero is an amount."""
    return value if isinstance(value, Money) else None


@register.simple_tag(takes_context=True)
def price_line(
    context: template.Context,
    price: Money | None,
    was: Money | None = None,
    starting: bool = False,
    unit_amount: Money | None = None,
    unit: str = "",
) -> SafeString:
    """`{% price_line price was %}`: a price in one line, a reduction read out as "Was … now …"."""
    return cards.price_html(
        _money_or_none(price),
        _locale(context),
        was=_money_or_none(was),
        starting=bool(starting),
        unit_price=_money_or_none(unit_amount),
        unit=unit,
    )


@register.simple_tag(takes_context=True)
def product_card(
    context: template.Context, product: Any, level: int | str = 3, sizes: str = "", loading: str = "lazy"
) -> SafeString:
    """`{% product_card product %}`: the component product-card without the price of a component."""
    return cards.product_card_html(product, _locale(context), level=level, sizes=sizes, loading=loading)


@register.simple_tag(takes_context=True)
def num(context: template.Context, value: Decimal | int | float | None, decimals: int | None = None) -> str:
    """`{% num 1284 %}`: "1,284" in English, "1.284" in German."""
    if value is None or value == "":
        return ""
    return numbers.format_number(value, _locale(context), decimals)


@register.simple_tag(takes_context=True)
def pct(context: template.Context, value: Decimal | int | float | None, decimals: int | None = None) -> str:
    """`{% pct vat_percent %}`: 17 is 17 %."""
    if value is None or value == "":
        return ""
    return numbers.format_per_cent(value, _locale(context), decimals)


@register.simple_tag(takes_context=True)
def when(context: template.Context, moment: datetime | date | None, style: str = "date") -> SafeString | str:
    """`{% when order.placed_at "datetime" %}`: a `<time>` with the exact value.

    Styles: "date", "datetime", "relative" (the exact value then stands in its title).
    """
    if not moment:
        return ""
    locale = _locale(context)
    if not isinstance(moment, datetime):
        if style == "date":
            return format_html(
                '<time datetime="{}">{}</time>', moment.isoformat(), moments.format_day(moment, locale)
            )
        moment = timezone.make_aware(datetime.combine(moment, time()))
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    stamp = local.isoformat(timespec="seconds")
    if style == "relative":
        words = moments.format_relative(moment, locale)
        exact = moments.format_moment(local, locale)
        return format_html('<time datetime="{}" title="{}">{}</time>', stamp, exact, words)
    if style == "datetime":
        return format_html('<time datetime="{}">{}</time>', stamp, moments.format_moment(local, locale))
    if style == "date":
        return format_html('<time datetime="{}">{}</time>', stamp, moments.format_day(local.date(), locale))
    raise template.TemplateSyntaxError(f"{{% when %}} knows date, datetime and relative, not {style!r}.")


@register.filter
def country_name(code: str) -> str:
    """`{{ address.country|country_name }}`: "Luxembourg", "Luxemburg", "Lëtzebuerg"."""
    return countries.country_name(str(code), get_language())


@register.simple_tag
def icon(name: str, label: str = "", size: int = icons.DEFAULT_SIZE, css_class: str = "") -> SafeString:
    """`{% icon "package" %}`, decorative; `{% icon "lock" label=_("Locked") %}`, with a meaning."""
    return icons.icon_svg(str(name), str(label), int(size), str(css_class))


@register.simple_tag
def picture(
    image: Any,
    sizes: str = "",
    loading: str = "lazy",
    css_class: str = "",
    preferred_width: int = 640,
    alt: str | None = None,
) -> SafeString:
    """`{% picture product.image sizes="(min-width: 768px) 50vw, 100vw" %}`: an `<img>` with srcset."""
    return pictures.picture_html(
        image, sizes, loading=loading, css_class=css_class, preferred_width=preferred_width, alt=alt
    )


@register.simple_tag
def language_items(links: Iterable[LanguageLink], names: bool = False) -> SafeString:
    """`{% language_items language_links %}`: this page in each language, as list items; with codes, or `names`."""
    return SafeString(
        "".join(
            f'<li><a href="{escape(link.url)}" hreflang="{link.code}" lang="{link.code}"'
            + (' aria-current="true"' if link.is_current else "")
            + (f">{escape(link.label)}" if names else f' aria-label="{escape(link.label)}">{link.code}')
            + "</a></li>"
            for link in links
        )
    )


class KeptNode(template.Node):
    """A part of a page that many pages of a shop have in common."""

    def __init__(self, facts: list[FilterExpression], nodes: template.NodeList) -> None:
        self.facts, self.nodelist = facts, nodes

    def render(self, context: template.Context) -> SafeString:
        facts = [str(fact.resolve(context)) for fact in self.facts]
        return cached_value(f"html:{json.dumps(facts)}", lambda: self.nodelist.render(context))


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """`{% kept "shelves" here.slug %}…{% endkept %}`: rendered once for each language, until the shop changes.

    What stands inside may depend on the shop, the language and what is named after `kept`, and on nothing else.
    """
    _tag, *facts = token.split_contents()
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode([parser.compile_filter(fact) for fact in facts], nodes)


def _query(context: template.Context) -> QueryDict:
    request = context.get("request")
    return request.GET.copy() if request is not None else QueryDict(mutable=True)


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, **changes: Any) -> str:
    """`href="{% query_with page=2 %}"`: the page's query string with some parameters changed.

    None or an empty text removes a parameter. Any change but of the page goes back to page one.
    """
    query = _query(context)
    if set(changes) - {"page"}:
        query.pop("page", None)
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        elif isinstance(value, list | tuple):
            query.setlist(name, [str(item) for item in value])
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def page_links(context: template.Context, page: Any) -> paging.PageLinks | None:
    """`{% page_links page as pages %}`: see `platform_core.ui.paging.page_links`."""
    if not page:
        return None

    def url_of(number: int) -> str:
        return query_with(context, page=number if number > 1 else None)

    return paging.page_links(page, url_of)


@register.simple_tag
def asset(path: str) -> str:
    """`{% asset "storefront/storefront.css" %}`: a static file's address that changes with its content."""
    return assets.asset_url(path)


@register.simple_tag
def font_url(name: str) -> str:
    """`{% font_url "archivo" %}`: a theme font's address, the same as in the style sheet."""
    return static(f"fonts/{name}.woff2")


@register.filter
def word_room(text: str) -> int:
    """Letters that a line of this heading must hold, in the steps that the style sheet knows: 9, 13, 18, 28."""
    longest = max(map(len, re.split(r"[\s-]+", str(text))))
    return next((room for room in (9, 13, 18) if longest <= room), 28)


@register.filter
def spread(attrs: Mapping[str, Any]) -> SafeString:
    """The attributes that a component passes on, every value escaped: `<button {{ attrs|spread }}>`.

    Cotton's own `{{ attrs }}` leaves values that start and end with a quote unescaped.
    """
    passed = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else dict(attrs)
    parts = []
    for name, value in passed.items():
        if value is True:
            parts.append(conditional_escape(name))
        elif value is not None and value is not False:
            parts.append(format_html('{}="{}"', name, str(value)))
    return mark_safe(" ".join(parts))


@register.filter
def get_item(mapping: Any, key: Any) -> Any:
    """`{{ labels|get_item:code }}`; nothing when the key is missing."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.simple_tag
def field_parts(field: Any, help_text: str = "") -> forms.FieldParts:
    """`{% field_parts field help as part %}`: what the field component draws."""
    return forms.parts_of(field, str(help_text or ""))


@register.simple_tag
def form_errors(form: Any, formsets: Any = None) -> list[forms.FormError]:
    """`{% form_errors form formsets as errors %}`: the lines of the error summary."""
    return forms.errors_of(form, formsets or ())


_TONE_ICONS = {
    "neutral": "circle",
    "accent": "sparkles",
    "info": "info",
    "good": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-alert",
}


@register.simple_tag
def tone_icon(tone: str, size: int = icons.DEFAULT_SIZE) -> SafeString:
    """The icon that stands beside a tone's colour, so that colour is never the only sign."""
    return icons.icon_svg(_TONE_ICONS.get(str(tone), "circle"), "", int(size))


@dataclass(frozen=True, slots=True)
class SortState:
    """Where a sort header leads and how its column is sorted now."""

    url: str
    direction: str


@register.simple_tag(takes_context=True)
def sort_state(context: template.Context, key: str, current: str, param: str = "sort") -> SortState:
    """`{% sort_state "title" sort as state %}`: `-title` sorts downwards; a second click turns around."""
    direction = {key: "ascending", f"-{key}": "descending"}.get(str(current or ""), "")
    target = f"-{key}" if direction == "ascending" else key
    return SortState(query_with(context, **{param: target}), direction)
