"""The indexes of the search, made while the shops go on writing. All are led by the vendor."""

from django.db import migrations

INDEXES = {
    "catalog_text_words_ix": "catalog_producttranslation USING gin (vendor_id, words)",
    "catalog_searchword_trigrams_ix": "catalog_searchword USING gin (vendor_id, plain gin_trgm_ops)",
    "catalog_variant_any_case_ix": "catalog_variant (vendor_id, upper(sku) text_pattern_ops)",
}


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("catalog", "0004_fill_search_words")]

    operations = [
        # A build that was broken off leaves an index that is not valid: it goes before the next try.
        migrations.RunSQL(
            [
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                f"CREATE INDEX CONCURRENTLY {name} ON {columns}",
            ],
            [f"DROP INDEX CONCURRENTLY IF EXISTS {name}"],
        )
        for name, columns in INDEXES.items()
    ]
