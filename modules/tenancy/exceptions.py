"""What can go wrong with vendors and domains, by name."""

from django.utils.translation import gettext_lazy as _

from platform_core.exceptions import DomainError


class VendorExists(DomainError):
    code = "vendor_exists"
    default_message = _("There is a vendor “%(code)s” on this platform already. Choose another code.")


class CurrencyInUse(DomainError):
    code = "currency_in_use"
    default_message = _(
        "“%(name)s” has prices in %(currency)s, so its currency stays: they would be read as amounts of another"
        " one. Open another shop for another currency."
    )


class CompanyExists(DomainError):
    code = "company_exists"
    default_message = _("There is a company “%(name)s” on this platform already.")


class DomainTaken(DomainError):
    code = "domain_taken"
    default_message = _("“%(host)s” is in use by another shop. Ask support if it is yours.")


class TooManyDomains(DomainError):
    code = "too_many_domains"
    default_message = _("A shop can have %(limit)s domains. Remove one first.")


class DomainNotProved(DomainError):
    code = "domain_not_proved"
    status = 422
    default_message = _(
        "No TXT record “%(record)s” with the value “%(token)s” was found. DNS changes can take an hour."
    )


class LastOwner(DomainError):
    code = "last_owner"
    default_message = _("A shop keeps at least one owner. Name another owner first.")


class MemberChanged(DomainError):
    """A role is not what it was on the page."""

    code = "member_changed"
    default_message = _(
        "Somebody else has changed this member in the meantime. Nothing was overwritten: look at the role that"
        " stands here now, then choose again."
    )


class AlreadyMember(DomainError):
    code = "already_member"
    default_message = _("%(email)s is among the people here already. Change the role there, if need be.")


class TooManyInvitations(DomainError):
    code = "too_many_invitations"
    default_message = _("%(limit)s invitations are waiting for an answer. Withdraw one first.")


class InvitedSomebodyElse(DomainError):
    code = "invited_somebody_else"
    default_message = _("This invitation is for %(email)s. Sign out, then open the link in the mail again.")


class UserWorksElsewhere(DomainError):
    code = "user_works_elsewhere"
    default_message = _(
        "%(email)s also works on another platform, so only the person can change the password or the name."
    )
