"""The beginning and the end of a process that serves: each module's hook is called, then the bus is told.

The web processes, the workers', beat and the relay call this themselves, so that no other command ever does.
"""

from __future__ import annotations

import atexit
import logging
import os
from multiprocessing.util import Finalize
from threading import Lock
from typing import Literal

from django.conf import settings
from django.db import connections

from platform_core.modules.counters import hook_failed
from platform_core.modules.definition import Hook, load_hook
from platform_core.modules.events import ModuleEvent, ModuleEventData, module_event_bus
from platform_core.modules.registry import refuse_faults, registry

logger = logging.getLogger(__name__)

Kind = Literal["web", "worker", "operator", "beat", "relay"]

# Which process has begun, by its id, and as what: a forked child inherits it, and is another process.
_begun: tuple[int, Kind] | None = None
_beginning = Lock()


def has_begun() -> bool:
    """Whether `startup` was called in this process."""
    return _begun is not None and _begun[0] == os.getpid()


def startup(kind: Kind) -> None:
    """Begin: core modules first, then each after those that it requires. The second call in a process is none.

    Raises ModulesNotLoaded where MODULES_STRICT is on and a module cannot be used.
    """
    global _begun
    with _beginning:
        if has_begun():
            return
        _begun = (os.getpid(), kind)
    # Nothing tells beat, the relay and the web processes of their end but these. A process that another one of Python's
    # has started, as granian starts those that serve, ends without atexit, and calls its finalizers.
    atexit.register(shutdown, kind)
    Finalize(None, shutdown, args=(kind,), exitpriority=0)
    if settings.MODULES_STRICT:
        refuse_faults(*(fault.text for fault in registry().faults))
    for code, definition in registry().definitions.items():
        _tell(ModuleEvent.STARTUP, code, definition.on_startup, kind)
    # Threads of their own serve; what the hooks have opened in this one would be held for ever.
    connections.close_all()


def shutdown(kind: Kind) -> None:
    """End what `startup(kind)` has begun in this process, in the reverse order."""
    global _begun
    if _begun != (os.getpid(), kind):
        return
    _begun = None
    for code, definition in reversed(list(registry().definitions.items())):
        _tell(ModuleEvent.SHUTDOWN, code, definition.on_shutdown, kind)


def _tell(event: ModuleEvent, code: str, hook: Hook | None, kind: Kind) -> None:
    """Call a module's hook, if it has one, and tell the bus. What the hook raises is logged and stops nobody."""
    try:
        if hook is not None:
            load_hook(hook)(kind)
    except Exception:
        logger.exception("module_hook_failed", extra={"module_code": code, "hook": f"on_{event}"})
        hook_failed(code, f"on_{event}")
    module_event_bus.emit(event, ModuleEventData(module_code=code, source=kind))
