"""What is told of a change of a platform's modules: a row of the history, and the bus once it is committed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import translation

from platform_core.modules.events import ModuleEvent, ModuleEventData, module_event_bus
from platform_core.modules.exceptions import ModuleRefusal
from platform_core.modules.models import ModuleChange
from platform_core.modules.state import PlatformLike, id_of
from platform_core.request_id import current_request_id
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform

if TYPE_CHECKING:
    from platform_core.identity.models import User

MAX_REASON_LENGTH = 500
LANGUAGE_OF_ROWS = "en"


@dataclass(frozen=True)
class Doing:
    """Who does what, for the rows that tell of it. `code` is empty where it is done to many at once."""

    code: str
    user: User | None
    reason: str
    source: str


def write_change(platform: Platform, doing: Doing, code: str, action: str, **more: Any) -> None:
    """Write the history's row of a change or of a refusal."""
    ModuleChange.objects.create(
        platform_id=platform.pk,
        platform_code=platform.code,
        module_code=code[:64],
        action=action,
        user=doing.user,
        reason=doing.reason[:MAX_REASON_LENGTH],
        source=doing.source,
        version=platform.modules_version,
        request_id=current_request_id.get(),
        **more,
    )


def announce(
    platform: Platform,
    events: list[tuple[ModuleEvent, str, str]],
    doing: Doing,
    config: Mapping[str, Any] | None = None,
    changed_keys: tuple[str, ...] = (),
) -> None:
    """Tell the bus, once it is committed, as the platform's staff; of settings, their new values without secrets."""

    def tell() -> None:
        with platform_context(platform, role="staff"):
            for event, code, cause in events:
                module_event_bus.emit(
                    event,
                    ModuleEventData(
                        module_code=code,
                        platform_id=platform.pk,
                        user_id=doing.user.pk if doing.user else None,
                        config=dict(config or {}),
                        changed_keys=changed_keys,
                        cause=cause,
                        source=doing.source,
                    ),
                )

    transaction.on_commit(tell, robust=True)


@contextmanager
def refusals_told(platform: PlatformLike, doing: Doing, *, is_dry_run: bool = False) -> Iterator[None]:
    """Leave a row of a refusal, beside the transaction that it took back."""
    try:
        yield
    except ModuleRefusal as refusal:
        if not is_dry_run:
            found = Platform.objects.get(pk=id_of(platform))
            # The row outlives the person who was refused, and their language.
            with translation.override(LANGUAGE_OF_ROWS):
                details = {"code": refusal.code, "message": refusal.message}
            code = doing.code or refusal.module_code
            write_change(found, doing, code, ModuleChange.Action.REFUSED, details=details)
        raise
