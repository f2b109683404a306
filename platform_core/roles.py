"""The three fixed roles. Each is a set of permission codes; which vendor codes a role holds, modules declare."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

PLATFORM_ADMIN = "platform_admin"
VENDOR_OWNER = "vendor_owner"
VENDOR_CLERK = "vendor_clerk"


class StaffRole(models.TextChoices):
    """Roles of a platform's own staff."""

    PLATFORM_ADMIN = PLATFORM_ADMIN, _("Platform admin")


class VendorRole(models.TextChoices):
    """Roles in a vendor's team."""

    OWNER = VENDOR_OWNER, _("Owner")
    CLERK = VENDOR_CLERK, _("Clerk")
