"""The module's answers to the ground floor's questions."""

from __future__ import annotations

from modules.tenancy import selectors
from modules.tenancy.doors import doors_of_vendors
from platform_core.identity.principals import memberships_of_user
from platform_core.management.doors import doors_of_platform
from platform_core.tenancy.hosts import vendor_by_code, vendor_by_host
from platform_core.tenancy.tasks import vendor_by_id

vendor_by_host.register(selectors.vendor_of_host)
vendor_by_code.register(selectors.vendor_of_code)
vendor_by_id.register(selectors.vendor_of_id)
memberships_of_user.register(selectors.memberships_of)
doors_of_platform.register(doors_of_vendors)
