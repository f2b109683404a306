"""A vendor's owners manage its own domains and team: the policies hold them to their own vendor."""

from django.db import migrations

from platform_core.tenancy.migrations import GrantTables

WRITE = {"vendor": "INSERT, UPDATE, DELETE"}


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_grants")]

    operations = [GrantTables({"tenancy_vendordomain": WRITE, "tenancy_vendormembership": WRITE})]
