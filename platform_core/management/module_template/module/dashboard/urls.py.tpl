from django.urls import path

from modules.${label}.dashboard import views

app_name = "${label}"
urlpatterns = [path("${code}/", views.home, name="home")]
