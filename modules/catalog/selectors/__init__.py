"""Questions to the catalogue. All run inside a context; a shopper's see active, published products only."""

from modules.catalog.selectors.cards import (
    CategoryLink,
    Picture,
    ProductCard,
    ProductDetail,
    ProductPage,
    VariantDetail,
)
from modules.catalog.selectors.search import SearchResult, search_products
from modules.catalog.selectors.shop import (
    storefront_categories,
    storefront_category,
    storefront_product,
    storefront_products,
    storefront_slugs,
    vat_percent,
)
from modules.catalog.selectors.team import (
    CatalogOverview,
    catalog_overview,
    counted_categories,
    product_for_editing,
    vendor_categories,
    vendor_products,
)

__all__ = [
    "CatalogOverview",
    "CategoryLink",
    "Picture",
    "ProductCard",
    "ProductDetail",
    "ProductPage",
    "SearchResult",
    "VariantDetail",
    "catalog_overview",
    "counted_categories",
    "product_for_editing",
    "search_products",
    "storefront_categories",
    "storefront_category",
    "storefront_product",
    "storefront_products",
    "storefront_slugs",
    "vat_percent",
    "vendor_categories",
    "vendor_products",
]
