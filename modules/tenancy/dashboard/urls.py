from django.urls import path

from modules.tenancy.dashboard import team, views

app_name = "tenancy"
urlpatterns = [
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("team/", team.member_list, name="team"),
    path("team/<int:pk>/", team.member_role, name="role"),
    path("team/<int:pk>/remove/", team.member_remove, name="remove"),
    path("team/invitations/<int:pk>/send/", team.invitation_send, name="invitation-send"),
    path("team/invitations/<int:pk>/withdraw/", team.invitation_withdraw, name="invitation-withdraw"),
]
