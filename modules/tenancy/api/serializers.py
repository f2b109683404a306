"""JSON of companies, vendors, domains and people. What is written goes to a service."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from modules.tenancy.models import Company, Invitation, Vendor, VendorDomain, VendorMembership
from platform_core.api.serializers import MomentField, StrictModelSerializer, StrictSerializer
from platform_core.identity.models import User
from platform_core.languages import LANGUAGE_CHOICES, LANGUAGE_CODES
from platform_core.money import currency_of
from platform_core.roles import PLATFORM_ADMIN, StaffRole, VendorRole
from platform_core.ui.countries import is_country
from platform_core.ui.presets import PRESETS


class CountryField(serializers.RegexField):
    """A country's code of ISO 3166-1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"^[A-Z]{2}\Z", help_text="ISO 3166-1, as in LU.", **options)

    def to_internal_value(self, data: Any) -> str:
        code: str = super().to_internal_value(data)
        if not is_country(code):
            raise serializers.ValidationError(_("There is no country with this code."), code="invalid")
        return code


class CompanySerializer(StrictModelSerializer):
    country = CountryField(required=False)

    class Meta:
        model = Company
        fields = (
            "id",
            "legal_name",
            "registration_number",
            "vat_id",
            "street",
            "postal_code",
            "city",
            "country",
            "email",
            "phone",
            "created_at",
        )
        # The service looks for the name under its own rule, which ignores case.
        validators: ClassVar[list[Any]] = []


class CompanyLinkSerializer(StrictModelSerializer):
    class Meta:
        model = Company
        fields = ("id", "legal_name")


class TaglinesField(serializers.DictField):
    """A text in some of the languages."""

    child = serializers.CharField(max_length=160, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if not set(value) <= set(LANGUAGE_CODES):
            raise serializers.ValidationError(
                _("Use the language codes %(codes)s.") % {"codes": ", ".join(LANGUAGE_CODES)},
                "unknown_language",
            )
        return value


class VendorFields(StrictSerializer):
    """What platform staff may change of a vendor."""

    name = serializers.CharField(max_length=120)
    default_language = serializers.ChoiceField(choices=LANGUAGE_CHOICES, required=False)
    languages = serializers.ListField(
        child=serializers.ChoiceField(choices=LANGUAGE_CHOICES),
        required=False,
        allow_empty=False,
        max_length=len(LANGUAGE_CODES),
    )
    currency = serializers.RegexField(r"^[A-Z]{3}\Z", required=False, help_text="ISO 4217, as in EUR.")
    country = CountryField(required=False)
    theme = serializers.ChoiceField(choices=sorted(PRESETS), required=False)
    taglines = TaglinesField(required=False)
    contact_email = serializers.EmailField(required=False, allow_blank=True)

    def validate_languages(self, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))

    def validate_currency(self, value: str) -> str:
        try:
            return currency_of(value).code
        except ValueError as error:
            raise serializers.ValidationError(_("There is no such currency."), "unknown_currency") from error


class VendorCreateSerializer(VendorFields):
    code = serializers.CharField(max_length=40, help_text="Its subdomain; it never changes.")
    # The database shows the context's platform alone, so another's company is not to be found.
    company = serializers.PrimaryKeyRelatedField(queryset=Company.objects.all())


class VendorSerializer(StrictModelSerializer):
    company = CompanyLinkSerializer()
    host = serializers.CharField(source="canonical_host", help_text="Where its storefront answers.")

    class Meta:
        model = Vendor
        fields = (
            "code",
            "name",
            "status",
            "host",
            "company",
            "default_language",
            "languages",
            "currency",
            "country",
            "theme",
            "taglines",
            "contact_email",
            "created_at",
        )


class DomainSerializer(StrictModelSerializer):
    vendor: Any = serializers.SlugRelatedField("code", read_only=True)
    record_name = serializers.CharField(read_only=True, help_text="DNS name of the TXT record to create.")
    record_value = serializers.CharField(source="token", read_only=True, help_text="What it has to say.")

    class Meta:
        model = VendorDomain
        fields = (
            "id",
            "vendor",
            "host",
            "state",
            "is_primary",
            "record_name",
            "record_value",
            "verified_at",
            "created_at",
        )


class DomainClaimSerializer(StrictSerializer):
    host = serializers.CharField(max_length=253)


class VendorDomainClaimSerializer(DomainClaimSerializer):
    vendor = serializers.SlugRelatedField("code", queryset=Vendor.objects.all())


class DomainChangeSerializer(StrictSerializer):
    is_primary = serializers.BooleanField(help_text="true; another domain takes it over.")

    def validate_is_primary(self, value: bool) -> bool:
        if not value:
            raise serializers.ValidationError(_("Make another domain the primary one instead."), "only_true")
        return value


class RoleSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=[*StaffRole.choices, *VendorRole.choices])
    vendor = serializers.CharField(allow_null=True, help_text="Code of the shop; null for platform staff.")


class UserSerializer(StrictModelSerializer):
    roles = serializers.SerializerMethodField(help_text="On this platform.")

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "full_name",
            "language",
            "time_zone",
            "is_active",
            "roles",
            "last_login",
            "created_at",
        )

    @extend_schema_field(RoleSerializer(many=True))
    def get_roles(self, user: User) -> list[dict[str, str | None]]:
        staff: list[dict[str, str | None]] = [
            {"role": row.role, "vendor": None} for row in user.platform_memberships.all()
        ]
        teams: list[dict[str, str | None]] = [
            {"role": row.role, "vendor": row.vendor.code} for row in user.vendor_memberships.all()
        ]
        return staff + sorted(teams, key=lambda role: str(role["vendor"]))


class UserChangeSerializer(StrictSerializer):
    full_name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    language = serializers.ChoiceField(choices=LANGUAGE_CHOICES, required=False)
    time_zone = serializers.CharField(max_length=64, required=False)
    is_active = serializers.BooleanField(required=False)


class InvitingSerializer(StrictSerializer):
    """Somebody to be asked by mail."""

    email = serializers.EmailField(max_length=254)
    language = serializers.ChoiceField(
        choices=LANGUAGE_CHOICES,
        required=False,
        help_text="Of the mail; by default the shop's or platform's.",
    )


class TeamInvitingSerializer(InvitingSerializer):
    role = serializers.ChoiceField(choices=VendorRole.choices)


class UserInvitingSerializer(InvitingSerializer):
    role = serializers.ChoiceField(choices=[*StaffRole.choices, *VendorRole.choices])
    vendor = serializers.SlugRelatedField(
        "code", queryset=Vendor.objects.all(), required=False, help_text="For the roles in a shop's team."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_staff = attrs["role"] == PLATFORM_ADMIN
        if is_staff and "vendor" in attrs:
            raise serializers.ValidationError(
                {"vendor": _("Platform staff belong to no shop.")}, "not_for_staff"
            )
        if not is_staff and "vendor" not in attrs:
            raise serializers.ValidationError({"vendor": _("Name the shop.")}, "required")
        return attrs


class InvitationSerializer(StrictModelSerializer):
    """An invitation that is not accepted yet. It says the same whether anybody has the address or not."""

    vendor: Any = serializers.SlugRelatedField(
        "code", read_only=True, allow_null=True, help_text="Null for platform staff."
    )

    class Meta:
        model = Invitation
        fields = ("id", "email", "role", "vendor", "language", "created_at")


class MemberSerializer(serializers.ModelSerializer[VendorMembership]):
    id = serializers.IntegerField(source="user.pk")
    email = serializers.EmailField(source="user.email")
    full_name = serializers.CharField(source="user.full_name")
    is_active = serializers.BooleanField(source="user.is_active")
    created_at = MomentField()

    class Meta:
        model = VendorMembership
        fields = ("id", "email", "full_name", "is_active", "role", "created_at")


class MemberChangeSerializer(StrictSerializer):
    role = serializers.ChoiceField(choices=VendorRole.choices)
