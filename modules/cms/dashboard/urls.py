from django.urls import path

from modules.cms.dashboard import views

app_name = "cms"
urlpatterns = [
    path("pages/", views.page_list, name="list"),
    path("pages/new/", views.create, name="create"),
    path("pages/<str:slug>/edit/", views.edit, name="edit"),
    path("pages/<str:slug>/default/", views.default, name="default"),
    path("pages/<str:slug>/publish/", views.publish, name="publish"),
    path("pages/<str:slug>/unpublish/", views.unpublish, name="unpublish"),
    path("pages/<str:slug>/delete/", views.delete, name="delete"),
]
