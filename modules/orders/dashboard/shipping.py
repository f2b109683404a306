"""The pages where a shop's owner sets up how goods are shipped."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from modules.catalog.selectors import has_unweighed_products
from modules.orders.dashboard.fields import AmountField
from modules.orders.models import MAX_SHIPPING_MINOR, ShippingMethod, validate_method_code
from modules.orders.selectors import shipping_methods
from modules.orders.services import remove_shipping_method, save_shipping_method
from platform_core.exceptions import DomainError, RowChanged
from platform_core.identity.audience import Audience
from platform_core.identity.policy import policy
from platform_core.languages import LANGUAGES, best_text
from platform_core.tenancy.context import VendorRef
from platform_core.tenancy.requests import VendorRequest
from platform_core.ui.countries import country_choices, country_name
from platform_core.ui.fields import WholeNumberField

LANGUAGE_NAMES = dict(LANGUAGES)
MAX_RATES = 20
MAX_WEIGHT_GRAMS = 1_000_000
MAX_PLACE = 9999
# Of a version, which is an integer of the database.
MAX_DIGITS = 9
ADD_ROW = "add_rate"
EMPTY_ROWS = 2


def _amount(vendor: VendorRef, label: Any, **kwargs: Any) -> AmountField:
    return AmountField(
        label=label,
        currency=vendor.currency,
        region=vendor.country,
        max_minor=MAX_SHIPPING_MINOR,
        required=False,
        **kwargs,
    )


class MethodForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=ShippingMethod.Kind.choices,
        initial=ShippingMethod.Kind.FLAT,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Who collects at the shop pays nothing for it, and may pay there."),
        error_messages={"required": gettext_lazy("Choose one of the kinds.")},
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        required=False,
        max_length=40,
        validators=[validate_method_code],
        help_text=gettext_lazy("For scripts and lists. Left empty, it is made from the name."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    position = WholeNumberField(
        label=gettext_lazy("Place"), initial=1, min_value=0, max_value=MAX_PLACE, required=False
    )
    is_active = forms.BooleanField(label=gettext_lazy("Offered to buyers"), required=False, initial=True)
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("Countries it goes to"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: everywhere."),
    )

    def __init__(self, *args: Any, vendor: VendorRef, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["countries"].choices = country_choices(get_language())  # type: ignore[attr-defined]
        self.fields["price"] = _amount(
            vendor, _("Price"), help_text=_("VAT included. For the kind “One price”.")
        )
        self.fields["free_from"] = _amount(
            vendor, _("Free from goods of"), help_text=_("From this value on it costs nothing. Empty: never.")
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        is_flat = data.get("kind") == ShippingMethod.Kind.FLAT
        if is_flat and data.get("price") is None and "price" not in self.errors:
            self.add_error("price", _("Enter the price, 0 where it costs nothing."))
        return data


class NameForm(forms.Form):
    """Name and description in one language."""

    def __init__(self, *args: Any, language: str, is_default: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "prefix": f"text-{language}"})
        self.language, self.is_default = language, is_default
        self.language_name = LANGUAGE_NAMES[language]
        self.fields["name"] = forms.CharField(
            label=_("Name"),
            required=is_default,
            max_length=80,
            widget=forms.TextInput(attrs={"lang": language, "autocomplete": "off"}),
            error_messages={"required": _("Enter the name that buyers choose it by.")},
        )
        self.fields["description"] = forms.CharField(
            label=_("Description"),
            required=False,
            max_length=300,
            help_text=_("Such as how long it takes."),
            widget=forms.TextInput(attrs={"lang": language, "autocomplete": "off"}),
        )

    @property
    def is_empty(self) -> bool:
        return not any(self[name].value() for name in self.fields)


class RateForm(forms.Form):
    """A step of the prices by weight. An empty one counts for nothing."""

    def __init__(self, *args: Any, vendor: VendorRef, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        message = _("Enter a weight from 1 to 1,000,000 grams.")
        self.fields["grams"] = WholeNumberField(
            label=_("Up to (grams)"),
            required=False,
            min_value=1,
            max_value=MAX_WEIGHT_GRAMS,
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), message),
        )
        self.fields["price"] = _amount(vendor, _("Price"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        has_grams, has_price = data.get("grams") is not None, data.get("price") is not None
        if has_grams and not has_price and "price" not in self.errors:
            self.add_error("price", _("Enter the price up to this weight."))
        if has_price and not has_grams and "grams" not in self.errors:
            self.add_error("grams", _("Enter the weight up to which this price holds."))
        return data

    @property
    def rate(self) -> list[int] | None:
        grams = self.cleaned_data.get("grams")
        return None if grams is None else [grams, self.cleaned_data["price"]]


RateFormSet = forms.formset_factory(RateForm, extra=0, max_num=MAX_RATES, absolute_max=MAX_RATES)


class MethodEditor:
    """The forms of a way to ship, new or stored."""

    def __init__(
        self, vendor: VendorRef, method: ShippingMethod | None = None, data: QueryDict | None = None
    ) -> None:
        self.vendor, self.method, self.is_stale = vendor, method, False
        self.given_version = (
            data.get("version", "") if data is not None else str(method.version if method else 0)
        )
        languages = tuple(dict.fromkeys((vendor.default_language, *vendor.languages)))
        names, descriptions = (method.names, method.descriptions) if method else ({}, {})
        self.main = MethodForm(data, vendor=vendor, initial=_initial_of(method))
        self.texts = [
            NameForm(
                data,
                language=code,
                is_default=code == vendor.default_language,
                initial={"name": names.get(code, ""), "description": descriptions.get(code, "")},
            )
            for code in languages
        ]
        rows = [{"grams": grams, "price": price} for grams, price in method.rates] if method else []
        self.rates = RateFormSet(data, prefix="rate", initial=rows, form_kwargs={"vendor": vendor})
        if data is None:
            self.rates.extra = min(EMPTY_ROWS, MAX_RATES - len(rows))

    @property
    def formsets(self) -> list[Any]:
        """What the error summary reads beside the main form."""
        return [_Texts(self.texts), self.rates]

    @property
    def has_errors(self) -> bool:
        bound = [self.main, *self.texts, *self.rates.forms]
        return any(form.is_bound and form.errors for form in bound)

    @property
    def shown_version(self) -> str:
        """What the page goes on from: the present version once the person was told of it."""
        return str(self.method.version) if self.is_stale and self.method else self.given_version

    def is_valid(self) -> bool:
        checked: list[Any] = [self.main, *self.texts, self.rates]
        valid = [form.is_valid() for form in checked]
        return all(valid)

    def take_errors_off(self) -> None:
        """What was typed, before anything is judged."""
        for form in (self.main, *self.texts, *self.rates.forms):
            form.initial = {name: form[name].data for name in form.fields}
            form.is_bound = False

    def save(self) -> ShippingMethod:
        """Raises DomainError; `add_error` then tells where."""
        data, method = self.main.cleaned_data, self.method
        version = self.given_version
        known = version.isascii() and version.isdigit() and len(version) <= MAX_DIGITS
        # Texts in a language that the shop has given up are in no field, and stay.
        names = {**(method.names if method else {}), **self._texts("name")}
        return save_shipping_method(
            code=data["code"] or (method.code if method else self._made_code()),
            kind=data["kind"],
            names=names,
            descriptions={**(method.descriptions if method else {}), **self._texts("description")},
            price_minor=data["price"] or 0,
            rates=[form.rate for form in self.rates.forms if form.rate is not None],
            free_from_minor=data["free_from"],
            countries=data["countries"],
            position=data["position"] or 0,
            is_active=data["is_active"],
            method=method,
            expected_version=int(version) if known else 0,
        )

    def _texts(self, name: str) -> dict[str, str]:
        return {form.language: form.cleaned_data[name] for form in self.texts}

    def _made_code(self) -> str:
        default = next(form for form in self.texts if form.is_default)
        return slugify(default.cleaned_data["name"])[:40].strip("-_").replace("_", "-") or "shipping"

    def add_error(self, error: DomainError) -> None:
        """Put a service's refusal beside the field it speaks of."""
        head, _dot, rest = str(error.params.get("field", "")).partition(".")
        if head in {"names", "descriptions"}:
            form = next((form for form in self.texts if form.language == rest), self.texts[0])
            form.add_error("name" if head == "names" else "description", error.message)
        elif head == "rates":
            self.rates.forms[0].add_error("grams", error.message)
        else:
            field = "code" if error.code == "shipping_code_taken" else head
            self.main.add_error(field if field in self.main.fields else None, error.message)


class _Texts:
    """The forms of all languages as the error summary reads a formset."""

    def __init__(self, rows: list[NameForm]) -> None:
        self.forms = rows
        self.is_bound = rows[0].is_bound

    def non_form_errors(self) -> list[str]:
        return []


def _initial_of(method: ShippingMethod | None) -> dict[str, Any]:
    if method is None:
        return {}
    return {
        "kind": method.kind,
        "code": method.code,
        "position": method.position,
        "is_active": method.is_active,
        "countries": method.countries,
        "price": method.price_minor if method.kind == ShippingMethod.Kind.FLAT else None,
        "free_from": method.free_from_minor,
    }


def _name_of(method: ShippingMethod, vendor: VendorRef) -> tuple[str, str]:
    """(language, name) for the reader."""
    found = best_text(method.names, get_language() or "en", vendor.default_language)
    return found or (vendor.default_language, method.code)


def _method(pk: int) -> ShippingMethod:
    # A number past PostgreSQL's bigint finds nothing and must not reach it.
    method = ShippingMethod.objects.filter(pk=pk).first() if pk < 2**63 else None
    if method is None:
        raise Http404
    return method


@policy(Audience.VENDOR, "orders.change_shippingmethod")
@require_safe
def method_list(request: VendorRequest) -> HttpResponse:
    """The shop's ways to ship, in its order."""
    rows, by_weight = [], False
    for method in shipping_methods():
        by_weight = by_weight or method.kind == ShippingMethod.Kind.WEIGHT
        language, name = _name_of(method, request.vendor)
        countries = [country_name(code, get_language()) for code in method.countries]
        rows.append({"method": method, "name": name, "language": language, "countries": countries})
    context = {"rows": rows, "lacks_weights": by_weight and has_unweighed_products()}
    return render(request, "orders/dashboard/shipping_list.html", context)


@policy(Audience.VENDOR, "orders.change_shippingmethod")
@require_http_methods(["GET", "HEAD", "POST"])
def method_create(request: VendorRequest) -> HttpResponse:
    """A new way to ship."""
    return _edit(request, None)


@policy(Audience.VENDOR, "orders.change_shippingmethod")
@require_http_methods(["GET", "HEAD", "POST"])
def method_edit(request: VendorRequest, pk: int) -> HttpResponse:
    """A way to ship, to be changed."""
    return _edit(request, _method(pk))


def _edit(request: VendorRequest, method: ShippingMethod | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, MethodEditor(request.vendor, method))
    if ADD_ROW in request.POST:
        return _page(request, _with_row(request, method))
    editor = MethodEditor(request.vendor, method, request.POST)
    if not editor.is_valid():
        return _page(request, editor, status=422)
    try:
        saved = editor.save()
    except RowChanged:
        assert method is not None
        editor = MethodEditor(request.vendor, _method(method.pk), request.POST)
        editor.is_stale = True
        return _page(request, editor, status=RowChanged.status)
    except DomainError as error:
        editor.add_error(error)
        return _page(request, editor, status=422)
    name = _name_of(saved, request.vendor)[1]
    messages.success(request, _("“%(title)s” is saved.") % {"title": name})
    return redirect("dashboard:orders:shipping")


def _with_row(request: VendorRequest, method: ShippingMethod | None) -> MethodEditor:
    """One more empty step of the prices by weight; nothing typed is lost, and nothing is saved."""
    data = request.POST.copy()
    count = data.get("rate-TOTAL_FORMS", "")
    if count.isascii() and count.isdigit() and int(count[:4]) < MAX_RATES:
        data["rate-TOTAL_FORMS"] = str(int(count[:4]) + 1)
    editor = MethodEditor(request.vendor, method, data)
    editor.take_errors_off()
    return editor


def _page(request: VendorRequest, editor: MethodEditor, *, status: int = 200) -> HttpResponse:
    title = _name_of(editor.method, request.vendor)[1] if editor.method else ""
    context = {"editor": editor, "title": title, "currency": request.vendor.currency}
    return render(request, "orders/dashboard/shipping_edit.html", context, status=status)


@policy(Audience.VENDOR, "orders.change_shippingmethod")
@require_http_methods(["GET", "HEAD", "POST"])
def method_remove(request: VendorRequest, pk: int) -> HttpResponse:
    """Ask, then take a way to ship away."""
    method = _method(pk)
    name = _name_of(method, request.vendor)[1]
    if request.method != "POST":
        context = {"method": method, "title": name}
        return render(request, "orders/dashboard/shipping_remove.html", context)
    remove_shipping_method(method=method)
    messages.success(request, _("“%(title)s” is removed.") % {"title": name})
    return redirect("dashboard:orders:shipping")
