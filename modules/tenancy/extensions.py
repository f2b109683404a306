"""The module's answers to the ground floor's questions, and its own to other modules."""

from __future__ import annotations

from modules.tenancy import selectors
from modules.tenancy.doors import doors_of_vendors
from platform_core.extensions import ExtensionPoint
from platform_core.identity.principals import memberships_of_user
from platform_core.mail.services import sender_of_vendor
from platform_core.management.doors import doors_of_platform
from platform_core.tenancy.context import PlatformRef
from platform_core.tenancy.hosts import vendor_by_code, vendor_by_host, vendor_host_below
from platform_core.tenancy.tasks import vendor_by_id

# Modules that keep prices answer: (platform, vendor id) -> whether the vendor has any. They are asked while they
# are off as well.
has_prices: ExtensionPoint[[PlatformRef, int], bool] = ExtensionPoint("has_prices", asks_all=True)

vendor_by_host.register(selectors.vendor_of_host)
vendor_host_below.register(selectors.vendor_host_below)
vendor_by_code.register(selectors.vendor_of_code)
vendor_by_id.register(selectors.vendor_of_id)
memberships_of_user.register(selectors.memberships_of)
sender_of_vendor.register(selectors.sender)
doors_of_platform.register(doors_of_vendors)
