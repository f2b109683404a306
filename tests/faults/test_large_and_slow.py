"""Bodies that are too large, wrong, endless or never come, and clients that take their time."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.faults.conftest import HOST, is_clean, is_page, problem_code
from tests.faults.installation import Installation
from tests.faults.shops import OBJEKTIV
from tests.faults.visitors import Visitor, owner, script, shopper
from tests.faults.waiting import wait_for
from tests.faults.wire import Answer, connect, exchange, read, request, send
from tests.forms import fields_of

pytestmark = pytest.mark.usefixtures("quiet_log")

HUGE = b"a" * 30_000_000
SIGN_IN = "/account/sign-in/"
TOKEN = "/api/v1/auth/token/"
FORM = "Content-Type: application/x-www-form-urlencoded"
UPLOAD = "Content-Type: multipart/form-data; boundary=x"
JSON = "Content-Type: application/json"
# More than the server has threads.
MANY = 12


def peak_kilobytes(site: Installation) -> int:
    """The most memory that the server's processes have had, together."""
    assert site.web is not None
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if str(site.web.pid) in (fields.get("Pid"), fields.get("PPid")):
            total += int(fields["VmHWM"].split()[0])
    return total


@pytest.mark.parametrize("kind", [FORM, UPLOAD, JSON, "Content-Type: text/plain", "X-No: type"])
@pytest.mark.parametrize("with_session", [False, True])
def test_a_huge_body_to_a_page_is_413_in_the_shops_look(
    site: Installation, kind: str, with_session: bool
) -> None:
    headers, lead = [kind], b""
    if with_session:
        anna = shopper(site.port)
        page = anna.get("/account/profile/")
        headers.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in anna.cookies.items()))
        token = page.body.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        headers.append(f"X-CSRFToken: {token}")
        lead = f"csrfmiddlewaretoken={token}&full_name=".encode()
    path = "/account/profile/" if with_session else SIGN_IN
    # What the first such answer loads, every answer has.
    assert send(site.port, request("POST", path, HOST, *headers, body=HUGE[:2_600_000])).status == 413
    before = peak_kilobytes(site)
    answer = send(site.port, request("POST", path, HOST, *headers, body=lead + HUGE))
    assert answer.status == 413
    assert is_page(answer)
    assert peak_kilobytes(site) - before < len(HUGE) // 1024 // 2


@pytest.mark.parametrize("kind", [FORM, UPLOAD, JSON])
def test_a_huge_body_to_the_api_is_a_problem(site: Installation, kind: str) -> None:
    answer = send(site.port, request("POST", TOKEN, HOST, kind, body=HUGE))
    assert (answer.status, problem_code(answer)) == (413, "too_large")


def test_a_huge_body_leaves_the_line_in_order(site: Installation) -> None:
    with connect(site.port) as line:
        for _round in range(3):
            head = f"POST {SIGN_IN} HTTP/1.1\r\nHost: {HOST}\r\n{FORM}\r\nContent-Length: {len(HUGE)}\r\n\r\n"
            assert exchange(line, [head.encode(), HUGE]).status == 413


@pytest.mark.parametrize(("path", "kind"), [(SIGN_IN, FORM), (TOKEN, JSON)])
def test_a_body_in_chunks_is_asked_for_its_length(site: Installation, path: str, kind: str) -> None:
    head = request("POST", path, HOST, kind, "Transfer-Encoding: chunked")
    for body in (b"2\r\n{}\r\n0\r\n\r\n", b"%x\r\n%b\r\n0\r\n\r\n" % (len(HUGE), HUGE), b"zz\r\nno\r\n"):
        answer = send(site.port, head, body)
        assert answer.status in {400, 411}
        assert is_clean(answer)
    answer = send(site.port, head, b"2\r\n{}\r\n0\r\n\r\n")
    assert answer.status == 411
    assert problem_code(answer) == "length_required" if path == TOKEN else is_page(answer)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed_json"),
        (b"[" * 100_000, "malformed_json"),
        (b'{"a":' * 100_000, "malformed_json"),
        (b"null", "object_expected"),
        (b'{"email": "\xff\xfe"}', "malformed_json"),
        (b'{"email": "a\0b", "password": "x"}', "malformed_json"),
        (rb'{"email": "a\u0000b", "password": "x"}', "unstorable_text"),
        (b'{"email": NaN}', "malformed_json"),
        (b"\x1f\x8b\x08\x00garbage", "malformed_json"),
    ],
)
def test_wrong_json_is_refused_with_its_reason(site: Installation, body: bytes, code: str) -> None:
    answer = send(site.port, request("POST", TOKEN, HOST, JSON, body=body))
    assert (answer.status, problem_code(answer)) == (400, code)


def test_a_form_with_unstorable_text_comes_back_as_a_page(site: Installation) -> None:
    for email in ("a\0b@example.test", "a\udcff@example.test"):
        browser = Visitor(site.port, HOST)
        page = browser.get(SIGN_IN)
        token = page.body.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        body = f"csrfmiddlewaretoken={token}&email={email}&password=x".encode(errors="surrogateescape")
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        answer = send(site.port, request("POST", SIGN_IN, HOST, FORM, f"Cookie: {cookies}", body=body))
        assert answer.status in {400, 422}
        assert is_page(answer)


def test_a_body_that_is_cut_off_changes_nothing(site: Installation) -> None:
    boss = owner(site.port)
    product_id = script(site.port).call("GET", "vendor/products/").json()["data"][0]["id"]
    path = f"/vendor/products/{product_id}/"
    page = boss.get(path)
    token = page.body.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    fields = {"csrfmiddlewaretoken": token} | fields_of(page.body) | {"text-en-title": "Cut off"}
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, values in fields.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    whole = "".join([*parts, "--x--\r\n"]).encode()
    cookies = "; ".join(f"{name}={value}" for name, value in boss.cookies.items())
    length = f"Content-Length: {len(whole) + 10}"
    head = request("POST", path, boss.host, UPLOAD, f"Cookie: {cookies}", length)
    with connect(site.port) as line:
        line.sendall(head + whole)
        line.shutdown(socket.SHUT_WR)
        assert read(line, 0.0).status in {0, 400}
    wait_for(lambda: boss.get(path).status == 200, 10)
    assert "Cut off" not in boss.get(path).body
    # Control: the same body, whole, is saved.
    head = request("POST", path, boss.host, UPLOAD, f"Cookie: {cookies}", f"Content-Length: {len(whole)}")
    assert send(site.port, head + whole).status == 302
    assert "Cut off" in boss.get(path).body


def test_pictures_of_the_dashboard_are_still_taken(site: Installation) -> None:
    boss = owner(site.port)
    page = boss.get("/vendor/products/new/")
    token = page.body.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    head = f'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
    head += f'--x\r\nContent-Disposition: form-data; name="form_shop"\r\n\r\n{OBJEKTIV.code}\r\n'
    head += '--x\r\nContent-Disposition: form-data; name="pictures"; filename="p.jpg"\r\n\r\n'
    cookies = "; ".join(f"{name}={value}" for name, value in boss.cookies.items())
    body = head.encode() + HUGE + b"\r\n--x--\r\n"
    answer = send(
        site.port,
        request("POST", "/vendor/products/new/", boss.host, UPLOAD, f"Cookie: {cookies}", body=body),
    )
    assert answer.status == 422
    assert "larger than 10 MB" in answer.text


def _is_served(site: Installation) -> None:
    """Liveness and a page, both in less time than it takes to lose patience."""
    answers = [send(site.port, request("GET", path, HOST)) for path in ("/health/live", "/products/")]
    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize("start", [b"", b"GET / HTTP/1.1\r\nHost: ", b"GET / HTTP/1.1\r\nX-A: b\r\n"])
def test_clients_that_never_end_their_headers_hold_nobody_up(site: Installation, start: bytes) -> None:
    lines = [connect(site.port) for _number in range(MANY * 4)]
    try:
        for line in lines:
            line.sendall(start)
        _is_served(site)
    finally:
        for line in lines:
            line.close()


def test_clients_that_never_send_their_bodies_hold_nobody_up_for_long(site: Installation) -> None:
    heads = [
        request("POST", path, HOST, kind, "Content-Length: 1000") + b"{"
        for path, kind in ((SIGN_IN, FORM), (TOKEN, JSON))
    ]
    lines = [connect(site.port) for _number in range(MANY)]
    try:
        for number, line in enumerate(lines):
            line.sendall(heads[number % 2])
        _is_served(site)
        # Those beyond the few that may wait are asked to come again.
        shed = [_answer_if_any(line) for line in lines]
        assert [answer.status for answer in shed if answer is not None] == [503] * (MANY - 2)
        _is_served(site)
    finally:
        for line in lines:
            line.close()
    wait_for(lambda: Visitor(site.port, HOST).fill_in(SIGN_IN, email="x", password="y").status == 422, 10)


def _answer_if_any(line: socket.socket) -> Answer | None:
    line.settimeout(3.0)
    try:
        return read(line, 0.0)
    except TimeoutError:
        return None


def test_a_script_learns_where_its_json_is_wrong(site: Installation) -> None:
    reply = script(site.port).call("POST", "vendor/products/", {"translations": {}, "colour": OBJEKTIV.code})
    assert (reply.status, json.loads(reply.body)["errors"][0]["pointer"]) == (400, "/colour")
