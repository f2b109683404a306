from django.urls import path

from modules.core.dashboard import by_mail, settings, views

app_name = "core"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in_page, name="sign-in"),
    path("forgotten/", by_mail.forgotten, name="forgotten"),
    path("forgotten/<str:token>/", by_mail.reset_password, name="reset-password"),
    path("sign-out/", views.sign_out_page, name="sign-out"),
    path("shops/", views.shops, name="shops"),
    path("upgrade/<slug:feature>/", views.upgrade, name="upgrade"),
    path("profile/", views.profile, name="profile"),
    path("profile/menu/", views.menu, name="menu"),
    path("profile/password/", views.password, name="password"),
    path("settings/", settings.settings_page, name="settings"),
    path("settings/history/", settings.settings_history, name="settings-history"),
    path("settings/<slug:code>/", settings.settings_change, name="settings-change"),
]
