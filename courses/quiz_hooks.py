"""Administration of edited quizzes: the question before publishing, the page, the reminders."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.models import Page

from courses import quiz_change_views as views


@hooks.register("before_publish_page", order=10)
def ask_before_publishing(request: HttpRequest, page: Page) -> HttpResponse | None:
    return views.ask_first(request, page)


@hooks.register("before_edit_page")
def remind_editor(request: HttpRequest, page: Page) -> None:
    views.remind(request, page)


@hooks.register("construct_homepage_panels")
def open_choices(request: HttpRequest, panels: list[Component]) -> None:
    panels.append(views.OpenChoicesPanel())


@hooks.register("register_page_header_buttons")
def results_button(
    page: Page, user: Any, view_name: str, next_url: str | None = None
) -> Iterable[Any]:
    return views.results_button(page, user)


@hooks.register("register_admin_urls")
def quiz_change_urls() -> list[URLPattern]:
    return [
        path(
            "courses/quiz-results/<int:page_id>/publish/",
            views.publish,
            name="quiz_publish",
        ),
        path("courses/quiz-results/<int:page_id>/", views.results, name="quiz_results"),
        path(
            "courses/quiz-results/<int:page_id>/decide/",
            views.decide,
            name="quiz_decide",
        ),
        path(
            "courses/quiz-results/<int:page_id>/undo/<uuid:change_id>/",
            views.undo,
            name="quiz_undo",
        ),
    ]
