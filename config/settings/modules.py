"""The installed modules: the only list there is. PUBLIC_MODULES have their tables in the public schema."""

PUBLIC_MODULES: list[str] = [
    "modules.tenancy",
]

PLATFORM_MODULES: list[str] = [
    "modules.core",
    "modules.cms",
    "modules.customers",
    "modules.catalog",
    "modules.payments",
    "modules.orders",
]
