"""The walls around catalogue rows, in the database itself, and what they do to the plans of lists."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction
from django.utils import timezone

from modules.catalog.models import (
    Category,
    CategoryTranslation,
    Product,
    ProductCategory,
    ProductImage,
    ProductTranslation,
    Variant,
    VatRate,
)
from modules.catalog.selectors.published import published_products
from modules.catalog.selectors.shop import SORTS
from modules.catalog.services import create_category
from platform_core.tenancy.checks import missing_walls
from platform_core.tenancy.context import platform_context

pytestmark = [pytest.mark.django_db, pytest.mark.database]

OWNED = (
    Category,
    CategoryTranslation,
    Product,
    ProductCategory,
    ProductImage,
    ProductTranslation,
    Variant,
)


def fill(make_product, slug: str) -> Product:
    create_category(slug=slug, translations={"en": {"name": slug}})
    product = make_product(slug, category_slugs=[slug])
    product.cover = ProductImage.objects.create(product=product, file="x.webp", width=1, height=1)
    product.save()
    return product


@pytest.mark.django_db(databases=["default", "owner"])
def test_every_catalogue_table_has_its_whole_wall(lux):
    assert missing_walls(connections["owner"]) == []


@pytest.mark.parametrize("model", OWNED)
def test_without_a_vendor_there_are_no_rows_and_no_writes(lux, objektiv, make_product, model):
    with platform_context(lux, objektiv):
        fill(make_product, "mug")
        assert model._base_manager.exists()
    with platform_context(lux):
        assert not model._base_manager.exists()
        assert model._base_manager.update(vendor_id=objektiv.pk) == 0
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
            assert cursor.rowcount == 0
            # The policy is asked before any constraint: the row need not be complete.
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                cursor.execute(f"INSERT INTO {table} (vendor_id) VALUES (%s)", [objektiv.pk])
    with platform_context(lux, objektiv):
        assert model._base_manager.exists()


def test_a_vendor_sees_and_changes_its_own_rows_only(lux, objektiv, voltwerk, make_product):
    with platform_context(lux, voltwerk):
        theirs = fill(make_product, "theirs")
    with platform_context(lux, objektiv):
        ours = fill(make_product, "ours")
        for model in OWNED:
            assert set(model._base_manager.values_list("vendor_id", flat=True)) == {objektiv.pk}
        assert Product._base_manager.filter(pk=theirs.pk).update(slug="stolen") == 0
        assert Product._base_manager.filter(pk=ours.pk).update(slug="mine") == 1


LINKS = [
    (Variant, "product_id", "product", {"sku": "X", "price_minor": 1, "currency": "EUR"}),
    (ProductTranslation, "product_id", "product", {"language": "lb", "title": "X"}),
    (ProductImage, "product_id", "product", {"file": "x.webp", "width": 1, "height": 1}),
    (CategoryTranslation, "category_id", "category", {"language": "lb", "name": "X"}),
    (Category, "parent_id", "category", {"slug": "x"}),
]


@pytest.mark.parametrize(("model", "column", "target", "facts"), LINKS)
def test_a_link_to_a_neighbours_row_is_refused_by_the_database(
    lux, objektiv, voltwerk, make_product, model, column, target, facts
):
    def targets(slug):
        product = fill(make_product, slug)
        return {"product": product.pk, "category": Category.objects.get(slug=slug).pk}

    with platform_context(lux, voltwerk):
        theirs = targets("theirs")
    with platform_context(lux, objektiv):
        ours = targets("ours")
        # The control: the same row, linked to one of the shop's own, is taken.
        model.objects.create(**{column: ours[target]}, **facts).delete()
        with pytest.raises(IntegrityError, match="_wall"), transaction.atomic():
            model.objects.create(**{column: theirs[target]}, **facts)


def test_a_neighbours_category_or_cover_is_refused_by_the_database(lux, objektiv, voltwerk, make_product):
    with platform_context(lux, voltwerk):
        theirs = fill(make_product, "theirs")
        their_shelf = Category.objects.get()
    with platform_context(lux, objektiv):
        ours = fill(make_product, "ours")
        with pytest.raises(IntegrityError, match="_wall"), transaction.atomic():
            ProductCategory.objects.create(product=ours, category_id=their_shelf.pk)
        with pytest.raises(IntegrityError, match="_wall"), transaction.atomic():
            Product.objects.filter(pk=ours.pk).update(cover_id=theirs.cover_id)


def test_a_vendor_reads_vat_rates_and_writes_none(lux, objektiv):
    with platform_context(lux, objektiv):
        assert VatRate.objects.filter(country="LU").exists()
        for write in (
            lambda: VatRate.objects.update(percent=0),
            lambda: VatRate.objects.all()._raw_delete("default"),
            lambda: VatRate.objects.create(
                country="LU", tax_category="standard", percent=1, valid_from=timezone.localdate()
            ),
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                write()
    with platform_context(lux, role="staff"):
        assert VatRate.objects.filter(country="LU", tax_category="standard").update(source="checked") == 2


def plan_of(queryset) -> str:
    return queryset.explain(verbose=False)


@pytest.fixture
def full_platform(lux, objektiv, voltwerk, kellerei):
    """5,000 products of a neighbour and 2,000 of the shop, with what the planner knows of them."""
    with connections["owner"].cursor() as cursor:
        for vendor, count in ((voltwerk, 5000), (objektiv, 2000)):
            cursor.execute(
                "INSERT INTO lux.catalog_product (vendor_id, slug, status, tax_category, published_at,"
                " min_price_minor, max_price_minor, currency, version, created_at, updated_at)"
                " SELECT %s, 'p' || n, CASE n %% 50 WHEN 0 THEN 'draft' ELSE 'active' END, 'standard', now() - n * interval '1 minute', n, n, 'EUR', 1,"
                " now(), now() - n * interval '1 minute' FROM generate_series(1, %s) n",
                [vendor.pk, count],
            )
        cursor.execute("ANALYZE lux.catalog_product")
    return objektiv


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize(
    ("sort", "index"),
    [
        ("newest", "catalog_product_newest_ix"),
        ("price", "catalog_product_price_ix"),
        ("-price", "catalog_product_price_ix"),
    ],
)
def test_the_shops_list_is_read_off_its_index_under_the_policy(lux, full_platform, sort, index):
    with platform_context(lux, full_platform), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("vendor",)
        plan = plan_of(published_products().order_by(*SORTS[sort])[:20])
    assert f"using {index}" in plan
    assert "Sort" not in plan and "Seq Scan" not in plan


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize(
    ("status", "index"), [("all", "catalog_product_updated_ix"), ("draft", "catalog_product_status_ix")]
)
def test_the_dashboards_list_is_read_off_its_index_under_the_policy(lux, full_platform, status, index):
    with platform_context(lux, full_platform):
        rows = Product.objects.order_by("-updated_at", "-id")
        plan = plan_of((rows if status == "all" else rows.filter(status=status))[:25])
    assert f"using {index}" in plan
    assert "Sort" not in plan and "Seq Scan" not in plan
