"""Commands on customers' accounts: every write, in one transaction, in the shop's context."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from modules.customers import links, selectors
from modules.customers.exceptions import EmailTaken, SignInRefused, TooManyAddresses, WrongPassword
from modules.customers.models import Address, Customer, normalise_email
from modules.customers.passwords import validate_password
from platform_core.identity.links import LinkEnded
from platform_core.identity.passwords import note_sign_in
from platform_core.mail.services import write_mail

MAX_ADDRESSES = 50
ADDRESS_FIELDS = frozenset({"name", "line1", "line2", "postal_code", "city", "country"})


@transaction.atomic
def register_customer(
    *, email: str, password: str, full_name: str, language: str = "en", is_email_confirmed: bool = False
) -> Customer:
    """A new account in the context's shop, and a mail with a link to confirm its address unless it is already.

    Raises EmailTaken when the shop has one for `email`, ValidationError for a malformed address, name or
    language, or a password that the validators refuse.
    """
    customer = Customer(email=normalise_email(email), full_name=full_name.strip(), language=language)
    validate_password(password, customer)
    customer.set_password(password)
    customer.email_confirmed_at = timezone.now() if is_email_confirmed else None
    customer.clean_fields(exclude={"vendor_id"})
    if Customer.objects.filter(email=customer.email).exists():
        raise EmailTaken
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
    except IntegrityError as error:
        # Another request has registered the same address since the look above.
        raise EmailTaken from error
    ask_for_confirmation(customer=customer)
    return customer


@transaction.atomic
def ask_for_confirmation(*, customer: Customer) -> None:
    """Send a customer a link to confirm the e-mail address, unless it is confirmed."""
    if customer.email_confirmed_at is None:
        write_mail(
            "customers.email_confirmation",
            to=customer.email,
            language=customer.language,
            customer_id=customer.pk,
        )


@transaction.atomic
def confirm_email(*, token: str) -> Customer:
    """Note that whoever has the account reads the mails to its address, by a link. Raises LinkEnded."""
    customer = selectors.customer_of_confirmation(token)
    if customer is None:
        raise LinkEnded
    # Read again under a lock: the same link may have been used between the two.
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if not links.confirms(token, customer):
        raise LinkEnded
    customer.email_confirmed_at = timezone.now()
    customer.save(update_fields=["email_confirmed_at"])
    return customer


def authenticate(*, email: str, password: str) -> Customer:
    """The customer of the context's shop with this e-mail address and password.

    Raises SignInRefused, in the same time and with the same words, for an unknown address, a wrong password
    and a closed account.
    """
    address = normalise_email(email)
    if "\0" in address or "\0" in password:
        raise SignInRefused
    customer = Customer.objects.filter(email=address).first()
    if customer is None:
        # One hash, as a known address costs.
        make_password(password)
        raise SignInRefused
    if not note_sign_in(Customer.objects.filter(is_active=True), customer, password):
        raise SignInRefused
    return customer


@transaction.atomic
def change_password(*, customer: Customer, current_password: str, new_password: str) -> Customer:
    """Set a new password; every session begun with the old one ends.

    Raises WrongPassword, ValidationError when the validators refuse the new one.
    """
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if not customer.check_password(current_password):
        raise WrongPassword
    validate_password(new_password, customer)
    customer.set_password(new_password)
    customer.save(update_fields=["password"])
    return customer


@transaction.atomic
def ask_for_password_reset(*, email: str, language: str) -> None:
    """Send whoever has this e-mail address in the context's shop a link to set a new password.

    The mail is in the customer's language. One is written down for an address that nobody has as well, in
    `language`, so that neither the answer nor its time tells the two apart; it is not sent.
    """
    address = normalise_email(email)
    known = Customer.objects.filter(email=address).values_list("language", flat=True).first()
    write_mail("customers.password_reset", to=address, language=known or language, email=address)


@transaction.atomic
def reset_password(*, token: str, new_password: str) -> Customer:
    """Set a new password by a link; every session begun with the old one ends, and so does the link.

    The link came by mail, so the address is confirmed by it. Raises LinkEnded, ValidationError when the validators refuse the password.
    """
    customer = selectors.customer_of_reset(token)
    if customer is None:
        raise LinkEnded
    # Read again under a lock: the same link may have been used between the two.
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if not links.resets(token, customer):
        raise LinkEnded
    validate_password(new_password, customer)
    customer.set_password(new_password)
    customer.email_confirmed_at = customer.email_confirmed_at or timezone.now()
    customer.save(update_fields=["password", "email_confirmed_at"])
    return customer


@transaction.atomic
def update_profile(*, customer: Customer, full_name: str, language: str) -> Customer:
    """Change a customer's name and language. Raises ValidationError."""
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    customer.full_name = full_name.strip()
    customer.language = language
    customer.clean_fields(exclude={"vendor_id"})
    customer.save(update_fields=["full_name", "language"])
    return customer


@transaction.atomic
def save_address(
    *, customer: Customer, address: Address | None = None, is_default: bool | None = None, **fields: Any
) -> Address:
    """Add an address of `customer`, or change `address`; `fields` are name, line1, line2, postal_code, city
    and country (ISO 3166-1 alpha-2).

    The first address is the one used first; making another one so takes it from the former. Raises
    ValidationError, TooManyAddresses beyond MAX_ADDRESSES.
    """
    # The account's row serialises two changes of its addresses.
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    others = Address.objects.filter(customer=customer)
    if address is None:
        count = others.count()
        if count >= MAX_ADDRESSES:
            raise TooManyAddresses(limit=MAX_ADDRESSES)
        address = Address(customer=customer)
        is_default = is_default or count == 0
    else:
        address = others.get(pk=address.pk)
    for name, value in fields.items():
        if name not in ADDRESS_FIELDS:
            raise TypeError(f"An address has no {name}.")
        setattr(address, name, value.strip())
    if is_default:
        others.filter(is_default=True).exclude(pk=address.pk).update(is_default=False)
        address.is_default = True
    address.clean_fields(exclude={"vendor_id", "customer"})
    address.save()
    return address


@transaction.atomic
def delete_address(*, address: Address) -> None:
    """Remove an address. If it was the one used first, the oldest of the others takes its place."""
    Customer.objects.select_for_update().get(pk=address.customer_id)
    address.delete()
    if address.is_default:
        heir = Address.objects.filter(customer_id=address.customer_id).order_by("pk").first()
        if heir is not None:
            heir.is_default = True
            heir.save(update_fields=["is_default"])
