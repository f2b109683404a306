"""What a vendor's team sees and changes of its own: domains and members. The database shows no others'."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from modules.tenancy import selectors, services
from modules.tenancy.api.serializers import (
    DomainChangeSerializer,
    DomainClaimSerializer,
    DomainSerializer,
    InvitationSerializer,
    MemberChangeSerializer,
    MemberSerializer,
    TeamInvitingSerializer,
)
from modules.tenancy.invitations import invite_team_member, send_invitation, withdraw_invitation
from modules.tenancy.models import Invitation, Vendor, VendorDomain, VendorMembership
from platform_core.api.pages import MAX_LIMIT, page_response
from platform_core.api.views import ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.policy import Policy
from platform_core.roles import VendorRole
from platform_core.tenancy.context import current_context
from platform_core.tenancy.dns import txt_records


def _team(permission: str) -> Policy:
    return Policy(Audience.VENDOR, permission)


def own_vendor() -> Vendor:
    """The vendor of the token or session."""
    vendor_id = current_context().vendor_id
    assert vendor_id is not None
    return Vendor.objects.get(pk=vendor_id)


def signed_in(request: Request) -> User:
    """Whom the token or session is of."""
    assert isinstance(request.user, User)
    return request.user


class Domains(ListView):
    """The shop's own domains"""

    policies: ClassVar[dict[str, Policy]] = {
        "GET": _team("tenancy.view_vendor"),
        "POST": Policy(Audience.VENDOR, "tenancy.manage_domains", feature="own_domains"),
    }
    serializer_class = DomainSerializer
    sort_fields: ClassVar[dict[str, str]] = {"host": "host", "created_at": "created_at"}
    queryset = VendorDomain.objects.select_related("vendor").order_by("-created_at", "id")

    @extend_schema(request=DomainClaimSerializer, responses={201: DomainSerializer})
    def post(self, request: Request) -> Response:
        """Claim a host; it serves once its TXT record proves it"""
        domain = services.add_domain(vendor=own_vendor(), **self.read(DomainClaimSerializer))
        return Response(self.write(domain), status=201)


class OneDomain(ResourceView):
    """Base of the addresses below one domain."""

    serializer_class = DomainSerializer
    queryset = VendorDomain.objects.select_related("vendor")


class DomainDetail(OneDomain):
    """One of the shop's own domains"""

    policies: ClassVar[dict[str, Policy]] = {
        "GET": _team("tenancy.view_vendor"),
        "PATCH": _team("tenancy.manage_domains"),
        "DELETE": _team("tenancy.manage_domains"),
    }

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.write(self.get_object()))

    @extend_schema(request=DomainChangeSerializer, responses={200: DomainSerializer})
    def patch(self, request: Request, pk: int) -> Response:
        """Make a domain the shop's primary one"""
        self.read(DomainChangeSerializer)
        return Response(self.write(services.make_primary(domain=self.get_object())))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Give a domain up"""
        services.remove_domain(domain=self.get_object())
        return Response(status=204)


class DomainVerifications(OneDomain):
    """Look for a domain's TXT record now, and serve it when the proof is there"""

    policy = _team("tenancy.manage_domains")

    @extend_schema(request=None, responses={200: DomainSerializer})
    def post(self, request: Request, pk: int) -> Response:
        domain = self.get_object()
        # Asked before the transaction, which must not wait for strangers' name servers.
        found = txt_records(domain.record_name)
        return Response(self.write(services.verify_domain(domain=domain, txt_records=lambda _name: found)))


class Team(ListView):
    """The shop's team"""

    policy = _team("tenancy.manage_team")
    serializer_class = MemberSerializer
    queryset = VendorMembership.objects.none()

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        # A team is small: one page, as long as a page may be.
        members = selectors.team_of_context_vendor()[:MAX_LIMIT]
        return page_response(
            request, self.write(members, many=True), next_cursor=None, prev_cursor=None, limit=MAX_LIMIT
        )

    @extend_schema(request=TeamInvitingSerializer, responses={201: InvitationSerializer})
    def post(self, request: Request) -> Response:
        """Ask somebody by mail to join the team; asked again, a waiting invitation takes the new role"""
        given = self.read(TeamInvitingSerializer)
        role = VendorRole(given.pop("role"))
        invitation = invite_team_member(
            vendor=own_vendor(), role=role, invited_by=signed_in(request), **given
        )
        return Response(InvitationSerializer(invitation).data, status=201)


class Member(ResourceView):
    """One member of the team"""

    policy = _team("tenancy.manage_team")
    serializer_class = MemberSerializer
    queryset = VendorMembership.objects.none()

    def get_object(self) -> VendorMembership:
        for member in selectors.team_of_context_vendor():
            if member.user_id == self.kwargs["pk"]:
                return member
        raise Http404

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.write(self.get_object()))

    @extend_schema(request=MemberChangeSerializer, responses={200: MemberSerializer})
    def patch(self, request: Request, pk: int) -> Response:
        """Change a member's role"""
        member = self.get_object()
        role = VendorRole(self.read(MemberChangeSerializer)["role"])
        services.add_team_member(vendor=own_vendor(), user=member.user, role=role)
        return Response(self.write(self.get_object()))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take a member out of the team, at once"""
        services.remove_team_member(vendor=own_vendor(), user=self.get_object().user)
        return Response(status=204)


class Invitations(ListView):
    """Who was invited to the team and has not accepted yet"""

    policy = _team("tenancy.manage_team")
    serializer_class = InvitationSerializer
    sort_fields: ClassVar[dict[str, str]] = {"email": "email", "created_at": "created_at"}
    queryset = Invitation.objects.select_related("vendor").order_by("-created_at", "id")


class OneInvitation(ResourceView):
    """Base of the addresses below one invitation."""

    serializer_class = InvitationSerializer
    queryset = Invitation.objects.select_related("vendor")


class InvitationDetail(OneInvitation):
    """One invitation to the team"""

    policy = _team("tenancy.manage_team")

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.write(self.get_object()))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Withdraw an invitation; its links end at once"""
        withdraw_invitation(invitation=self.get_object())
        return Response(status=204)


class InvitationMails(OneInvitation):
    """Send an invitation again; the new link works for seven days"""

    policy = _team("tenancy.manage_team")

    @extend_schema(request=None, responses={200: InvitationSerializer})
    def post(self, request: Request, pk: int) -> Response:
        invitation = self.get_object()
        send_invitation(invitation=invitation, invited_by=signed_in(request))
        return Response(self.write(invitation))
