from django.urls import path

from modules.${label}.storefront import views

app_name = "${label}"
urlpatterns = [path("${code}/", views.home, name="home")]
