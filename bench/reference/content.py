"""Fill an empty reference database: run as a program with the reference's settings.

Prints one JSON object: the paths, the student's session cookie and the writer's key.
"""

import hashlib
import json
import sys
import uuid
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.models import AbstractBaseUser  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from wagtail.models import Locale, Page, Site  # noqa: E402

from bench.content import KEY, blocks  # noqa: E402
from bench.reference import models  # noqa: E402


def tables() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)


def pages() -> None:
    """Home, a guide with seven stock pages, a course with one lesson."""
    Locale.objects.get_or_create(language_code="en")
    root = Page.add_root(instance=Page(title="Root", slug="root"))
    home = root.add_child(instance=models.SectionPage(title="Home", slug="home"))
    Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
    sections = [
        home.add_child(
            instance=models.SectionPage(
                title=title, slug=title.lower(), show_in_menus=True
            )
        )
        for title in ("Guide", "Course", "About", "Contact")
    ]
    body = _body([home.pk, *(section.pk for section in sections)])
    for n in range(7):
        sections[0].add_child(
            instance=models.StockPage(
                title=f"Risk, part {n}", slug=f"part-{n}", body=body
            )
        )
    for n in range(7):
        sections[1].add_child(
            instance=models.StockLessonPage(
                title=f"Lesson {n}", slug=f"lesson-{n}", body=body
            )
        )


def _body(targets: list[int]) -> list[dict[str, Any]]:
    values = {"heading": lambda text: text, "text": lambda text: text,
              "quote": lambda text: {"text": text, "source": "A trader"},
              "code": lambda text: text}  # fmt: skip
    return [
        {"type": kind, "value": values[kind](text), "id": str(uuid.uuid4())}
        for kind, text in blocks(targets)
    ]


def people() -> AbstractBaseUser:
    user = get_user_model().objects.create_user("ana", password=None)
    course = Page.objects.get(slug="course")
    models.Enrolment.objects.create(user=user, course=course)
    models.Account.objects.create(id=uuid.UUID(int=1), user=user)
    models.WriterKey.objects.create(digest=hashlib.sha256(KEY.encode()).hexdigest())
    return user


def main() -> int:
    user_model = get_user_model()
    if "--build" in sys.argv:
        tables()
        pages()
        people()
    user = user_model.objects.get(username="ana")
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    facts = {
        "page": "/guide/part-3/",
        "lesson": "/course/lesson-3/",
        "beat": f"/beat/{models.StockLessonPage.objects.get(slug='lesson-3').pk}/",
        "cookie": f"{name}={client.cookies[name].value}",
        "key": KEY,
        "account": str(uuid.UUID(int=1)),
    }
    print(json.dumps(facts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
