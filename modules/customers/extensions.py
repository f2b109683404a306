"""The module's answers to the ground floor's questions."""

from __future__ import annotations

from modules.customers import selectors
from platform_core.identity.principals import customer_by_id

customer_by_id.register(selectors.customer_of_id)
