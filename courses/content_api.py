"""Wagtail's API v3 for content, gated: what a visitor or a token's owner may read.

Wagtail offers the endpoints and the tokens. Here are the three things it cannot know:
pages below an unpublished course or module stay hidden, a lesson's text goes out only
after courses.access.decide, and a refused write answers 409 (see courses.kept).
"""

from collections.abc import Callable
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Left, Length
from django.http import HttpRequest, HttpResponse
from wagtail.api.v3 import errors
from wagtail.api.v3.querysets import get_pages_queryset
from wagtail.api.v3.registry import ContentTypeRegistration, registry
from wagtail.models import Page

from courses import kept, publish_doors
from courses.access import Reason, decide
from courses.models import CoursePage, LessonPage, ModulePage
from courses.places import STEP

READ = cast(ContentTypeRegistration, registry.get("courses.LessonPage"))


class LessonSchema(READ.read_schema):  # type: ignore[name-defined]
    """A lesson as the API shows it. body: null for those who may not read it."""

    body: list[Any] | None = None
    locked: str = ""

    @staticmethod
    def resolve_body(obj: LessonPage, context: dict[str, Any]) -> list[Any] | None:
        return body_for(context["request"], obj, context)

    @staticmethod
    def resolve_locked(obj: LessonPage, context: dict[str, Any]) -> str:
        """Why the body is missing: a reason of courses.access, empty when it is there."""
        decision = decide(context["request"].user, obj)
        return "" if decision.allowed else decision.reason.value


registry.register(
    ContentTypeRegistration(
        name=READ.name,
        label=READ.label,
        read_schema=LessonSchema,
        create_schema=READ.create_schema,
        patch_schema=READ.patch_schema,
    )
)

# the routers read the registrations while they are imported
from wagtail.api.v3.routers import pages as pages_router  # noqa: E402
from wagtail.api.v3.urls import api  # noqa: E402


def body_for(
    request: HttpRequest, lesson: LessonPage, context: dict[str, Any]
) -> list[Any] | None:
    """The lesson's blocks for this person; the keys of quizzes only for those who write."""
    decision = decide(request.user, lesson)
    if not decision.allowed:
        return None
    body = lesson.body
    blocks: list[Any] = body.stream_block.get_api_representation(body, context)
    if decision.reason == Reason.STAFF:
        return blocks
    return [without_key(block) for block in blocks]


def without_key(block: dict[str, Any]) -> dict[str, Any]:
    """Quizzes are answered on the page: here they are no more than a title."""
    if block["type"] != "quiz":
        return block
    return {**block, "value": {"title": block["value"]["title"]}}


def hidden() -> Q:
    """Which pages are out of reach although published: those below unpublished ones."""
    parent = Left("path", Length("path") - STEP)
    grandparent = Left("path", Length("path") - 2 * STEP)
    off_course = CoursePage.objects.filter(live=False)
    off_module = ModulePage.objects.filter(live=False)
    modules = ModulePage.objects.alias(above=parent).filter(
        Exists(off_course.filter(path=OuterRef("above")))
    )
    lessons = LessonPage.objects.alias(above=parent, top=grandparent).filter(
        Exists(off_module.filter(path=OuterRef("above")))
        | Exists(off_course.filter(path=OuterRef("top")))
    )
    return Q(pk__in=modules.values("pk")) | Q(pk__in=lessons.values("pk"))


def visible_pages(request: HttpRequest, model: type[Page] = Page) -> Any:
    """Wagtail's rule, narrowed for visitors; writers see what they may change."""
    found = get_pages_queryset(request, model)
    return found if request.user.is_authenticated else found.exclude(hidden())


def refused(request: HttpRequest, error: Exception) -> HttpResponse:
    answer: HttpResponse = errors.problem_response(status=409, detail=str(error))
    return answer


def blocked(request: HttpRequest, error: publish_doors.BlockedError) -> HttpResponse:
    answer: HttpResponse = errors.problem_response(
        status=409,
        detail=str(error),
        type_uri=publish_doors.CODE,
        errors=error.as_errors(),
    )
    return answer


def for_writers(found: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Wagtail lists every file to everybody; those of lessons are not for visitors."""

    def files(request: HttpRequest) -> Any:
        may = request.user.is_authenticated and request.user.has_perm(
            "wagtailadmin.access_admin"
        )
        return found(request) if may else found(request).none()

    return files


def mount() -> Any:
    """The API's URLs with the rules in place; called once, by the list of URLs.

    Wagtail has no hook that narrows what the API lists; tests hold these names in place.
    """
    from wagtail.documents.api.v3 import router as documents
    from wagtail.images.api.v3 import router as images

    pages_router.get_pages_queryset = visible_pages
    documents.get_documents_queryset = for_writers(documents.get_documents_queryset)
    images.get_images_queryset = for_writers(images.get_images_queryset)
    api.add_exception_handler(kept.KeptError, refused)
    api.add_exception_handler(publish_doors.BlockedError, blocked)
    return api.urls
