"""Whom a route, a session or a token is for."""

from __future__ import annotations

from enum import StrEnum


class Audience(StrEnum):
    PUBLIC = "public"
    CUSTOMER = "customer"
    VENDOR = "vendor"
    STAFF = "staff"
    OPERATOR = "operator"
    # Whoever is signed in on this site, with a session or a token of any of its portals.
    SIGNED_IN = "signed_in"
    KEY = "key"


# The portal in a token's `aud` claim: "<platform code>:<portal>".
PORTAL_OF_AUDIENCE = {Audience.CUSTOMER: "storefront", Audience.VENDOR: "vendor", Audience.STAFF: "admin"}
AUDIENCE_OF_PORTAL = {portal: audience for audience, portal in PORTAL_OF_AUDIENCE.items()}
