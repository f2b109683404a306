"""Controls of our own."""

from __future__ import annotations

import pytest
from django import forms
from django.test import SimpleTestCase

from platform_core.ui.forms import LongSelect

CHOICES = [("", "None"), ("LU", "Luxembourg"), ("<b>", 'Quotes " and <b>'), (7, "Seven")]


@pytest.mark.parametrize("value", [None, "", "LU", "<b>", 7, "7", "XX"])
@pytest.mark.parametrize(
    "attrs",
    [
        {"id": "id_country"},
        {"class": "input select", "aria-invalid": "true", "required": True, "disabled": False},
    ],
)
def test_a_long_list_is_written_as_django_writes_it(value, attrs):
    ours, theirs = (
        kind(attrs={"autocomplete": "country"}, choices=CHOICES).render("country", value, attrs=attrs)
        for kind in (LongSelect, forms.Select)
    )
    SimpleTestCase().assertHTMLEqual(ours, theirs)


def test_a_long_list_carries_what_its_field_asks_for():
    class Where(forms.Form):
        country = forms.ChoiceField(choices=CHOICES, widget=LongSelect, required=True)

    control = str(Where({"country": "LU"})["country"])
    assert control.startswith('<select name="country" id="id_country" required><option value="">')
    assert '<option value="LU" selected>Luxembourg</option>' in control
