"""The bus: what has happened to modules and in them, told to whoever listens, once it is committed.

Handlers of one event run core modules' first, then along `requires`, then by name. A handler that raises is
logged and keeps nobody else from being told. A handler that a module owns runs only where that module is on;
that it went off itself it is told all the same, and so is everybody when a process begins or ends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from platform_core.modules.registry import registry
from platform_core.modules.state import is_module_enabled_here
from platform_core.tenancy.context import Context, current_context, platform_context

logger = logging.getLogger(__name__)

Handler = Callable[[Any], None]
AnyHandler = TypeVar("AnyHandler", bound=Handler)


class ModuleEvent(StrEnum):
    """What can happen to a module."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    CONFIG_CHANGED = "config_changed"
    STARTUP = "startup"
    SHUTDOWN = "shutdown"


# What happens to a process rather than on a platform.
OF_PROCESSES = frozenset({ModuleEvent.STARTUP, ModuleEvent.SHUTDOWN})


@dataclass(frozen=True, kw_only=True)
class ModuleEventData:
    """One event of one module. `config` holds the new values of the settings named in `changed_keys`, save secrets.

    `source` is who did it: admin, api, cli or system; of a process its kind: web, worker, operator, beat or relay.
    """

    module_code: str
    platform_id: int | None = None
    user_id: int | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    changed_keys: tuple[str, ...] = ()
    cause: str = ""
    source: str = ""
    at: datetime = field(default_factory=timezone.now)


class ModuleEventBus:
    """Handlers by what they wait for: a ModuleEvent, or the class of a business event."""

    def __init__(self) -> None:
        self._handlers: dict[Hashable, list[Handler]] = {}

    def subscribe(self, event: Hashable) -> Callable[[AnyHandler], AnyHandler]:
        """Register a function that is called with the event's data. Twice is once."""

        def register(handler: AnyHandler) -> AnyHandler:
            handlers = self._handlers.setdefault(event, [])
            if handler not in handlers:
                handlers.append(handler)
            return handler

        return register

    def unsubscribe(self, event: Hashable, handler: Handler) -> None:
        """Take a handler back. One that is not registered is ignored."""
        if handler in self._handlers.get(event, ()):
            self._handlers[event].remove(handler)

    def emit(self, event: ModuleEvent, data: ModuleEventData) -> None:
        """Tell the handlers now."""
        self._tell(event, data, about=data.module_code if event is ModuleEvent.DISABLED else None)

    def emit_enabled(
        self, module_code: str, platform_id: int, user_id: int | None = None, **more: Any
    ) -> None:
        self.emit(
            ModuleEvent.ENABLED,
            ModuleEventData(module_code=module_code, platform_id=platform_id, user_id=user_id, **more),
        )

    def emit_disabled(
        self, module_code: str, platform_id: int, user_id: int | None = None, **more: Any
    ) -> None:
        self.emit(
            ModuleEvent.DISABLED,
            ModuleEventData(module_code=module_code, platform_id=platform_id, user_id=user_id, **more),
        )

    def emit_config_changed(
        self, module_code: str, platform_id: int, changed_keys: tuple[str, ...], **more: Any
    ) -> None:
        self.emit(
            ModuleEvent.CONFIG_CHANGED,
            ModuleEventData(
                module_code=module_code, platform_id=platform_id, changed_keys=changed_keys, **more
            ),
        )

    def publish(self, event: Any) -> None:
        """Tell the handlers of `type(event)` once the transaction is committed, in the context of now."""
        transaction.on_commit(partial(self._tell_in, current_context(), event), robust=True)

    def _tell_in(self, context: Context, event: Any) -> None:
        vendor = context.vendor if context.vendor is not None else context.vendor_id
        with platform_context(context.platform, vendor, context.role):
            kind: Any = type(event)
            self._tell(kind, event)

    def _tell(self, event: Hashable, data: Any, about: str | None = None) -> None:
        for owner, handler in self._in_order(event):
            if owner is not None and not self._is_told(owner, event, about):
                continue
            try:
                handler(data)
            except Exception:
                logger.exception(
                    "event_handler_failed",
                    extra={"event_name": str(event), "handler": _name(handler), "module_code": owner},
                )

    @staticmethod
    def _is_told(owner: str, event: Hashable, about: str | None) -> bool:
        """Whether a module hears of an event: where it is on, and also of its own end and of its process."""
        if owner not in registry().definitions:
            return False
        return owner == about or event in OF_PROCESSES or is_module_enabled_here(owner)

    def _in_order(self, event: Hashable) -> list[tuple[str | None, Handler]]:
        places = {code: place for place, code in enumerate(registry().definitions)}
        owned = [
            (registry().owner_of(handler.__module__), handler) for handler in self._handlers.get(event, ())
        ]
        return sorted(owned, key=lambda pair: (places.get(pair[0] or "", -1), _name(pair[1])))


def _name(handler: Handler) -> str:
    return f"{handler.__module__}.{getattr(handler, '__qualname__', repr(handler))}"


module_event_bus = ModuleEventBus()


@contextmanager
def capture_module_events() -> Iterator[list[tuple[ModuleEvent, ModuleEventData]]]:
    """Every event of modules that is emitted in a block, in its order, for a test."""
    caught: list[tuple[ModuleEvent, ModuleEventData]] = []
    # One handler for each event: the bus calls it with the data alone.
    handlers = {event: partial(_note, caught, event) for event in ModuleEvent}
    for event, handler in handlers.items():
        handler.__module__ = __name__  # type: ignore[attr-defined]
        module_event_bus.subscribe(event)(handler)
    try:
        yield caught
    finally:
        for event, handler in handlers.items():
            module_event_bus.unsubscribe(event, handler)


def _note(
    caught: list[tuple[ModuleEvent, ModuleEventData]], event: ModuleEvent, data: ModuleEventData
) -> None:
    caught.append((event, data))


on = module_event_bus.subscribe
publish = module_event_bus.publish
