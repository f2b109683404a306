"""What can go wrong with customers' accounts, by name."""

from django.utils.translation import gettext_lazy as _

from platform_core.exceptions import DomainError


class EmailTaken(DomainError):
    code = "email_taken"
    default_message = _("There is an account with this e-mail address. Sign in instead.")


class SignInRefused(DomainError):
    """One answer for an unknown address, a wrong password and a closed account."""

    code = "sign_in_refused"
    status = 401
    default_message = _("E-mail address and password do not match. Check both and try again.")


class WrongPassword(DomainError):
    code = "wrong_password"
    status = 422
    default_message = _("This is not your current password. Nothing was changed.")


class TooManyAddresses(DomainError):
    code = "too_many_addresses"
    default_message = _("You have %(limit)s addresses, as many as an account can hold. Remove one first.")
