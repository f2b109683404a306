"""Take the hub's sessions out of the reach of every role but the gatekeeper's, where they were open before."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("platform_core", "0003_refresh_session"),
    ]

    operations = [
        migrations.RunSQL(
            "REVOKE ALL ON public.browser_session FROM vendor, staff, operator", migrations.RunSQL.noop
        ),
    ]
