"""Sign-in by e-mail and password, and permissions by the principal of the current request."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from platform_core.identity.models import User
from platform_core.identity.passwords import note_sign_in
from platform_core.identity.principals import current_principal
from platform_core.tenancy.context import platform_context


def user_permissions(user: User) -> frozenset[str]:
    """The codes `user` holds in the current request; none outside of one."""
    principal = current_principal.get()
    if principal is None or not user.is_active or principal.account != user:
        return frozenset()
    return principal.held


def user_has_permission(user: User, permission: str) -> bool:
    """Whether `user` holds `permission` in the current request. A superuser holds all."""
    if user.is_active and user.is_superuser:
        return True
    return permission in user_permissions(user)


class EmailBackend(BaseBackend):
    """One e-mail address, one password. Unknown and wrong take the same time."""

    def authenticate(
        self,
        request: HttpRequest | None,
        email: str | None = None,
        password: str | None = None,
        username: str | None = None,
        **_options: Any,
    ) -> User | None:
        address = (email or username or "").strip().lower()
        if not address or password is None or "\0" in address or "\0" in password:
            return None
        with platform_context(role="gatekeeper"):
            user = User.objects.filter(email=address).first()
            if user is None:
                make_password(password)
                return None
            # Somebody who is shut out costs as much time as anybody, and no write.
            active = User.objects.filter(is_active=True)
            return user if note_sign_in(active, user, password) else None

    def get_user(self, user_id: int) -> User | None:
        with platform_context(role="gatekeeper"):
            return User.objects.filter(pk=user_id, is_active=True).first()

    def get_all_permissions(self, user: User, obj: Any = None) -> set[str]:
        return set(user_permissions(user))

    def has_perm(self, user: User, perm: str, obj: Any = None) -> bool:
        return user_has_permission(user, perm)

    def has_module_perms(self, user: User, app_label: str) -> bool:
        """Whether `user` holds any permission of the app."""
        if user.is_active and user.is_superuser:
            return True
        return any(code.startswith(f"{app_label}.") for code in user_permissions(user))
