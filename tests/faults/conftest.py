"""One installation for the bad input of a run, and one for each file that breaks something."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults import shops
from tests.faults.books import empty_books
from tests.faults.installation import Installation, installation
from tests.faults.post import PostOffice
from tests.faults.staff import Staff
from tests.faults.wire import Answer

HOST = shops.OBJEKTIV.host
# Words of the other shops, in pages and in problem documents alike.
FOREIGN = tuple(word for shop in shops.SHOPS[1:] for word in (shop.word, shop.code))


@pytest.fixture(scope="session")
def site() -> Iterator[Installation]:
    """An installation that nothing breaks; only its clients misbehave."""
    with installation() as running:
        yield running


@pytest.fixture(scope="module")
def own() -> Iterator[Installation]:
    """An installation for one file of proofs, which breaks its servers."""
    with installation() as running:
        yield running


@pytest.fixture
def post() -> Iterator[PostOffice]:
    """A mail server."""
    with PostOffice() as office:
        yield office


@pytest.fixture
def staff(own: Installation, post: PostOffice) -> Iterator[Staff]:
    """A relay and a worker, in an installation where nothing was ordered yet."""
    empty_books(own)
    with Staff.of(own, post.url) as running:
        yield running


@pytest.fixture
def quiet_log(site: Installation) -> Iterator[Callable[[], list[str]]]:
    """The log has no traceback and no error for what the test has sent; that it was asked to wait is none."""
    length = len(site.log())

    def complaints() -> list[str]:
        lines = site.log()[length:].splitlines()
        grave = [line for line in lines if "Traceback" in line or '"level": "error"' in line]
        return [line for line in grave if '"status": 503' not in line and '"status_code": 503' not in line]

    yield complaints
    assert not complaints()


def is_clean(answer: Answer | Any) -> bool:
    """Whether an answer shows neither the programme's inside nor another shop's."""
    text = answer.text if isinstance(answer, Answer) else answer.body
    return not any(word in text for word in ("Traceback", 'File "', "psycopg", "django.", *FOREIGN))


def is_page(answer: Answer, language: str = "en") -> bool:
    """A page in the shop's look and in the language."""
    return (
        answer.headers.get("content-type", "").startswith("text/html")
        and f'<html lang="{language}" data-theme="cellar"' in answer.text
        and shops.OBJEKTIV.word in answer.text
        and is_clean(answer)
    )


def problem_code(answer: Answer) -> str:
    """The code of a problem document, which an answer of the API must be."""
    assert answer.headers["content-type"] == "application/problem+json", answer
    assert is_clean(answer)
    body = json.loads(answer.content)
    assert body["status"] == answer.status
    return str(body["code"])
