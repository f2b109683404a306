"""Where people come in: the addresses and sign-ins that `manage.py up` prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from platform_core.extensions import ExtensionPoint

if TYPE_CHECKING:
    from platform_core.tenancy.models import Platform


@dataclass(frozen=True)
class Door:
    """One line of the table. The host is without port; the sign-ins exist, with the demo's password."""

    name: str
    host: str
    path: str = "/"
    sign_ins: tuple[str, ...] = ()

    def url(self, port: int) -> str:
        """The address on this machine."""
        return f"http://{self.host}:{port}{self.path}"


# Which doors does a module open on a platform? Who signs in at the storefront of a vendor, named by its id?
doors_of_platform: ExtensionPoint[[Platform], Iterable[Door]] = ExtensionPoint("doors_of_platform")
shoppers_of_vendor: ExtensionPoint[[Platform, int], Iterable[str]] = ExtensionPoint("shoppers_of_vendor")


def table(found: Iterable[Door], *, port: int, password: str = "") -> str:
    """The doors as aligned lines of plain text."""
    rows = [(door.name, door.url(port), ", ".join(door.sign_ins)) for door in found]
    name_width = max((len(name) for name, _, _ in rows), default=0)
    url_width = max((len(url) for _, url, _ in rows), default=0)
    lines = [f"  {name:<{name_width}}  {url:<{url_width}}  {people}".rstrip() for name, url, people in rows]
    if password and any(people for _, _, people in rows):
        lines += ["", f"  The password of all these sign-ins is {password}."]
    return "\n".join(lines)
