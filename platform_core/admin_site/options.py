"""The base of every screen: what it offers, to whom, and that each write goes through a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.auth import get_permission_codename
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, PermissionDenied, ValidationError
from django.core.paginator import InvalidPage, Paginator
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from platform_core.exceptions import DomainError, RowChanged
from platform_core.identity.people import people_behind
from platform_core.identity.policy import Policy
from platform_core.modules.gates import is_label_hidden
from platform_core.tenancy.requests import SiteRequest

if TYPE_CHECKING:
    from platform_core.admin_site.sites import ConsoleSite

HISTORY_PER_PAGE = 50
# As many as fit into a bigint whatever they are.
MAX_ID_DIGITS = 18
HIDDEN_FIELDS = frozenset({"password", "token", "auth_hash", "session_data"})


class ServiceForm(forms.ModelForm):
    """A form whose values a service checks once more: what the service refuses is shown like any error."""

    refusal: ClassVar[DomainError | ValidationError | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain_labels = {name: field.label for name, field in self.fields.items()}
        for field in self.fields.values():
            if not field.required and field.label and not isinstance(field, forms.BooleanField):
                field.label = _("%(label)s (optional)") % {"label": field.label}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.refusal is not None:
            add_refusal(self, self.refusal)


class ChangesForm(ServiceForm):
    """A form of a row without a version: what nobody touched on the page is left as others have saved it since."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True

    @property
    def changes(self) -> dict[str, Any]:
        """What the service takes: the values that differ from those the page was made from."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in self.changed_data or self.add_initial_prefix(name) not in self.data
        }


class SeenVersionField(forms.IntegerField):
    """The version that the page was made from. It is no value of the row, so it never counts as changed."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class VersionedForm(ServiceForm):
    """A form of a row with a `version`: what somebody else has saved meanwhile is shown, not overwritten.

    The screen names `seen_version` among its fields and passes it to the service, which raises RowChanged.
    """

    seen_version = SeenVersionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen_version"] = self.instance.version

    @property
    def expected_version(self) -> int | None:
        """What the service takes."""
        return self.cleaned_data.get("seen_version")

    def _post_clean(self) -> None:
        super()._post_clean()
        if isinstance(self.refusal, RowChanged):
            self._show_what_is_saved()

    def _show_what_is_saved(self) -> None:
        """Beside each field what is stored now, where that differs; the next save goes on from there."""
        for name in self.changed_data:
            if name in self.fields:
                self.add_error(name, _("Saved now: %(value)s") % {"value": self._saved(name)})
        typed = cast(QueryDict, self.data).copy()
        typed[self.add_prefix("seen_version")] = str(self.initial["seen_version"])
        self.data = typed

    def _saved(self, name: str) -> str:
        """A field's stored value as a person reads it."""
        field, value = self.fields[name], self.get_initial_for_field(self.fields[name], name)
        if isinstance(field, forms.ModelChoiceField):
            return str(field.queryset.filter(pk=value).first() or "–")  # type: ignore[union-attr]
        if isinstance(field, forms.BooleanField):
            return _("Yes") if value else _("No")
        words = {str(code): str(text) for code, text in getattr(field, "choices", ())}
        values = value if isinstance(value, list | tuple) else [value]
        return ", ".join(words.get(str(one), str(one)) for one in values if one not in (None, "")) or "–"


def add_refusal(form: forms.BaseForm, refusal: DomainError | ValidationError) -> None:
    """Put what a service has refused where the person looks: at the field, or above the form."""
    if isinstance(refusal, DomainError):
        form.add_error(None, refusal.message)
        return
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for name, errors in refusal.error_dict.items():
        place = name if name in form.fields and name != NON_FIELD_ERRORS else None
        form.add_error(place, ValidationError(errors))


class SiteModelAdmin(ModelAdmin):
    """A screen of one model on one site.

    `offers` says what can be done here at all, whoever asks: nothing is offered that no service does. `codes`
    names the permission for an action where it is not Django's own `<app>.<action>_<model>`.
    """

    offers: ClassVar[frozenset[str]] = frozenset({"view"})
    codes: ClassVar[Mapping[str, str]] = {}
    form: ClassVar[Any] = ServiceForm
    # Place in the menu: section, icon (a Lucide name), order.
    menu_section: ClassVar[str | Promise] = ""
    menu_label: ClassVar[str | Promise] = ""
    menu_icon: ClassVar[str] = "circle"
    menu_order: ClassVar[int] = 100
    is_searched: ClassVar[bool] = False

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    view_on_site = False
    save_on_top = False
    show_facets = None  # type: ignore[assignment]
    compressed_fields = True
    warn_unsaved_form = True
    list_filter_submit = True
    empty_value_display = "–"
    actions: ClassVar[Any] = ()
    object_history_template = "admin/history.html"

    @property
    def site(self) -> ConsoleSite:
        """The site this screen stands on."""
        return cast("ConsoleSite", self.admin_site)

    @property
    def policy(self) -> Policy:
        """The policy of the site; the permission is asked per action."""
        return self.site.policy

    # Who may.
    def may(self, request: HttpRequest, action: str) -> bool:
        """Whether `action` is offered here, its module is on, and the person holds its permission."""
        if action not in self.offers or is_label_hidden(self.opts.app_label):
            return False
        code = self.codes.get(action) or f"{self.opts.app_label}.{get_permission_codename(action, self.opts)}"
        return bool(request.user.has_perm(code))  # type: ignore[union-attr]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "view") or self.may(request, "change")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "delete")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) or self.has_add_permission(request)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address fills into a new row's form, without what its field cannot mean."""
        fields = {field.name: field for field in self.opts.get_fields()}
        given = super().get_changeform_initial_data(request)
        return {name: value for name, value in given.items() if _may_begin(fields.get(name), value)}

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the inlines of modules that are off."""
        found = super().get_inline_instances(request, obj)
        return [inline for inline in found if not is_label_hidden(inline.opts.app_label)]

    # How it is written.
    def create(self, request: SiteRequest, form: Any) -> models.Model:
        """Make the row from the form's cleaned data, by a service."""
        raise NotImplementedError

    def update(self, request: SiteRequest, obj: Any, form: Any) -> models.Model:
        """Change the row to the form's cleaned data, by a service."""
        raise NotImplementedError

    def remove(self, request: SiteRequest, obj: Any) -> None:
        """Delete the row, by a service."""
        raise NotImplementedError

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        for name, label in getattr(form, "plain_labels", {}).items():
            form.fields[name].label = label
        return super().construct_change_message(request, form, formsets, add)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        done = (
            self.update(cast(SiteRequest, request), obj, form)
            if change
            else self.create(cast(SiteRequest, request), form)
        )
        # Django goes on with its own instance: what it logs and where it leads follows the stored row.
        obj.__dict__.update(done.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing by itself: a service writes a row with what belongs to it."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove(cast(SiteRequest, request), obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            self.remove(cast(SiteRequest, request), obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return type(form.__name__, (form,), {"refusal": refusal}) if refusal else form

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Say so where an address filters by what cannot be: Django leads to the whole list without a word."""
        response = super().changelist_view(request, extra_context)
        if getattr(response, "url", "") == f"{request.path}?{ERROR_FLAG}=1":
            self.message_user(
                request,
                _(
                    "The address asks for a filter, or for a value of one, that there is not. Here are all rows:"
                    " choose the filter anew."
                ),
                level="warning",
            )
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show what a service refuses in the form it was asked by, with everything typed still there."""
        _require_sane_id(object_id)
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (DomainError, ValidationError) as refusal:
            if request.method != "POST":
                raise
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        _require_sane_id(object_id)
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as refusal:
            self.message_user(request, refusal.message, level="error")
            return HttpResponseRedirect(self.address("change", object_id))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """No filter of an address may ask, letter by letter, for what no page shows."""
        if set(lookup.split("__")) & HIDDEN_FIELDS:
            return False
        return super().lookup_allowed(lookup, value, request)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        # Django leads home with a message; an address that is nobody's, or somebody else's, is unknown.
        raise Http404

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        # It would delete row by row without the page of each; every screen here has its own way.
        actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with a row is the services' affair: only the row itself is named."""
        return [str(obj) for obj in objs], {}, set(), []

    # What a page shows.
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who did what to this row here, latest first. Whoever is no member here is shown as the operator."""
        _require_sane_id(object_id)
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        # Not by a join: people whom the role may not see would take their entries along.
        entries = LogEntry.objects.filter(
            object_id=unquote(object_id), content_type=ContentType.objects.get_for_model(self.model)
        ).order_by("-action_time", "-pk")
        page = page_of(entries, HISTORY_PER_PAGE, request.GET.get("p", "1"))
        name_people(page.object_list)
        context = {
            "title": _("Change history: %s") % obj,
            "subtitle": None,
            "page": page,
            "object": obj,
            "opts": self.opts,
            "original": obj,
            "preserved_filters": self.get_preserved_filters(request),
            **(extra_context or {}),
        }
        return self.site.page(request, self.object_history_template, context)

    def address(self, page: str, *args: Any) -> str:
        """The address of one of this screen's pages: changelist, add, change, delete, history or an action."""
        return reverse(
            f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args
        )

    def confirm(
        self,
        request: HttpRequest,
        object_id: str,
        *,
        title: str,
        text: str,
        verb: str,
        act: Callable[..., object],
        done: str = "",
        danger: bool = False,
        log: str = "",
        form_class: type[forms.Form] | None = None,
    ) -> HttpResponse:
        """A page that says what follows, and on POST `act(row)`; then back to the row with `done`.

        The texts may hold %(name)s. With a form it is `act(row, form)`. What a service refuses is shown in
        the form, or on the row's page where there is none.
        """
        _require_sane_id(object_id)
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        names = {"name": str(obj)}
        back = HttpResponseRedirect(self.address("change", object_id))
        form = form_class(request.POST or None) if form_class else None
        if request.method == "POST" and (form is None or form.is_valid()):
            try:
                with transaction.atomic():
                    act(obj) if form is None else act(obj, form)
                    self.log_change(request, obj, log or verb)
            except (DomainError, ValidationError) as refusal:
                if form is None:
                    self.message_user(request, message_of(refusal), level="error")
                    return back
                add_refusal(form, refusal)
            else:
                if done:
                    self.message_user(request, done % names, level="success")
                return back
        context = {
            "title": title % names,
            "text": text % names,
            "verb": verb,
            "is_dangerous": danger,
            "form": form,
            "object": obj,
            "opts": self.opts,
            "back": back.url,
        }
        return self.site.page(
            request, "admin/confirm.html", context, status=422 if form and form.errors else 200
        )


def message_of(refusal: DomainError | ValidationError) -> str:
    """What to tell the person."""
    return refusal.message if isinstance(refusal, DomainError) else " ".join(refusal.messages)


def page_of(rows: Any, size: int, number: str) -> Any:
    """The page asked for; the first one when that is no number, the last one when it is beyond."""
    paginator = Paginator(rows, size)
    try:
        return paginator.page(number)
    except InvalidPage:
        # Not by int(): it refuses digits of other kinds, such as ², and more than some thousands of them.
        beyond = number.isascii() and number.isdigit() and number.lstrip("0") not in {"", "1"}
        return paginator.page(paginator.num_pages if beyond else 1)


def name_people(entries: Any) -> None:
    """Set `person` on each log entry, and `kind`, what it is about."""
    people = people_behind(entries)
    for entry in entries:
        entry.person = people[entry.user_id]
        try:
            entry.kind = entry.content_type.name if entry.content_type_id else ""
        except ObjectDoesNotExist:
            entry.kind = ""


def _may_begin(field: Any, value: str) -> bool:
    """Whether a form may begin with a value of its address. Of a row it is the id, which Django looks up unseen."""
    return not isinstance(field, models.ForeignKey) or (
        value.isascii() and value.isdigit() and len(value) <= MAX_ID_DIGITS
    )


def _require_sane_id(object_id: str | None) -> None:
    """PostgreSQL refuses NUL bytes and numbers beyond bigint with errors of its own; to us they are unknown."""
    if object_id is None:
        return
    plain = unquote(object_id)
    if "\0" in plain or len(plain) > 40 or (plain.lstrip("-").isdigit() and len(plain) > MAX_ID_DIGITS):
        raise Http404
