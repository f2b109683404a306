"""Tables in a platform's schema that carry no vendor, each with its reason."""

from __future__ import annotations

TABLES_WITHOUT_VENDOR: dict[str, str] = {
    "browser_session": "Looked up by its key before the vendor is known. Open to the gatekeeper alone.",
    "cms_defaultpage": "The platform's own pages, shown by every shop without its own. Vendors may only read.",
    "cms_defaultpagetranslation": "Their texts. Vendors may only read.",
    "catalog_vatrate": "A country's VAT rates hold for every vendor; vendors may read them and write none.",
    "django_admin_log": "What platform staff did in the admin, across vendors.",
    "django_migrations": "Which migrations the schema has.",
}
