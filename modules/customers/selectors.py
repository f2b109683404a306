"""Questions about the customers of the context's vendor."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet

from modules.customers.models import Address, Customer


def customer_of_id(customer_id: int) -> Customer | None:
    """The active customer with that id in the context's shop, or None."""
    return Customer.objects.filter(pk=customer_id, is_active=True).first()


def addresses_of(*, customer: Customer) -> QuerySet[Address]:
    """A customer's addresses, the one used first at the top."""
    return Address.objects.filter(customer=customer)


def customers(*, query: str = "") -> QuerySet[Customer]:
    """The shop's customers, newest first, each with its `address_count`; `query` in name or e-mail address."""
    found: Any = Customer.objects.annotate(address_count=Count("addresses"))
    if query:
        found = found.filter(Q(email__icontains=query) | Q(full_name__icontains=query))
    return found.order_by("-created_at", "-pk")
