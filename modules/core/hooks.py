"""What the module's definition names."""

from __future__ import annotations

from modules.core.models import VendorSettings
from platform_core.modules.hooks import Counts, count_rows


def data_summary(_platform_id: int) -> Counts:
    """Settings of all shops."""
    return count_rows(VendorSettings)
