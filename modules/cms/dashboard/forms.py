"""The form of a content page: where it stands, and its words in each language of the shop."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from modules.cms.models import Page, PageKind, validate_slug
from modules.cms.selectors import shown_html
from modules.cms.services import PageWords
from platform_core.languages import language_name
from platform_core.ui.safe_html import sanitize_html

# Far above any terms of business, and low enough that sanitising stays a matter of milliseconds.
MAX_BODY_LENGTH = 200_000


class PageForm(forms.Form):
    """Where a page stands. The address is chosen once: links from elsewhere must not break."""

    slug = forms.CharField(
        label=_("Address"),
        max_length=60,
        validators=[validate_slug],
        help_text=_(
            "The last part of the page's address, such as “delivery-times”. It cannot be changed later."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": _("Enter an address such as “delivery-times”.")},
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=PageKind)
    position = forms.IntegerField(
        label=_("Position"),
        min_value=0,
        max_value=9999,
        help_text=_("Lower numbers come first."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": _("Enter a whole number such as 10.")},
    )
    show_in_footer = forms.BooleanField(label=_("Link at the foot of every page"), required=False)

    def __init__(self, data: Any = None, *, page: Page | None = None) -> None:
        known = {"kind": PageKind.OTHER, "position": 10, "show_in_footer": True}
        if page is not None:
            known = {
                "kind": page.kind,
                "position": page.position,
                "show_in_footer": page.show_in_footer,
            }
        super().__init__(data, initial=known)
        if page is not None:
            del self.fields["slug"]


class TextForm(forms.Form):
    """A page's words in one language."""

    title = forms.CharField(label=_("Title"), max_length=160, required=False)
    body_html = forms.CharField(
        label=_("Text"),
        max_length=MAX_BODY_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "true", "class": "input-code"}),
    )

    def __init__(self, data: Any = None, *, language: str, words: PageWords | None = None) -> None:
        super().__init__(data, initial=dict(words or {}), prefix=language)
        self.language = language
        self.language_name = language_name(language)
        self.stored = words or PageWords(title="", body_html="")
        for field in self.fields.values():
            field.widget.attrs["lang"] = language

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("body_html") and not cleaned.get("title"):
            self.add_error("title", _("Enter a title. It is the page's heading."))
        return cleaned

    @property
    def words(self) -> PageWords:
        return PageWords(title=self.cleaned_data["title"], body_html=self.cleaned_data["body_html"])

    @property
    def is_missing(self) -> bool:
        return not self["title"].value() and not self["body_html"].value()

    def preview(self, values: dict[str, str]) -> SafeString:
        """The text as shoppers would read it, whether saved or only typed."""
        return shown_html(sanitize_html(self["body_html"].value() or ""), values)
