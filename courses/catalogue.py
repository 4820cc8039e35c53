"""The catalogue: cards of the courses, filtered by what visitors ask for."""

import uuid
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses import progress
from courses.durations import duration
from courses.models import (
    CourseIndexPage,
    CoursePage,
    Enrolment,
    ItemProgress,
    LessonPage,
    Topic,
)
from courses.places import available

ANY = ("", _("All"))
COVER = "fill-640x360"


class FilterForm(forms.Form):
    q = forms.CharField(label=_("Search"), required=False, max_length=80)
    level = forms.ChoiceField(
        label=_("Level"), required=False, choices=[ANY, *CoursePage.Level.choices]
    )
    access = forms.ChoiceField(
        label=_("Access"), required=False, choices=[ANY, *CoursePage.Access.choices]
    )
    topic = forms.ChoiceField(label=_("Topic"), required=False)

    def __init__(self, *args: Any, topics: list[Topic], **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        choices = [(str(topic.pk), topic.name) for topic in topics]
        self.fields["topic"].choices = [ANY, *choices]  # type: ignore[attr-defined]

    def narrow(self, courses: "QuerySet[CoursePage]") -> "QuerySet[CoursePage]":
        """The courses that match; a value nobody could choose is left out."""
        wanted = self.cleaned_data
        for name in ("level", "access", "topic"):
            if wanted.get(name):
                courses = courses.filter(**{name: wanted[name]})
        for word in (wanted.get("q") or "").split():
            courses = courses.filter(
                Q(title__unaccent__icontains=word)
                | Q(summary__unaccent__icontains=word)
                | Q(topic__name__unaccent__icontains=word)
            )
        return courses


def listing(index: CourseIndexPage, request: HttpRequest) -> dict[str, Any]:
    """form, cards and filtered for the template. Constant number of queries."""
    topics = list(Topic.objects.filter(locale=index.locale_id))
    form = FilterForm(request.GET or None, topics=topics)
    live = courses_below(index)
    valid = form.is_valid()  # False while unbound; a bound form keeps its valid fields
    courses = list(form.narrow(live) if form.is_bound else live)
    lessons = lessons_by_course(courses)
    done = percents(request.user, courses, lessons)
    return {
        "form": form,
        "filtered": form.is_bound and (not valid or any(form.cleaned_data.values())),
        "cards": [
            {
                **card(course, lessons=lessons[course.path]),
                "percent": done.get(course.translation_key),
            }
            for course in courses
        ],
    }


def courses_below(index: CourseIndexPage) -> Any:
    """A queryset of the live courses, with what their cards need, in tree order."""
    return (
        CoursePage.objects.child_of(index)
        .live()
        .select_related("image", "topic", "locale")
        .prefetch_related("image__renditions")
        .order_by("path")
    )


def card(
    course: CoursePage, *, lessons: list[LessonPage] | None = None
) -> dict[str, Any]:
    """The variables of components/course_card.html; one query when lessons are missing."""
    rows = list(available([course])) if lessons is None else lessons
    free = course.access == CoursePage.Access.FREE
    minutes = course.minutes or sum(row.minutes for row in rows)
    return {
        "title": course.title,
        "url": course.url,
        "summary": course.summary,
        "level": course.get_level_display(),
        "image_url": course.image.get_rendition(COVER).url if course.image else "",
        "lessons": len(rows),
        "duration": duration(minutes),
        "access": course.get_access_display(),
        "access_tone": "gain" if free else "brand",
        "access_icon": "unlock" if free else "lock",
    }


def lessons_by_course(courses: list[CoursePage]) -> dict[str, list[LessonPage]]:
    """Available lessons by their course's path. One query."""
    found: dict[str, list[LessonPage]] = {course.path: [] for course in courses}
    if courses:
        length = len(courses[0].path)
        for lesson in available(courses):
            found[lesson.path[:length]].append(lesson)
    return found


def percents(
    user: Any, courses: list[CoursePage], lessons: dict[str, list[LessonPage]]
) -> dict[uuid.UUID, int]:
    """Percent done by course key, for the courses this person takes. Two queries."""
    if not isinstance(user, User):
        return {}
    keys = [course.translation_key for course in courses]
    enrolled = set(
        Enrolment.objects.active()
        .filter(user=user, course__in=keys)
        .values_list("course_id", flat=True)
    )
    mine = [course for course in courses if course.translation_key in enrolled]
    found = progress.states(
        user, [row.key for course in mine for row in lessons[course.path]]
    )
    done = {key for key, state in found.items() if state == ItemProgress.State.DONE}
    return {
        course.translation_key: progress.share(lessons[course.path], done)
        for course in mine
    }
