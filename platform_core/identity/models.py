"""User: the people who run platforms and shops. Customers are the customers module's, one table per shop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.languages import LANGUAGE_CHOICES


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new user. Raises ValueError without an e-mail address, IntegrityError when it is taken."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person with a sign-in for the hub, platforms' admins or vendors' dashboards.

    Users are deactivated or anonymised, never deleted: rows of the platforms refer to them.
    """

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGE_CHOICES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Luxembourg")
    is_active = models.BooleanField(_("active"), default=True)
    is_superuser = models.BooleanField(
        _("superuser"), default=False, help_text=_("May do everything, on every platform.")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("email",)
        constraints = (models.UniqueConstraint(Lower("email"), name="platform_core_user_email_uq"),)

    def __str__(self) -> str:
        return self.full_name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] if self.full_name else self.email

    @property
    def is_staff(self) -> bool:
        """Asked by Django's admin after the policy gate has let the request through."""
        return self.is_active

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        # The backend answers for the principal of the current request.
        return any(backend.has_perm(self, perm, obj) for backend in get_backends())

    def has_perms(self, perms: Iterable[str], obj: models.Model | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return any(backend.has_module_perms(self, app_label) for backend in get_backends())  # type: ignore[attr-defined]


class RefreshSession(models.Model):
    """One refresh token of a script's or app's sign-in, for users and customers alike.

    A token is good for one use: each use makes the next of its `family`. The row whose id is the family's is
    its first; whoever changes the family locks that row.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    family = models.UUIDField(db_index=True)
    audience = models.CharField(max_length=16)
    # Plain ids: the rows outlive nobody by long, and the tables they point at differ by audience.
    platform_id = models.BigIntegerField()
    vendor_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField()
    # SHA-256 of the token, which itself is stored nowhere.
    token_hash = models.CharField(max_length=64, unique=True)
    # What the account's password looked like: a changed one ends the family.
    account_stamp = models.CharField(max_length=64)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    rotated_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("refresh session")
        verbose_name_plural = _("refresh sessions")
        indexes = (models.Index(fields=("account_id", "audience"), name="platform_core_refresh_acc_ix"),)

    def __str__(self) -> str:
        return f"{self.audience} {self.account_id}"
