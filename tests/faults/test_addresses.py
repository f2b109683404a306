"""Hosts, request lines, paths and methods that nobody should send, over a real socket."""

from __future__ import annotations

import pytest

from tests.faults.conftest import HOST, is_clean, is_page, problem_code
from tests.faults.installation import Installation
from tests.faults.shops import KELLEREI, VOLTWERK
from tests.faults.wire import Answer, request, send

pytestmark = pytest.mark.usefixtures("quiet_log")

API = "/api/v1/storefront/products/"


@pytest.mark.parametrize(
    "head",
    [
        request("GET", "/", None),
        request("GET", "/", ""),
        request("GET", "/", "two words"),
        request("GET", "/", f"{HOST}/evil"),
        request("GET", "/", f"{HOST}:99999"),
        request("GET", "/", f"{HOST}:port"),
        request("GET", "/", f"user@{HOST}"),
        request("GET", "/", HOST, f"Host: {KELLEREI.host}"),
        b"GET / HTTP/1.1\r\nHost: \xff\xfe.lux.localhost\r\nConnection: close\r\n\r\n",
    ],
)
def test_a_malformed_host_is_400_and_nobodys(site: Installation, head: bytes) -> None:
    answer = send(site.port, head)
    assert answer.status == 400
    assert is_clean(answer)
    assert "Fernrohr" not in answer.text


@pytest.mark.parametrize(
    "host", ["nobody.lux.localhost", "evil.test", "objektiv.mosel.localhost", "127.0.0.1", "a" * 300]
)
def test_an_unknown_host_is_404_and_nobodys(site: Installation, host: str) -> None:
    answer = send(site.port, request("GET", "/", host))
    assert answer.status == 404
    assert is_clean(answer)
    assert "Fernrohr" not in answer.text


@pytest.mark.parametrize("target", [f"http://{KELLEREI.host}/", "http://evil.test/", f"//{KELLEREI.host}/"])
def test_an_address_in_the_request_line_leads_to_no_other_shop(site: Installation, target: str) -> None:
    answer = send(site.port, request("GET", target, HOST))
    assert answer.status in {200, 400, 404}
    assert "location" not in answer.headers
    assert "Weinfass" not in answer.text
    assert answer.status == 400 or "Fernrohr" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/products/%00/", 400),
        ("/products/?q=a%00b", 400),
        ("/products/%ff%fe/", 404),
        ("/" + "a" * 2_001 + "/", 404),
        ("/../../etc/passwd", 404),
        ("/static/..%2f..%2fmanage.py", 404),
        ("/media/../../../../etc/passwd", 404),
        ("/media/%2e%2e/%2e%2e/etc/passwd", 404),
        ("//evil.test/", 404),
        ("//evil.test/products", 404),
        ("/\\evil.test/products", 404),
        ("/%5cevil.test", 404),
        (f"/media/lux/2/products/{VOLTWERK.code}.webp", 404),
    ],
)
def test_a_path_that_leads_nowhere_is_a_page_of_the_shop(site: Installation, path: str, status: int) -> None:
    answer = send(site.port, request("GET", path, HOST))
    assert answer.status == status
    assert "location" not in answer.headers
    assert _has_page(answer, path)


def _has_page(answer: Answer, path: str) -> bool:
    """Its own path is repeated in the page's links to the other languages."""
    name = path.rpartition("/")[2].removesuffix(".webp")
    text = answer.text.replace(path, "").replace(name, "") if VOLTWERK.code in path else answer.text
    return is_page(Answer(answer.status, answer.headers | {"transfer-encoding": ""}, text.encode(), 0.0))


@pytest.mark.parametrize("language", ["en", "fr", "de", "lb"])
@pytest.mark.parametrize(
    "path", ["/products/no-such/", "/categories/no-such/", "/pages/no-such/", "/no/such/", "/products/a/b/c/"]
)
def test_what_is_not_there_is_said_in_each_language(site: Installation, language: str, path: str) -> None:
    prefix = "" if language == "en" else f"/{language}"
    answer = send(site.port, request("GET", prefix + path, HOST))
    assert answer.status == 404
    assert is_page(answer, language)


def test_what_is_another_shops_is_not_there(site: Installation) -> None:
    for shop in (VOLTWERK, KELLEREI):
        paths = [f"/products/{shop.code}-1/", f"/categories/{shop.code}-things/"]
        for path in [*paths, f"{API}{shop.code}-1/"]:
            assert send(site.port, request("GET", path, shop.host)).status in {200, 404}
            answer = send(site.port, request("GET", path, HOST))
            assert answer.status == 404
            assert shop.word not in answer.text
        # By path, on the platform's host: the other platform's shop is not there either.
        by_path = send(site.port, request("GET", f"/vendors/{KELLEREI.code}/shop/", "lux.localhost"))
        assert (by_path.status, KELLEREI.word in by_path.text) == (404, False)


@pytest.mark.parametrize("method", ["TRACE", "BREW", "CONNECT"])
def test_an_odd_method_is_405_with_those_there_are(site: Installation, method: str) -> None:
    page = send(site.port, request(method, "/products/", HOST, "Cookie: secret=canary"))
    assert page.status == 405
    assert "POST" in page.headers["allow"]
    assert is_page(page)
    assert "canary" not in page.text
    script = send(site.port, request(method, API, HOST))
    assert (script.status, problem_code(script)) == (405, "method_not_allowed")


def test_a_page_that_is_only_read_says_so(site: Installation) -> None:
    answer = send(site.port, request("OPTIONS", "/products/", HOST))
    assert answer.status == 405
    assert is_page(answer)
    assert answer.headers["allow"]


def test_unknown_addresses_of_the_api_are_problems(site: Installation) -> None:
    for path in ("/api/v1/nothing/", f"{API}no-such/", "/api/", "/api/v1/%ff/", "/api/" + "a" * 2_001 + "/"):
        answer = send(site.port, request("GET", path, HOST))
        assert (answer.status, problem_code(answer)) == (404, "not_found")
    answer = send(site.port, request("GET", f"{API}?q=%00", HOST))
    assert (answer.status, problem_code(answer)) == (400, "bad_request")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n",
        b"GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(500)) + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ],
)
def test_what_is_no_http_is_refused_by_the_server_itself(site: Installation, garbage: bytes) -> None:
    answer = send(site.port, garbage)
    assert answer.status in {0, 400, 414, 431}
    assert is_clean(answer)


def test_a_made_up_session_is_nobodys_and_leaves_no_trace(site: Installation) -> None:
    for value in ("canary" * 10_000, "canary-of-the-cookie", "../../etc", "%00"):
        answer = send(site.port, request("GET", "/account/", HOST, f"Cookie: wz_shop={value}"))
        assert answer.status == 302
        assert answer.headers["location"].startswith("/account/sign-in/")
    assert "canarycanary" not in site.log()
    assert "canary-of-the-cookie" not in site.log()
