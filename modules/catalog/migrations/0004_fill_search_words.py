"""The words of the texts that are there already, a batch at a time: each is a transaction of its own."""

from django.db import migrations

BATCH = 5_000


def fill_words(apps, schema_editor):
    """Write each title as it is: the triggers do the rest. Running it again goes on where it stopped."""
    with schema_editor.connection.cursor() as cursor:
        last = 0
        while True:
            cursor.execute(
                "WITH batch AS (SELECT id FROM catalog_producttranslation WHERE id > %s AND words IS NULL"
                " ORDER BY id LIMIT %s), filled AS (UPDATE catalog_producttranslation SET title = title"
                " WHERE id IN (SELECT id FROM batch)) SELECT max(id) FROM batch",
                [last, BATCH],
            )
            last = cursor.fetchone()[0]
            if last is None:
                return


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("catalog", "0003_search_words")]

    operations = [migrations.RunPython(fill_words, migrations.RunPython.noop)]
