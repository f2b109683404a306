"""What can go wrong with a vendor's settings, by name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from platform_core.exceptions import DomainError, RowChanged


class SettingsChanged(RowChanged):
    code = "settings_changed"
    default_message = _(
        "Somebody else has changed the settings of “%(name)s” in the meantime. Nothing was overwritten, and what you"
        " typed is still here: compare, then save again."
    )


class NoVendorSettings(DomainError):
    code = "no_vendor_settings"
    status = 404
    default_message = _("“%(module)s” has no settings that a shop may have of its own.")
