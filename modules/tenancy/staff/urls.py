from django.urls import path

from modules.tenancy.staff import views

app_name = "tenancy"
urlpatterns = [path("invitation/<str:token>/", views.invitation, name="invitation")]
