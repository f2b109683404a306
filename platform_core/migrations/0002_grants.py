"""Who may read and write the public tables of the ground floor and of its libraries."""

from django.db import migrations

from platform_core.tenancy.migrations import CONTEXT_PLATFORM, EVERY_RIGHT, GrantTables, PublicTable

READ = "SELECT"
READERS = dict.fromkeys(("vendor", "staff", "operator", "gatekeeper"), READ)


class Migration(migrations.Migration):
    dependencies = [
        ("platform_core", "0001_platform"),
        ("browser_sessions", "0001_session"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("django_celery_results", "0014_alter_taskresult_status"),
    ]

    operations = [
        PublicTable(
            "platform",
            {"staff": READ, "operator": EVERY_RIGHT, "gatekeeper": READ},
            using={"staff": f"id = {CONTEXT_PLATFORM}"},
        ),
        PublicTable(
            "domain",
            {"staff": READ, "operator": EVERY_RIGHT, "gatekeeper": READ},
            using={"staff": f"tenant_id = {CONTEXT_PLATFORM}"},
        ),
        # What platform staff may see of users follows from memberships: the tenancy module grants it.
        PublicTable("user", {"operator": EVERY_RIGHT, "gatekeeper": "SELECT, INSERT, UPDATE"}),
        GrantTables(
            {
                "browser_session": {"gatekeeper": EVERY_RIGHT},
                "django_admin_log": {"operator": EVERY_RIGHT},
                "django_content_type": READERS,
                "django_migrations": {"gatekeeper": READ, "operator": READ},
                "auth_permission": {"staff": READ, "operator": READ},
                "django_celery_results_taskresult": {"operator": EVERY_RIGHT},
                "django_celery_results_groupresult": {"operator": EVERY_RIGHT},
                "django_celery_results_chordcounter": {"operator": EVERY_RIGHT},
            }
        ),
    ]
