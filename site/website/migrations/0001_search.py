"""Text search for Spanish and English: accents do not matter, word endings do not either.

ami_es and ami_en fold accents before they stem; ami_plain only folds (autocomplete).
f_unaccent is the immutable wrapper that fuzzy search of the search backend calls.
Both extensions are trusted: the owner of the database may create them.
"""

from django.db import migrations

CREATE = """
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TEXT SEARCH CONFIGURATION ami_es (COPY = spanish);
ALTER TEXT SEARCH CONFIGURATION ami_es
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, spanish_stem;
CREATE TEXT SEARCH CONFIGURATION ami_en (COPY = english);
ALTER TEXT SEARCH CONFIGURATION ami_en
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;
CREATE TEXT SEARCH CONFIGURATION ami_plain (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION ami_plain
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;

CREATE OR REPLACE FUNCTION f_unaccent(text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
    $func$ SELECT public.unaccent('public.unaccent', $1) $func$;
"""
REMOVE = """
DROP TEXT SEARCH CONFIGURATION IF EXISTS ami_plain;
DROP TEXT SEARCH CONFIGURATION IF EXISTS ami_en;
DROP TEXT SEARCH CONFIGURATION IF EXISTS ami_es;
DROP FUNCTION IF EXISTS f_unaccent(text);
"""


class Migration(migrations.Migration):
    dependencies = []
    operations = [migrations.RunSQL(CREATE, REMOVE)]
