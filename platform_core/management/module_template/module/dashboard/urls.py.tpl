from django.urls import path

from ${package}.dashboard import views

app_name = "${label}"
urlpatterns = [
    path("${code}/", views.${model}_list, name="list"),
    path("${code}/<int:pk>/publish/", views.publish, name="publish"),
]
