"""The mail by which somebody is asked to join."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from modules.tenancy import selectors
from modules.tenancy.models import Invitation
from platform_core.identity.models import User
from platform_core.mail.kinds import MailKind, register_mail
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.links import public_address


def invitation(*, invitation_id: int, invited_by: str) -> dict[str, Any] | None:
    """What is asked, by whom, and the link; nothing once it is accepted or withdrawn, or to a closed account."""
    with platform_context(role="gatekeeper"):
        invitations = Invitation.objects.select_related("platform", "vendor")
        found = invitations.prefetch_related("platform__domains").filter(pk=invitation_id).first()
        if found is None or User.objects.filter(email=found.email, is_active=False).exists():
            return None
    platform, vendor, token = found.platform, found.vendor, selectors.invitation_token(found)
    if vendor is None:
        url = public_address("admin", platform.admin_host, "staff:tenancy:invitation", token)
    else:
        url = public_address("platform", platform.primary_host, "dashboard:tenancy:invitation", token)
    return {
        "place": vendor.name if vendor is not None else platform.name,
        "shop_name": vendor.name if vendor is not None else "",
        "platform_name": platform.name,
        "role": found.get_role_display(),
        "inviter": invited_by,
        "url": url,
    }


register_mail(
    MailKind(
        code="tenancy.invitation",
        subject=_("Invitation to %(place)s"),
        template="tenancy/email/invitation",
        values=invitation,
    )
)
