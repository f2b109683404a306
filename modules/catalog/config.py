"""What may be set of the catalogue."""

from __future__ import annotations

from django.utils.translation import gettext_noop
from pydantic import BaseModel, Field


class CatalogSettings(BaseModel):
    """How a shop shows its goods."""

    # Multiples of 12 fill the rows of 2, 3 and 4 columns.
    products_per_page: int = Field(
        24,
        ge=6,
        le=96,
        title=gettext_noop("Products on a page"),
        description=gettext_noop(
            "In the lists and the search of a shop, from 6 to 96; multiples of 12 fill every row."
        ),
    )
