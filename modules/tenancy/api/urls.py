"""Companies, vendors, domains and people, for the portals admin and vendor."""

from __future__ import annotations

from django.urls import path

from modules.tenancy.api import admin_views, vendor_views

admin_urlpatterns = [
    path("companies/", admin_views.Companies.as_view(), name="companies"),
    path("companies/<int:pk>/", admin_views.CompanyDetail.as_view(), name="company"),
    path("vendors/", admin_views.Vendors.as_view(), name="vendors"),
    path("vendors/<slug:code>/", admin_views.VendorDetail.as_view(), name="vendor"),
    path("vendors/<slug:code>/suspensions/", admin_views.VendorSuspensions.as_view(), name="suspend"),
    path("vendors/<slug:code>/reactivations/", admin_views.VendorReactivations.as_view(), name="reactivate"),
    path("domains/", admin_views.Domains.as_view(), name="domains"),
    path("domains/<int:pk>/", admin_views.DomainDetail.as_view(), name="domain"),
    path("domains/<int:pk>/verifications/", admin_views.DomainVerifications.as_view(), name="verify"),
    path("users/", admin_views.Users.as_view(), name="users"),
    path("users/<int:pk>/", admin_views.UserDetail.as_view(), name="user"),
    path("users/<int:pk>/staff-role/", admin_views.UserStaffRole.as_view(), name="staff-role"),
    path("users/<int:pk>/teams/<slug:code>/", admin_views.UserTeamRole.as_view(), name="team-role"),
    path("invitations/", admin_views.Invitations.as_view(), name="invitations"),
    path("invitations/<int:pk>/", admin_views.InvitationDetail.as_view(), name="invitation"),
    path("invitations/<int:pk>/mails/", admin_views.InvitationMails.as_view(), name="invitation-mails"),
]

vendor_urlpatterns = [
    path("domains/", vendor_views.Domains.as_view(), name="domains"),
    path("domains/<int:pk>/", vendor_views.DomainDetail.as_view(), name="domain"),
    path("domains/<int:pk>/verifications/", vendor_views.DomainVerifications.as_view(), name="verify"),
    path("team/", vendor_views.Team.as_view(), name="team"),
    path("team/<int:pk>/", vendor_views.Member.as_view(), name="member"),
    path("invitations/", vendor_views.Invitations.as_view(), name="invitations"),
    path("invitations/<int:pk>/", vendor_views.InvitationDetail.as_view(), name="invitation"),
    path("invitations/<int:pk>/mails/", vendor_views.InvitationMails.as_view(), name="invitation-mails"),
]
