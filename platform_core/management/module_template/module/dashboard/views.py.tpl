"""What the shop's team sees and does."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ${package} import selectors, services
from ${package}.dashboard.forms import ${model_class}Form
from platform_core.identity.policy import Audience, Policy, policies, policy
from platform_core.tenancy.requests import VendorRequest

VIEW, CHANGE = "${label}.view_${model}", "${label}.change_${model}"


@policies(GET=Policy(Audience.VENDOR, VIEW), POST=Policy(Audience.VENDOR, CHANGE))
@require_http_methods(["GET", "HEAD", "POST"])
def ${model}_list(request: VendorRequest) -> HttpResponse:
    """What there is, and a form for one more."""
    form = ${model_class}Form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.write_${model}(**form.cleaned_data)
        messages.success(request, _("The entry is saved."))
        return redirect("dashboard:${label}:list")
    pages = Paginator(selectors.all_${models}(), selectors.page_size(request.platform))
    context = {"form": form, "page": pages.get_page(request.GET.get("page"))}
    return render(request, "${label}/dashboard/list.html", context, status=422 if form.errors else 200)


@policy(Audience.VENDOR, CHANGE)
@require_POST
def publish(request: VendorRequest, pk: int) -> HttpResponse:
    """Show an entry to shoppers, or hide it where it is shown."""
    ${model} = get_object_or_404(selectors.all_${models}(), pk=pk)
    services.publish_${model}(${model}=${model}, is_published=not ${model}.is_published)
    return redirect("dashboard:${label}:list")
