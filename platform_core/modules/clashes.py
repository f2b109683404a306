"""What two modules both call their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from platform_core.modules.definition import FrontendType, with_children
from platform_core.modules.graph import Fault
from platform_core.modules.registry import Registry


def clashes(known: Registry) -> Iterator[Fault]:
    """What two modules both call their own: it would open, show or gate what is the other's.

    E023: a permission code. E035: an id in one menu. E046: a feature's code.
    """
    yield from _shared(
        23,
        (
            (permission.code, code)
            for code, found in known.definitions.items()
            for permission in found.permissions
        ),
        "declare the permission",
    )
    yield from _shared(
        46,
        ((spec.code, code) for code, found in known.definitions.items() for spec in found.feature_specs),
        "have the feature",
    )
    for frontend in FrontendType:
        yield from _shared(
            35,
            (
                (item_id, code)
                for code, found in known.definitions.items()
                for item_id in {item.id for item in with_children(found.menu_items.get(frontend, ()))}
            ),
            f"have in the {frontend} menu the item",
        )


def _shared(number: int, owned: Iterable[tuple[str, str]], words: str) -> Iterator[Fault]:
    """What two modules call their own, of (thing, module)."""
    owners: dict[str, list[str]] = {}
    for thing, code in owned:
        if code not in owners.setdefault(thing, []):
            owners[thing].append(code)
    for thing, codes in owners.items():
        if len(codes) > 1:
            yield Fault(
                number, codes[-1], f"{' and '.join(codes)} {words} “{thing}”.", "Let one of them have it."
            )
