"""A catalogue of any size, made by SQL: products with a text, a variant, a picture and a shelf each."""

from __future__ import annotations

import time
from typing import Any

from django.db import connections, transaction
from django_tenants.utils import quote_schema_name

from modules.tenancy.models import Vendor
from platform_core.tenancy.models import Platform

BATCH = 50_000
# Shelves of a shop: the products are spread over them, and a few of the oldest stand on one more.
SHELVES, RARE_PRODUCTS = 20, 30
RARE_SHELF = "rare"

SHELF_ROWS = """
INSERT INTO {schema}.catalog_category (id, vendor_id, slug, position, is_visible, created_at, updated_at)
SELECT shop * 100 + place, (%(vendors)s::bigint[])[shop + 1], CASE WHEN place = {shelves} THEN '{rare}' ELSE 'shelf-' || place END,
    place, true, now(), now()
FROM generate_series(0, cardinality(%(vendors)s::bigint[]) - 1) shop, generate_series(0, {shelves}) place
"""
SHELF_TEXTS = """
INSERT INTO {schema}.catalog_categorytranslation (vendor_id, category_id, language, name, description)
SELECT vendor_id, id, 'en', 'Shelf ' || slug, '' FROM {schema}.catalog_category
"""
# Prices and days come from the number by way of a hash: they lie scattered over the table, as in a grown shop, and
# are the same on every run. One product of twenty is a draft.
PRODUCTS = """
INSERT INTO {schema}.catalog_product (id, vendor_id, slug, status, tax_category, published_at, min_price_minor,
    max_price_minor, currency, cover_id, version, created_at, updated_at)
SELECT n, (%(vendors)s::bigint[])[1 + n %% %(shops)s], 'product-' || n,
    CASE WHEN (n / %(shops)s) %% 20 = 7 THEN 'draft' ELSE 'active' END, 'standard', day, price, price + n %% 3 * 500,
    'EUR', n, 1, day, day
FROM (
    SELECT n, 500 + abs(hashint8(n)::bigint) %% 200000 AS price,
        now() - abs(hashint8(n + 1000000000)::bigint) %% 60000000 * interval '1 second' AS day
    FROM generate_series(%(first)s::bigint, %(last)s) n
) AS made
"""
IMAGES = """
INSERT INTO {schema}.catalog_productimage (id, vendor_id, product_id, file, width, height, renditions, alt, position,
    credit, created_at)
SELECT id, vendor_id, id, 'bench/' || id || '.webp', 1280, 1280,
    jsonb_build_array(
        jsonb_build_object('name', 'bench/' || id || '-320.webp', 'width', 320, 'height', 320),
        jsonb_build_object('name', 'bench/' || id || '-640.webp', 'width', 640, 'height', 640)
    ), '{{}}', 0, '', created_at
FROM {schema}.catalog_product WHERE id BETWEEN %(first)s AND %(last)s
"""
TEXTS = """
INSERT INTO {schema}.catalog_producttranslation (vendor_id, product_id, language, title, description)
SELECT vendor_id, id, 'en', 'Product number ' || id, 'What is said of product ' || id || ', at some length.'
FROM {schema}.catalog_product WHERE id BETWEEN %(first)s AND %(last)s
"""
VARIANTS = """
INSERT INTO {schema}.catalog_variant (vendor_id, product_id, sku, options, price_minor, currency, position, is_active,
    created_at, updated_at)
SELECT vendor_id, id, 'SKU-' || id, '{{}}', min_price_minor, 'EUR', 0, true, created_at, created_at
FROM {schema}.catalog_product WHERE id BETWEEN %(first)s AND %(last)s
"""
LINKS = """
INSERT INTO {schema}.catalog_productcategory (vendor_id, product_id, category_id, position)
SELECT vendor_id, id, id %% %(shops)s * 100 + (id / %(shops)s) %% {shelves}, 0
FROM {schema}.catalog_product WHERE id BETWEEN %(first)s AND %(last)s
"""
RARE_LINKS = """
INSERT INTO {schema}.catalog_productcategory (vendor_id, product_id, category_id, position)
SELECT vendor_id, id, {shelves}, 0 FROM {schema}.catalog_product
WHERE vendor_id = (%(vendors)s::bigint[])[1] AND status = 'active' ORDER BY published_at LIMIT {rare_products}
"""
TABLES = (
    "category",
    "categorytranslation",
    "product",
    "productimage",
    "producttranslation",
    "variant",
    "productcategory",
)


def fill(platform: Platform, vendors: list[Vendor], count: int) -> float:
    """Spread `count` products evenly over the vendors; returns the seconds it took.

    By the owner, whom row-level security lets write for every vendor. The keys are checked as for any insert, and
    the planner's figures are brought up to date, as autovacuum does in time.
    """
    begun = time.perf_counter()
    facts = {"vendors": [vendor.pk for vendor in vendors], "shops": len(vendors)}
    _run(platform, facts, SHELF_ROWS, SHELF_TEXTS)
    for first in range(0, count, BATCH):
        part = {**facts, "first": first, "last": min(first + BATCH, count) - 1}
        _run(platform, part, PRODUCTS, IMAGES, TEXTS, VARIANTS, LINKS)
    _run(platform, facts, RARE_LINKS)
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE {quote_schema_name(platform.schema_name)}.catalog_{table}")
    return time.perf_counter() - begun


def _run(platform: Platform, facts: dict[str, Any], *statements: str) -> None:
    """In one transaction, since a product's cover and a picture's product point at each other."""
    names = {
        "schema": quote_schema_name(platform.schema_name),
        "shelves": SHELVES,
        "rare": RARE_SHELF,
        "rare_products": RARE_PRODUCTS,
    }
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for statement in statements:
            cursor.execute(statement.format(**names), facts)
