"""Wagtail's PostgreSQL search, with every row indexed in the language it is written in.

Stock Wagtail keeps one index table for all backends: the last one to write decides how
words are stemmed. Here the row's own locale decides; rows without one are indexed as the
backend that was asked says.
"""

from collections import defaultdict
from typing import Any

from django.db.models import Model
from modelsearch.backends.database.postgres.postgres import (
    PostgresIndex,
    PostgresSearchBackend,
)
from wagtail.models import Locale
from wagtail.search.backends import get_search_backend

BACKENDS = {"es": "default", "en": "en"}
AUTOCOMPLETE = "ami_plain"


class LanguageIndex(PostgresIndex):
    def add_items(self, model: type[Model], objs: list[Any]) -> None:
        """Index objs, each by the backend of its language. One query more for locales."""
        objects = list(objs)
        if not any(getattr(thing, "locale_id", None) for thing in objects):
            super().add_items(model, objects)
            return
        codes = dict(Locale.objects.values_list("pk", "language_code"))
        groups: dict[str, list[Any]] = defaultdict(list)
        for thing in objects:
            code = codes.get(getattr(thing, "locale_id", None), "")
            groups[BACKENDS.get(code, "default")].append(thing)
        for name, group in groups.items():
            PostgresIndex(get_search_backend(name)).add_items(model, group)


class SearchBackend(PostgresSearchBackend):
    index_class = LanguageIndex

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.autocomplete_config = AUTOCOMPLETE
