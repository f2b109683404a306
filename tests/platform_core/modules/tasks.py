"""Tasks that belong to a module which nobody has installed: `module("gift-cards")` of samples.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from config.celery import app

ran: list[str] = []


def task_of(label: str, name: str, body: Callable[..., None] | None = None, **options: Any) -> Any:
    """A task `<label>.<name>` of the made-up module of that label; without a body it notes that it ran."""

    def note(mark: str = "") -> None:
        ran.append(mark or name)

    run = body or note
    run.__module__ = f"made_up.{label}.tasks"
    run.__name__ = run.__qualname__ = name
    decorate: Callable[..., Any] = app.task
    return decorate(name=f"{label}.{name}", **options)(run)


def _try_again(self: Any) -> None:
    ran.append("try_again")
    raise self.retry(countdown=1)


send_cards = task_of("gift_cards", "send_cards")
drain = task_of("gift_cards", "drain", run_when_disabled=True)
count_cards = task_of("gift_cards", "count_cards", of_installation=True)
try_again = task_of("gift_cards", "try_again", _try_again, bind=True, max_retries=1)
