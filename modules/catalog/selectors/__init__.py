"""Questions to the catalogue. All run inside a context; a shopper's see active, published products only."""

from modules.catalog.selectors.cards import (
    CategoryLink,
    Picture,
    ProductCard,
    ProductDetail,
    ProductPage,
    VariantDetail,
)
from modules.catalog.selectors.sale import SaleItem, sale_item_of, sale_items
from modules.catalog.selectors.search import SearchResult, search_products
from modules.catalog.selectors.shelves import storefront_categories, storefront_category
from modules.catalog.selectors.shop import storefront_product, storefront_products, storefront_slugs
from modules.catalog.selectors.team import (
    CatalogOverview,
    catalog_overview,
    counted_categories,
    has_unweighed_products,
    product_for_editing,
    vendor_categories,
    vendor_has_prices,
    vendor_products,
)
from modules.catalog.selectors.vat import vat_percent, vat_percents

__all__ = [
    "CatalogOverview",
    "CategoryLink",
    "Picture",
    "ProductCard",
    "ProductDetail",
    "ProductPage",
    "SaleItem",
    "SearchResult",
    "VariantDetail",
    "catalog_overview",
    "counted_categories",
    "has_unweighed_products",
    "product_for_editing",
    "sale_item_of",
    "sale_items",
    "search_products",
    "storefront_categories",
    "storefront_category",
    "storefront_product",
    "storefront_products",
    "storefront_slugs",
    "vat_percent",
    "vat_percents",
    "vendor_categories",
    "vendor_has_prices",
    "vendor_products",
]
