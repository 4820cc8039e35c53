"""What the figures need from the product's database: run with the product's settings.

Prints one JSON object. --build first writes what only the bench needs (a public page
with the references' content, an account and a key of the journal).
"""

import json
import sys
import uuid
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from wagtail.models import Locale, Page, Site  # noqa: E402

from accounts.models import User  # noqa: E402
from bench.content import blocks  # noqa: E402

SLUG = "bench-page"


def student() -> User:
    """Ana of the demo school, or a student like her where the demo has none."""
    found = User.objects.filter(email="ana@example.com").first()
    return found or User.objects.create_user(
        email="ana@example.com", password=None, name="Ana"
    )


def home() -> Page:
    from website.models import HomePage

    locale = Locale.objects.get(language_code="es")
    found = HomePage.objects.filter(locale=locale).order_by("path").first()
    if found is not None:
        return found
    root = Page.objects.get(depth=1)
    made = root.add_child(instance=HomePage(title="Escuela", slug="es", locale=locale))
    Site.objects.update(root_page=made)
    return made


def build_page() -> None:
    """The references' 16 blocks in the product's own kinds, beside six siblings."""
    from website.models import ContentPage

    parent = home()
    index = parent.add_child(
        instance=ContentPage(title="Lecturas", slug="bench", locale=parent.locale)
    )
    targets = list(
        Page.objects.descendant_of(parent, inclusive=True)
        .live()
        .order_by("path")
        .values_list("pk", flat=True)[:5]
    )
    body = [_block(kind, text) for kind, text in blocks(targets)]
    for n in range(7):
        index.add_child(
            instance=ContentPage(
                title=f"Riesgo, parte {n}", slug=f"{SLUG}-{n}", body=body,
                locale=parent.locale,
            )
        )  # fmt: skip


def _block(kind: str, text: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "heading": {"type": "text", "value": f"<h2>{text}</h2>"},
        "text": {"type": "text", "value": text},
        "quote": {"type": "quote", "value": {"text": text, "source": "Una operadora"}},
        "code": {
            "type": "callout",
            "value": {"tone": "info", "title": "", "text": f"<p>{text}</p>"},
        },
    }
    return {**values[kind], "id": str(uuid.uuid4())}


def lesson_path(user: User) -> str:
    """A lesson of the free demo course, after its student enrolled; "" without one."""
    from courses.models import LessonPage

    lessons = LessonPage.objects.filter(live=True, locale__language_code="es").order_by(
        "path"
    )
    lesson = lessons.filter(path__startswith=_free_course(lessons)).first()
    if lesson is None:
        return ""
    _enrol(user, lesson)
    return str(lesson.get_url() or "")


def watch_path(lesson: str) -> str:
    """Where the player of the first video of that course reports; "" without one."""
    from courses.models import LessonPage

    language, course = [*lesson.split("/"), "", "", "", ""][1:4:2]
    pages = LessonPage.objects.filter(
        live=True, locale__language_code=language, url_path__contains=f"/{course}/"
    )
    for page in pages.order_by("path"):
        for child in page.body:
            if child.block_type == "video" and child.value["file"]:
                return f"/{language}/learn/lessons/{page.pk}/video/{child.id}/"
    return ""


def _free_course(lessons: Any) -> str:
    """The tree path of the free demo course, else of the first course there is."""
    from courses.models import Course, CoursePage

    lesson = lessons.first()
    if lesson is None:
        return ""
    code = Course.objects.filter(code="trading-fundamentals").first()
    page = CoursePage.objects.filter(
        translation_key=code.key if code else None, locale=lesson.locale
    ).first()
    return str((page or lesson.get_parent().get_parent()).path)


def _enrol(user: User, lesson: Page) -> None:
    from courses.enrolment import enrol
    from courses.models import Course, Enrolment

    course = Course.objects.get(
        key=lesson.get_parent().get_parent().specific.translation_key
    )
    if not Enrolment.objects.filter(user=user, course=course).exists():
        enrol(user, course)


def build_journal(user: User) -> None:
    from journal.models import Account

    Account.objects.create(user=user, name="Bench", broker="Bench", base_currency="USD")


def journal_facts() -> dict[str, str]:
    """A fresh key for the account; its text is never stored."""
    if not apps.is_installed("journal"):
        return {}
    from journal.models import Account
    from worker_api import keys

    account = Account.objects.filter(name="Bench").latest("created_at")
    _, text = keys.issue("bench", scopes=[f"journal:write:{account.pk}"])
    return {"account": str(account.pk), "key": text}


def session_cookie(user: User) -> str:
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


def main() -> int:
    user = student()
    if "--build" in sys.argv:
        build_page()
        if apps.is_installed("journal"):
            build_journal(user)
    page = Page.objects.filter(slug=f"{SLUG}-3").first()
    lesson = lesson_path(user)
    facts = {
        "page": page.get_url() if page else "",
        "lesson": lesson,
        "watch": watch_path(lesson),
        "csrf": settings.CSRF_COOKIE_NAME,
        "cookie": session_cookie(user),
        **journal_facts(),
    }
    print(json.dumps(facts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
