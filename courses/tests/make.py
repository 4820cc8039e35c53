"""Small courses for tests; every keyword has a default that works."""

from typing import Any

from django.core import mail
from django.db import connection
from django.test import override_settings
from django.urls import reverse
from wagtail.models import Locale, Page, Site

from courses import enrolment
from courses.models import (
    Course,
    CourseIndexPage,
    CoursePage,
    LessonPage,
    ModulePage,
)
from outbox import queue
from outbox.models import Message
from website.models import HomePage

SECRET = "The lamp of the lighthouse is green"  # the text only readers may see
KEYED = "Because fifty minus forty-eight is two"  # a feedback: part of the quiz's key


def home(language: str = "en") -> HomePage:
    """The home page of a language, made when missing; the first one serves the site."""
    locale, _created = Locale.objects.get_or_create(language_code=language)
    found = HomePage.objects.filter(locale=locale).first()
    if found:
        return found
    root = Page.get_first_root_node()
    page = root.add_child(
        instance=HomePage(title="AMI", slug=f"home-{language}", locale=locale)
    )
    other = HomePage.objects.exclude(pk=page.pk).first()
    if other:
        HomePage.objects.filter(pk=page.pk).update(
            translation_key=other.translation_key
        )
    site = Site.objects.get(is_default_site=True)
    if site.root_page.specific_class is not HomePage:
        site.root_page = page
        site.save()
    return HomePage.objects.get(pk=page.pk)


def catalogue(language: str = "en") -> CourseIndexPage:
    parent = home(language)
    found = CourseIndexPage.objects.child_of(parent).first()
    return found or parent.add_child(
        instance=CourseIndexPage(title="Courses", slug="courses", locale=parent.locale)
    )


# Search and the index of references are brought up to date by tasks
UNINDEXED = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}


def published(parent: Any, page: Any) -> Any:
    """Add the page and publish it, as the admin would; indexed once, at the last step."""
    page.locale = parent.locale
    with override_settings(TASKS=UNINDEXED):
        parent.add_child(instance=page)
        revision = page.save_revision()
    revision.publish()
    page.refresh_from_db()
    return page


def course(
    *,
    title: str = "Risk",
    slug: str = "risk",
    modules: int = 1,
    lessons: int = 2,
    language: str = "en",
    access: str = "free",
    **fields: Any,
) -> CoursePage:
    """A published course of modules × lessons lessons; the texts hold SECRET."""
    page = published(
        catalogue(language),
        CoursePage(
            title=title, slug=slug, summary="Lose little", access=access, **fields
        ),
    )
    for number in range(1, modules + 1):
        module = published(
            page, ModulePage(title=f"Module {number}", slug=f"module-{number}")
        )
        for place in range(1, lessons + 1):
            lesson(module, title=f"Lesson {number}.{place}", slug=f"lesson-{place}")
    return page


def lesson(module: ModulePage, *, title: str = "Extra", **fields: Any) -> LessonPage:
    fields.setdefault("slug", title.lower().replace(" ", "-"))
    fields.setdefault("completion", "manual")
    fields.setdefault("body", [{"type": "text", "value": f"<p>{SECRET}</p>"}])
    return published(module, LessonPage(title=title, **fields))


def copies(first: Any, count: int) -> list[Any]:
    """`count` more published siblings like this leaf page, in four statements; no records."""
    parent, model = first.get_parent(), type(first)
    rows = [
        Page(
            path=Page._get_path(parent.path, first.depth, parent.numchild + number),
            depth=first.depth,
            title=f"{first.title} copy {number}",
            draft_title=f"{first.title} copy {number}",
            slug=f"copy-{number}",
            url_path=f"{parent.url_path}copy-{number}/",
            content_type=first.content_type,
            locale=first.locale,
            live=True,
        )
        for number in range(1, count + 1)
    ]
    Page.objects.bulk_create(rows)
    Page.objects.filter(pk=parent.pk).update(numchild=parent.numchild + count)
    own = [field.column for field in model._meta.local_concrete_fields][1:]
    columns = ", ".join(f'"{name}"' for name in own)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} (page_ptr_id, {columns})"  # noqa: S608
            f" SELECT added, {columns} FROM {model._meta.db_table},"
            " unnest(%s) AS added WHERE page_ptr_id = %s",
            [[row.pk for row in rows], first.pk],
        )
    return list(model.objects.filter(pk__in=[row.pk for row in rows]).order_by("path"))


def lessons_of(page: CoursePage) -> list[LessonPage]:
    return list(LessonPage.objects.descendant_of(page).order_by("path"))


def translated(page: Any, language: str = "es") -> Any:
    """The page's translation, published; parents are translated first."""
    locale, _created = Locale.objects.get_or_create(language_code=language)
    home(language)
    copy = page.copy_for_translation(locale, copy_parents=True)
    for ancestor in copy.get_ancestors().filter(live=False).specific():
        ancestor.save_revision().publish()
    copy.save_revision().publish()
    copy.refresh_from_db()
    return copy


def option(
    identity: str, text: str, *, correct: bool = False, feedback: str = ""
) -> dict[str, Any]:
    value = {"text": text, "correct": correct, "feedback": feedback}
    return {"type": "item", "id": identity, "value": value}


def question(identity: str, kind: str, **value: Any) -> dict[str, Any]:
    defaults = {"text": f"Question {identity}", "options": [], "feedback": ""}
    return {
        "type": "item",
        "id": identity,
        "value": {
            "kind": kind,
            "answer": None,
            "tolerance": None,
            **defaults,
            **value,
        },
    }


def accepted(**texts: str) -> list[dict[str, Any]]:
    """Accepted answers of a short question, by their ids."""
    return [
        {"type": "item", "id": identity, "value": text}
        for identity, text in texts.items()
    ]


def quiz(*, block_id: str = "quiz-r", **fields: Any) -> dict[str, Any]:
    """A quiz block of three questions: single (a), multiple (a, c), numeric (1.5 ± 0.05)."""
    options = [
        option("a", "Two", correct=True, feedback=KEYED),
        option("b", "Fifty"),
    ]
    several = [
        option("a", "Entry", correct=True),
        option("b", "Hunch"),
        option("c", "Stop", correct=True),
    ]
    value = {
        "title": "What is R?",
        "pass_mark": 60,
        "attempts": 0,
        "questions": [
            question("q1", "single", options=options),
            question("q2", "multiple", options=several),
            question("q3", "numeric", answer="1.5", tolerance="0.05"),
        ],
        **fields,
    }
    return {"type": "quiz", "id": block_id, "value": value}


RIGHT = {"q1": ["a"], "q2": ["a", "c"], "q3": ["1,5"]}
WRONG = {"q1": ["b"], "q2": ["a"], "q3": ["7"]}


def url(name: str, *args: Any) -> str:
    """The English address of one of this room's views."""
    return reverse(f"courses:{name}", args=args).replace("/es/", "/en/")


def text(answer: Any) -> str:
    return str(answer.content.decode())


def row_of(page: CoursePage) -> Course:
    return Course.objects.get(key=page.translation_key)


def enrolled(user: Any, page: CoursePage) -> list[LessonPage]:
    """The course's lessons, now that this person has joined it."""
    enrolment.enrol(user, row_of(page))
    return lessons_of(page)


def sent() -> list[Any]:
    """Deliver what is due; the mails so far. Nothing may have failed."""
    queue.sweep()
    assert not Message.objects.waiting().exists()
    return mail.outbox


def with_quiz() -> CoursePage:
    """A course of two lessons and a third with the quiz of quiz()."""
    page = course()
    lesson(page.get_children().first().specific, title="Quiz", body=[quiz()])
    return page
