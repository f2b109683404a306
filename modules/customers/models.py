"""Customer: who buys in one shop. The same person is another customer, with another password, in the next."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.languages import LANGUAGE_CHOICES
from platform_core.tenancy.models import VendorForeignKey, VendorOwned

validate_country = RegexValidator(r"^[A-Z]{2}\Z", _("Choose a country from the list."))


class Customer(VendorOwned, AbstractBaseUser):
    """An account in one shop, known by its e-mail address there. Passwords and sessions as for users."""

    email = models.EmailField(_("e-mail address"), max_length=254)
    # Until then somebody else's address may stand here.
    email_confirmed_at = models.DateTimeField(
        _("e-mail address confirmed"), null=True, blank=True, editable=False
    )
    full_name = models.CharField(_("name"), max_length=150)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGE_CHOICES, default="en")
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("customer since"), default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("vendor_id", "email"), name="customers_customer_email_uq"),
            # Stored in lower case only, so that the key above ignores case and look-ups use its index.
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="customers_customer_email_ck"
            ),
        )
        indexes = (models.Index(fields=("vendor_id", "-created_at"), name="customers_customer_new_ix"),)

    def __str__(self) -> str:
        return self.full_name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normalise_email(self.email)
        super().save(*args, **kwargs)


class Address(VendorOwned):
    """Where a customer's goods or invoices go."""

    customer = VendorForeignKey(
        "customers.Customer", models.CASCADE, related_name="addresses", verbose_name=_("customer")
    )
    name = models.CharField(_("name"), max_length=150)
    line1 = models.CharField(_("street and number"), max_length=200)
    line2 = models.CharField(_("floor, building or care of"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=16)
    city = models.CharField(_("town"), max_length=100)
    country = models.CharField(_("country"), max_length=2, default="LU", validators=[validate_country])
    is_default = models.BooleanField(_("used first"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ("-is_default", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("vendor_id", "customer"),
                condition=models.Q(is_default=True),
                name="customers_address_default_uq",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"


def normalise_email(email: str) -> str:
    """Lower-case, without blanks around: how an address is stored and compared."""
    return email.strip().lower()
