"""Products by words, endings, misspellings and SKUs. What is asked of PostgreSQL: docs/adr/0013-search.md."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from modules.catalog.models import Product
from modules.catalog.selectors.cards import CategoryLink, ProductPage
from modules.catalog.selectors.published import COUNT_CAP, published_products, remembered
from modules.catalog.selectors.shelves import shelf_ids, shelf_tree
from modules.catalog.selectors.shop import product_cards
from platform_core.languages import fallback_chain
from platform_core.tenancy.context import current_context

MAX_QUERY_LENGTH = 100
# With fewer products than these, another spelling is looked for.
FEW_PRODUCTS = 3
# How many letters may be wrong in a word of at least so many letters: as search engines commonly have it.
WRONG_LETTERS = ((6, 2), (3, 1), (0, 0))

SEARCH_SORTS: dict[str, str] = {
    "relevance": "score DESC, published_at DESC",
    "newest": "published_at DESC",
    "price": "min_price_minor",
    "-price": "min_price_minor DESC",
}

# Counts are by product: one that stands on two shelves of a branch counts once for the branch.
_FOUND = """
WITH hits AS MATERIALIZED (SELECT * FROM catalog_hits(%(asked)s, %(languages)s, false, %(most)s)),
chosen AS (
    SELECT * FROM hits
     WHERE %(shelves)s::bigint[] IS NULL OR EXISTS (
        SELECT FROM catalog_productcategory link
         WHERE link.vendor_id = %(vendor)s AND link.product_id = hits.product_id
           AND link.category_id = ANY(%(shelves)s))
),
places AS (
    SELECT place.id, count(DISTINCT link.product_id) AS number
      FROM hits
      JOIN catalog_productcategory link ON link.vendor_id = %(vendor)s AND link.product_id = hits.product_id
      JOIN catalog_category shelf ON shelf.vendor_id = link.vendor_id AND shelf.id = link.category_id
      LEFT JOIN catalog_category parent ON parent.vendor_id = shelf.vendor_id AND parent.id = shelf.parent_id
     CROSS JOIN LATERAL (VALUES (shelf.id, shelf.is_visible),
                                (shelf.parent_id, shelf.is_visible AND parent.is_visible),
                                (parent.parent_id, shelf.is_visible AND parent.is_visible)) AS place (id, is_open)
     WHERE place.id IS NOT NULL AND place.is_open
     GROUP BY place.id
)
SELECT (SELECT count(*) FROM hits), (SELECT count(*) FROM chosen),
    ARRAY(SELECT product_id FROM chosen ORDER BY {order}, product_id DESC LIMIT %(size)s OFFSET %(start)s),
    (SELECT json_object_agg(shelf.slug, places.number) FROM places
       JOIN catalog_category shelf ON shelf.vendor_id = %(vendor)s AND shelf.id = places.id)
"""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of what was found. `counts` says how many there are on each shelf, by its slug.

    `shown` are the words that were searched for: others than `asked` where those found nothing. `suggestion` is
    another spelling that finds more.
    """

    asked: str
    shown: str
    suggestion: str
    page: ProductPage
    total: int
    counts: Mapping[str, int]


def clean_query(text: str) -> str:
    """What somebody typed as one line of at most MAX_QUERY_LENGTH letters, without control characters."""
    line = unicodedata.normalize("NFC", text[: 4 * MAX_QUERY_LENGTH])
    line = "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in line)
    return " ".join(line.split())[:MAX_QUERY_LENGTH].strip()


def search_products(
    *,
    query: str,
    language: str,
    default_language: str,
    category_slug: str | None = None,
    sort: str = "relevance",
    page: int = 1,
    page_size: int = 20,
) -> SearchResult:
    """The shop's published products with all the words in a text, or with the SKU; 2 to 4 queries, no words none.

    `sort` is one of SEARCH_SORTS. Of more than COUNT_CAP products the first that are found are ranked. A page past the
    end is empty.
    """
    asked = clean_query(query)
    chain = list(fallback_chain(language, default_language))
    shelves = (
        None if category_slug is None else shelf_ids(category_slug, remembered("shelf-tree", shelf_tree))
    )
    options: dict[str, Any] = {
        "languages": chain,
        "shelves": shelves,
        "order": SEARCH_SORTS.get(sort, SEARCH_SORTS["relevance"]),
        "size": page_size,
        "start": (page - 1) * page_size,
    }
    shown, suggestion = asked, ""
    found = _found(asked, **options)
    if asked and found.total < FEW_PRODUCTS:
        other = corrected(asked)
        better = _found(other, **options) if other else found
        # A word of a product that nobody may see yet is not given away: another spelling must find something.
        if better.total > found.total and not found.total:
            shown, found = other, better
        elif better.total > found.total:
            suggestion = other
    here = {pk: place for place, pk in enumerate(found.ids)}
    cards = (
        product_cards(
            published_products().filter(pk__in=here), language=language, default_language=default_language
        )
        if here
        else ()
    )
    total = min(found.chosen, COUNT_CAP)
    return SearchResult(
        asked=asked,
        shown=shown,
        suggestion=suggestion,
        page=ProductPage(
            items=tuple(sorted(cards, key=lambda card: here[card.id])),
            number=page,
            page_count=max(1, -(-total // page_size)),
            total=total,
            is_capped=found.chosen > COUNT_CAP,
        ),
        total=min(found.total, COUNT_CAP),
        counts=found.counts,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    total: int = 0
    chosen: int = 0
    ids: tuple[int, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


def _found(asked: str, *, order: str, **options: Any) -> _Found:
    if not asked:
        return _Found()
    facts = {
        **options,
        "asked": asked,
        "most": COUNT_CAP + 1,
        "vendor": current_context().vendor_id or 0,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOUND.format(order=order), facts)
        total, chosen, ids, counts = cursor.fetchone()
    return _Found(total, chosen, tuple(ids), counts or {})


def corrected(asked: str) -> str:
    """The words that were typed, each that no title of the shop has replaced by the likest one; "" for none. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT place, typed, word, plain FROM catalog_similar_words(%s)", [asked])
        rows = cursor.fetchall()
    words: dict[int, tuple[str, list[tuple[str, str]]]] = {}
    for place, typed, word, plain in rows:
        words.setdefault(place, (typed, []))[1].extend([(word, plain)] if word else [])
    written = [_spelled(typed, near) for typed, near in words.values()]
    if written == [typed for typed, _near in words.values()]:
        return ""
    return " ".join(written)


def _spelled(typed: str, near: Iterable[tuple[str, str]]) -> str:
    """The likest word, of equally wrong ones the first; as typed where a title has it or none is near enough."""
    if re.search(r"\d", typed):
        return typed
    allowed = next(wrong for length, wrong in WRONG_LETTERS if len(typed) >= length)
    best, fewest = typed, allowed + 1
    for word, plain in near:
        if plain == typed:
            return typed
        wrong = letters_apart(typed, plain)
        if wrong < fewest:
            best, fewest = word, wrong
    return best


def letters_apart(one: str, other: str) -> int:
    """How many letters are added, left out, exchanged or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        row = [i]
        for j, right in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]


def shelves_named(asked: str, links: Iterable[CategoryLink]) -> list[CategoryLink]:
    """The categories with products whose names hold all the words that were typed. No query."""
    words = _bare(asked).split()
    return [
        link for link in links if words and link.has_products and all(w in _bare(link.name) for w in words)
    ]


def _bare(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in letters if not unicodedata.combining(c))


def ranked_ids(*, query: str, language: str, default_language: str, most: int) -> list[int]:
    """The ids of the `most` products that shoppers may see and that fit best, the best first. 1 query."""
    found = _found(
        clean_query(query),
        languages=list(fallback_chain(language, default_language)),
        shelves=None,
        order=SEARCH_SORTS["relevance"],
        size=most,
        start=0,
    )
    return list(found.ids)


# What the platform's staff ask across its shops: their policies are open, so the indexes serve without a function.
_OF_EVERY_SHOP = """
SELECT product_id FROM catalog_producttranslation WHERE words @@ (SELECT catalog_query(%s))
UNION ALL
SELECT product_id FROM catalog_variant WHERE upper(sku) ~>=~ upper(%s) AND upper(sku) ~<~ (upper(%s) || '~')
"""


def found_by_team(query: str) -> Q:
    """A condition on products: words of a text, the beginning of a SKU, or the address; drafts and archived ones too.

    Of more than COUNT_CAP texts of a shop the first that are found count.
    """
    asked = clean_query(query)
    if not asked:
        return Q(pk__in=[]) if query.strip() else Q()
    if current_context().vendor_id is None:
        ids = RawSQL(_OF_EVERY_SHOP, [asked, asked, asked])
    else:
        ids = RawSQL("SELECT product_id FROM catalog_hits(%s, '{}', true, %s)", [asked, COUNT_CAP + 1])
    return Q(pk__in=ids) | Q(pk__in=Product.objects.filter(slug=asked).values("pk"))
