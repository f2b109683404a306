"""What customers do by a link in a mail: a new password, a confirmed address."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from modules.customers import selectors, services
from modules.customers.storefront.forms import ForgottenForm, NewPasswordForm
from modules.customers.storefront.views import enter, form_status, read_and_write
from platform_core.identity.links import LinkEnded, TooManyMails, count_mail, secret_address
from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.requests import VendorRequest


@policy(Audience.PUBLIC)
@never_cache
@read_and_write
def forgotten(request: VendorRequest) -> HttpResponse:
    """Ask for a link to set a new password. Whether anybody has the address is told by the mail alone."""
    form = ForgottenForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _forgotten_form(request, form, form_status(form))
    email = form.cleaned_data["email"]
    try:
        count_mail(request)
    except TooManyMails as error:
        form.add_error(None, error.message)
        return error.said_on(_forgotten_form(request, form, 429))
    services.ask_for_password_reset(email=email, language=request.LANGUAGE_CODE)
    return _forgotten_form(request, form, 200, sent_to=email)


def _forgotten_form(
    request: VendorRequest, form: ForgottenForm, status: int, *, sent_to: str = ""
) -> HttpResponse:
    context = {"form": form, "sent_to": sent_to}
    return render(request, "customers/storefront/forgotten.html", context, status=status)


@policy(Audience.PUBLIC)
@secret_address
@sensitive_post_parameters("new_password")
@read_and_write
def reset_password(request: VendorRequest, token: str) -> HttpResponse:
    """A new password for whoever opened the link. It signs them in and ends every other session."""
    customer = selectors.customer_of_reset(token)
    if customer is None:
        return _ended(request)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, customer=customer)
    if not form.is_bound or not form.is_valid():
        context = {"form": form, "customer": customer}
        return render(request, "customers/storefront/reset_password.html", context, status=form_status(form))
    try:
        customer = services.reset_password(token=token, **form.cleaned_data)
    except LinkEnded:
        # Sent twice: the first one has set it.
        return _ended(request)
    enter(request, customer)
    messages.success(request, _("Your new password is set. You are signed in."))
    return redirect("storefront:customers:account")


@policy(Audience.CUSTOMER)
@never_cache
@require_POST
def send_confirmation(request: VendorRequest) -> HttpResponse:
    """Send the link that confirms the address once more."""
    try:
        count_mail(request)
    except TooManyMails as error:
        messages.error(request, error.message)
    else:
        services.ask_for_confirmation(customer=request.customer)
        sent = _("A mail is on its way to %(email)s. Nothing arrives? Look into the folder for spam.")
        messages.success(request, sent % {"email": request.customer.email})
    return redirect("storefront:customers:account")


@policy(Audience.PUBLIC)
@secret_address
@read_and_write
def confirm(request: VendorRequest, token: str) -> HttpResponse:
    """GET asks, since programs open links as well; POST confirms."""
    customer = selectors.customer_of_confirmation(token)
    if customer is None:
        return _ended(request, is_confirmation=True)
    if request.method != "POST":
        return render(request, "customers/storefront/confirm.html", {"customer": customer})
    try:
        services.confirm_email(token=token)
    except LinkEnded:
        # Sent twice: the first one has confirmed it.
        return _ended(request, is_confirmation=True)
    messages.success(request, _("Your e-mail address is confirmed."))
    return redirect("storefront:customers:account")


def _ended(request: VendorRequest, *, is_confirmation: bool = False) -> HttpResponse:
    context = {"is_confirmation": is_confirmation}
    return render(request, "customers/storefront/link_ended.html", context, status=LinkEnded.status)
