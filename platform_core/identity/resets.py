"""A user's forgotten password: a mail with a link, and what the link does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from platform_core.identity.links import LinkEnded, MailLink
from platform_core.identity.models import User
from platform_core.identity.principals import user_by_id
from platform_core.identity.services import set_password
from platform_core.mail.kinds import MailKind, register_mail
from platform_core.mail.services import write_mail
from platform_core.tenancy.context import PlatformRef, platform_context
from platform_core.tenancy.hosts import SiteKind
from platform_core.tenancy.links import public_address

PASSWORD_RESET = MailLink("identity.password_reset", timedelta(hours=2))
# Where each site shows the form: users sign in on these three.
RESET_ROUTES: dict[str, str] = {
    "platform": "dashboard:core:reset-password",
    "admin": "admin:reset-password",
    "hub": "admin:reset-password",
}


@transaction.atomic
def ask_for_password_reset(
    *, email: str, language: str, kind: SiteKind, host: str, platform: PlatformRef | None
) -> None:
    """Send the user with this e-mail address a link to set a new password, at `host`, which is a site of `kind`.

    The mail is in the user's language. One is written down for an address that nobody has as well, in
    `language`, so that neither the answer nor its time tells the two apart; it is not sent.
    """
    address = email.strip().lower()
    # Before the sign-in nobody else may read users, nor write down what belongs to no shop.
    with platform_context(platform, role="gatekeeper"):
        known = User.objects.filter(email=address).values_list("language", flat=True).first()
        write_mail(
            "identity.password_reset",
            to=address,
            language=known or language,
            email=address,
            kind=kind,
            host=host,
        )


def user_of_reset(token: str) -> User | None:
    """The active user for whom a link sets a new password; None once it has ended."""
    user_id = PASSWORD_RESET.row_id(token)
    user = user_by_id(user_id) if user_id is not None else None
    return user if user is not None and PASSWORD_RESET.is_good(token, user.password) else None


@transaction.atomic
def reset_password(*, token: str, new_password: str) -> User:
    """Set a new password by a link; every session and token of the user ends, and so does the link.

    Raises LinkEnded, ValidationError when the validators refuse the password.
    """
    user = user_of_reset(token)
    if user is None:
        raise LinkEnded
    with platform_context(role="gatekeeper"):
        # Read again under a lock: the same link may have been used between the two.
        user = User.objects.select_for_update().get(pk=user.pk)
    if not PASSWORD_RESET.is_good(token, user.password):
        raise LinkEnded
    return set_password(user=user, password=new_password).user


def password_reset(*, email: str, kind: SiteKind, host: str) -> dict[str, Any] | None:
    """The mail's values; nothing for an address that nobody has, or whose user is deactivated."""
    with platform_context(role="gatekeeper"):
        user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        return None
    url = public_address(kind, host, RESET_ROUTES[kind], PASSWORD_RESET.token(user.pk, user.password))
    return {"name": user.get_full_name(), "email": user.email, "url": url}


register_mail(
    MailKind(
        code="identity.password_reset",
        subject=_("A new password for your sign-in"),
        template="mail/password_reset",
        values=password_reset,
    )
)
