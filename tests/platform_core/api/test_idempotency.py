"""By its Idempotency-Key a request is known again."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db
LONGEST = "k" * 255


def send(client, **headers: str):
    return client.post("/api/v1/once/", content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ('"quoted as the draft has it"', '"quoted as the draft has it"'),
        ("  k\t", "k"),
        (LONGEST, LONGEST),
    ],
)
def test_a_key_is_taken_as_it_comes_without_blanks_around_it(sample_site, sent, kept):
    answer = send(sample_site, **{"idempotency-key": sent})
    assert (answer.status_code, answer.json()["key"]) == (201, kept)


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": ""}, {"idempotency-key": " \t "}])
def test_a_request_without_one_is_told_to_send_one(sample_site, headers):
    answer = send(sample_site, **headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


@pytest.mark.parametrize("key", [LONGEST + "k", "schlüssel", "a\tb", "a\x00b", "a\x7fb", "\xa0k"])
def test_one_that_cannot_be_kept_is_refused_with_the_limit(sample_site, key):
    answer = send(sample_site, **{"idempotency-key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    assert answer.json()["params"] == {"limit": 255}


def test_only_an_answer_that_was_given_before_says_so(sample_site):
    assert "Idempotent-Replayed" not in send(sample_site, **{"idempotency-key": "first"})
    assert send(sample_site, **{"idempotency-key": "again"})["Idempotent-Replayed"] == "true"
