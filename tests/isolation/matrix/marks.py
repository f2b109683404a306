"""Marks: words that name the owner of the text they stand in, so that a text in a wrong place tells whose it is."""

from __future__ import annotations

import re

from tests.isolation.rows import new_mark

# What nobody is ever shown: hashes of passwords, and what only the database needs to know.
SECRET = "secret"


class Marks:
    """One mark for each scope. A scope is an owner, or an owner and a part of what is theirs: `alpha:team`."""

    def __init__(self) -> None:
        self._scopes: dict[str, str] = {}
        self._marks: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def of(self, scope: str) -> str:
        if scope not in self._marks:
            mark = new_mark(re.sub("[^a-z]", "", scope))
            self._marks[scope] = mark
            self._scopes[mark] = scope
            self._pattern = None
        return self._marks[scope]

    def guard(self, text: str, scope: str = SECRET) -> None:
        """Count `text`, which is no mark, as one of `scope`."""
        self._scopes[text.lower()] = scope
        self._pattern = None

    def scopes_in(self, text: str) -> set[str]:
        """Whose marks stand in `text`."""
        if self._pattern is None:
            words = sorted(self._scopes, key=len, reverse=True)
            self._pattern = re.compile("|".join(re.escape(word) for word in words))
        return {self._scopes[found] for found in self._pattern.findall(text.lower())}

    def excerpt(self, text: str, scope: str) -> str:
        """The surroundings of the first mark of `scope`."""
        for mark, owner in self._scopes.items():
            at = text.lower().find(mark)
            if owner == scope and at >= 0:
                return text[max(0, at - 80) : at + 80]
        return ""
