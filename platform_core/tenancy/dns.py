"""What the DNS says of a host, for the proof that a domain is its vendor's."""

from __future__ import annotations

import dns.exception
import dns.resolver
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from platform_core.exceptions import DomainError

TIMEOUT_SECONDS = 4.0


class DnsUnavailable(DomainError):
    code = "dns_unavailable"
    status = 503
    default_message = _("The DNS did not answer for “%(name)s”. Try again in a few minutes.")


def txt_records(name: str) -> list[str]:
    """The TXT records of a DNS name; none is an empty list.

    Takes at most TIMEOUT_SECONDS. Raises DnsUnavailable when no name server answers.
    """
    try:
        resolver = dns.resolver.Resolver(configure=not settings.DNS_SERVERS)
        if settings.DNS_SERVERS:
            resolver.nameservers = list(settings.DNS_SERVERS)
        answer = resolver.resolve(name, "TXT", search=False, lifetime=TIMEOUT_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise DnsUnavailable(name=name) from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
