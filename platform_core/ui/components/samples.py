"""What the registry's examples show: made-up, but of the shape and the extremes of real pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.templatetags.static import static

from platform_core.money import from_minor


class SampleForm(forms.Form):
    title = forms.CharField(
        label="Title",
        help_text="What shoppers see first.",
        error_messages={"required": "Enter the product title. It is what shoppers see first."},
    )
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)
    status = forms.ChoiceField(label="Status", choices=[("draft", "Draft"), ("published", "Published")])
    delivery = forms.ChoiceField(
        label="Delivery",
        choices=[("post", "By post"), ("collect", "Collected in the shop")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it is delivered."},
    )
    days = forms.MultipleChoiceField(
        label="Open on",
        choices=[("mon", "Monday"), ("tue", "Tuesday")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    visible = forms.BooleanField(label="Show in the shop", required=False)
    photo = forms.FileField(label="Photo", required=False)
    weight = forms.CharField(label="Weight")
    price = forms.CharField(label="Price", error_messages={"required": "Enter a price like 12.50."})


def _image(alt: str) -> dict[str, Any]:
    url = static("brand/sample.svg")
    return {
        "alt": alt,
        "renditions": [
            {"url": url, "width": 320, "height": 400},
            {"url": f"{url}#large", "width": 640, "height": 800},
        ],
    }


def context() -> dict[str, Any]:
    """The names that examples use."""
    bad_form = SampleForm({"note": "kept"}, prefix="bad")
    image = _image("Hills below a pale sun")
    price, old_price = from_minor(123450, "EUR"), from_minor(149900, "EUR")
    return {
        "form": SampleForm(),
        "bad_form": bad_form,
        "price": price,
        "old_price": old_price,
        "unit_price": from_minor(1320, "EUR"),
        "image": image,
        "images": [image, _image("The same hills at noon"), _image("And at night")],
        "one_image": [image],
        "facts": [("Material", "Oak, wool"), ("Width", "74 cm"), ("SKU", "WIL-0042")],
        "crumbs": [
            {"label": "Home", "url": "#"},
            {"label": "Products", "url": "#"},
            {"label": "Armchairs", "url": ""},
        ],
        "tabs": [
            {"label": "All", "url": "#", "is_current": True, "count": 1284},
            {"label": "Drafts", "url": "#", "count": 0},
            {"label": "Archived", "url": "#"},
        ],
        "page": {"number": 5, "pages": 1284},
        "key_page": {"previous_url": "#", "next_url": "#"},
        "single_page": {"number": 1, "pages": 1},
        "options": [
            {"label": "M", "url": "#", "is_current": True},
            {"label": "L", "url": "#"},
            {"label": "XL", "url": "#", "is_available": False},
        ],
        "products": [
            {
                "title": "Armchair Wiltz",
                "url": "#",
                "image": image,
                "price": price,
                "kicker": "Armchairs",
                "badge": {"text": "New"},
            },
            {
                "title": "Step stool",
                "url": "#",
                "image": image,
                "price": price,
                "was_price": old_price,
                "badge": {"text": "−17 %", "tone": "bad"},
                "note": "Only 2 left",
                "sku": "STE-0007",
            },
            {
                "title": "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer aus geöltem Eichenholz",
                "url": "#",
                "price": from_minor(990, "EUR"),
                "starting": True,
                "unit_price": from_minor(1320, "EUR"),
                "unit": "l",
                "title_language": "de",
            },
        ],
    }
