"""`{% load customers %}`: what other modules add to an account."""

from __future__ import annotations

from django import template

from modules.customers.extensions import AccountLink
from modules.customers.extensions import account_links as answers

register = template.Library()


@register.simple_tag
def account_links() -> list[AccountLink]:
    """`{% account_links as links %}`: their pages, for the menu of the account."""
    return [link for answer in answers.all() for link in answer()]
