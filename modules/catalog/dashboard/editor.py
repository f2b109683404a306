"""A product's page as one thing: its forms, what they say together, and what the services make of it."""

from __future__ import annotations

from collections.abc import Mapping
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
    posted_rows,
    put_rows,
    require_one_heading,
    text_initial,
    whole_number,
    without_errors,
)
from modules.catalog.dashboard.merging import OPENED, Merge, Part, merge, put, snapshot
from modules.catalog.images import PreparedImage, StoredImage, prepared_again, store_image
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
        self.merge: Merge | None = None
        self.categories = category_choices(list(vendor_categories(language=language)))
        self._bind(data, files)

    def _bind(self, data: QueryDict | None, files: MultiValueDict[str, Any] | None) -> None:
        product = self.product
        self.stored_images: dict[int, ProductImage] = (
            {image.pk: image for image in product.images.all()} if product else {}
        )
        if data is not None:
            data = self._without_removed_images(data)
        self.data = data
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
        require_one_heading(self.texts)
        rows = self._variant_rows()
        self.variants = VariantFormSet(
            data, prefix="variant", initial=rows, form_kwargs={"vendor": self.vendor}
        )
        if not rows and data is None:
            self.variants.extra = 1
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

    def _without_removed_images(self, data: QueryDict) -> QueryDict:
        """What was sent, less the rows of pictures that the product no longer has: the page cannot show them."""
        if whole_number(data.get("image-TOTAL_FORMS", "")) is None:
            return data
        copy, rows = posted(data), posted_rows(data, "image")
        ids = [whole_number(row.get("id", [""])[-1]) for row in rows]
        put_rows(
            copy,
            "image",
            [row for pk, row in zip(ids, rows, strict=True) if pk is None or pk in self.stored_images],
        )
        return copy

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
                "weight_grams": variant.weight_grams,
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
            image = self.stored_images.get(whole_number(form["id"].value()) or 0)
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
        more = posted(data)
        put_rows(more, "variant", [*posted_rows(data, "variant"), {}])
        self._bind(more, files)
        self.keep_pictures()
        for form in self.all_forms:
            without_errors(form)
        self.main.initial["kept"] = self.kept_token

    def pictures(self) -> list[PreparedImage]:
        """What is to be added: kept from a form before, then fresh.

        A kept picture is stored anew: its form may be sent a second time, and no two pictures may share files, which
        go with the first of them that is removed. The kept files are swept.
        """
        kept = [prepared_again(picture) for picture in self.main.cleaned_data["kept"]]
        return [*kept, *self.main.cleaned_data["pictures"]]

    def keep_pictures(self) -> None:
        """Store the good uploads of a form that goes back to the browser, which cannot hold files itself."""
        if not self.main.is_bound or self.main.errors is None:
            return
        fresh: Any = self.main.fields["pictures"]
        stored: Any = self.main.fields["kept"]
        self.kept = [*stored.good, *(store_image(prepared) for prepared in getattr(fresh, "good", ()))]
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
                    product=self.product,
                    # A form that does not say its version is one that somebody may have overtaken.
                    expected_version=self.main.cleaned_data["version"] or 0,
                    **facts,
                )
                self._save_images(product)
            for picture in self.pictures():
                attach_image(product=product, stored=store_image(picture))
        return product

    def _facts(self) -> dict[str, Any]:
        data = self.main.cleaned_data
        facts: dict[str, Any] = {
            "slug": data["slug"] or (self.product.slug if self.product else ""),
            "translations": {form.language: form.texts for form in self.texts},
            "variants": self._variants(),
            "tax_category": data["tax_category"],
            "category_slugs": data["categories"],
        }
        if "status" in data:
            facts["status"] = data["status"]
        return facts

    def _variants(self) -> list[Any]:
        stored = {variant.pk: variant for variant in self.product.variants.all()} if self.product else {}
        rows = [form.variant for form in self._filled_rows()]
        for row in rows:
            if row["id"] in stored:
                # Labels in a language that the shop has given up are in no field, and stay.
                row["options"] = {**stored[row["id"]].options, **row["options"]}
        return rows

    def _filled_rows(self) -> list[Any]:
        return [form for form in self.variants.forms if form.cleaned_data]

    def _save_images(self, product: Product) -> None:
        forms_by_id = {form.cleaned_data["id"]: form for form in self.images.forms if form.cleaned_data}
        for pk, form in forms_by_id.items():
            if form.cleaned_data["remove"] and pk in self.stored_images:
                remove_image(image=self.stored_images[pk])
        places = {pk: form.cleaned_data["position"] for pk, form in forms_by_id.items()}
        order = in_places(list(self.stored_images), places)
        update_images(
            product=product,
            positions={pk: number for number, pk in enumerate(order)},
            # As the variants' labels: what stands in no field stays.
            alts={
                pk: {**self.stored_images[pk].alt, **form.alt}
                for pk, form in forms_by_id.items()
                if pk in self.stored_images
            },
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

    @property
    def opened(self) -> str:
        """What the form was opened with, to be sent along."""
        if self.data is not None:
            return str(self.data.get(OPENED, ""))
        return snapshot(self.parts) if self.product is not None else ""

    @property
    def parts(self) -> list[Part]:
        """The forms by what they are about: rows by the ids of what they stand for."""
        found = [Part("", self.main)]
        found += [Part(f"text-{form.language}", form, f"{form.language_name}: ") for form in self.texts]
        for kind, rows, name in (
            ("variant", self.variants.forms, "sku"),
            ("image", self.images.forms, "position"),
        ):
            found += [
                Part(f"{kind}-{form['id'].value()}", form, f"{form[name].value()}: ")
                for form in rows
                if form["id"].value()
            ]
        return found

    def merge_with(self, current: Product) -> None:
        """Put what was typed together with what somebody else has saved, and go on from the new version."""
        assert self.data is not None
        theirs = ProductEditor(vendor=self.vendor, language=self.language, product=current)
        data = posted(self.data, version=str(current.version), kept=self.kept_token)
        self.merge = merge(data, self.parts, theirs.parts)
        data[OPENED] = snapshot(theirs.parts)
        # A variant that is missing would be taken off sale, and a picture could not be placed.
        _add_missing_rows(data, "variant", theirs.variants.forms)
        _add_missing_rows(data, "image", theirs.images.forms)
        self.product = current
        self._bind(data, None)

    def saved_fields(self, data: QueryDict) -> dict[str, forms.BoundField]:
        """The fields of the stored product by the names that `data` has them under; rows are matched by id."""
        found = {
            form[name].html_name: form[name] for form in (self.main, *self.texts) for name in form.fields
        }
        for prefix, rows in (("variant", self.variants.forms), ("image", self.images.forms)):
            by_id = {str(form["id"].value()): form for form in rows}
            for number, row in enumerate(posted_rows(data, prefix)):
                form = by_id.get(row.get("id", [""])[-1])
                if form is not None:
                    found.update({f"{prefix}-{number}-{name}": form[name] for name in form.fields})
        return found


def in_places(ids: list[int], places: Mapping[int, int]) -> list[int]:
    """The ids in a new order: whose place was changed goes there, counted from 1, and the others move up or down."""
    moved = {pk: place for number, pk in enumerate(ids, 1) if (place := places.get(pk, number)) != number}
    order = [pk for pk in ids if pk not in moved]
    for pk, place in sorted(moved.items(), key=lambda item: item[1]):
        order.insert(place - 1, pk)
    return order


def _add_missing_rows(data: QueryDict, prefix: str, saved: list[Any]) -> None:
    rows = posted_rows(data, prefix)
    have = {row.get("id", [""])[-1] for row in rows}
    for form in saved:
        if str(form["id"].value()) not in have:
            row = QueryDict(mutable=True)
            for name in form.fields:
                put(row, name, form[name])
            rows.append(dict(row.lists()))
    put_rows(data, prefix, rows)
