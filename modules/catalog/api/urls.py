"""Products, variants and categories, for the portals vendor and storefront."""

from __future__ import annotations

from django.urls import path

from modules.catalog.api import storefront_views, vendor_views

vendor_urlpatterns = [
    path("products/", vendor_views.Products.as_view(), name="products"),
    path("products/<int:pk>/", vendor_views.ProductDetail.as_view(), name="product"),
    path("products/<int:pk>/archive/", vendor_views.ProductArchive.as_view(), name="archive"),
    path("products/<int:pk>/restore/", vendor_views.ProductRestore.as_view(), name="restore"),
    path("variants/", vendor_views.Variants.as_view(), name="variants"),
    path("variants/<int:pk>/", vendor_views.VariantDetail.as_view(), name="variant"),
    path("categories/", vendor_views.Categories.as_view(), name="categories"),
    path("categories/<int:pk>/", vendor_views.CategoryDetail.as_view(), name="category"),
]

storefront_urlpatterns = [
    path("products/", storefront_views.Products.as_view(), name="products"),
    path("products/<slug:slug>/", storefront_views.ProductDetail.as_view(), name="product"),
    path("categories/", storefront_views.Categories.as_view(), name="categories"),
]
