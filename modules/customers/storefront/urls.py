from django.urls import path

from modules.customers.storefront import addresses, by_mail, views

app_name = "customers"
urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/sign-in/", views.sign_in_page, name="sign-in"),
    path("account/forgotten/", by_mail.forgotten, name="forgotten"),
    path("account/forgotten/<str:token>/", by_mail.reset_password, name="reset-password"),
    path("account/confirm/", by_mail.send_confirmation, name="send-confirmation"),
    path("account/confirm/<str:token>/", by_mail.confirm, name="confirm"),
    path("account/register/", views.register, name="register"),
    path("account/sign-out/", views.sign_out_page, name="sign-out"),
    path("account/profile/", views.profile, name="profile"),
    path("account/password/", views.password, name="password"),
    path("account/addresses/", addresses.address_list, name="addresses"),
    path("account/addresses/new/", addresses.create, name="address-create"),
    path("account/addresses/<int:address_id>/", addresses.edit, name="address-edit"),
    path("account/addresses/<int:address_id>/delete/", addresses.delete, name="address-delete"),
]
