from django.urls import path

from wizamart_greetings.storefront import views

urlpatterns = [path("greetings/", views.home, name="home")]
