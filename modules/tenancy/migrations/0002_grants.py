"""Who may read and write companies, vendors, domains and memberships."""

from django.db import migrations

from platform_core.tenancy.migrations import (
    CONTEXT_PLATFORM,
    CONTEXT_VENDOR,
    EVERY_RIGHT,
    GrantTables,
    PublicTable,
)

KEEP = "SELECT, INSERT, UPDATE"
MINE = f"vendor_id = {CONTEXT_VENDOR}"
MEMBERS = (
    f"id IN (SELECT user_id FROM public.tenancy_platformmembership WHERE platform_id = {CONTEXT_PLATFORM}"
    f" UNION SELECT user_id FROM public.tenancy_vendormembership WHERE platform_id = {CONTEXT_PLATFORM})"
)


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_vendor"), ("platform_core", "0002_grants")]

    operations = [
        PublicTable(
            "vendor",
            {
                "vendor": "SELECT (id, platform_id, company_id, code, name, status, taglines, default_language,"
                " languages, currency, country, theme, contact_email, created_at)",
                "staff": KEEP,
                "operator": EVERY_RIGHT,
                "gatekeeper": "SELECT",
            },
            platform_column="platform_id",
        ),
        PublicTable(
            "company",
            {"vendor": "SELECT", "staff": KEEP, "operator": EVERY_RIGHT, "gatekeeper": "SELECT"},
            platform_column="platform_id",
            using={
                "vendor": f"id = (SELECT company_id FROM public.tenancy_vendor WHERE id = {CONTEXT_VENDOR})"
            },
        ),
        PublicTable(
            "vendordomain",
            {"vendor": "SELECT", "staff": EVERY_RIGHT, "operator": EVERY_RIGHT, "gatekeeper": "SELECT"},
            platform_column="platform_id",
            using={"vendor": MINE},
        ),
        PublicTable(
            "platformmembership",
            {"staff": EVERY_RIGHT, "operator": EVERY_RIGHT, "gatekeeper": "SELECT"},
            platform_column="platform_id",
        ),
        PublicTable(
            "vendormembership",
            {"vendor": "SELECT", "staff": EVERY_RIGHT, "operator": EVERY_RIGHT, "gatekeeper": "SELECT"},
            platform_column="platform_id",
            using={"vendor": MINE},
        ),
        # Platform staff see the users who work on their platform, and only those.
        GrantTables({"platform_core_user": {"staff": "SELECT"}}),
        migrations.RunSQL(
            f"CREATE POLICY of_staff ON platform_core_user TO staff USING ({MEMBERS})",
            "DROP POLICY of_staff ON platform_core_user",
        ),
        # A membership, a domain or a vendor of one platform cannot name another platform's rows.
        migrations.RunSQL(
            [
                "ALTER TABLE tenancy_company ADD CONSTRAINT tenancy_company_platform_row UNIQUE (platform_id, id)",
                "ALTER TABLE tenancy_vendor ADD CONSTRAINT tenancy_vendor_platform_row UNIQUE (platform_id, id)",
                "ALTER TABLE tenancy_vendor ADD CONSTRAINT tenancy_vendor_company_wall"
                " FOREIGN KEY (platform_id, company_id) REFERENCES tenancy_company (platform_id, id)",
                "ALTER TABLE tenancy_vendordomain ADD CONSTRAINT tenancy_vendordomain_vendor_wall"
                " FOREIGN KEY (platform_id, vendor_id) REFERENCES tenancy_vendor (platform_id, id)",
                "ALTER TABLE tenancy_vendormembership ADD CONSTRAINT tenancy_vendormembership_vendor_wall"
                " FOREIGN KEY (platform_id, vendor_id) REFERENCES tenancy_vendor (platform_id, id)",
            ],
            [
                "ALTER TABLE tenancy_vendormembership DROP CONSTRAINT tenancy_vendormembership_vendor_wall",
                "ALTER TABLE tenancy_vendordomain DROP CONSTRAINT tenancy_vendordomain_vendor_wall",
                "ALTER TABLE tenancy_vendor DROP CONSTRAINT tenancy_vendor_company_wall",
                "ALTER TABLE tenancy_vendor DROP CONSTRAINT tenancy_vendor_platform_row",
                "ALTER TABLE tenancy_company DROP CONSTRAINT tenancy_company_platform_row",
            ],
        ),
    ]
