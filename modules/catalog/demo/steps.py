"""The demo's shops with their companies, hosts and teams, and what they sell."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import cast

from django.core.files.storage import default_storage
from django.db import transaction

from modules.catalog.demo.schema import DemoImage, DemoProduct, DemoShop, load_shops, photographers
from modules.catalog.images import PreparedImage, prepare_image
from modules.catalog.models import Category, Product, ProductImage
from modules.catalog.services import add_image, create_category, create_product
from modules.tenancy.models import Company, Vendor, VendorDomain, VendorMembership
from modules.tenancy.selectors import vendor_of_code
from modules.tenancy.services import activate_domain, add_domain, add_team_member, create_vendor
from platform_core.demo import DemoRun, Seat, demo_host
from platform_core.demo.people import demo_user
from platform_core.demo.platforms import demo_platforms
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform

TEAM = (("owner", VendorRole.OWNER), ("staff", VendorRole.CLERK))
NAMES = {
    "objektiv": ("Olivia Objektiv", "Sam Sucher"),
    "voltwerk": ("Viktor Volt", "Stella Strom"),
    "gaardenhaus": ("Greta Gaart", "Sven Som"),
    "stull": ("Odile Chêne", "Simon Sapin"),
    "stadion": ("Omar Course", "Sofia Sprint"),
    "kellerei": ("Otto Riesling", "Sabine Rebe"),
}
# Two images at a time: encoding leaves Python's lock, and the smallest machine has two cores.
ENCODERS = 2
# The newest product is some days old and the oldest about a year.
NEWEST_DAYS, OLDEST_DAYS = 2, 360


def make_shops(run: DemoRun) -> None:
    """Each shop with its company, its own host and its team; the run's seats for the steps that follow."""
    platforms = {platform.code: platform for platform in demo_platforms()}
    for shop in run.track(load_shops()):
        platform = platforms.get(shop.vendor.platform)
        vendor = _make_vendor(run, shop, platform)
        _make_domain(run, shop, vendor)
        _make_team(run, shop, vendor)
        with platform_context(platform, role="operator"):
            ref = vendor_of_code(platform.pk, shop.vendor.code) if platform else None
        run.seats.append(Seat(shop.vendor.code, platform.ref if platform else None, ref))


def _make_vendor(run: DemoRun, shop: DemoShop, platform: Platform | None) -> Vendor | None:
    facts, company = shop.vendor, shop.company
    with platform_context(platform, role="operator"), transaction.atomic():
        vendor = Vendor.objects.filter(platform=platform, code=facts.code).first() if platform else None
        if not run.need("vendors", exists=vendor is not None) or platform is None:
            return vendor
        owner, _created = Company.objects.get_or_create(
            platform=platform,
            legal_name=company.legal_name,
            defaults={
                "registration_number": company.rcs_number,
                "vat_id": company.vat_id,
                "street": company.street,
                "postal_code": company.postal_code,
                "city": company.city,
                "country": company.country,
                "email": company.email,
            },
        )
        return create_vendor(
            platform=platform,
            company=owner,
            code=facts.code,
            name=facts.name,
            taglines=dict(facts.tagline),
            default_language=facts.default_language,
            languages=list(facts.languages),
            currency=facts.currency,
            country=company.country,
            theme=facts.theme,
            contact_email=company.email,
        )


def _make_domain(run: DemoRun, shop: DemoShop, vendor: Vendor | None) -> None:
    host = demo_host(shop.vendor.code)
    with platform_context(role="operator"), transaction.atomic():
        active = VendorDomain.objects.filter(vendor=vendor, host=host, state=VendorDomain.State.ACTIVE)
        if run.need("domains", exists=vendor is not None and active.exists()) and vendor is not None:
            # The host stands below the installation's own domain: there is no DNS record to ask for.
            activate_domain(domain=add_domain(vendor=vendor, host=host, is_primary=True))


def _make_team(run: DemoRun, shop: DemoShop, vendor: Vendor | None) -> None:
    code = shop.vendor.code
    for (name, role), full_name in zip(TEAM, NAMES[code], strict=True):
        user = demo_user(run, f"{name}@{code}.test", full_name, shop.vendor.default_language)
        with platform_context(role="operator"):
            member = VendorMembership.objects.filter(vendor=vendor, user=user)
            exists = vendor is not None and user is not None and member.exists()
            if run.need("memberships", exists=exists) and vendor is not None and user is not None:
                add_team_member(vendor=vendor, user=user, role=role)


def make_products(run: DemoRun) -> None:
    """Each shop's categories and products. A product and its pictures come in one transaction."""
    shops = {shop.vendor.code: shop for shop in load_shops()}
    moments = {code: publication_dates(run, shop) for code, shop in shops.items()}
    missing = [(seat, product) for seat in run.seats for product in _missing(run, seat, shops[seat.code])]
    to_make = [] if run.dry_run else missing
    with _prepared_images([image for _, product in to_make for image in product.images]) as pictures:
        for seat, product in run.track(to_make):
            encoded = [pictures.take(image) for image in product.images]
            with platform_context(seat.platform, seat.vendor):
                _make_product(shops[seat.code], product, moments[seat.code][product.key], encoded)


def _missing(run: DemoRun, seat: Seat, shop: DemoShop) -> list[DemoProduct]:
    """Make the shop's categories, and tell which of its products are to be made."""
    with platform_context(seat.platform, seat.vendor):
        categories = set(Category.objects.values_list("slug", flat=True)) if seat.vendor else set()
        products = set(Product.objects.values_list("slug", flat=True)) if seat.vendor else set()
        for position, category in enumerate(shop.categories):
            if run.need("categories", exists=category.slug in categories):
                create_category(
                    slug=category.slug,
                    translations={language: {"name": name} for language, name in category.name.items()},
                    position=position,
                )
        return [product for product in shop.products if run.need("products", exists=product.slug in products)]


def publication_dates(run: DemoRun, shop: DemoShop) -> dict[str, datetime]:
    """When each product of a shop was published, by its key: spread over a year, no two on the same day."""
    chance = run.chance("published", shop.vendor.code)
    days = sorted(chance.sample(range(NEWEST_DAYS, OLDEST_DAYS), len(shop.products)))
    keys = [product.key for product in shop.products]
    chance.shuffle(keys)
    return {
        key: run.midnight - timedelta(days=day, minutes=chance.randrange(-120, 480))
        for key, day in zip(keys, days, strict=True)
    }


class _Pictures:
    """Encoded renditions, made ahead by other threads."""

    def __init__(self, pool: ThreadPoolExecutor, images: list[DemoImage]) -> None:
        self._jobs = {image.file: pool.submit(_encode, image) for image in images}

    def take(self, image: DemoImage) -> PreparedImage:
        """The renditions of one picture; they are forgotten here."""
        return self._jobs.pop(image.file).result()


@contextmanager
def _prepared_images(images: list[DemoImage]) -> Iterator[_Pictures]:
    pool = ThreadPoolExecutor(max_workers=ENCODERS, thread_name_prefix="demo-images")
    try:
        yield _Pictures(pool, images)
    finally:
        pool.shutdown(cancel_futures=True)


def _encode(image: DemoImage) -> PreparedImage:
    with image.path.open("rb") as file:
        return prepare_image(file, trusted_svg=image.file.endswith(".svg"))


@transaction.atomic
def _make_product(
    shop: DemoShop, wanted: DemoProduct, published_at: datetime, pictures: list[PreparedImage]
) -> None:
    slugs = {category.key: category.slug for category in shop.categories}
    product = create_product(
        slug=wanted.slug,
        translations={
            language: {"title": wanted.title[language], "description": wanted.description[language]}
            for language in wanted.languages
        },
        variants=[
            {
                "sku": variant.sku,
                "price_minor": variant.price,
                "weight_grams": variant.weight_grams,
                "options": shop.labels_of(wanted, variant),
            }
            for variant in wanted.variants
        ],
        tax_category=wanted.tax,
        category_slugs=[slugs[key] for key in wanted.categories],
        published_at=published_at,
    )
    for image, picture in zip(wanted.images, pictures, strict=True):
        photographer = photographers().get(image.file)
        add_image(
            product=product,
            file=picture,
            alt=cast("dict[str, str]", image.alt),
            credit=f"{photographer}, Unsplash" if photographer else "",
        )


def remove_files(run: DemoRun) -> None:
    """Delete the pictures: their rows go with the platforms' schemas, and files do not."""
    for platform in demo_platforms():
        if platform.status == Platform.Status.PROVISIONING:
            continue
        with platform_context(platform, role="operator"):
            vendors = list(Vendor.objects.filter(platform=platform).values_list("pk", flat=True))
        for vendor_id in vendors:
            with platform_context(platform, vendor_id):
                for image in ProductImage.objects.iterator(chunk_size=500):
                    for name in image.file_names:
                        default_storage.delete(name)
