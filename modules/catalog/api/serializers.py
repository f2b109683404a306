"""JSON of products, variants and categories. What is written goes to a service."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from modules.catalog.models import (
    MAX_DESCRIPTION_LENGTH,
    MAX_SKU_LENGTH,
    MAX_SLUG_LENGTH,
    MAX_TITLE_LENGTH,
    MAX_WEIGHT_GRAMS,
    Product,
    TaxCategory,
)
from modules.catalog.selectors.cards import Picture, picture_of
from platform_core.api.serializers import MomentField, MoneyField, StrictSerializer
from platform_core.tenancy.context import current_context

WRITABLE_STATUSES = (Product.Status.DRAFT.value, Product.Status.ACTIVE.value)


class LabelsField(serializers.DictField):
    """`{"en": "Black", "fr": "Noir"}`: a text in some of the languages."""

    child = serializers.CharField(max_length=300, allow_blank=True)


class ProductTextSerializer(StrictSerializer):
    title = serializers.CharField(max_length=MAX_TITLE_LENGTH, allow_blank=True)
    description = serializers.CharField(
        max_length=MAX_DESCRIPTION_LENGTH, allow_blank=True, required=False, default=""
    )


class CategoryTextSerializer(StrictSerializer):
    name = serializers.CharField(max_length=MAX_TITLE_LENGTH, allow_blank=True)
    description = serializers.CharField(
        max_length=MAX_DESCRIPTION_LENGTH, allow_blank=True, required=False, default=""
    )


class RenditionSerializer(serializers.Serializer[Any]):
    url = serializers.CharField()
    width = serializers.IntegerField()


class PictureSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="The largest rendition.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField()
    renditions = RenditionSerializer(many=True)


def picture_json(picture: Picture | None) -> dict[str, Any] | None:
    """A picture with all its sizes, the smallest first."""
    if picture is None:
        return None
    return {
        "url": picture.url,
        "width": picture.width,
        "height": picture.height,
        "alt": picture.alt,
        "renditions": [{"url": url, "width": width} for url, width in picture.srcset],
    }


def _row_picture(image: Any) -> Picture | None:
    if image is None:
        return None
    vendor = current_context().vendor
    return picture_of(
        name=image.file.name,
        width=image.width,
        height=image.height,
        renditions=image.renditions,
        alt=image.alt,
        language=get_language() or "en",
        default_language=vendor.default_language if vendor else "en",
    )


class VariantFields(StrictSerializer):
    """What may be written of a variant."""

    sku = serializers.CharField(max_length=MAX_SKU_LENGTH)
    options = LabelsField(required=False)
    price = MoneyField(source="price_minor", min_minor=0)
    weight_grams = serializers.IntegerField(
        min_value=0,
        max_value=MAX_WEIGHT_GRAMS,
        required=False,
        allow_null=True,
        help_text="Of one piece with its packing; null while nobody has weighed it.",
    )
    is_active = serializers.BooleanField(required=False)


class ProductVariantFields(VariantFields):
    """A variant within its product. With an `id` it is one the product has; without, the SKU says which."""

    id = serializers.IntegerField(required=False)


class VariantCreateSerializer(VariantFields):
    product = serializers.IntegerField(help_text="The product's id.")


class VariantSerializer(VariantFields):
    id = serializers.IntegerField(read_only=True)
    product = serializers.IntegerField(source="product_id", read_only=True)
    created_at = MomentField(read_only=True)
    updated_at = MomentField(read_only=True)


class ProductFields(StrictSerializer):
    """What may be written of a product. Archiving has an address of its own."""

    slug = serializers.CharField(max_length=MAX_SLUG_LENGTH, required=False)
    status = serializers.ChoiceField(choices=WRITABLE_STATUSES, required=False)
    tax_category = serializers.ChoiceField(choices=TaxCategory.choices, required=False)
    published_at = MomentField(required=False)
    translations = serializers.DictField(child=ProductTextSerializer(), help_text="By language.")
    variants = ProductVariantFields(many=True, required=False)
    categories = serializers.ListField(
        child=serializers.CharField(max_length=MAX_SLUG_LENGTH), required=False, help_text="Slugs."
    )


class ProductSummarySerializer(serializers.Serializer[Any]):
    """A product in a list."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    status = serializers.ChoiceField(choices=Product.Status.choices)
    title = serializers.CharField()
    title_language = serializers.CharField()
    tax_category = serializers.ChoiceField(choices=TaxCategory.choices)
    price = MoneyField(
        source="min_price_minor", help_text="The lowest of its active variants.", allow_null=True
    )
    max_price = MoneyField(source="max_price_minor", allow_null=True)
    variant_count = serializers.IntegerField()
    image = serializers.SerializerMethodField()
    version = serializers.IntegerField()
    published_at = MomentField(allow_null=True)
    created_at = MomentField()
    updated_at = MomentField()

    @extend_schema_field(PictureSerializer(allow_null=True))
    def get_image(self, product: Product) -> Any:
        return picture_json(_row_picture(product.cover))


class ImageSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    alt = LabelsField()  # type: ignore[assignment]
    position = serializers.IntegerField()
    credit = serializers.CharField()


class ProductSerializer(serializers.Serializer[Any]):
    """A product with everything that belongs to it, in all languages."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    status = serializers.ChoiceField(choices=Product.Status.choices)
    tax_category = serializers.ChoiceField(choices=TaxCategory.choices)
    price = MoneyField(
        source="min_price_minor", help_text="The lowest of its active variants.", allow_null=True
    )
    max_price = MoneyField(source="max_price_minor", allow_null=True)
    translations = serializers.SerializerMethodField()
    variants = VariantSerializer(source="variants.all", many=True)
    categories = serializers.SerializerMethodField()
    images = serializers.SerializerMethodField()
    version = serializers.IntegerField()
    published_at = MomentField(allow_null=True)
    created_at = MomentField()
    updated_at = MomentField()

    @extend_schema_field(serializers.DictField(child=ProductTextSerializer()))
    def get_translations(self, product: Any) -> dict[str, Any]:
        return {
            text.language: {"title": text.title, "description": text.description}
            for text in product.translations.all()
        }

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_categories(self, product: Any) -> list[str]:
        return [link.category.slug for link in product.category_links.all()]

    @extend_schema_field(ImageSerializer(many=True))
    def get_images(self, product: Any) -> list[dict[str, Any]]:
        return [
            {
                **(picture_json(_row_picture(image)) or {}),
                "id": image.pk,
                "alt": image.alt,
                "position": image.position,
                "credit": image.credit,
            }
            for image in product.images.all()
        ]


class CategoryFields(StrictSerializer):
    """What may be written of a category."""

    slug = serializers.CharField(max_length=MAX_SLUG_LENGTH, required=False)
    parent = serializers.CharField(  # type: ignore[assignment]
        max_length=MAX_SLUG_LENGTH, required=False, allow_null=True, help_text="The parent's slug, or null."
    )
    position = serializers.IntegerField(min_value=0, max_value=9999, required=False)
    is_visible = serializers.BooleanField(required=False)
    translations = serializers.DictField(child=CategoryTextSerializer(), help_text="By language.")


class CategorySerializer(serializers.Serializer[Any]):
    """A category with its texts in all languages."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    parent = serializers.SerializerMethodField()  # type: ignore[assignment]
    position = serializers.IntegerField()
    is_visible = serializers.BooleanField()
    translations = serializers.SerializerMethodField()
    product_count = serializers.IntegerField()
    created_at = MomentField()
    updated_at = MomentField()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_parent(self, category: Any) -> str | None:
        return category.parent.slug if category.parent else None

    @extend_schema_field(serializers.DictField(child=CategoryTextSerializer()))
    def get_translations(self, category: Any) -> dict[str, Any]:
        return {
            text.language: {"name": text.name, "description": text.description}
            for text in category.translations.all()
        }


class StorefrontCardSerializer(serializers.Serializer[Any]):
    """A product in the shop's list."""

    slug = serializers.CharField()
    title = serializers.CharField()
    title_language = serializers.CharField(help_text="The language the title is in.")
    price = MoneyField(source="price_minor", help_text="The lowest of its variants, VAT included.")
    price_is_from = serializers.BooleanField(help_text="Whether other variants cost more.")
    image = serializers.SerializerMethodField()

    @extend_schema_field(PictureSerializer(allow_null=True))
    def get_image(self, card: Any) -> Any:
        return picture_json(card.image)


class StorefrontVariantSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    label = serializers.CharField(help_text="Empty where the product has one variant that needs no name.")  # type: ignore[assignment]
    price = MoneyField(source="price_minor", help_text="VAT included.")
    available = serializers.BooleanField()


class StorefrontCategorySerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class StorefrontProductSerializer(StorefrontCardSerializer):
    """A product's page."""

    description = serializers.CharField()
    description_language = serializers.CharField()
    variants = StorefrontVariantSerializer(many=True)
    images = serializers.SerializerMethodField()
    categories = StorefrontCategorySerializer(many=True)
    tax_category = serializers.ChoiceField(choices=TaxCategory.choices)
    vat_percent = serializers.SerializerMethodField()
    published_at = MomentField()
    updated_at = MomentField()

    @extend_schema_field(PictureSerializer(many=True))
    def get_images(self, product: Any) -> list[Any]:
        return [picture_json(picture) for picture in product.images]

    @extend_schema_field(serializers.CharField(allow_null=True, help_text="17 is 17 %."))
    def get_vat_percent(self, product: Any) -> str | None:
        return None if product.vat_percent is None else f"{product.vat_percent:f}"


class StorefrontCategoryListSerializer(StorefrontCategorySerializer):
    parent = serializers.SerializerMethodField()  # type: ignore[assignment]
    product_count = serializers.IntegerField(
        allow_null=True,
        help_text="In this category or below it; null where the shop has too many products to count them.",
    )

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_parent(self, link: Any) -> str | None:
        return link.parent_slug or None


class WholeListSerializer(serializers.Serializer[Any]):
    """The `page` of a list that comes in one piece."""

    next = serializers.SerializerMethodField()
    prev = serializers.SerializerMethodField()
    limit = serializers.IntegerField()

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_next(self, _page: Any) -> None:
        return None

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_prev(self, _page: Any) -> None:
        return None


class StorefrontCategoriesSerializer(serializers.Serializer[Any]):
    data = StorefrontCategoryListSerializer(many=True)  # type: ignore[assignment]
    page = serializers.SerializerMethodField()

    @extend_schema_field(WholeListSerializer)
    def get_page(self, answer: Any) -> Any:
        return WholeListSerializer({"limit": len(answer["data"])}).data
