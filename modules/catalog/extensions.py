"""Questions of the catalogue that other modules may answer."""

from __future__ import annotations

from collections.abc import Sequence

from platform_core.extensions import ExtensionPoint

# inventory answers: (variant ids) -> which of them can be bought now. Without an answer all of them can.
variants_in_stock: ExtensionPoint[[Sequence[int]], dict[int, bool]] = ExtensionPoint("variants_in_stock")
