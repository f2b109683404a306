"""Questions about the customers of the context's vendor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from modules.customers import links
from modules.customers.models import Address, Customer, normalise_email

MAX_QUERY_LENGTH = 100
# What the list may be narrowed to.
ACCOUNT_FILTERS = {
    "open": Q(is_active=True),
    "unconfirmed": Q(is_active=True, email_confirmed_at=None),
    "closed": Q(is_active=False),
}
# How long a customer is new to the dashboard's home.
NEW_DAYS = 30


def customer_of_id(customer_id: int) -> Customer | None:
    """The active customer with that id in the context's shop, or None."""
    return Customer.objects.filter(pk=customer_id, is_active=True).first()


def customer_of_email(email: str) -> Customer | None:
    """The active customer with this e-mail address in the context's shop, or None."""
    return Customer.objects.filter(email=normalise_email(email), is_active=True).first()


def customer_of_reset(token: str) -> Customer | None:
    """The customer of the context's shop for whom a link sets a new password; None once it has ended."""
    customer_id = links.PASSWORD_RESET.row_id(token)
    customer = customer_of_id(customer_id) if customer_id is not None else None
    return customer if customer is not None and links.resets(token, customer) else None


def customer_of_confirmation(token: str) -> Customer | None:
    """The customer of the context's shop whose address a link confirms; None once it has ended."""
    customer_id = links.EMAIL_CONFIRMATION.row_id(token)
    customer = customer_of_id(customer_id) if customer_id is not None else None
    return customer if customer is not None and links.confirms(token, customer) else None


def addresses_of(*, customer: Customer) -> QuerySet[Address]:
    """A customer's addresses, the one used first at the top."""
    return Address.objects.filter(customer=customer)


def matching(query: str) -> Q:
    """Customers whose name or e-mail address holds these words; all of them without any."""
    words = " ".join(query.replace("\0", "").split())
    return Q(email__icontains=words) | Q(full_name__icontains=words) if words else Q()


def with_email(email: str) -> Q:
    """The customer of this e-mail address, however it is written."""
    return Q(email=normalise_email(email.replace("\0", "")))


def customers(*, query: str = "", account: str = "", since: date | None = None) -> QuerySet[Customer]:
    """The shop's customers, newest first. `query` in name or e-mail address; `account` one of ACCOUNT_FILTERS;
    `since` a day, that day included.
    """
    found = Customer.objects.filter(matching(query)).order_by("-created_at", "-pk")
    if account:
        found = found.filter(ACCOUNT_FILTERS[account])
    if since is not None:
        found = found.filter(_since(since))
    return found


def _since(day: date) -> Q:
    return Q(created_at__gte=timezone.make_aware(datetime.combine(day, time())))


def with_address_count(found: QuerySet[Customer]) -> QuerySet[Customer]:
    """The same customers, each with its `address_count`."""
    counted = Address.objects.filter(customer=OuterRef("pk")).order_by().values("customer")
    return found.annotate(address_count=Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0))


@dataclass(frozen=True, slots=True)
class CustomersOverview:
    """Figures of the dashboard's home. Each is the count of the list of the same filters."""

    since: date
    new: int
    total: int


def customers_overview() -> CustomersOverview:
    """How many customers the shop has, and how many are new. 1 query."""
    since = timezone.localdate() - timedelta(days=NEW_DAYS)
    found = Customer.objects.aggregate(total=Count("pk"), new=Count("pk", filter=_since(since)))
    return CustomersOverview(since, found["new"], found["total"])
