"""Extension points: questions the ground floor asks and modules answer, without either importing the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

# Whether the owner of an answer, told by the name of its Python module, may speak now. The module registry sets
# it: an answer of a module that is off counts as not given.
_may_speak: list[Callable[[str], bool]] = []


def let_speak(predicate: Callable[[str], bool]) -> None:
    """Ask `predicate` before each answer, with the name of the Python module that it stands in."""
    _may_speak[:] = [predicate]


def _is_heard(answer: object) -> bool:
    return all(may(getattr(answer, "__module__", "") or "") for may in _may_speak)


Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class ExtensionPoint(Generic[Arguments, Answer]):
    """A named question. Modules register their answers in `AppConfig.ready`.

    With `asks_all` a module is heard while it is off as well: what it has stored is still there.
    """

    def __init__(self, name: str, *, asks_all: bool = False) -> None:
        self.name = name
        self.asks_all = asks_all
        self._answers: list[Callable[Arguments, Answer]] = []

    def register(self, answer: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
        """Add an answer; usable as a decorator. Registering the same function twice is a no-op."""
        if answer not in self._answers:
            self._answers.append(answer)
        return answer

    def unregister(self, answer: Callable[Arguments, Answer]) -> None:
        """Take an answer back. One that is not registered is ignored."""
        if answer in self._answers:
            self._answers.remove(answer)

    def all(self) -> tuple[Callable[Arguments, Answer], ...]:
        """The answers of all whose module is on, in the order of registration."""
        return tuple(answer for answer in self._answers if self.asks_all or _is_heard(answer))

    def first(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer | None:
        """The first answer that is not None, or None when nobody knows."""
        for answer in self.all():
            result = answer(*args, **kwargs)
            if result is not None:
                return result
        return None
