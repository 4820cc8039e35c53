"""Every plug of this room: administration, document gate, dashboard, menu and demo."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.models import Locale, Page
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

import courses.access_hooks
import courses.quiz_hooks
import courses.staff_hooks  # noqa: F401
from accounts.hooks import (
    HOOK_DASHBOARD,
    HOOK_ERASE,
    HOOK_LOAD_DEMO,
    HOOK_MAIL_KINDS,
    HOOK_MENU,
    DashboardPanel,
    MenuLink,
    Write,
    address,
)
from accounts.models import User
from courses import (
    admission,
    dashboard,
    demo,
    files,
    guards,
    kept,
    kept_views,
    lesson_search,
    mails,
    moderation,
    privacy,
    publish_doors,
    publish_views,
    ready,
    staff,
    withheld,
)
from courses.models import (
    AccessGrant,
    Comment,
    CourseIndexPage,
    CoursePage,
    LessonPage,
    ModulePage,
)
from courses.places import available
from courses.teaching_admin import CatalogueGroup
from website.groups import HOOK_SHARED
from website.hooks import HOOK_PAGE, HOOK_SEARCH, HOOK_SEARCH_INSIDE

register_snippet(CatalogueGroup)
register_permission_policy(Comment, moderation.ModeratorsLook(Comment))
register_permission_policy(
    AccessGrant, staff.OwnersOnly(AccessGrant, {"add", "change", "view"})
)


@hooks.register("register_admin_viewset")
def discussions_viewset() -> moderation.CommentViewSet:
    return moderation.CommentViewSet()


@hooks.register("before_delete_page")
def keep_records(request: HttpRequest, page: Page) -> HttpResponse | None:
    return guards.refuse_delete(request, page)


@hooks.register("before_bulk_action")
def keep_records_of_many(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any
) -> HttpResponse | None:
    return guards.refuse_bulk(request, action_type, objects, action)


@hooks.register("before_publish_page", order=5)
def check_before_publishing(request: HttpRequest, page: Page) -> HttpResponse | None:
    return publish_views.refuse_publish(request, page)


@hooks.register("before_bulk_action", order=5)
def check_before_publishing_many(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any
) -> HttpResponse | None:
    return publish_views.refuse_bulk_publish(request, action_type, objects, action)


@hooks.register("construct_homepage_panels")
def withheld_pages(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(publish_views.WithheldPanel())


@hooks.register("register_log_actions")
def withheld_entries(actions: Any) -> None:
    actions.register_action(withheld.ACTION)(publish_views.WithheldEntry)


@hooks.register("register_page_header_buttons")
def course_check_button(
    page: Page, user: Any, view_name: str, next_url: str | None = None
) -> Iterable[Any]:
    return publish_views.check_button(page, user)


@hooks.register("register_admin_urls")
def course_check_url() -> list[URLPattern]:
    view = publish_views.course_check
    return [path("courses/check/<int:page_id>/", view, name="course_check")]


@hooks.register("before_move_page")
def keep_records_in_their_course(
    request: HttpRequest, page: Page, destination: Page
) -> HttpResponse | None:
    return guards.refuse_move(request, page, destination)


@hooks.register("before_convert_alias_page")
def keep_records_of_an_alias(request: HttpRequest, page: Page) -> HttpResponse | None:
    return guards.refuse_detach(request, page)


@hooks.register("register_admin_urls")
def kept_url() -> list[URLPattern]:
    return [path("courses/kept/", kept_views.kept_pages, name="courses_kept")]


@hooks.register("register_actions")
def guarded_actions(actions: Any) -> None:
    kept.register(actions)
    publish_doors.register(actions)


@hooks.register("before_serve_document")
def lesson_documents(document: Any, request: HttpRequest) -> None:
    if not files.may_download(request, document.pk):
        raise PermissionDenied(_("This file is part of a lesson you cannot read."))


@hooks.register("register_icons")
def block_icons(icons: list[str]) -> list[str]:
    return [*icons, "courses/icons/audio.svg"]


@hooks.register(HOOK_DASHBOARD)
def courses_panel(request: HttpRequest) -> DashboardPanel:
    """Where to continue, and how far each course is."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101  the dashboard is for people signed in
    index = CourseIndexPage.objects.live().filter(locale=Locale.get_active()).first()
    context = {
        **dashboard.context(user, request),
        "catalogue_url": index.get_url(request) if index else "",
    }
    return DashboardPanel(10, "courses/panel.html", context)


@hooks.register(HOOK_MENU)
def my_courses_link(request: HttpRequest) -> MenuLink:
    return MenuLink(20, _("My courses"), address("courses:my-courses"))


@hooks.register(HOOK_MENU)
def my_notes_link(request: HttpRequest) -> MenuLink:
    return MenuLink(25, _("My notes"), address("courses:my-notes"))


@hooks.register(HOOK_MENU)
def my_certificates_link(request: HttpRequest) -> MenuLink:
    return MenuLink(24, _("My certificates"), address("courses:certificates"))


@hooks.register(HOOK_PAGE)
def kept_lesson(request: HttpRequest, path: str) -> HttpResponse | None:
    return ready.answer(request, path)


@hooks.register(HOOK_SEARCH)
def searchable(request: HttpRequest, pages: Any) -> Any:
    """Narrow a queryset of pages. Lessons by title, those of unpublished modules and of retired courses left out; modules have no page."""
    found = list(admission.findable(request.user))
    hidden = CoursePage.objects.exclude(pk__in=[course.pk for course in found])
    shown = available(found)
    closed = LessonPage.objects.exclude(pk__in=shown.values("pk"))
    return (
        pages.not_type(ModulePage)
        .exclude(pk__in=hidden.values("pk"))
        .exclude(pk__in=closed.values("pk"))
    )


@hooks.register(HOOK_ERASE)
def forget(user: User) -> None:
    """Places and access end; own words go; results stay with the nameless account."""
    privacy.forget(user)


@hooks.register(HOOK_LOAD_DEMO, order=40)
def load_demo(write: Write) -> None:
    demo.load(write)


@hooks.register(HOOK_SHARED)
def shared_snippets() -> list[tuple[str, str]]:
    return [("courses", "topic"), ("courses", "instructor"), ("courses", "level")]


hooks.register(HOOK_MAIL_KINDS, mails.kinds)
hooks.register(HOOK_SEARCH_INSIDE, lesson_search.find)
