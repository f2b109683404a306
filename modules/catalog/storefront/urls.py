from django.urls import path

from modules.catalog.storefront import search, views

app_name = "catalog"
urlpatterns = [
    path("products/", views.product_list, name="list"),
    path("products/<str:slug>/", views.product, name="product"),
    path("categories/<str:slug>/", views.category, name="category"),
    path("search/", search.search, name="search"),
    path("credits/", views.photo_credits, name="credits"),
]
