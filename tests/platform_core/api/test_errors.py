"""Every error of the API is a problem document that says what to mend."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client, override_settings

pytestmark = pytest.mark.django_db

ORDER = {"email": "anna@example.test", "lines": [{"sku": "OM-1", "quantity": 2}]}
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


def problem_in(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body.keys() >= MEMBERS
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"] and body["detail"]
    return body


def post(client: Client, body: Any, content_type: str = "application/json") -> Any:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post("/api/v1/orders/", data, content_type=content_type)


def test_a_good_body_passes(sample_site):
    response = post(sample_site, ORDER)
    assert response.status_code == 201
    assert response["Content-Language"] == "en"


def test_each_fault_is_named_with_its_place_and_its_limit(sample_site):
    body = {"email": "anna", "colour": "green", "lines": [{"sku": "OM-1", "quantity": 2}, {"sku": "LONGER"}]}
    problem = problem_in(post(sample_site, body), 400, "validation_failed")
    found = {(error["pointer"], error["code"]): error["params"] for error in problem["errors"]}
    assert found == {
        ("/email", "invalid"): {},
        ("/colour", "invalid_choice"): {"choices": ["red", "blue"]},
        ("/lines/1/sku", "max_length"): {"limit": 4},
        ("/lines/1/quantity", "required"): {},
    }


@pytest.mark.parametrize(
    ("extra", "pointer", "code"),
    [
        ({"admin": True}, "/admin", "unknown_field"),
        ({"number": "A-1"}, "/number", "read_only"),
        ({"a/b~c": 1}, "/a~1b~0c", "unknown_field"),
        ({"lines": [{"sku": "a", "quantity": 1, "price": 0}]}, "/lines/0/price", "unknown_field"),
    ],
)
def test_a_field_that_nobody_declared_is_refused(sample_site, extra, pointer, code):
    problem = problem_in(post(sample_site, {**ORDER, **extra}), 400, "validation_failed")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(pointer, code)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "malformed_json"),
        ("", "validation_failed"),
        ("[1]", "object_expected"),
        ("null", "object_expected"),
        ('"text"', "object_expected"),
        ("{'email': 1}", "malformed_json"),
        ('{"a": NaN}', "malformed_json"),
        ('{"a": -Infinity}', "malformed_json"),
        ("[" * 100_000, "malformed_json"),
        ('{"a": ' * 50_000, "malformed_json"),
        ('{"a": ' + "9" * 5_000 + "}", "malformed_json"),
        (b'{"email": "\xff\xfe"}', "malformed_json"),
        ('{"email": "a\0b"}', "malformed_json"),
        (r'{"email": "a\u0000b"}', "unstorable_text"),
        (r'{"note": {"deep": ["\ud800"]}}', "unstorable_text"),
        (r'{"a\u0000": 1}', "unstorable_text"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused_with_its_reason(sample_site, body, code):
    problem_in(post(sample_site, body), 400, code)


def test_an_escaped_backslash_before_u0000_is_ordinary_text(sample_site):
    response = post(sample_site, json.dumps({**ORDER, "note": r"\u0000 and é and \ud83d"}))
    assert response.status_code == 201


def test_a_body_past_the_limit_is_413_before_it_is_read(sample_site):
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1_000):
        problem_in(post(sample_site, json.dumps({**ORDER, "note": "x" * 2_000})), 413, "too_large")
        assert post(sample_site, ORDER).status_code == 201


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]
)
def test_only_json_is_read(sample_site, content_type):
    problem_in(post(sample_site, "email=a", content_type), 415, "unsupported_media_type")


def test_only_json_is_written(sample_site):
    response = sample_site.post(
        "/api/v1/orders/", json.dumps(ORDER), content_type="application/json", headers={"accept": "text/html"}
    )
    problem_in(response, 406, "not_acceptable")


def test_a_method_that_is_not_there_is_405_with_those_that_are(sample_site):
    response = sample_site.get("/api/v1/orders/")
    problem_in(response, 405, "method_not_allowed")
    assert response["Allow"] == "POST"
    assert sample_site.options("/api/v1/orders/").status_code == 405


def test_an_address_that_is_not_there_is_a_problem_too(sample_site):
    problem_in(sample_site.get("/api/v1/nothing/"), 404, "not_found")


def test_a_rule_answers_with_its_code_and_values(sample_site):
    problem = problem_in(sample_site.get("/api/v1/trouble/?kind=rule"), 409, "sold_out")
    assert problem["detail"] == "“OM-1” is sold out."
    assert problem["params"] == {"sku": "OM-1"}


def test_a_models_own_check_is_a_validation_error(sample_site):
    problem = problem_in(sample_site.get("/api/v1/trouble/?kind=django"), 400, "validation_failed")
    assert problem["errors"] == [
        {"pointer": "/code", "code": "too_long", "message": "Too long: 3", "params": {"limit": 3}}
    ]


@pytest.mark.parametrize("debug", [False, True])
def test_a_fault_of_the_programme_says_nothing_of_its_inside(sample_site, debug):
    with override_settings(DEBUG=debug):
        response = sample_site.get("/api/v1/trouble/?kind=bug")
    problem_in(response, 500, "error")
    assert b"secret" not in response.content and b"Traceback" not in response.content


def test_a_database_that_is_away_is_503_with_the_time_to_come_back(sample_site):
    response = sample_site.get("/api/v1/trouble/?kind=database")
    problem_in(response, 503, "unavailable")
    assert int(response["Retry-After"]) > 0
    assert b"secret" not in response.content


def test_what_an_error_carries_as_members_is_not_among_its_values_too(sample_site):
    problem = problem_in(sample_site.get("/api/v1/trouble/?kind=members"), 409, "changed")
    assert (problem["changes"], problem["params"]) == ([{"sku": "OM-1"}], {"count": 1})


def test_a_row_that_somebody_else_holds_is_a_conflict_and_no_trouble(sample_site):
    response = sample_site.get("/api/v1/trouble/?kind=held")
    problem_in(response, 409, "in_flight")
    assert response["Retry-After"] == "1"


def test_a_parameter_that_nobody_declared_is_refused(sample_site):
    problem = problem_in(sample_site.get("/api/v1/trouble/?kind=rule&debug=1"), 400, "invalid_parameters")
    assert problem["errors"] == [
        {
            "pointer": "",
            "code": "unknown_parameter",
            "message": "There is no such parameter here.",
            "params": {"parameter": "debug"},
        }
    ]
    problem_in(sample_site.get("/api/v1/trouble/?kind=rule&kind=bug"), 400, "invalid_parameters")


def test_the_answer_says_its_language(sample_site):
    response = sample_site.get("/api/v1/trouble/?kind=rule", headers={"accept-language": "fr"})
    assert response["Content-Language"] == "fr"


@pytest.mark.parametrize(
    ("price", "code"),
    [
        ({"amount": "59.97", "currency": "EUR"}, None),
        ({"amount": "1", "currency": "EUR"}, None),
        ({"amount": "0.99", "currency": "EUR"}, "min_value"),
        ({"amount": "59.975", "currency": "EUR"}, "invalid"),
        ({"amount": "1e3", "currency": "EUR"}, "invalid"),
        ({"amount": "NaN", "currency": "EUR"}, "invalid"),
        ({"amount": 59.97, "currency": "EUR"}, "invalid"),
        ({"amount": "9" * 30, "currency": "EUR"}, "invalid"),
        ({"amount": "59.97", "currency": "USD"}, "wrong_currency"),
        ({"amount": "59.97"}, "invalid"),
        ({"amount": "59.97", "currency": "EUR", "tax": "1"}, "invalid"),
        ("59.97", "invalid"),
        (["59.97"], "invalid"),
    ],
)
def test_money_is_read_exactly_or_not_at_all(sample_site, price, code):
    response = post(sample_site, {**ORDER, "price": price})
    if code is None:
        assert response.json()["price"] == round(float(price["amount"]) * 100)
    else:
        assert problem_in(response, 400, "validation_failed")["errors"][0]["code"] == code


def test_a_version_that_was_read_is_not_sent_again(sample_site):
    first = sample_site.get("/api/v1/versioned/")
    assert first["ETag"] == '"1-3"'
    again = sample_site.get("/api/v1/versioned/", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("if_match", "status", "code"),
    [
        (None, 428, "precondition_required"),
        ('"1-2"', 412, "stale_version"),
        ('W/"1-3"', 412, "stale_version"),
        ("nonsense", 412, "stale_version"),
        ('"1-3"', 200, None),
        ('"1-2", "1-3"', 200, None),
        ("*", 200, None),
    ],
)
def test_a_change_needs_the_version_it_is_based_on(sample_site, if_match, status, code):
    headers = {} if if_match is None else {"if-match": if_match}
    response = sample_site.put("/api/v1/versioned/", "{}", content_type="application/json", headers=headers)
    if code is None:
        assert (response.status_code, response["ETag"]) == (200, '"1-4"')
    else:
        problem_in(response, status, code)
