from django.urls import path

from modules.cms.storefront import views

app_name = "cms"
urlpatterns = [path("pages/<str:slug>/", views.page, name="page")]
