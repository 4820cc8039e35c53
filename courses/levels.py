"""The levels of courses: a code on the page, its words a snippet in each language."""

import uuid
from functools import lru_cache
from typing import Any

from django import forms
from django.utils.translation import gettext, override
from wagtail.admin.forms.pages import WagtailAdminPageForm
from wagtail.models import Locale

from courses.models.teaching import Level
from website import version

NAMESPACE = uuid.UUID("0b0a7a52-95a1-4f0e-8b55-6a3f1f7ad3c1")
# the levels every school starts with, in order
FIRST = ("beginner", "intermediate", "advanced")


def first_names() -> dict[str, str]:
    """The starting levels' names in the active language."""
    return {
        "beginner": gettext("Beginner"),
        "intermediate": gettext("Intermediate"),
        "advanced": gettext("Advanced"),
    }


def seed(locale: Locale) -> None:
    """Give a language the starting levels; what exists stays as it is."""
    with override(locale.language_code):
        names = first_names()
    for position, code in enumerate(FIRST):
        Level.objects.get_or_create(
            code=code,
            locale=locale,
            defaults={
                "name": names[code],
                "position": position,
                "translation_key": uuid.uuid5(NAMESPACE, code),
            },
        )


def published(locale_id: Any) -> tuple[Level, ...]:
    """The levels of a language in order; read again once public content changed."""
    return _published(version.current(), locale_id)


@lru_cache(maxsize=64)
def _published(_version: str, locale_id: Any) -> tuple[Level, ...]:
    return tuple(Level.objects.filter(locale=locale_id, live=True))


def exists(code: str) -> bool:
    """Whether any language has the level, draft or not; the starting ones always do."""
    return code in FIRST or Level.objects.filter(code=code).exists()


def name_of(code: str, locale_id: Any) -> str:
    """The level's name in a language."""
    names = {level.code: level.name for level in published(locale_id)}
    return names.get(code) or first_names().get(code) or code.replace("-", " ")


class LevelPageForm(WagtailAdminPageForm):
    """Offers the levels of the page's language by name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "level" not in self.fields:
            return
        rows = published(self.instance.locale_id)
        choices = [(level.code, level.name) for level in rows]
        chosen = self.instance.level
        if chosen not in dict(choices):
            choices.append((chosen, name_of(chosen, self.instance.locale_id)))
        old = self.fields["level"]
        self.fields["level"] = forms.ChoiceField(
            label=old.label, choices=choices, initial=chosen
        )
