"""The form field by which staff name a lesson."""

import re
import uuid
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.account_field import SuggestInput, suggest
from courses.models import Item

MARK = re.compile(r"\[([0-9a-f]{8})\]$")


def name_of(item: Item) -> str:
    """Lesson, course and the start of its key: courses may name two lessons alike."""
    return f"{item.title} · {item.course.title} [{item.key.hex[:8]}]"


def named(words: str) -> QuerySet[Item]:
    """Lessons these words mean: a key, what name_of() gives, or part of the titles."""
    items = Item.objects.select_related("course").order_by("course__title", "position")
    mark = MARK.search(words)
    try:
        return items.filter(pk=uuid.UUID(words))
    except ValueError:
        pass
    if mark:
        first, last = (uuid.UUID(mark[1] + end * 24) for end in "0f")
        return items.filter(pk__range=(first, last))
    for word in words.replace("·", " ").split():
        items = items.filter(
            Q(title__icontains=word) | Q(course__title__icontains=word)
        )
    return items


class LessonField(forms.CharField):
    """Words that mean one lesson; the cleaned value is its Item."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = _("Type part of its title or of its course's, then choose.")
        widget = SuggestInput(reverse_lazy("suggest_lessons"))
        super().__init__(**{"help_text": help_text, "widget": widget, **kwargs})

    def clean(self, value: Any) -> Any:
        words = super().clean(value)
        if not words:
            return None
        found = list(named(words)[:2])
        if not found:
            raise forms.ValidationError(_("No lesson has this name."))
        if len(found) > 1:
            raise forms.ValidationError(
                _("Several lessons fit; choose one of the list.")
            )
        return found[0]


def suggest_lessons(request: HttpRequest) -> JsonResponse:
    """Lessons the words fit, by course."""
    return suggest(request, named, lambda row: (name_of(row), row.title))
