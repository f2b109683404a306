"""What the search reads: the words of every product text, and the words of a shop's titles.

Triggers keep both, so that rows written by SQL are found as well. Nothing here rewrites a table: the column is empty
until the next migration fills it.
"""

from django.db import migrations, models

import platform_core.tenancy.fields
from platform_core.tenancy.migrations import Wall

# The marks that part words. PostgreSQL's parser would take "f/2.8" for a path and "X-T5" for one word.
MARKS = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"
# As many characters as a text has at most (models.MAX_DESCRIPTION_LENGTH); SQL may write longer ones.
READ_CHARACTERS = 20_000

# Without accents, capitals and marks. unaccent() is not immutable by itself, since its dictionary could change.
PLAIN = f"""
CREATE FUNCTION catalog_plain(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(
    lower(extensions.unaccent('extensions.unaccent'::regdictionary, value)), '{MARKS}', repeat(' ', 32)
)
"""
# Umlauts that are spelled out: "Kueche" and "Küche" become one word.
FOLDED = """
CREATE FUNCTION catalog_folded(plain text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN replace(replace(replace(plain, 'ae', 'a'), 'oe', 'o'), 'ue', 'u')
"""
# There is no stemmer for Luxembourgish.
WORDS = f"""
CREATE FUNCTION catalog_words(language text, title text, description text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT setweight(to_tsvector(config, title_words), 'A') || setweight(to_tsvector(config, other_words), 'C')
    FROM (
        SELECT
            CASE language WHEN 'en' THEN 'pg_catalog.english'::regconfig WHEN 'fr' THEN 'pg_catalog.french'
                WHEN 'de' THEN 'pg_catalog.german' ELSE 'pg_catalog.simple' END AS config,
            CASE WHEN language IN ('de', 'lb') THEN catalog_folded(title_plain) ELSE title_plain END AS title_words,
            CASE WHEN language IN ('de', 'lb') THEN catalog_folded(other_plain) ELSE other_plain END AS other_words
        FROM (
            SELECT catalog_plain(coalesce(title, '')) AS title_plain,
                catalog_plain(left(coalesce(description, ''), {READ_CHARACTERS})) AS other_plain
        ) AS texts
    ) AS made;
END
"""
# Not atomic in the sense of SQL functions: plpgsql looks names up when it runs, so the path is fixed here.
KEEP_WORDS = """
CREATE FUNCTION catalog_keep_words() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.words := catalog_words(NEW.language, NEW.title, NEW.description);
    RETURN NEW;
END $$
"""
# Words with digits are model numbers: none is taken for a misspelling of another.
COLLECT_WORDS = (
    """
CREATE FUNCTION catalog_collect_words() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO catalog_searchword (vendor_id, word, plain)
    SELECT DISTINCT ON (found.vendor_id, found.plain) found.vendor_id, found.word, found.plain
    FROM (
        SELECT vendor_id, word, trim(catalog_plain(word)) AS plain
        FROM written, regexp_split_to_table(lower(translate(title, '"""
    + MARKS
    + """', repeat(' ', 32))), '\\s+') word
        WHERE char_length(word) BETWEEN 3 AND 40 AND word !~ '[0-9]'
    ) AS found
    WHERE char_length(found.plain) BETWEEN 3 AND 80 AND NOT EXISTS (
        SELECT FROM catalog_searchword known WHERE known.vendor_id = found.vendor_id AND known.plain = found.plain
    )
    ORDER BY found.vendor_id, found.plain, found.word;
    RETURN NULL;
END $$
"""
)
TRIGGERS = (
    "CREATE TRIGGER catalog_keep_words BEFORE INSERT OR UPDATE OF language, title, description"
    " ON catalog_producttranslation FOR EACH ROW EXECUTE FUNCTION catalog_keep_words()",
    "CREATE TRIGGER catalog_collect_inserted AFTER INSERT ON catalog_producttranslation"
    " REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog_collect_words()",
    "CREATE TRIGGER catalog_collect_updated AFTER UPDATE ON catalog_producttranslation"
    " REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog_collect_words()",
)
BACKWARDS = (
    "DROP TRIGGER catalog_keep_words ON catalog_producttranslation",
    "DROP TRIGGER catalog_collect_inserted ON catalog_producttranslation",
    "DROP TRIGGER catalog_collect_updated ON catalog_producttranslation",
    "DROP FUNCTION catalog_keep_words, catalog_collect_words",
    "DROP FUNCTION catalog_words",
    "DROP FUNCTION catalog_folded, catalog_plain",
    "ALTER TABLE catalog_producttranslation DROP COLUMN words",
)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_vat_rates")]

    operations = [
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("word", models.CharField(max_length=80, verbose_name="word")),
                ("plain", models.CharField(max_length=80, verbose_name="plain word")),
            ],
            options={
                "verbose_name": "search word",
                "verbose_name_plural": "search words",
                "indexes": [
                    models.Index(models.F("vendor_id"), models.F("plain"), name="catalog_searchword_plain_ix")
                ],
            },
        ),
        Wall("searchword"),
        migrations.RunSQL(
            [
                "ALTER TABLE catalog_producttranslation ADD COLUMN words tsvector",
                PLAIN,
                FOLDED,
                WORDS,
                KEEP_WORDS,
                COLLECT_WORDS,
                *TRIGGERS,
            ],
            list(BACKWARDS),
        ),
    ]
