"""JSON of content pages. What is written goes to a service."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from modules.cms.models import Page, PageKind, validate_slug
from platform_core.api.serializers import MomentField, StrictSerializer

# Far above any terms of business, as in the dashboard.
MAX_BODY_LENGTH = 200_000


class PageTextSerializer(StrictSerializer):
    """A page in one language. Both empty: the language is taken away."""

    title = serializers.CharField(max_length=160, allow_blank=True)
    body_html = serializers.CharField(
        max_length=MAX_BODY_LENGTH,
        allow_blank=True,
        help_text="Headings from h2, paragraphs, lists, tables and links; anything else is taken out.",
    )


class PageChanges(StrictSerializer):
    """What may be changed of a page. Its address is chosen once."""

    translations = serializers.DictField(child=PageTextSerializer(), help_text="By language.")
    kind = serializers.ChoiceField(choices=PageKind.choices, required=False)
    is_published = serializers.BooleanField(required=False)
    show_in_footer = serializers.BooleanField(required=False)
    position = serializers.IntegerField(min_value=0, max_value=9999, required=False)


class PageFields(PageChanges):
    """What a new page is made of."""

    slug = serializers.CharField(max_length=60, validators=[validate_slug])


class PageSerializer(serializers.Serializer[Any]):
    """A page of the shop, with its texts as they are stored: placeholders stand in them as typed."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    kind = serializers.ChoiceField(choices=PageKind.choices)
    is_published = serializers.BooleanField()
    show_in_footer = serializers.BooleanField()
    position = serializers.IntegerField()
    translations = serializers.SerializerMethodField()
    updated_at = MomentField()

    @extend_schema_field(serializers.DictField(child=PageTextSerializer(), help_text="By language."))
    def get_translations(self, page: Page) -> dict[str, dict[str, str]]:
        return {
            text.language: {"title": text.title, "body_html": text.body_html}
            for text in page.translations.all()
        }


class PageLinkSerializer(serializers.Serializer[Any]):
    """A page that shoppers can open."""

    slug = serializers.CharField()
    title = serializers.CharField()
    language = serializers.CharField(help_text="That of the title, which may not be the one asked for.")
    kind = serializers.ChoiceField(choices=PageKind.choices)
    updated_at = MomentField()


class PageLinksSerializer(serializers.Serializer[Any]):
    data = PageLinkSerializer(many=True)  # type: ignore[assignment]


class ShownPageSerializer(PageLinkSerializer):
    """A page as shoppers read it, with its placeholders filled."""

    body_html = serializers.CharField()
