from django.utils.translation import gettext_lazy as _

from platform_core.demo import DemoStep, demo_steps
from platform_core.modules import (
    BeatEntry,
    FrontendType,
    MenuItem,
    ModuleConfig,
    ModuleDefinition,
    Permission,
)
from platform_core.roles import VENDOR_CLERK, VENDOR_OWNER

TEAM = (VENDOR_OWNER, VENDOR_CLERK)
STAFF_ONLY: tuple[str, ...] = ()


class CatalogConfig(ModuleConfig):
    """Products with their variants, images, texts and categories; VAT rates of the platform."""

    name = "modules.catalog"
    label = "catalog"
    verbose_name = _("catalogue")
    definition = ModuleDefinition(
        code="catalog",
        name=_("Catalogue"),
        description=_("Products, variants, prices, images and categories."),
        is_core=True,
        permissions=(
            Permission("catalog.view_product", _("See products"), roles=TEAM),
            Permission("catalog.add_product", _("Create products"), roles=TEAM),
            Permission("catalog.change_product", _("Change products"), roles=TEAM),
            Permission("catalog.archive_product", _("Archive and restore products")),
            Permission("catalog.view_category", _("See categories"), roles=TEAM),
            Permission("catalog.add_category", _("Create categories")),
            Permission("catalog.change_category", _("Change categories")),
            # The codes Django's admin asks for. Products are archived and never deleted.
            Permission("catalog.delete_category", _("Delete categories"), roles=STAFF_ONLY),
            *(
                Permission(f"catalog.{verb}_{model}", name, roles=STAFF_ONLY)
                for model, name in (
                    ("variant", _("Variants in the admin")),
                    ("producttranslation", _("Product texts in the admin")),
                    ("productimage", _("Product images in the admin")),
                    ("productcategory", _("Categories of products in the admin")),
                    ("categorytranslation", _("Category texts in the admin")),
                )
                for verb in ("view", "add", "change", "delete")
            ),
            *(
                Permission(f"catalog.{verb}_vatrate", _("VAT rates in the admin"), roles=STAFF_ONLY)
                for verb in ("view", "add", "change")
            ),
        ),
        menu_items={
            FrontendType.VENDOR: (
                MenuItem(
                    "products",
                    _("Products"),
                    url_name="dashboard:catalog:list",
                    icon="package",
                    order=20,
                    permission="catalog.view_product",
                ),
                MenuItem(
                    "categories",
                    _("Categories"),
                    url_name="dashboard:catalog:categories",
                    icon="tags",
                    order=21,
                    permission="catalog.view_category",
                ),
            )
        },
        data_summary="modules.catalog.hooks.data_summary",
        config_schema="modules.catalog.config.CatalogSettings",
        vendor_settings=("products_per_page",),
        media_folders=("products",),
        beat=(BeatEntry("files-without-products", "catalog.sweep_every_shop", every_seconds=24 * 3600),),
    )

    def ready(self) -> None:
        steps = "modules.catalog.demo.steps"
        demo_steps.register(DemoStep("shops", 40, f"{steps}.make_shops"))
        demo_steps.register(DemoStep("products", 50, f"{steps}.make_products", undo=f"{steps}.remove_files"))
        # Registering what the catalogue adds to the dashboard's home and to a shop's pages is what these
        # imports are for.
        from modules.catalog.dashboard import panels  # noqa: F401, PLC0415
        from modules.catalog.selectors import vendor_has_prices  # noqa: PLC0415
        from modules.catalog.storefront import shell  # noqa: F401, PLC0415
        from modules.tenancy.extensions import has_prices  # noqa: PLC0415

        has_prices.register(vendor_has_prices)
