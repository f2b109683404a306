"""Categories with their texts and their order."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from modules.catalog.exceptions import CategoryChanged, CategoryTooDeep, PlacesChanged
from modules.catalog.models import Category, CategoryTranslation
from modules.catalog.services.texts import (
    TITLE_MISSING,
    Texts,
    check_slug,
    clean_texts,
    insert_named,
    invalid,
    naming_conflicts,
)
from platform_core.languages import best_text
from platform_core.tenancy.context import current_context
from platform_core.tenancy.pagecache import content_changed

MAX_DEPTH = 3


@transaction.atomic
def create_category(
    *,
    slug: str = "",
    translations: Texts,
    position: int = 0,
    parent: Category | None = None,
    is_visible: bool = True,
) -> Category:
    """A category with its texts (`{"en": {"name", "description"}}`), three levels deep at most.

    Without a slug one is made from the name. Raises InvalidCatalogData, SlugTaken, CategoryTooDeep.
    """
    texts = {code: text for code, text in clean_texts(translations, "name").items() if text}
    if not texts:
        raise invalid("translations", TITLE_MISSING)
    vendor = current_context().vendor
    default = vendor.default_language if vendor else "en"
    best = best_text({code: text["name"] for code, text in texts.items()}, default, default)
    category = Category(
        slug=check_slug(slug) if slug else "", position=position, parent=parent, is_visible=is_visible
    )
    if parent is not None:
        _check_place(category, _hold_tree(parent.vendor_id))
    insert_named(category, title=best[1] if best else "")
    _set_texts(category, texts)
    content_changed()
    return category


@transaction.atomic
def update_category(
    *,
    category: Category,
    expected_version: int | None = None,
    slug: str | None = None,
    translations: Texts | None = None,
    position: int | None = None,
    parent: Category | None = None,
    moves_to_top: bool = False,
    is_visible: bool | None = None,
) -> Category:
    """Change what is given and leave the rest. `moves_to_top` takes it out of its parent.

    Raises CategoryChanged when `expected_version` is stale, else what `create_category` raises.
    """
    tree = _hold_tree(category.vendor_id) if parent is not None else {}
    category = Category.objects.select_for_update().get(pk=category.pk)
    if expected_version is not None and expected_version != category.version:
        raise CategoryChanged(expected=expected_version, current=category.version)
    if slug is not None:
        category.slug = check_slug(slug)
    if position is not None:
        category.position = position
    if is_visible is not None:
        category.is_visible = is_visible
    if moves_to_top or parent is not None:
        category.parent = None if moves_to_top else parent
        _check_place(category, tree)
    category.version += 1
    with naming_conflicts(slug=category.slug):
        category.save()
    if translations is not None:
        _set_texts(category, clean_texts(translations, "name"))
        if not CategoryTranslation.objects.filter(category=category).exists():
            raise invalid("translations", TITLE_MISSING)
    content_changed()
    return category


@transaction.atomic
def order_categories(*, positions: Mapping[int, int], seen: Mapping[int, int] | None = None) -> int:
    """Set the positions of categories by their ids; returns how many have moved. Unknown ids are passed over.

    `seen` are the positions that the caller has read: one that is left as it was read is not written. Raises
    PlacesChanged when somebody else has moved one of the others since.
    """
    seen = seen or {}
    wanted = {pk: position for pk, position in positions.items() if seen.get(pk) != position}
    rows = list(Category.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
    moved = [row for row in rows if row.position != wanted[row.pk]]
    overtaken = {row.pk: row.position for row in moved if seen.get(row.pk, row.position) != row.position}
    if overtaken:
        raise PlacesChanged(overtaken)
    for row in moved:
        row.position = wanted[row.pk]
        row.version += 1
    Category.objects.bulk_update(moved, ["position", "version"])
    if moved:
        content_changed()
    return len(moved)


def _hold_tree(vendor_id: int) -> dict[int, Category]:
    """Every category of a shop by its id, locked: two moves at once may each be right and together a circle."""
    rows = Category.objects.select_for_update().filter(vendor_id=vendor_id).order_by("pk")
    return {row.pk: row for row in rows}


def _check_place(category: Category, tree: Mapping[int, Category]) -> None:
    """Raises CategoryTooDeep when it or what stands below it would be too deep, or below itself."""
    depth, place = 1, category.parent_id
    while place is not None:
        depth += 1
        if place == category.pk or depth > MAX_DEPTH:
            raise CategoryTooDeep(field="parent")
        place = tree[place].parent_id if place in tree else None
    if category.pk and depth + _height_below(category) > MAX_DEPTH:
        raise CategoryTooDeep(field="parent")


def _height_below(category: Category) -> int:
    below = Category.objects.filter(parent=category)
    if not below.exists():
        return 0
    return 2 if Category.objects.filter(parent__parent=category).exists() else 1


def _set_texts(category: Category, texts: Mapping[str, dict[str, str] | None]) -> None:
    gone = [code for code, text in texts.items() if text is None]
    if gone:
        CategoryTranslation.objects.filter(category=category, language__in=gone).delete()
    CategoryTranslation.objects.bulk_create(
        [
            CategoryTranslation(category=category, language=code, **text)
            for code, text in texts.items()
            if text is not None
        ],
        update_conflicts=True,
        update_fields=["name", "description"],
        unique_fields=["vendor_id", "category", "language"],
    )
