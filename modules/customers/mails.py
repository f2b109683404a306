"""The mails that customers get from a shop about their account."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from modules.customers import links, selectors
from modules.customers.models import Customer
from platform_core.mail.kinds import MailKind, register_mail
from platform_core.tenancy.context import current_context
from platform_core.tenancy.links import shop_address


def password_reset(*, email: str) -> dict[str, Any] | None:
    """A link to set a new password; nothing for an address that nobody has here, or whose account is closed."""
    customer = selectors.customer_of_email(email)
    if customer is None:
        return None
    return _link_for(customer, "storefront:customers:reset-password", links.reset_token(customer))


def email_confirmation(*, customer_id: int) -> dict[str, Any] | None:
    """A link to confirm the address; nothing once it is confirmed, or the account closed."""
    customer = selectors.customer_of_id(customer_id)
    if customer is None or customer.email_confirmed_at is not None:
        return None
    return _link_for(customer, "storefront:customers:confirm", links.confirmation_token(customer))


def _link_for(customer: Customer, view_name: str, token: str) -> dict[str, Any]:
    vendor = current_context().vendor
    assert vendor is not None
    url = shop_address(vendor, translation.get_language() or "", view_name, token)
    return {"name": customer.full_name, "shop_name": vendor.name, "url": url}


register_mail(
    MailKind(
        code="customers.password_reset",
        subject=_("A new password for %(shop_name)s"),
        template="customers/email/password_reset",
        values=password_reset,
    )
)
register_mail(
    MailKind(
        code="customers.email_confirmation",
        subject=_("Confirm your e-mail address for %(shop_name)s"),
        template="customers/email/email_confirmation",
        values=email_confirmation,
    )
)
