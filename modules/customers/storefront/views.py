"""Sign-in, registration and the account itself. None of it is ever kept by a cache."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from modules.customers import selectors, services
from modules.customers.exceptions import EmailTaken, SignInRefused, WrongPassword
from modules.customers.extensions import signed_in
from modules.customers.models import Customer
from modules.customers.storefront.forms import PasswordForm, ProfileForm, RegisterForm, SignInForm
from platform_core.identity.policy import Audience, policy
from platform_core.identity.sessions import sign_in, sign_out
from platform_core.identity.throttle import SignInAttempt, TooManyAttempts
from platform_core.tenancy.requests import VendorRequest

read_and_write = require_http_methods(["GET", "HEAD", "POST"])

# Registrations from one address are counted like wrong passwords, under a name that is no e-mail address.
REGISTRATION = "(registration)"


def form_status(form: forms.BaseForm) -> int:
    """422 for a form that comes back with errors."""
    return 422 if form.is_bound and not form.is_valid() else 200


def _next_address(request: VendorRequest) -> str:
    """Where to go after sign-in: a page of this host that was asked for, else the account."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return asked
    return reverse("storefront:customers:account")


@policy(Audience.PUBLIC)
@never_cache
@read_and_write
def sign_in_page(request: VendorRequest) -> HttpResponse:
    if request.customer:
        return HttpResponseRedirect(_next_address(request))
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = form_status(form)
    if form.is_bound and form.is_valid():
        attempt = SignInAttempt(request, form.cleaned_data["email"])
        try:
            attempt.begin()
            customer = services.authenticate(**form.cleaned_data)
        except SignInRefused as error:
            form.add_error(None, error.message)
            status = 422
        except TooManyAttempts as error:
            form.add_error(None, error.message)
            return error.said_on(_sign_in_form(request, form, 429))
        else:
            attempt.succeeded()
            enter(request, customer)
            return HttpResponseRedirect(_next_address(request))
    return _sign_in_form(request, form, status)


def enter(request: VendorRequest, customer: Customer) -> None:
    """Begin the customer's session, and let other modules carry over what the browser had."""
    kept = dict(request.session.items())
    sign_in(request, customer, Audience.CUSTOMER)
    for answer in signed_in.all():
        answer(request, customer, kept)


def _sign_in_form(request: VendorRequest, form: SignInForm, status: int) -> HttpResponse:
    context = {"form": form, "next": _next_address(request), "is_signed_out": "signed-out" in request.GET}
    return render(request, "customers/storefront/sign_in.html", context, status=status)


@policy(Audience.PUBLIC)
@never_cache
@read_and_write
def register(request: VendorRequest) -> HttpResponse:
    if request.customer:
        return redirect("storefront:customers:account")
    form = RegisterForm(request.POST if request.method == "POST" else None)
    status = form_status(form)
    if form.is_bound and form.is_valid():
        try:
            SignInAttempt(request, REGISTRATION).begin()
            customer = services.register_customer(language=request.LANGUAGE_CODE, **form.cleaned_data)
        except EmailTaken as error:
            form.add_error("email", error.message)
            status = 422
        except ValidationError as error:
            form.add_error(None, error)
            status = 422
        except TooManyAttempts as error:
            form.add_error(None, _too_many_registrations(error))
            return error.said_on(_registration_form(request, form, 429))
        else:
            enter(request, customer)
            messages.success(
                request, _("Your account is ready. Confirm your e-mail address by the link we have sent you.")
            )
            return HttpResponseRedirect(_next_address(request))
    return _registration_form(request, form, status)


def _registration_form(request: VendorRequest, form: RegisterForm, status: int) -> HttpResponse:
    context = {"form": form, "next": _next_address(request)}
    return render(request, "customers/storefront/register.html", context, status=status)


def _too_many_registrations(error: TooManyAttempts) -> str:
    minutes = -(-error.retry_after // 60)
    return ngettext(
        "Many accounts were made from your connection just now. Try again in %(minutes)d minute.",
        "Many accounts were made from your connection just now. Try again in %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}


@policy(Audience.PUBLIC)
@never_cache
@require_POST
def sign_out_page(request: VendorRequest) -> HttpResponse:
    sign_out(request)
    return HttpResponseRedirect(f"{reverse('storefront:customers:sign-in')}?signed-out")


@policy(Audience.CUSTOMER)
@never_cache
@require_safe
def account(request: VendorRequest) -> HttpResponse:
    addresses = list(selectors.addresses_of(customer=request.customer))
    context = {"address": addresses[0] if addresses else None, "address_count": len(addresses)}
    return render(request, "customers/storefront/account.html", context)


@policy(Audience.CUSTOMER)
@never_cache
@read_and_write
def profile(request: VendorRequest) -> HttpResponse:
    customer = request.customer
    known = {"full_name": customer.full_name, "language": customer.language}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_bound and form.is_valid():
        services.update_profile(customer=customer, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("storefront:customers:profile")
    return render(request, "customers/storefront/profile.html", {"form": form}, status=form_status(form))


@policy(Audience.CUSTOMER)
@never_cache
@read_and_write
def password(request: VendorRequest) -> HttpResponse:
    """A new password ends every other session; this one goes on."""
    form = PasswordForm(request.POST if request.method == "POST" else None, customer=request.customer)
    status = form_status(form)
    if form.is_bound and form.is_valid():
        attempt = SignInAttempt(request, request.customer.email)
        try:
            attempt.begin()
            customer = services.change_password(customer=request.customer, **form.cleaned_data)
        except WrongPassword as error:
            form.add_error("current_password", error.message)
            status = 422
        except TooManyAttempts as error:
            form.add_error(None, error.message)
            return error.said_on(_password_form(request, form, 429))
        else:
            attempt.succeeded()
            sign_in(request, customer, Audience.CUSTOMER)
            messages.success(request, _("Your new password is set. Other devices were signed out."))
            return redirect("storefront:customers:account")
    return _password_form(request, form, status)


def _password_form(request: VendorRequest, form: PasswordForm, status: int) -> HttpResponse:
    return render(request, "customers/storefront/password.html", {"form": form}, status=status)
