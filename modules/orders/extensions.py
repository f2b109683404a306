"""Questions of orders that other modules may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from platform_core.extensions import ExtensionPoint

# inventory answers: (variant ids) -> how many of each may be bought now. Variants it leaves out have no limit.
stock_limits: ExtensionPoint[[Sequence[int]], Mapping[int, int]] = ExtensionPoint("stock_limits")
# inventory answers, in the transaction that places an order: (variant id -> quantity) -> the variants of which there
# are too few. It has taken all the others when it returns none, and nothing when it returns some.
take_stock: ExtensionPoint[[Mapping[int, int]], Sequence[int]] = ExtensionPoint("take_stock")
