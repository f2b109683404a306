from django.urls import path

from modules.catalog.dashboard import categories, views

app_name = "catalog"
urlpatterns = [
    path("products/", views.product_list, name="list"),
    path("products/new/", views.product_create, name="create"),
    path("products/<int:pk>/", views.product_edit, name="edit"),
    path("products/<int:pk>/archive/", views.product_archive, name="archive"),
    path("products/<int:pk>/restore/", views.product_restore, name="restore"),
    path("categories/", categories.category_list, name="categories"),
    path("categories/new/", categories.category_create, name="category-create"),
    path("categories/<int:pk>/", categories.category_edit, name="category-edit"),
]
