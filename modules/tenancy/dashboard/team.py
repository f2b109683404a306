"""The owner's page of the team: who is in it with which role, who was invited, and what is done about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from modules.tenancy import selectors, services
from modules.tenancy.invitations import invite_team_member, send_invitation, withdraw_invitation
from modules.tenancy.models import Invitation, Vendor, VendorMembership
from platform_core.exceptions import DomainError
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.policy import policy
from platform_core.languages import LANGUAGE_CHOICES
from platform_core.roles import VendorRole
from platform_core.tenancy.requests import VendorRequest

PERMISSION = "tenancy.manage_team"
# More than a team ever has; a longer one is shown as far as this.
MAX_ROWS = 200


class RoleForm(forms.Form):
    """Which role somebody has. `seen` is the one that the page has shown."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[
            (VendorRole.CLERK.value, gettext_lazy("Clerk: works with products, orders and customers")),
            (
                VendorRole.OWNER.value,
                gettext_lazy("Owner: may do everything, also with team and payment methods"),
            ),
        ],
        initial=VendorRole.CLERK.value,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a role."),
            "invalid_choice": gettext_lazy("Choose a role."),
        },
    )
    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)


class InvitingForm(RoleForm):
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages=dict.fromkeys(
            ("required", "invalid"), gettext_lazy("Enter an e-mail address like name@example.com.")
        ),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the mail"),
        choices=LANGUAGE_CHOICES,
        error_messages={"required": gettext_lazy("Choose a language.")},
    )
    field_order = ("email", "language", "role")


def _vendor(request: VendorRequest) -> Vendor:
    return Vendor.objects.get(pk=request.vendor.id)


def _member(pk: int) -> VendorMembership:
    for member in selectors.team_of_context_vendor():
        if member.user_id == pk:
            return member
    raise Http404


def _invitation(pk: int) -> Invitation:
    # A number past PostgreSQL's bigint finds nothing and must not reach it.
    found = Invitation.objects.filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404
    return found


def _name(user: User) -> str:
    return user.full_name or user.email


def _signed_in(request: VendorRequest) -> User:
    user: Any = request.user
    return user


@policy(Audience.VENDOR, PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def member_list(request: VendorRequest) -> HttpResponse:
    """Members, open invitations, and the form that invites."""
    form = InvitingForm(
        request.POST if request.method == "POST" else None,
        initial={"language": request.vendor.default_language},
    )
    if form.is_bound and form.is_valid():
        try:
            invitation = invite_team_member(
                vendor=_vendor(request),
                email=form.cleaned_data["email"],
                role=VendorRole(form.cleaned_data["role"]),
                language=form.cleaned_data["language"],
                invited_by=_signed_in(request),
            )
        except (DomainError, ValidationError) as error:
            form.add_error("email", error.message if isinstance(error, DomainError) else error)
        else:
            words = _("%(email)s is invited by mail. The link in it works for seven days.")
            messages.success(request, words % {"email": invitation.email})
            return redirect("dashboard:tenancy:team")
    context = {
        "form": form,
        "members": selectors.team_of_context_vendor()[:MAX_ROWS],
        "invitations": [
            {"row": row, "role": VendorRole(row.role).label}
            for row in Invitation.objects.order_by("-created_at", "-pk")[:MAX_ROWS]
        ],
        "own_id": _signed_in(request).pk,
    }
    status = 422 if form.is_bound else 200
    return render(request, "tenancy/dashboard/team.html", context, status=status)


@policy(Audience.VENDOR, PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def member_role(request: VendorRequest, pk: int) -> HttpResponse:
    """Give a member another role."""
    member, status = _member(pk), 200
    start = {"role": member.role, "seen": member.role}
    form = RoleForm(request.POST if request.method == "POST" else None, initial=start)
    if form.is_bound and form.is_valid():
        role = VendorRole(form.cleaned_data["role"])
        try:
            services.add_team_member(
                vendor=_vendor(request), user=member.user, role=role, expected_role=form.cleaned_data["seen"]
            )
        except DomainError as error:
            # What is chosen next is chosen against the role as it is now.
            form.data = {**request.POST.dict(), "seen": member.role}
            form.add_error("role", error.message)
            status = error.status
        else:
            words = _("%(name)s has the role %(role)s now.")
            messages.success(request, words % {"name": _name(member.user), "role": role.label})
            return _onwards(request, member, still_owner=role == VendorRole.OWNER)
    elif form.is_bound:
        status = 422
    context = {"form": form, "member": member, "name": _name(member.user)}
    return render(request, "tenancy/dashboard/role.html", context, status=status)


@policy(Audience.VENDOR, PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: VendorRequest, pk: int) -> HttpResponse:
    """Ask, then take somebody out of the team: without access from that moment on."""
    member, fault, status = _member(pk), "", 200
    if request.method == "POST":
        try:
            services.remove_team_member(
                vendor=_vendor(request), user=member.user, expected_role=request.POST.get("seen", "")
            )
        except DomainError as error:
            fault, status = error.message, error.status
        else:
            words = _("%(name)s is no longer in the team.") % {"name": _name(member.user)}
            messages.success(request, words)
            return _onwards(request, member, still_owner=False)
    is_self = member.user_id == _signed_in(request).pk
    context = {"member": member, "name": _name(member.user), "fault": fault, "is_self": is_self}
    return render(request, "tenancy/dashboard/remove.html", context, status=status)


def _onwards(request: VendorRequest, member: VendorMembership, *, still_owner: bool) -> HttpResponse:
    """Back to the team; whoever has given up the right to see it goes home."""
    gave_up = member.user_id == _signed_in(request).pk and not still_owner
    return redirect("dashboard:core:home" if gave_up else "dashboard:tenancy:team")


@policy(Audience.VENDOR, PERMISSION)
@require_POST
def invitation_send(request: VendorRequest, pk: int) -> HttpResponse:
    """Send an invitation again."""
    invitation = _invitation(pk)
    send_invitation(invitation=invitation, invited_by=_signed_in(request))
    words = _("The invitation is sent to %(email)s again. The new link works for seven days.")
    messages.success(request, words % {"email": invitation.email})
    return redirect("dashboard:tenancy:team")


@policy(Audience.VENDOR, PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_withdraw(request: VendorRequest, pk: int) -> HttpResponse:
    """Ask, then take an invitation back: its links end at once."""
    invitation = _invitation(pk)
    if request.method != "POST":
        return render(request, "tenancy/dashboard/withdraw.html", {"invitation": invitation})
    withdraw_invitation(invitation=invitation)
    words = _("The invitation of %(email)s is withdrawn.") % {"email": invitation.email}
    messages.success(request, words)
    return redirect("dashboard:tenancy:team")
