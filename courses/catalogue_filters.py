"""What visitors ask the catalogue for: the form of its filters, all of them in the URL."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from courses.models import CourseIndexPage, CoursePage, Level, Topic

ANY = ("", _("All"))
EVERY_LANGUAGE = "all"
# bucket: (minutes from, minutes below; None is without end)
DURATIONS: dict[str, tuple[int, int | None]] = {
    "short": (0, 120),
    "medium": (120, 360),
    "long": (360, None),
}


@dataclass(frozen=True)
class Found:
    """A course that matched, with the minutes it takes."""

    course: CoursePage
    minutes: int


class FilterForm(forms.Form):
    q = forms.CharField(label=_("Search"), required=False, max_length=80)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    level = forms.ChoiceField(label=_("Level"), required=False)
    access = forms.ChoiceField(
        label=_("Price"), required=False, choices=[ANY, *CoursePage.Access.choices]
    )
    duration = forms.ChoiceField(
        label=_("Duration"),
        required=False,
        choices=[
            ANY,
            ("short", _("Up to 2 hours")),
            ("medium", _("2 to 6 hours")),
            ("long", _("6 hours or more")),
        ],
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    sort = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("", _("Recommended")),
            ("new", _("Newest")),
            ("short", _("Shortest")),
            ("title", _("Title")),
        ],
    )

    def __init__(
        self,
        *args: Any,
        index: CourseIndexPage,
        indexes: list[CourseIndexPage],
        topics: list[Topic],
        levels: tuple[Level, ...],
        **kwargs: Any,
    ) -> None:
        """index: the catalogue that is shown; indexes: the published ones of all languages."""
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.index = index
        self.indexes = {one.locale.language_code: one for one in indexes}
        self.topics = {str(topic.pk): topic for topic in topics}
        self._choose("topic", [(pk, topic.name) for pk, topic in self.topics.items()])
        self._choose("level", [(level.code, level.name) for level in levels])
        self._offer_languages()

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = [ANY, *choices]  # type: ignore[attr-defined]

    def _offer_languages(self) -> None:
        """The page's own language is the default; no field where there is no other."""
        own = self.index.locale.language_code
        others = [code for code in self.indexes if code != own]
        if not others:
            del self.fields["language"]
            return
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            ("", language_name(own)),
            *((code, language_name(code)) for code in others),
            (EVERY_LANGUAGE, _("All languages")),
        ]

    @property
    def asked(self) -> dict[str, str]:
        """The valid values that were given; a value nobody could choose is left out."""
        if not self.is_bound:
            return {}
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def shown_indexes(self) -> list[CourseIndexPage]:
        """The catalogues whose courses are asked for, the page's own first."""
        wanted = self.asked.get("language", "")
        if wanted == EVERY_LANGUAGE:
            others = [one for one in self.indexes.values() if one.pk != self.index.pk]
            return [self.index, *others]
        return [self.indexes.get(wanted, self.index)]

    def narrow(self, courses: "QuerySet[CoursePage]") -> "QuerySet[CoursePage]":
        """What the database can tell: words, topic, level and price."""
        asked = self.asked
        for name in ("level", "access"):
            if name in asked:
                courses = courses.filter(**{name: asked[name]})
        if "topic" in asked:
            key = self.topics[asked["topic"]].translation_key
            courses = courses.filter(topic__translation_key=key)
        for word in asked.get("q", "").split():
            courses = courses.filter(
                Q(title__unaccent__icontains=word)
                | Q(summary__unaccent__icontains=word)
                | Q(topic__name__unaccent__icontains=word)
            )
        return courses

    def arrange(self, found: Iterable[Found]) -> list[Found]:
        """The courses of the wanted length, once each, in the wanted order."""
        asked = self.asked
        rows = list(once(found))
        if "duration" in asked:
            least, below = DURATIONS[asked["duration"]]
            rows = [
                row
                for row in rows
                if least <= row.minutes and (below is None or row.minutes < below)
            ]
        return sorted(rows, key=ORDERS[asked.get("sort", "")])


ORDERS: dict[str, Callable[[Found], Any]] = {
    "": lambda row: 0,
    "new": lambda row: -_published(row.course),
    "short": lambda row: row.minutes,
    "title": lambda row: row.course.title.casefold(),
}


def _published(course: CoursePage) -> float:
    moment = course.first_published_at
    return moment.timestamp() if moment else 0.0


def once(found: Iterable[Found]) -> Iterable[Found]:
    """Each course in the first of its languages only."""
    seen = set()
    for row in found:
        if row.course.translation_key not in seen:
            seen.add(row.course.translation_key)
            yield row


def language_name(code: str) -> str:
    """The language's own name, as a reader of it writes it."""
    return str(get_language_info(code)["name_local"]).capitalize()
