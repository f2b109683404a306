"""The questions of the search, asked by role `vendor` and answered with the indexes.

PostgreSQL uses an index under row-level security for leakproof operators only, and neither full-text nor trigram
operators are: asked directly, every text of the shop would be read. So the functions that read run as the tables'
owner, and each names the vendor of the context itself. Source: docs/adr/0013-search.md.
"""

from django.db import migrations

from platform_core.tenancy.migrations import CONTEXT_VENDOR

# All words, the last one as a beginning too: the shopper may not have typed all of it.
QUERY_IN = """
CREATE FUNCTION catalog_query_in(config regconfig, plain text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN last IS NULL THEN ''::tsquery
        WHEN char_length(last) < 2 THEN plainto_tsquery(config, plain)
        WHEN numnode(plainto_tsquery(config, last)) = 0 AND numnode(plainto_tsquery(config, head)) > 0
            THEN plainto_tsquery(config, head)
        ELSE plainto_tsquery(config, head)
            && (plainto_tsquery(config, last) || to_tsquery('pg_catalog.simple', '''' || last || ''':*'))
        END
    FROM (SELECT regexp_replace(plain, '\\S+\\s*$', '') AS head, substring(plain FROM '(\\S+)\\s*$') AS last) AS parts;
END
"""
# In every language at once: a text is found by the words of its own.
QUERY = """
CREATE FUNCTION catalog_query(asked text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT catalog_query_in('pg_catalog.english', plain) || catalog_query_in('pg_catalog.french', plain)
        || catalog_query_in('pg_catalog.german', folded) || catalog_query_in('pg_catalog.simple', folded)
    FROM (SELECT catalog_plain(asked) AS plain, catalog_folded(catalog_plain(asked)) AS folded) AS given;
END
"""
# Products with all the words in one text, and those with the SKU or its beginning. Of more than `most` texts the
# first are taken as they come. A whole SKU scores above every text and the beginning of one below; a title above a
# description, and a text in the first of `languages` above others. The statement's moment, since the transaction's
# may lie before the product was published.
HITS = f"""
CREATE FUNCTION catalog_hits(asked text, languages text[], is_for_team boolean, most integer)
RETURNS TABLE (product_id bigint, score integer, published_at timestamptz, min_price_minor bigint)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
    SELECT hit.product_id, max(hit.score)::integer, max(hit.published_at), max(hit.min_price_minor)
    FROM (
        (
            SELECT variant.product_id,
                CASE WHEN upper(variant.sku) = upper(asked) THEN 1000000 ELSE 1 END AS score,
                product.published_at, product.min_price_minor
            FROM catalog_variant variant
            JOIN catalog_product product ON product.vendor_id = variant.vendor_id AND product.id = variant.product_id
            WHERE variant.vendor_id = {CONTEXT_VENDOR} AND char_length(asked) >= 2
                AND upper(variant.sku) ~>=~ upper(asked) AND upper(variant.sku) ~<~ (upper(asked) || '~')
                AND (is_for_team OR (variant.is_active AND product.status = 'active' AND product.published_at <= statement_timestamp()))
            ORDER BY upper(variant.sku) USING ~<~
            LIMIT most
        )
        UNION ALL
        (
            SELECT text.product_id,
                (100000 * ts_rank('{{0.1, 0.2, 0.4, 1}}', text.words, (SELECT catalog_query(asked)))
                    / coalesce(array_position(languages, text.language::text), cardinality(languages) + 1))::integer,
                product.published_at, product.min_price_minor
            FROM catalog_producttranslation text
            JOIN catalog_product product ON product.vendor_id = text.vendor_id AND product.id = text.product_id
            WHERE text.vendor_id = {CONTEXT_VENDOR} AND text.words @@ (SELECT catalog_query(asked))
                AND (is_for_team OR (product.status = 'active' AND product.published_at <= statement_timestamp()))
            LIMIT most
        )
    ) AS hit
    GROUP BY hit.product_id;
END
"""
# For each word that was typed, the words of the shop's titles that look like it, the nearest first. Two letters that
# are swapped leave a short word few trigrams in common, so such words are looked up as they would be right.
SIMILAR = f"""
CREATE FUNCTION catalog_similar_words(asked text)
RETURNS TABLE (place bigint, typed text, word text, plain text)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
    SELECT given.place, given.typed, near.word, near.plain
    FROM regexp_split_to_table(trim(catalog_plain(asked)), '\\s+') WITH ORDINALITY given (typed, place)
    LEFT JOIN LATERAL (
        SELECT DISTINCT known.word, known.plain, similarity(known.plain, given.typed) AS likeness
        FROM (
            SELECT alike.word, alike.plain FROM catalog_searchword alike
            WHERE alike.vendor_id = {CONTEXT_VENDOR} AND alike.plain::text % given.typed
            UNION ALL
            SELECT swapped.word, swapped.plain
            FROM generate_series(1, char_length(given.typed) - 1) AS place (i)
            JOIN catalog_searchword swapped ON swapped.vendor_id = {CONTEXT_VENDOR} AND swapped.plain =
                left(given.typed, i - 1) || substr(given.typed, i + 1, 1) || substr(given.typed, i, 1)
                || substr(given.typed, i + 2)
        ) AS known
        ORDER BY likeness DESC, known.plain, known.word
        LIMIT 20
    ) AS near ON true
    ORDER BY given.place, near.likeness DESC, near.plain, near.word;
END
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_search_indexes")]

    operations = [
        migrations.RunSQL(
            [
                QUERY_IN,
                QUERY,
                HITS,
                SIMILAR,
                "REVOKE EXECUTE ON FUNCTION catalog_hits, catalog_similar_words FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION catalog_hits, catalog_similar_words TO vendor, staff",
            ],
            [
                "DROP FUNCTION catalog_hits, catalog_similar_words",
                "DROP FUNCTION catalog_query",
                "DROP FUNCTION catalog_query_in",
            ],
        )
    ]
