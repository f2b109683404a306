"""Categories with their texts and their order."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from modules.catalog.exceptions import CategoryTooDeep
from modules.catalog.models import Category, CategoryTranslation
from modules.catalog.services.texts import (
    TITLE_MISSING,
    Texts,
    check_slug,
    clean_texts,
    invalid,
    naming_conflicts,
    slug_from,
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
    if not slug:
        vendor = current_context().vendor
        default = vendor.default_language if vendor else "en"
        best = best_text({code: text["name"] for code, text in texts.items()}, default, default)
        slug = slug_from(best[1] if best else "", lambda name: Category.objects.filter(slug=name).exists())
    category = Category(slug=check_slug(slug), position=position, parent=parent, is_visible=is_visible)
    _check_place(category)
    with naming_conflicts(slug=slug):
        category.save(force_insert=True)
    _set_texts(category, texts)
    content_changed()
    return category


@transaction.atomic
def update_category(
    *,
    category: Category,
    slug: str | None = None,
    translations: Texts | None = None,
    position: int | None = None,
    parent: Category | None = None,
    moves_to_top: bool = False,
    is_visible: bool | None = None,
) -> Category:
    """Change what is given and leave the rest. `moves_to_top` takes it out of its parent.

    Raises what `create_category` raises.
    """
    category = Category.objects.select_for_update().get(pk=category.pk)
    if slug is not None:
        category.slug = check_slug(slug)
    if position is not None:
        category.position = position
    if is_visible is not None:
        category.is_visible = is_visible
    if moves_to_top or parent is not None:
        category.parent = None if moves_to_top else parent
        _check_place(category)
    with naming_conflicts(slug=category.slug):
        category.save()
    if translations is not None:
        _set_texts(category, clean_texts(translations, "name"))
        if not CategoryTranslation.objects.filter(category=category).exists():
            raise invalid("translations", TITLE_MISSING)
    content_changed()
    return category


@transaction.atomic
def order_categories(*, positions: Mapping[int, int]) -> int:
    """Set the positions of categories by their ids; returns how many have moved. Unknown ids are passed over."""
    rows = list(Category.objects.select_for_update().filter(pk__in=positions).order_by("pk"))
    moved = [row for row in rows if row.position != positions[row.pk]]
    for row in moved:
        row.position = positions[row.pk]
    Category.objects.bulk_update(moved, ["position"])
    if moved:
        content_changed()
    return len(moved)


def _check_place(category: Category) -> None:
    """Raises CategoryTooDeep when it or what stands below it would be too deep, or below itself."""
    depth, ancestor = 1, category.parent
    while ancestor is not None:
        depth += 1
        if ancestor.pk == category.pk or depth > MAX_DEPTH:
            raise CategoryTooDeep(field="parent")
        ancestor = ancestor.parent
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
