"""Requests that are served by a process which dies at a chosen word to PostgreSQL: `python -m tests.faults.dying`.

Each line on standard input is a request as JSON; the line that answers it says how it went. A statement and a
commit are a word each, and so is the end of a commit: `step` 3 dies before the third is said. With `commits_each`
there is no transaction: what is said stays, for a control.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import django

DIED = 9


def serve(handler: Any, request: dict[str, Any], words: list[str]) -> dict[str, Any]:
    """The answer of this process, unless it dies of it."""
    # Django's own code can be imported only once it is set up.
    from django.test import RequestFactory  # noqa: PLC0415

    _die_at(request["step"], words, commits_each=request["commits_each"])
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request["headers"].items()}
    content_type = headers.pop("HTTP_CONTENT_TYPE", "application/octet-stream")
    asked = RequestFactory().generic(
        request["method"], request["path"], request["body"], content_type=content_type, **headers
    )
    begun: dict[str, Any] = {}

    def start_response(status: str, sent: list[tuple[str, str]], _error: object = None) -> None:
        begun.update(status=int(status.partition(" ")[0]), headers={name.lower(): v for name, v in sent})

    answer = handler(asked.environ, start_response)
    body = b"".join(answer)
    answer.close()
    return {**begun, "body": body.decode()}


def _die_at(step: int, words: list[str], *, commits_each: bool) -> None:
    import psycopg  # noqa: PLC0415

    # What the pool's own threads say is said at other moments each time.
    speaker = threading.get_ident()

    def note(word: str) -> None:
        if threading.get_ident() == speaker:
            words.append(word)
            if len(words) == step:
                os._exit(DIED)

    plain_commit = psycopg.Connection.commit

    def watched(method: Callable[..., Any]) -> Callable[..., Any]:
        def execute(cursor: Any, query: Any, *args: Any, **options: Any) -> Any:
            note(str(query)[:80])
            result = method(cursor, query, *args, **options)
            if commits_each and threading.get_ident() == speaker:
                plain_commit(cursor.connection)
            return result

        return execute

    def commit(connection: Any) -> None:
        note("COMMIT")
        plain_commit(connection)
        note("after COMMIT")

    psycopg.Connection.commit = commit  # type: ignore[method-assign]
    psycopg.Cursor.execute = watched(psycopg.Cursor.execute)  # type: ignore[method-assign]
    psycopg.Cursor.executemany = watched(psycopg.Cursor.executemany)  # type: ignore[method-assign]


def _in_a_child(handler: Any, request: dict[str, Any]) -> dict[str, Any]:
    """What a child of this process answers, or that it died."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        words: list[str] = []
        answer = serve(handler, request, words)
        with os.fdopen(writing, "w") as end:
            json.dump({**answer, "words": words}, end)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as end:
        said = end.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return json.loads(said) if code == 0 else {"status": 0, "exit": code}


def main() -> None:
    """Until standard input ends."""
    from django.core.handlers.wsgi import WSGIHandler  # noqa: PLC0415
    from django.urls import get_resolver  # noqa: PLC0415

    from platform_core.tenancy.middleware import URLCONFS  # noqa: PLC0415

    handler = WSGIHandler()
    # What takes a second and asks no server is done before the children are born.
    assert get_resolver(URLCONFS["storefront"]).reverse_dict is not None
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_in_a_child(handler, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    django.setup()
    main()
