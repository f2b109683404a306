from django.urls import path

from wizamart_lockers.storefront import views

app_name = "lockers"
urlpatterns = [path("lockers/delivered/", views.delivered, name="delivered")]
