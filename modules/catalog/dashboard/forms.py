"""Forms of products and categories. A product's page is several of them, held together by ProductEditor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from modules.catalog.dashboard.fields import KeptPicturesField, PicturesField, PriceField
from modules.catalog.models import (
    MAX_DESCRIPTION_LENGTH,
    MAX_SKU_LENGTH,
    MAX_SLUG_LENGTH,
    MAX_TITLE_LENGTH,
    MAX_WEIGHT_GRAMS,
    Category,
    Product,
    TaxCategory,
    validate_sku,
    validate_slug,
)
from platform_core.languages import LANGUAGES
from platform_core.tenancy.context import VendorRef
from platform_core.ui.fields import WholeNumberField

PLACE_RANGE = _("Enter a whole number from 0 to 9,999.")
WEIGHT_RANGE = _("Enter a weight in whole grams, from 0 to 1,000,000, or leave it empty.")
OVERTAKEN = _("Somebody else has just set %(place)s here. Save again to put yours in its place.")
LANGUAGE_NAMES = dict(LANGUAGES)
MAX_ROWS = 200
MAX_PLACE = 9999
# Of a bigint, which every number of this length fits into.
MAX_DIGITS = 18


def ordered_languages(vendor: VendorRef) -> tuple[str, ...]:
    """The shop's languages, its default one first."""
    return tuple(dict.fromkeys((vendor.default_language, *vendor.languages)))


class ProductForm(forms.Form):
    status = forms.ChoiceField(
        label=_("Status"),
        choices=[(s.value, s.label) for s in (Product.Status.DRAFT, Product.Status.ACTIVE)],
        initial=Product.Status.DRAFT,
        help_text=_("Shoppers see active products only."),
    )
    tax_category = forms.ChoiceField(
        label=_("VAT category"), choices=TaxCategory.choices, initial=TaxCategory.STANDARD
    )
    slug = forms.CharField(
        label=_("Address in the shop"),
        required=False,
        max_length=MAX_SLUG_LENGTH,
        validators=[validate_slug],
        help_text=_("The last part of the page's address. Left empty, it is made from the title."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    categories = forms.MultipleChoiceField(
        label=_("Categories"), required=False, widget=forms.CheckboxSelectMultiple
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    pictures = PicturesField(
        label=_("Add pictures"),
        required=False,
        help_text=_("JPEG, PNG or WebP, up to 10 MB and 20 megapixels each. You can choose several."),
    )
    kept = KeptPicturesField()

    def __init__(
        self, *args: Any, categories: list[tuple[str, str]], is_archived: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["categories"].choices = categories  # type: ignore[attr-defined]
        if self.initial.get("slug"):
            self.fields["slug"].help_text = _(
                "The last part of the page's address. When you change it, links to the old one end."
            )
        if is_archived:
            del self.fields["status"]


class TextForm(forms.Form):
    """A product's title and description in one language; `heading` names the first for categories."""

    heading = "title"

    def __init__(self, *args: Any, language: str, is_default: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "prefix": f"text-{language}"})
        self.language, self.is_default = language, is_default
        self.language_name = LANGUAGE_NAMES[language]
        self.fields[self.heading] = forms.CharField(
            label=_("Title") if self.heading == "title" else _("Name"),
            required=is_default,
            max_length=MAX_TITLE_LENGTH,
            error_messages={
                "required": _("Enter the product title. It is what shoppers see first.")
                if self.heading == "title"
                else _("Enter the name of the category.")
            },
            widget=forms.TextInput(attrs={"lang": language, "autocomplete": "off"}),
        )
        self.fields["description"] = forms.CharField(
            label=_("Description"),
            required=False,
            max_length=MAX_DESCRIPTION_LENGTH,
            help_text=_("Plain text. An empty line starts a new paragraph."),
            widget=forms.Textarea(attrs={"lang": language, "rows": 6}),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("description") and not data.get(self.heading) and self.heading not in self.errors:
            self.add_error(self.heading, _("This language has a description. Enter its title too."))
        return data

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written in this language."""
        return not any(self[name].value() for name in self.fields)

    @property
    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}


class CategoryTextForm(TextForm):
    heading = "name"


def require_one_heading(texts: list[Any]) -> None:
    """A text in one of the shop's languages is enough: the first is asked for where no other has a heading."""
    first, *others = texts
    if any(str(form[form.heading].value() or "").strip() for form in others):
        first.fields[first.heading].required = False


class VariantForm(forms.Form):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    sku = forms.CharField(
        label=_("SKU"),
        max_length=MAX_SKU_LENGTH,
        validators=[validate_sku],
        error_messages={"required": _("Enter the SKU, your own number for this variant.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, vendor: VendorRef, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = ordered_languages(vendor)
        self.currency = vendor.currency
        self.fields["price"] = PriceField(
            label=_("Price"),
            currency=vendor.currency,
            region=vendor.country,
            error_messages={"required": _("Enter the price, VAT included.")},
        )
        for place, language in enumerate(self.languages):
            self.fields[f"label_{language}"] = forms.CharField(
                label=_("Label, such as “Black, 64 GB”") if place == 0 else LANGUAGE_NAMES[language],
                required=False,
                max_length=80,
                widget=forms.TextInput(attrs={"lang": language, "autocomplete": "off"}),
            )
        self.fields["weight_grams"] = WholeNumberField(
            label=_("Weight with packing (grams)"),
            required=False,
            min_value=0,
            max_value=MAX_WEIGHT_GRAMS,
            help_text=_("For shipping by weight."),
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), WEIGHT_RANGE),
        )
        self.fields["is_active"] = forms.BooleanField(label=_("On sale"), required=False, initial=True)

    def first_label(self) -> forms.BoundField:
        """The label in the shop's default language."""
        return self[f"label_{self.languages[0]}"]

    def other_labels(self) -> Iterator[forms.BoundField]:
        """The labels in the shop's other languages."""
        return (self[f"label_{language}"] for language in self.languages[1:])

    def has_changed(self) -> bool:
        # A stored row always counts; a new one once somebody has typed into it, not for its ticked checkbox.
        return bool(self["id"].data) or any(name != "is_active" for name in self.changed_data)

    @property
    def variant(self) -> dict[str, Any]:
        """The row as the services take it."""
        data = self.cleaned_data
        return {
            "id": data["id"],
            "sku": data["sku"],
            "price_minor": data["price"],
            "weight_grams": data["weight_grams"],
            "is_active": data["is_active"],
            "options": {code: data[f"label_{code}"] for code in self.languages},
        }


class ImageForm(forms.Form):
    id = forms.IntegerField(widget=forms.HiddenInput)
    position = forms.IntegerField(
        label=_("Place"),
        min_value=1,
        max_value=9999,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": _("Enter the picture's place, such as 1.")},
    )
    remove = forms.BooleanField(label=_("Remove"), required=False)

    def __init__(self, *args: Any, vendor: VendorRef, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = ordered_languages(vendor)
        for language in self.languages:
            self.fields[f"alt_{language}"] = forms.CharField(
                label=_("What the picture shows (%(language)s)") % {"language": LANGUAGE_NAMES[language]},
                required=False,
                max_length=300,
                widget=forms.TextInput(attrs={"lang": language, "autocomplete": "off"}),
            )

    def first_alt(self) -> forms.BoundField:
        return self[f"alt_{self.languages[0]}"]

    def other_alts(self) -> Iterator[forms.BoundField]:
        return (self[f"alt_{language}"] for language in self.languages[1:])

    @property
    def alt(self) -> dict[str, str]:
        return {code: self.cleaned_data[f"alt_{code}"] for code in self.languages}


VariantFormSet = forms.formset_factory(
    VariantForm, extra=0, max_num=MAX_ROWS, absolute_max=MAX_ROWS, validate_max=True
)
ImageFormSet = forms.formset_factory(ImageForm, extra=0, max_num=MAX_ROWS, absolute_max=MAX_ROWS)


class CategoryForm(forms.Form):
    parent = forms.ChoiceField(label=_("Below"), required=False)
    slug = forms.CharField(
        label=_("Address in the shop"),
        required=False,
        max_length=MAX_SLUG_LENGTH,
        validators=[validate_slug],
        help_text=_("The last part of the page's address. Left empty, it is made from the name."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    position = forms.IntegerField(
        label=_("Place"),
        min_value=0,
        max_value=MAX_PLACE,
        initial=0,
        help_text=_("Lower numbers stand further up."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    is_visible = forms.BooleanField(label=_("Visible in the shop"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, parents: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [("", _("Nothing: a category at the top")), *parents]  # type: ignore[attr-defined]


class PlacesForm(forms.Form):
    """The places of categories, a field for each that the page has shown, and beside it what it has shown."""

    def __init__(self, data: QueryDict | None = None, *, categories: list[Any]) -> None:
        super().__init__(data)
        self.ids = [c.pk for c in categories if data is None or f"place-{c.pk}" in data]
        for category in categories:
            if category.pk in self.ids:
                self.fields[f"place-{category.pk}"] = forms.IntegerField(
                    label=_("Place of %(name)s") % {"name": category.name or category.slug},
                    min_value=0,
                    max_value=MAX_PLACE,
                    initial=category.position,
                    widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "place-input"}),
                    error_messages=dict.fromkeys(
                        ("required", "invalid", "min_value", "max_value"), PLACE_RANGE
                    ),
                )

    @property
    def positions(self) -> dict[int, int]:
        return {pk: self.cleaned_data[f"place-{pk}"] for pk in self.ids}

    @property
    def seen(self) -> dict[int, int]:
        """What the page has shown, where it says so."""
        shown = {pk: whole_number(self.data.get(f"seen-{pk}", "")) for pk in self.ids}
        return {pk: place for pk, place in shown.items() if place is not None}

    def add_overtaken(self, places: Mapping[int, int]) -> None:
        """Say which places somebody else has changed."""
        for pk, place in places.items():
            self.add_error(f"place-{pk}", OVERTAKEN % {"place": place})


def without_errors(form: forms.BaseForm) -> None:
    """Show what was typed without judging it: for a submit that only asked for another row."""
    form.initial = {name: form[name].data for name in form.fields}
    form.is_bound = False


def text_initial(rows: Any, heading: str) -> dict[str, dict[str, str]]:
    """The stored texts by language."""
    return {row.language: {heading: getattr(row, heading), "description": row.description} for row in rows}


def category_tree(categories: list[Category]) -> list[tuple[Category, int]]:
    """(category, depth) in tree order. What stands below a category that is missing is left out."""
    children: dict[int | None, list[Category]] = {}
    for category in categories:
        children.setdefault(category.parent_id, []).append(category)
    found: list[tuple[Category, int]] = []

    def walk(parent: int | None, depth: int) -> None:
        for category in children.get(parent, ()):
            found.append((category, depth))
            walk(category.pk, depth + 1)

    walk(None, 0)
    return found


def category_choices(categories: list[Category]) -> list[tuple[str, str]]:
    """(slug, name) in tree order, indented by depth."""
    return [
        (category.slug, f"{'– ' * depth}{getattr(category, 'name', '') or category.slug}")
        for category, depth in category_tree(categories)
    ]


class Bundle:
    """Forms that are no formset, in the shape that the error summary reads."""

    def __init__(self, forms: list[Any]) -> None:
        self.forms = forms
        self.is_bound = any(form.is_bound for form in forms)

    def non_form_errors(self) -> list[str]:
        return []


def posted(data: Mapping[str, Any], **changes: str) -> QueryDict:
    """A copy of what was sent, with some values changed."""
    copy: QueryDict = data.copy()  # type: ignore[attr-defined]
    for name, value in changes.items():
        copy[name] = value
    return copy


def whole_number(text: object) -> int | None:
    """A number as a form carries it, or None: neither other scripts' digits nor more of them than an id has."""
    digits = str(text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else None


def posted_rows(data: QueryDict, prefix: str) -> list[dict[str, list[str]]]:
    """The rows of a formset that were sent: their fields with all values."""
    count = min(whole_number(data.get(f"{prefix}-TOTAL_FORMS", "")) or 0, MAX_ROWS)
    rows: list[dict[str, list[str]]] = [{} for _number in range(count)]
    for name, values in data.lists():
        number, _dash, field = name.removeprefix(f"{prefix}-").partition("-")
        place = whole_number(number) if name.startswith(f"{prefix}-") and field else None
        if place is not None and place < count:
            rows[place][field] = values
    return rows


def put_rows(data: QueryDict, prefix: str, rows: list[dict[str, list[str]]]) -> None:
    """Replace the rows of a formset in what was sent."""
    for name in [name for name in data if re.match(rf"{prefix}-\d+-", name)]:
        del data[name]
    for number, row in enumerate(rows):
        for field, values in row.items():
            data.setlist(f"{prefix}-{number}-{field}", values)
    data[f"{prefix}-TOTAL_FORMS"] = str(len(rows))
