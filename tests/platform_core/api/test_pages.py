"""Lists come in pages that neither repeat nor lose a row."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from modules.tenancy.models import Company
from platform_core.identity import middleware
from platform_core.identity.principals import staff_principal
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/admin/companies/"


@pytest.fixture
def staff_site(sample_site: Client, lux: Any, lux_admin: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    principal = staff_principal(lux_admin, lux.ref, "token")
    monkeypatch.setattr(middleware.IdentityMiddleware, "_identify", lambda *_args: principal)
    return sample_site


@pytest.fixture
def companies(lux: Any) -> list[Company]:
    """23 companies; many share their moment or their city, microseconds tell some apart."""
    moment = timezone.now()
    chance = random.Random(7)
    with platform_context(lux, role="operator"):
        for number in range(23):
            company = Company.objects.create(
                platform=lux, legal_name=f"Company {number}", city=chance.choice(["Esch", "Wiltz", ""])
            )
            Company.objects.filter(pk=company.pk).update(
                created_at=moment + timedelta(microseconds=chance.choice([0, 0, 3, 400, 5000]))
            )
        return list(Company.objects.order_by("-created_at", "id"))


def walk(client: Client, address: str, relation: str = "next") -> tuple[list[list[int]], str]:
    """The ids of every page from `address` on, and the address of the last one."""
    pages: list[list[int]] = []
    while True:
        body = client.get(address).json()
        pages.append([entry["id"] for entry in body["data"]])
        if body["page"][relation] is None:
            return pages, address
        address = body["page"][relation]


@pytest.mark.parametrize("limit", [1, 5, 22, 23, 24])
@pytest.mark.parametrize("sort", ["", "city", "-city", "city,-created_at"])
def test_all_pages_together_are_the_list_in_either_direction(staff_site, lux, companies, limit, sort):
    order = [*sort.split(","), "pk"] if sort else ["-created_at", "id"]
    with platform_context(lux, role="operator"):
        expected = list(Company.objects.order_by(*order).values_list("pk", flat=True))
    address = f"{ADDRESS}?limit={limit}" + (f"&sort={sort}" if sort else "")
    pages, last = walk(staff_site, address)
    assert [pk for page in pages for pk in page] == expected
    back, _first = walk(staff_site, last, "prev")
    assert [pk for page in reversed(back) for pk in page] == expected


def test_a_row_that_comes_or_goes_disturbs_no_later_page(staff_site, lux, companies):
    first = staff_site.get(f"{ADDRESS}?limit=5").json()
    with platform_context(lux, role="operator"):
        Company.objects.filter(pk=first["data"][2]["id"]).delete()
        Company.objects.create(platform=lux, legal_name="Newcomer")
    second = staff_site.get(first["page"]["next"]).json()
    assert [entry["id"] for entry in second["data"]] == [company.pk for company in companies[5:10]]


def test_links_stand_in_the_header_too(staff_site, companies):
    response = staff_site.get(f"{ADDRESS}?limit=5&city=Esch&sort=-city")
    body = response.json()
    found = dict(re.findall(r'<([^>]+)>; rel="(\w+)"', response["Link"]))
    assert found == {body["page"]["next"]: "next"}
    assert body["page"]["prev"] is None and body["page"]["limit"] == 5
    assert "city=Esch" in body["page"]["next"] and body["page"]["next"].startswith("http://lux.localhost/")


def test_an_empty_list_is_one_page(staff_site):
    assert staff_site.get(ADDRESS).json() == {
        "data": [],
        "page": {"next": None, "prev": None, "limit": 25},
    }


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("limit=0", "out_of_range", "limit"),
        ("limit=101", "out_of_range", "limit"),
        ("limit=-1", "out_of_range", "limit"),
        ("limit=ten", "out_of_range", "limit"),
        ("limit=٣", "out_of_range", "limit"),
        ("limit=", "out_of_range", "limit"),
        ("limit=99999999999999999999", "out_of_range", "limit"),
        ("sort=legal_name", "unknown_sort", "sort"),
        ("sort=", "unknown_sort", "sort"),
        ("sort=--city", "unknown_sort", "sort"),
        ("sort=password", "unknown_sort", "sort"),
        ("cursor=", "invalid_cursor", "cursor"),
        ("cursor=abc", "invalid_cursor", "cursor"),
        ("cursor=WyJuZXh0Il0", "invalid_cursor", "cursor"),
        ("platform=2", "unknown_parameter", "platform"),
        ("city__contains=a", "unknown_parameter", "city__contains"),
        ("page=2", "unknown_parameter", "page"),
        ("id__gte=abc", "invalid", "id__gte"),
        ("city=a&city=b", "repeated_parameter", "city"),
    ],
)
def test_what_the_list_does_not_declare_is_refused(staff_site, companies, query, code, parameter):
    response = staff_site.get(f"{ADDRESS}?{query}")
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_parameters"
    [error] = response.json()["errors"]
    assert (error["code"], error["params"]["parameter"]) == (code, parameter)


def test_a_cursor_serves_only_the_order_it_was_made_for(staff_site, companies):
    following = staff_site.get(f"{ADDRESS}?limit=5").json()["page"]["next"]
    assert staff_site.get(f"{following}&sort=city").json()["errors"][0]["code"] == "invalid_cursor"
    assert staff_site.get(following.replace("cursor=", "cursor=a")).status_code == 400


def test_moments_are_written_in_utc(staff_site, companies):
    assert staff_site.get(ADDRESS).json()["data"][0]["created_at"].endswith("Z")
