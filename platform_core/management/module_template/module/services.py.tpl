"""Commands: every write, in one transaction."""

from __future__ import annotations

from django.db import transaction

from ${package}.models import ${model_class}
from platform_core.tenancy.pagecache import content_changed


@transaction.atomic
def write_${model}(*, title: str, body: str = "", is_published: bool = False) -> ${model_class}:
    """A new entry of the context's shop. Raises ValidationError for values that no entry can have."""
    ${model} = ${model_class}(title=title, body=body, is_published=is_published)
    ${model}.clean_fields(exclude={"vendor_id"})
    ${model}.save()
    content_changed()
    return ${model}


@transaction.atomic
def publish_${model}(*, ${model}: ${model_class}, is_published: bool = True) -> None:
    """Show an entry to shoppers, or hide it from them."""
    ${model}.is_published = is_published
    ${model}.save(update_fields=("is_published",))
    content_changed()


@transaction.atomic
def delete_${model}(*, ${model}: ${model_class}) -> None:
    """Take an entry away for ever."""
    ${model}.delete()
    content_changed()
