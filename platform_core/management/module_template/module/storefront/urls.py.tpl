from django.urls import path

from ${package}.storefront import views

app_name = "${label}"
urlpatterns = [path("${code}/", views.${model}_list, name="list")]
