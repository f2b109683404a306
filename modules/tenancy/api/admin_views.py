"""What platform staff see and change: companies, vendors, their domains, people. Of their platform alone."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from modules.tenancy import selectors, services
from modules.tenancy.api.serializers import (
    CompanySerializer,
    DomainChangeSerializer,
    DomainSerializer,
    InvitationSerializer,
    UserChangeSerializer,
    UserInvitingSerializer,
    UserSerializer,
    VendorCreateSerializer,
    VendorDomainClaimSerializer,
    VendorFields,
    VendorSerializer,
)
from modules.tenancy.invitations import (
    invite_staff,
    invite_team_member,
    send_invitation,
    withdraw_invitation,
)
from modules.tenancy.models import (
    Company,
    Invitation,
    PlatformMembership,
    Vendor,
    VendorDomain,
    VendorMembership,
)
from platform_core.api.views import ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.policy import Policy
from platform_core.roles import PLATFORM_ADMIN, VendorRole
from platform_core.tenancy.dns import txt_records
from platform_core.tenancy.models import Platform

Policies = dict[str, Policy]


def _staff(permission: str) -> Policy:
    return Policy(Audience.STAFF, permission)


def _platform(request: Request) -> Platform:
    return Platform.objects.get(pk=request._request.platform.id)  # type: ignore[attr-defined]


def signed_in(request: Request) -> User:
    """Whom the token or session is of."""
    assert isinstance(request.user, User)
    return request.user


class CompanyFilters(filters.FilterSet):
    country = filters.CharFilter()
    q = filters.CharFilter(method="search", label="Part of the name or the VAT number.")

    def search(self, queryset: QuerySet[Company], _name: str, value: str) -> QuerySet[Company]:
        return queryset.filter(Q(legal_name__icontains=value) | Q(vat_id__icontains=value))


class Companies(ListView):
    """The platform's companies"""

    policies: ClassVar[Policies] = {
        "GET": _staff("tenancy.view_company"),
        "POST": _staff("tenancy.add_company"),
    }
    serializer_class = CompanySerializer
    filterset_class = CompanyFilters
    sort_fields: ClassVar[dict[str, str]] = {"legal_name": "legal_name", "created_at": "created_at"}
    queryset = Company.objects.order_by("-created_at", "id")

    @extend_schema(request=CompanySerializer, responses={201: CompanySerializer})
    def post(self, request: Request) -> Response:
        """Add a company"""
        company = services.create_company(platform=_platform(request), **self.read())
        return Response(self.write(company), status=201)


class CompanyDetail(ResourceView):
    """One company"""

    policies: ClassVar[Policies] = {
        "GET": _staff("tenancy.view_company"),
        "PATCH": _staff("tenancy.change_company"),
    }
    serializer_class = CompanySerializer
    queryset = Company.objects.all()

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.write(self.get_object()))

    @extend_schema(request=CompanySerializer(partial=True))
    def patch(self, request: Request, pk: int) -> Response:
        """Change fields of a company"""
        company = services.update_company(company=self.get_object(), **self.read(partial=True))
        return Response(self.write(company))


class VendorFilters(filters.FilterSet):
    status = filters.ChoiceFilter(choices=Vendor.Status.choices)
    company = filters.NumberFilter(field_name="company_id")
    q = filters.CharFilter(method="search", label="Part of the name or the code.")

    def search(self, queryset: QuerySet[Vendor], _name: str, value: str) -> QuerySet[Vendor]:
        return queryset.filter(Q(name__icontains=value) | Q(code__icontains=value))


class Vendors(ListView):
    """The platform's vendors"""

    policies: ClassVar[Policies] = {
        "GET": _staff("tenancy.view_vendor"),
        "POST": _staff("tenancy.add_vendor"),
    }
    serializer_class = VendorSerializer
    filterset_class = VendorFilters
    sort_fields: ClassVar[dict[str, str]] = {"name": "name", "code": "code", "created_at": "created_at"}

    def get_queryset(self) -> QuerySet[Vendor]:
        return selectors.vendors().order_by("-created_at", "id")

    @extend_schema(request=VendorCreateSerializer, responses={201: VendorSerializer})
    def post(self, request: Request) -> Response:
        """Open a vendor; its storefront answers on its subdomain at once"""
        vendor = services.create_vendor(platform=_platform(request), **self.read(VendorCreateSerializer))
        return Response(self.write(vendor), status=201)


class OneVendor(ResourceView):
    """Base of the addresses below one vendor."""

    serializer_class = VendorSerializer
    lookup_field = "code"

    def get_queryset(self) -> QuerySet[Vendor]:
        return selectors.vendors()


class VendorDetail(OneVendor):
    """One vendor"""

    policies: ClassVar[Policies] = {
        "GET": _staff("tenancy.view_vendor"),
        "PATCH": _staff("tenancy.change_vendor"),
    }

    def get(self, request: Request, code: str) -> Response:
        return Response(self.write(self.get_object()))

    @extend_schema(request=VendorFields(partial=True), responses={200: VendorSerializer})
    def patch(self, request: Request, code: str) -> Response:
        """Change fields of a vendor"""
        facts = self.read(VendorFields, partial=True)
        services.update_vendor(vendor=self.get_object(), **facts)
        return Response(self.write(self.get_object()))


class VendorSuspensions(OneVendor):
    """Close a vendor's storefront to shoppers"""

    policy = _staff("tenancy.change_vendor")

    @extend_schema(request=None, responses={200: VendorSerializer})
    def post(self, request: Request, code: str) -> Response:
        services.suspend_vendor(vendor=self.get_object())
        return Response(self.write(self.get_object()))


class VendorReactivations(OneVendor):
    """Open a suspended vendor's storefront again"""

    policy = _staff("tenancy.change_vendor")

    @extend_schema(request=None, responses={200: VendorSerializer})
    def post(self, request: Request, code: str) -> Response:
        services.reactivate_vendor(vendor=self.get_object())
        return Response(self.write(self.get_object()))


class DomainFilters(filters.FilterSet):
    vendor = filters.CharFilter(field_name="vendor__code")
    state = filters.ChoiceFilter(choices=VendorDomain.State.choices)
    q = filters.CharFilter(field_name="host", lookup_expr="icontains")


class Domains(ListView):
    """The vendors' own domains"""

    policy = _staff("tenancy.manage_domains")
    serializer_class = DomainSerializer
    filterset_class = DomainFilters
    sort_fields: ClassVar[dict[str, str]] = {"host": "host", "created_at": "created_at"}
    queryset = VendorDomain.objects.select_related("vendor").order_by("-created_at", "id")

    @extend_schema(request=VendorDomainClaimSerializer, responses={201: DomainSerializer})
    def post(self, request: Request) -> Response:
        """Claim a host for a vendor; it serves once its TXT record proves it"""
        domain = services.add_domain(**self.read(VendorDomainClaimSerializer))
        return Response(self.write(domain), status=201)


class OneDomain(ResourceView):
    """Base of the addresses below one domain."""

    serializer_class = DomainSerializer
    queryset = VendorDomain.objects.select_related("vendor")


class DomainDetail(OneDomain):
    """One domain"""

    policy = _staff("tenancy.manage_domains")

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.write(self.get_object()))

    @extend_schema(request=DomainChangeSerializer, responses={200: DomainSerializer})
    def patch(self, request: Request, pk: int) -> Response:
        """Make a domain the vendor's primary one"""
        self.read(DomainChangeSerializer)
        return Response(self.write(services.make_primary(domain=self.get_object())))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Give a domain up"""
        services.remove_domain(domain=self.get_object())
        return Response(status=204)


class DomainVerifications(OneDomain):
    """Look for a domain's TXT record now, and serve it when the proof is there"""

    policy = _staff("tenancy.manage_domains")

    @extend_schema(request=None, responses={200: DomainSerializer})
    def post(self, request: Request, pk: int) -> Response:
        domain = self.get_object()
        # Asked before the transaction, which must not wait for strangers' name servers.
        found = txt_records(domain.record_name)
        return Response(self.write(services.verify_domain(domain=domain, txt_records=lambda _name: found)))


def users_with_roles() -> QuerySet[User]:
    """The platform's users with what their roles need. The database shows no others."""
    return User.objects.prefetch_related(
        Prefetch("platform_memberships", PlatformMembership.objects.all()),
        Prefetch("vendor_memberships", VendorMembership.objects.select_related("vendor")),
    )


class UserFilters(filters.FilterSet):
    is_active = filters.BooleanFilter()
    vendor = filters.CharFilter(field_name="vendor_memberships__vendor__code")
    q = filters.CharFilter(method="search", label="Part of the name or the e-mail address.")

    def search(self, queryset: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        return queryset.filter(Q(email__icontains=value) | Q(full_name__icontains=value))


class Users(ListView):
    """The people who work on this platform"""

    policy = _staff("tenancy.manage_team")
    serializer_class = UserSerializer
    filterset_class = UserFilters
    sort_fields: ClassVar[dict[str, str]] = {"email": "email", "created_at": "created_at"}

    def get_queryset(self) -> QuerySet[User]:
        return users_with_roles().order_by("email", "id")

    @extend_schema(request=UserInvitingSerializer, responses={201: InvitationSerializer})
    def post(self, request: Request) -> Response:
        """Ask somebody by mail to join; asked again, a waiting invitation takes the new role"""
        given = self.read(UserInvitingSerializer) | {"invited_by": signed_in(request)}
        role, vendor = given.pop("role"), given.pop("vendor", None)
        if role == PLATFORM_ADMIN:
            invitation = invite_staff(platform=_platform(request), **given)
        else:
            invitation = invite_team_member(vendor=vendor, role=VendorRole(role), **given)
        return Response(InvitationSerializer(invitation).data, status=201)


class OneUser(ResourceView):
    """Base of the addresses below one user."""

    serializer_class = UserSerializer

    def get_queryset(self) -> QuerySet[User]:
        return users_with_roles()


class UserDetail(OneUser):
    """One of the people who work on this platform"""

    policy = _staff("tenancy.manage_team")

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.write(self.get_object()))

    @extend_schema(request=UserChangeSerializer, responses={200: UserSerializer})
    def patch(self, request: Request, pk: int) -> Response:
        """Change somebody who works on this platform alone"""
        user = self.get_object()
        services.update_member(platform=_platform(request), user=user, **self.read(UserChangeSerializer))
        return Response(self.write(self.get_object()))


class UserStaffRole(OneUser):
    """Take somebody out of the platform's staff, at once"""

    policy = _staff("tenancy.manage_team")

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        membership = get_object_or_404(PlatformMembership, user=self.get_object())
        services.remove_staff(membership=membership)
        return Response(status=204)


class UserTeamRole(OneUser):
    """Take somebody out of a vendor's team, at once"""

    policy = _staff("tenancy.manage_team")

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, code: str) -> Response:
        membership = get_object_or_404(
            VendorMembership.objects.select_related("vendor"), user=self.get_object(), vendor__code=code
        )
        services.remove_team_member(vendor=membership.vendor, user=membership.user)
        return Response(status=204)


class InvitationFilters(filters.FilterSet):
    vendor = filters.CharFilter(field_name="vendor__code")
    q = filters.CharFilter(field_name="email", lookup_expr="icontains")


class Invitations(ListView):
    """Who was invited to the platform's staff or a shop's team and has not accepted yet"""

    policy = _staff("tenancy.manage_team")
    serializer_class = InvitationSerializer
    filterset_class = InvitationFilters
    sort_fields: ClassVar[dict[str, str]] = {"email": "email", "created_at": "created_at"}
    queryset = Invitation.objects.select_related("vendor").order_by("-created_at", "id")


class OneInvitation(ResourceView):
    """Base of the addresses below one invitation."""

    serializer_class = InvitationSerializer
    queryset = Invitation.objects.select_related("vendor")


class InvitationDetail(OneInvitation):
    """One invitation"""

    policy = _staff("tenancy.manage_team")

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.write(self.get_object()))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Withdraw an invitation; its links end at once"""
        withdraw_invitation(invitation=self.get_object())
        return Response(status=204)


class InvitationMails(OneInvitation):
    """Send an invitation again; the new link works for seven days"""

    policy = _staff("tenancy.manage_team")

    @extend_schema(request=None, responses={200: InvitationSerializer})
    def post(self, request: Request, pk: int) -> Response:
        invitation = self.get_object()
        send_invitation(invitation=invitation, invited_by=signed_in(request))
        return Response(self.write(invitation))
