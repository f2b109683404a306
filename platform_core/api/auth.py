"""Sign-in of scripts and apps: users on a platform's host, customers on a shop's."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.api.serializers import StrictSerializer
from platform_core.api.views import ApiView
from platform_core.exceptions import DomainError
from platform_core.identity.audience import PORTAL_OF_AUDIENCE, Audience
from platform_core.identity.backends import EmailBackend
from platform_core.identity.models import User
from platform_core.identity.policy import Policy
from platform_core.identity.principals import (
    Principal,
    authenticate_customer,
    memberships,
    staff_principal,
    vendor_principal,
)
from platform_core.identity.refresh import TokenPair, begin_session, revoke_by_token, revoke_family, rotate
from platform_core.identity.throttle import SignInAttempt
from platform_core.identity.tokens import LIFETIME, InvalidToken
from platform_core.tenancy.context import PlatformRef
from platform_core.tenancy.requests import SiteRequest


class InvalidCredentials(DomainError):
    """One answer for an unknown address, a wrong password, a closed account and one without a role here."""

    code = "invalid_credentials"
    status = 401
    default_message = _("E-mail address and password do not match. Check both and try again.")


class NotAMember(DomainError):
    """One answer for a shop of others and for one that does not exist."""

    code = "not_a_member"
    status = 403
    default_message = _("You are not in the team of this shop.")


class InvalidRefreshToken(DomainError):
    code = "invalid_token"
    status = 401
    default_message = _("The refresh token is not valid. Sign in again.")


class CustomerSignInSerializer(StrictSerializer):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1_000, trim_whitespace=False)


class UserSignInSerializer(CustomerSignInSerializer):
    vendor = serializers.CharField(
        max_length=40, required=False, help_text="Code of the shop to work for; needed by members of several."
    )


class RefreshSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=500)


class LogoutSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=500, required=False)


class TokenPairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="Send it as “Authorization: Bearer …”.")
    refresh = serializers.CharField(help_text="Good for one use at …/token/refresh/.")
    expires_in = serializers.IntegerField(help_text="Seconds until the access token expires.")


class PlaceSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()


class MeSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    full_name = serializers.CharField()
    language = serializers.CharField()
    portal = serializers.ChoiceField(choices=["admin", "vendor", "storefront"])
    role = serializers.CharField(help_text="Empty for customers.")
    platform = PlaceSerializer()
    vendor = PlaceSerializer(allow_null=True)
    permissions = serializers.ListField(child=serializers.CharField())


def principal_for(user: User, platform: PlatformRef, vendor_code: str | None) -> Principal:
    """What a user is signed in as: with `vendor_code`, a member of that shop's team; without, staff of the
    platform, else a member of the only team they are in.

    Raises InvalidCredentials when they have no role on the platform, NotAMember for a shop of others,
    VendorRequired when they are in several teams and name none.
    """
    if vendor_code is not None:
        principal = vendor_principal(user, platform, "token", vendor_code=vendor_code)
        if principal is None and (user.is_superuser or memberships(user, platform)):
            raise NotAMember
    else:
        principal = staff_principal(user, platform, "token") or vendor_principal(user, platform, "token")
    if principal is None:
        raise InvalidCredentials
    return principal


def _pair_response(pair: TokenPair) -> Response:
    data = {"access": pair.access, "refresh": pair.refresh, "expires_in": int(LIFETIME.total_seconds())}
    return Response(data, headers={"Cache-Control": "no-store"})


def _site(request: Request) -> SiteRequest:
    return request._request  # type: ignore[return-value]


def _user_agent(request: Request) -> str:
    return str(request.META.get("HTTP_USER_AGENT", ""))


class UserTokenView(ApiView):
    """Sign in a user of the platform: its staff, or a member of a vendor's team."""

    policy = Policy(Audience.PUBLIC)

    @extend_schema(request=UserSignInSerializer, responses={200: TokenPairSerializer})
    def post(self, request: Request) -> Response:
        serializer = UserSignInSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given, site = serializer.validated_data, _site(request)
        attempt = SignInAttempt(site, given["email"])
        attempt.begin()
        user = EmailBackend().authenticate(site, email=given["email"], password=given["password"])
        if user is None:
            raise InvalidCredentials
        attempt.succeeded()
        assert site.platform is not None
        principal = principal_for(user, site.platform, given.get("vendor"))
        return _pair_response(begin_session(principal, user_agent=_user_agent(request)))


class CustomerTokenView(ApiView):
    """Sign in a customer of this shop."""

    policy = Policy(Audience.PUBLIC)

    @extend_schema(request=CustomerSignInSerializer, responses={200: TokenPairSerializer})
    def post(self, request: Request) -> Response:
        serializer = CustomerSignInSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given, site = serializer.validated_data, _site(request)
        attempt = SignInAttempt(site, given["email"])
        attempt.begin()
        customer = authenticate_customer.first(given["email"], given["password"])
        if customer is None:
            raise InvalidCredentials
        attempt.succeeded()
        principal = Principal(
            Audience.CUSTOMER, customer, "token", platform=site.platform, vendor=site.vendor
        )
        return _pair_response(begin_session(principal, user_agent=_user_agent(request)))


class RefreshView(ApiView):
    """Trade a refresh token for a new pair. A token that is traded twice ends its whole sign-in."""

    policy = Policy(Audience.PUBLIC)

    @extend_schema(request=RefreshSerializer, responses={200: TokenPairSerializer})
    def post(self, request: Request) -> Response:
        serializer = RefreshSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        token = serializer.validated_data["refresh"]
        try:
            pair = rotate(token, _site(request), user_agent=_user_agent(request))
        except InvalidToken as error:
            raise InvalidRefreshToken from error
        return _pair_response(pair)


class LogoutView(ApiView):
    """End the sign-in of the access token in the header, of the refresh token in the body, or of both."""

    policy = Policy(Audience.PUBLIC)

    @extend_schema(
        request=LogoutSerializer, responses={204: OpenApiResponse(description="The sign-in has ended.")}
    )
    def post(self, request: Request) -> Response:
        serializer = LogoutSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        token = serializer.validated_data.get("refresh")
        family = getattr(_site(request), "token_family", None)
        if token is None and family is None:
            message = str(_("Send the access token in the header or the refresh token in the body."))
            raise serializers.ValidationError({"refresh": [ErrorDetail(message, "required")]})
        if family is not None:
            revoke_family(family)
        if token is not None:
            revoke_by_token(token, _site(request))
        return Response(status=204)


class MeView(ApiView):
    """Who is signed in, where, and what they may do there."""

    policy = Policy(Audience.SIGNED_IN)

    @extend_schema(responses={200: MeSerializer})
    def get(self, request: Request) -> Response:
        principal = _site(request).principal
        assert principal is not None and principal.platform is not None
        account, vendor = principal.account, principal.vendor
        return Response(
            {
                "email": account.email,
                "full_name": account.full_name,
                "language": account.language,
                "portal": PORTAL_OF_AUDIENCE[principal.audience],
                "role": principal.role,
                "platform": {"code": principal.platform.code, "name": principal.platform.name},
                "vendor": {"code": vendor.code, "name": vendor.name} if vendor else None,
                "permissions": sorted(principal.permissions),
            }
        )
