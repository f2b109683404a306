"""What a platform may set."""

from django.utils.translation import gettext_noop as _
from pydantic import BaseModel, Field


class Settings(BaseModel):
    """How much a page shows."""

    page_size: int = Field(12, ge=1, le=100, title=_("Entries on a page"))
