"""Extension points: questions the ground floor asks and modules answer, without either importing the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class ExtensionPoint(Generic[Arguments, Answer]):
    """A named question. Modules register their answers in `AppConfig.ready`."""

    def __init__(self, name: str) -> None:
        self.name = name
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
        """Every answer, in the order of registration."""
        return tuple(self._answers)

    def first(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer | None:
        """The first answer that is not None, or None when nobody knows."""
        for answer in self._answers:
            result = answer(*args, **kwargs)
            if result is not None:
                return result
        return None
