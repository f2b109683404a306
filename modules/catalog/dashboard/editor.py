"""A product's page as one thing: its forms, what they say together, and what the services make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from modules.catalog.dashboard.fields import KeptPicturesField
from modules.catalog.dashboard.forms import (
    Bundle,
    ImageFormSet,
    ProductForm,
    TextForm,
    VariantFormSet,
    category_choices,
    ordered_languages,
    posted,
    text_initial,
    without_errors,
)
from modules.catalog.images import PreparedImage, StoredImage, store_image
from modules.catalog.models import Product, ProductImage
from modules.catalog.selectors import vendor_categories
from modules.catalog.services import (
    attach_image,
    create_product,
    remove_image,
    update_images,
    update_product,
)
from platform_core.exceptions import DomainError
from platform_core.tenancy.context import VendorRef

CHOICE_PREFIX = "choose:"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that two people have changed. `name` is what the choice between the two is posted as."""

    name: str
    label: str
    theirs: str
    yours: str
    anchor: str


class ProductEditor:
    """The forms of a product, new or stored. Pictures that came with a form that fails are kept."""

    def __init__(
        self,
        *,
        vendor: VendorRef,
        language: str,
        product: Product | None = None,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
    ) -> None:
        self.vendor, self.language, self.product = vendor, language, product
        self.kept: list[StoredImage] = []
        self.conflicts: list[Conflict] = []
        self._attached = False
        self.categories = category_choices(list(vendor_categories(language=language)))
        self._bind(data, files)

    def _bind(self, data: QueryDict | None, files: MultiValueDict[str, Any] | None) -> None:
        product = self.product
        self.main = ProductForm(
            data,
            files,
            categories=self.categories,
            is_archived=product is not None and product.status == Product.Status.ARCHIVED,
            initial=self._main_initial(),
        )
        texts = text_initial(product.translations.all(), "title") if product else {}
        self.texts = [
            TextForm(
                data,
                language=code,
                is_default=code == self.vendor.default_language,
                initial=texts.get(code, {}),
            )
            for code in ordered_languages(self.vendor)
        ]
        rows = self._variant_rows()
        self.variants = VariantFormSet(
            data, prefix="variant", initial=rows, form_kwargs={"vendor": self.vendor}
        )
        if not rows and data is None:
            self.variants.extra = 1
        self.stored_images: dict[int, ProductImage] = (
            {image.pk: image for image in product.images.all()} if product else {}
        )
        self.images = ImageFormSet(
            data,
            prefix="image",
            initial=[
                {
                    "id": image.pk,
                    "position": place,
                    **{f"alt_{code}": text for code, text in image.alt.items()},
                }
                for place, image in enumerate(self.stored_images.values(), start=1)
            ],
            form_kwargs={"vendor": self.vendor},
        )

    def _main_initial(self) -> dict[str, Any]:
        product = self.product
        if product is None:
            return {}
        return {
            "status": product.status,
            "tax_category": product.tax_category,
            "slug": product.slug,
            "version": product.version,
            "categories": [link.category.slug for link in product.category_links.all()],
        }

    def _variant_rows(self) -> list[dict[str, Any]]:
        if self.product is None:
            return []
        return [
            {
                "id": variant.pk,
                "sku": variant.sku,
                "price": variant.price_minor,
                "is_active": variant.is_active,
                **{f"label_{code}": text for code, text in variant.options.items()},
            }
            for variant in self.product.variants.all()
        ]

    @property
    def all_forms(self) -> list[forms.BaseForm]:
        return [self.main, *self.texts, *self.variants.forms, *self.images.forms]

    @property
    def formsets(self) -> list[Any]:
        """What the error summary reads beside the main form."""
        return [Bundle(self.texts), self.variants, self.images]

    @property
    def image_rows(self) -> list[tuple[Any, ProductImage]]:
        """Each picture's form with the picture."""
        rows: list[tuple[forms.BaseForm, ProductImage]] = []
        for form in self.images.forms:
            value = form["id"].value()
            image = self.stored_images.get(int(value)) if str(value).isdigit() else None
            if image is not None:
                rows.append((form, image))
        return rows

    @property
    def has_errors(self) -> bool:
        return any(form.is_bound and form.errors for form in self.all_forms) or bool(
            self.variants.is_bound and self.variants.non_form_errors()
        )

    def is_valid(self) -> bool:
        checked: list[Any] = [self.main, *self.texts, self.variants, self.images]
        valid = [form.is_valid() for form in checked]
        return all(valid)

    def add_variant_row(self, data: QueryDict, files: MultiValueDict[str, Any]) -> None:
        """One more empty variant; nothing is judged yet, and uploads are kept."""
        count = data.get("variant-TOTAL_FORMS", "0")
        total = int(count) if count.isdigit() else 0
        self._bind(posted(data, **{"variant-TOTAL_FORMS": str(total + 1)}), files)
        self.keep_pictures()
        for form in self.all_forms:
            without_errors(form)
        self.main.initial["kept"] = self.kept_token

    def pictures(self) -> list[PreparedImage | StoredImage]:
        """What is to be added: kept from a form before, then fresh."""
        return [*self.main.cleaned_data["kept"], *self.main.cleaned_data["pictures"]]

    def keep_pictures(self) -> None:
        """Store the good uploads of a form that goes back to the browser, which cannot hold files itself."""
        if not self.main.is_bound or self.main.errors is None:
            return
        field: Any = self.main.fields["pictures"]
        self.kept = list(self.main.cleaned_data.get("kept", ()))
        self.kept += [store_image(prepared) for prepared in getattr(field, "good", ())]
        self.main.data = posted(self.main.data, kept=self.kept_token)

    @property
    def kept_token(self) -> str:
        return KeptPicturesField.sign(self.kept)

    def save(self) -> Product:
        """Write everything in one transaction. Raises DomainError; `add_error` then tells where."""
        with transaction.atomic():
            facts = self._facts()
            if self.product is None:
                product = create_product(**facts)
            else:
                product = update_product(
                    product=self.product, expected_version=self.main.cleaned_data["version"], **facts
                )
                self._save_images(product)
            for picture in self.pictures():
                stored = picture if isinstance(picture, StoredImage) else store_image(picture)
                attach_image(product=product, stored=stored)
        return product

    def _facts(self) -> dict[str, Any]:
        data = self.main.cleaned_data
        facts: dict[str, Any] = {
            "slug": data["slug"] or (self.product.slug if self.product else ""),
            "translations": {form.language: form.texts for form in self.texts},
            "variants": [form.variant for form in self._filled_rows()],
            "tax_category": data["tax_category"],
            "category_slugs": data["categories"],
        }
        if "status" in data:
            facts["status"] = data["status"]
        return facts

    def _filled_rows(self) -> list[Any]:
        return [form for form in self.variants.forms if form.cleaned_data]

    def _save_images(self, product: Product) -> None:
        forms_by_id = {form.cleaned_data["id"]: form for form in self.images.forms if form.cleaned_data}
        for pk, form in forms_by_id.items():
            if form.cleaned_data["remove"] and pk in self.stored_images:
                remove_image(image=self.stored_images[pk])
        update_images(
            product=product,
            positions={pk: form.cleaned_data["position"] for pk, form in forms_by_id.items()},
            alts={pk: form.alt for pk, form in forms_by_id.items()},
        )

    def add_error(self, error: DomainError) -> None:
        """Put a service's refusal beside the field it speaks of."""
        head, _dot, rest = str(error.params.get("field", "")).partition(".")
        if head == "slug":
            self.main.add_error("slug", error.message)
        elif head == "translations":
            language, _dot, name = rest.partition(".")
            form = next((f for f in self.texts if f.language == language), self.texts[0])
            form.add_error(name if name in form.fields else "title", error.message)
        elif head == "variants":
            rows = self._filled_rows()
            number, _dot, name = rest.partition(".")
            if number.isdigit() and int(number) < len(rows) and name in rows[int(number)].fields:
                rows[int(number)].add_error(name, error.message)
            else:
                self._add_sku_error(rows, error)
        elif head == "categories":
            self.main.add_error("categories", error.message)
        else:
            self.main.add_error(None, error.message)

    def _add_sku_error(self, rows: list[Any], error: DomainError) -> None:
        taken = str(error.params.get("sku", "")).split(", ")
        hit = [row for row in rows if row.cleaned_data["sku"] in taken]
        for row in hit:
            row.add_error("sku", error.message)
        if not hit:
            self.main.add_error(None, error.message)

    # Two people at once.

    def find_conflicts(self, current: Product) -> None:
        """Compare what was typed with what somebody else has saved, and take over the new version."""
        theirs = ProductEditor(vendor=self.vendor, language=self.language, product=current)
        for form, saved, label in self._pairs(theirs):
            for name, field in form.fields.items():
                if name in {"id", "version", "pictures", "kept", "remove"}:
                    continue
                yours, other = _shown(form[name]), _shown(saved[name])
                if yours != other:
                    title = f"{label}{field.label}" if label else str(field.label)
                    self.conflicts.append(
                        Conflict(form[name].html_name, title, other, yours, form[name].id_for_label)
                    )
        self._add_their_variants(theirs)
        self.main.data = posted(self.main.data, version=str(current.version))

    def _add_their_variants(self, theirs: ProductEditor) -> None:
        """Show variants that somebody else has added: a row that is missing would take them off sale."""
        mine = {str(form["id"].value()) for form in self.variants.forms}
        data, number = posted(self.variants.data), len(self.variants.forms)
        for form in theirs.variants.forms:
            if str(form["id"].value()) not in mine:
                for name in form.fields:
                    value = form[name].value()
                    if value not in (None, False, ""):
                        data[f"variant-{number}-{name}"] = "on" if value is True else str(value)
                number += 1
        data["variant-TOTAL_FORMS"] = str(number)
        self.variants = VariantFormSet(
            data, prefix="variant", initial=self._variant_rows(), form_kwargs={"vendor": self.vendor}
        )

    def _pairs(self, theirs: ProductEditor) -> list[tuple[Any, Any, str]]:
        rows = {str(form["id"].value()): form for form in theirs.variants.forms}
        pictures = {str(form["id"].value()): form for form in theirs.images.forms}
        pairs: list[tuple[Any, Any, str]] = [(self.main, theirs.main, "")]
        pairs += [
            (mine, other, f"{mine.language_name}: ")
            for mine, other in zip(self.texts, theirs.texts, strict=True)
        ]
        for forms_of_mine, found in ((self.variants.forms, rows), (self.images.forms, pictures)):
            for form in forms_of_mine:
                other = found.get(str(form["id"].value()))
                if other is not None:
                    pairs.append((form, other, f"{other[_name_of(other)].value()}: "))
        return [(mine, other, label) for mine, other, label in pairs if set(mine.fields) == set(other.fields)]


def _name_of(form: forms.BaseForm) -> str:
    return "sku" if "sku" in form.fields else "position"


def _shown(field: forms.BoundField) -> str:
    """A field's value as a person reads it."""
    value = field.value()
    choices = dict(getattr(field.field, "choices", ()) or ())
    if isinstance(value, list | tuple):
        return ", ".join(str(choices.get(item, item)).lstrip("– ") for item in value)
    if isinstance(field.field, forms.BooleanField):
        return "✓" if value in (True, "on", "true", "1") else "–"
    return str(choices.get(value, "" if value is None else value)).strip().replace("\r\n", "\n")


def with_choices(data: QueryDict, current: ProductEditor) -> QueryDict:
    """What was sent, with the saved value wherever the person chose "theirs" in a conflict."""
    chosen = [key[len(CHOICE_PREFIX) :] for key in data if key.startswith(CHOICE_PREFIX)]
    taken = [name for name in chosen if data.get(f"{CHOICE_PREFIX}{name}") == "theirs"]
    if not taken:
        return data
    fields = _fields_by_posted_name(data, current)
    copy = data.copy()
    for name in taken:
        field = fields.get(name)
        if field is None:
            continue
        value = field.value()
        if isinstance(value, list | tuple):
            copy.setlist(name, [str(item) for item in value])
        elif isinstance(field.field, forms.BooleanField):
            copy.setlist(name, ["on"] if value else [])
        else:
            copy[name] = "" if value is None else str(value)
    return copy


def _fields_by_posted_name(data: QueryDict, current: ProductEditor) -> Mapping[str, forms.BoundField]:
    """Each field of the stored product by the name that this page posts it as; rows are matched by id."""
    found = {
        form[name].html_name: form[name] for form in (current.main, *current.texts) for name in form.fields
    }
    for prefix, rows in (("variant", current.variants.forms), ("image", current.images.forms)):
        by_id = {str(form["id"].value()): form for form in rows}
        total = data.get(f"{prefix}-TOTAL_FORMS", "0")
        for number in range(min(int(total) if total.isdigit() else 0, 500)):
            form = by_id.get(data.get(f"{prefix}-{number}-id", ""))
            if form is not None:
                found.update({f"{prefix}-{number}-{name}": form[name] for name in form.fields})
    return found
