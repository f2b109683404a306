"""What changes something under a module keeps it on until it is done: a switch waits for it, and it for a switch."""

from django.db import migrations

from platform_core.tenancy.migrations import CONTEXT_PLATFORM

# One statement, which reads what has been committed while it waited: a plain query would see what was before. The
# roles of shops may not read platforms: it runs as the table's owner, and tells of the context's platform alone.
FUNCTION = f"""
CREATE FUNCTION public.held_modules_version() RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7215, ({CONTEXT_PLATFORM})::int);
    RETURN (SELECT modules_version FROM public.platform_core_platform WHERE id = {CONTEXT_PLATFORM});
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("platform_core", "0008_outbox_message")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION public.held_modules_version()"),
    ]
