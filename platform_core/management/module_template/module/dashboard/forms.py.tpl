"""What the shop's team fills in."""

from __future__ import annotations

from django import forms

from ${package}.models import ${model_class}


class ${model_class}Form(forms.ModelForm):
    """A new entry."""

    class Meta:
        model = ${model_class}
        fields = ("title", "body", "is_published")
