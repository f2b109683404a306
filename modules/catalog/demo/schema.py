"""The form of the demo shops' data files, and the one way to read them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

FOLDER = Path(__file__).parent
CREDITS = FOLDER / "photos" / "CREDITS.md"

Language = Literal["en", "fr", "de", "lb"]
LANGUAGES: tuple[Language, ...] = ("en", "fr", "de", "lb")


def _without_empty_texts(texts: dict[Language, str]) -> dict[Language, str]:
    empty = [language for language, text in texts.items() if not text.strip()]
    if empty or not texts:
        raise ValueError(f"empty text for {', '.join(empty) or 'every language'}")
    return {language: text.strip() for language, text in texts.items()}


def _in_every_language(texts: dict[Language, str]) -> dict[Language, str]:
    missing = [language for language in LANGUAGES if language not in texts]
    if missing:
        raise ValueError(f"no text for {', '.join(missing)}")
    return texts


Texts = Annotated[dict[Language, str], AfterValidator(_without_empty_texts)]
FullTexts = Annotated[Texts, AfterValidator(_in_every_language)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Sku = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}-[A-Z0-9-]+$", max_length=40)]
ImagePath = Annotated[
    str, StringConstraints(pattern=r"^(photos/[a-z0-9-]+\.jpg|(bottles|drawings)/[a-z0-9-]+\.svg)$")
]


class Strict(BaseModel):
    """Unknown keys are mistakes, and nobody changes what was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoVendor(Strict):
    """The shop itself."""

    code: Slug
    platform: Literal["lux", "mosel"]
    name: str
    theme: Literal["atelier", "marche", "signal", "confetti", "depot", "cellar"]
    currency: Literal["EUR"]
    default_language: Language
    languages: tuple[Language, ...]
    tagline: FullTexts

    @model_validator(mode="after")
    def _speaks_its_default_language(self) -> Self:
        if self.default_language not in self.languages:
            raise ValueError("default_language is not one of languages")
        return self


class DemoCompany(Strict):
    """The legal owner. Its register and VAT numbers are made up."""

    legal_name: str
    street: str
    postal_code: Annotated[str, StringConstraints(pattern=r"^L-\d{4}$")]
    city: str
    country: Literal["LU"]
    rcs_number: Annotated[str, StringConstraints(pattern=r"^B000\d{3}$")]
    vat_id: Annotated[str, StringConstraints(pattern=r"^LU00000\d{3}$")]
    email: Annotated[str, StringConstraints(pattern=r"^[a-z]+@[a-z]+\.test$")]


class DemoCategory(Strict):
    """One shelf of the shop."""

    key: Slug
    slug: Slug
    name: FullTexts


class DemoOption(Strict):
    """What variants may differ in, with its values by key. `is_named`: a value means nothing without the name."""

    name: FullTexts
    is_named: bool = False
    values: dict[Slug, FullTexts]

    def label(self, value: str, language: Language) -> str:
        """ "Black", or "Size: 42" where the value needs its name."""
        text = self.values[value][language]
        # French puts a no-break space before a colon.
        colon = "\u00a0: " if language == "fr" else ": "
        return f"{self.name[language]}{colon}{text}" if self.is_named else text


class DemoImage(Strict):
    """A picture below this folder and what it shows."""

    file: ImagePath
    alt: Texts

    @property
    def path(self) -> Path:
        """Where the picture lies."""
        return FOLDER / self.file


class DemoVariant(Strict):
    """What goes into the cart. `price` is gross, in minor units of the shop's currency; the weight includes the packing."""

    sku: Sku
    price: Annotated[int, Field(gt=0)]
    weight_grams: Annotated[int, Field(gt=0, le=100_000)]
    options: dict[Slug, Slug]


class DemoProduct(Strict):
    """One product. `languages` is given only where texts are left out on purpose."""

    key: Slug
    slug: Slug
    languages: tuple[Language, ...] = LANGUAGES
    tax: Literal["standard", "intermediate", "reduced", "super_reduced"]
    categories: Annotated[tuple[Slug, ...], Field(min_length=1)]
    title: Texts
    description: Texts
    images: tuple[DemoImage, ...]
    options: tuple[Slug, ...]
    variants: Annotated[tuple[DemoVariant, ...], Field(min_length=1, max_length=6)]

    @model_validator(mode="after")
    def _texts_stand_in_the_named_languages(self) -> Self:
        wanted = set(self.languages)
        texts = [self.title, self.description, *(image.alt for image in self.images)]
        if any(set(text) != wanted for text in texts):
            raise ValueError(f"{self.key}: texts are not exactly in {', '.join(sorted(wanted))}")
        return self

    @model_validator(mode="after")
    def _variants_differ_in_the_named_options(self) -> Self:
        combinations = set()
        for variant in self.variants:
            if set(variant.options) != set(self.options):
                raise ValueError(
                    f"{variant.sku}: options are not exactly {', '.join(self.options) or 'none'}"
                )
            combinations.add(tuple(variant.options[option] for option in self.options))
        if len(combinations) != len(self.variants):
            raise ValueError(f"{self.key}: two variants have the same options")
        return self


class DemoShop(Strict):
    """One data file."""

    vendor: DemoVendor
    company: DemoCompany
    categories: Annotated[tuple[DemoCategory, ...], Field(min_length=4, max_length=6)]
    options: dict[Slug, DemoOption]
    products: Annotated[tuple[DemoProduct, ...], Field(min_length=10)]

    @model_validator(mode="after")
    def _names_only_what_it_defines(self) -> Self:
        categories = {category.key for category in self.categories}
        for product in self.products:
            if unknown := set(product.categories) - categories:
                raise ValueError(f"{product.key}: unknown category {', '.join(sorted(unknown))}")
            for variant in product.variants:
                for option, value in variant.options.items():
                    if option not in self.options or value not in self.options[option].values:
                        raise ValueError(f"{variant.sku}: unknown option {option}={value}")
        return self

    def labels_of(self, product: DemoProduct, variant: DemoVariant) -> dict[str, str]:
        """What tells a variant from its sisters, by language; empty for one that has none."""
        parts = [(self.options[option], variant.options[option]) for option in product.options]
        if not parts:
            return {}
        return {
            language: ", ".join(option.label(value, language) for option, value in parts)
            for language in self.vendor.languages
        }


@cache
def load_shops() -> tuple[DemoShop, ...]:
    """Every demo shop, by code. Raises pydantic's ValidationError with the place of each mistake."""
    files = sorted(FOLDER.glob("*.yaml"))
    return tuple(DemoShop.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files)


@cache
def photographers() -> dict[str, str]:
    """Who took each photo, by its path below this folder, as CREDITS.md says."""
    text = CREDITS.read_text(encoding="utf-8")
    return dict(re.findall(r"^- `(photos/[^`]+)`: (\S.*)$", text, re.MULTILINE))
