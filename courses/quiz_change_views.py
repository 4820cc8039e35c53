"""What editors see when an edited quiz touches results: before publishing, and later."""

import uuid
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.admin import messages
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from courses import publish_doors, quiz_changes, quiz_versions, regrade
from courses.models import Item, LessonPage, QuizChange
from courses.regrade import Choice

CHOICES = [
    (
        Choice.KEEP,
        gettext_lazy("Keep all results as they are"),
        gettext_lazy("The new quiz counts from now on."),
    ),
    (
        Choice.UP,
        gettext_lazy("Only better results"),
        gettext_lazy("Nobody loses anything; who passes now finishes the lesson."),
    ),
    (
        Choice.ALL,
        gettext_lazy("Grade all again"),
        gettext_lazy(
            "Results rise and fall. Lessons and courses that were finished stay finished."
        ),
    ),
]


class ChoiceForm(forms.Form):
    block_id = forms.CharField(max_length=64, required=False)
    choice = forms.ChoiceField(
        choices=[(value, label) for value, label, _help in CHOICES]
    )


def ask_first(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Ask what happens to the results before this text goes live; the draft is saved.

    None when no result changes, and for a date in the future: then results are kept and
    the choice stays open.
    """
    planned = page.go_live_at and page.go_live_at > now()
    if planned or not isinstance(page, LessonPage) or not quiz_changes.impacts(page):
        return None
    return redirect("quiz_publish", page.pk)


@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, page_id: int) -> HttpResponse:
    """The question itself; answering it publishes the newest draft."""
    page = _page(request, page_id)
    draft = page.get_latest_revision_as_object()
    impacts = quiz_changes.impacts(draft)
    form = ChoiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _publish(request, page, form.cleaned_data["choice"])
        messages.success(request, _("“%(title)s” is published.") % {"title": page})
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    if not impacts:
        return redirect("wagtailadmin_pages:edit", page.pk)
    context = {"page": page, "impacts": impacts, "choices": CHOICES, "form": form}
    return render(request, "courses/admin/quiz_publish.html", context)


@require_GET
def results(request: HttpRequest, page_id: int) -> HttpResponse:
    """Results after the last change: what could still be graded again, and what was done."""
    page = _page(request, page_id)
    item = get_object_or_404(Item, key=page.key)
    changes = list(QuizChange.objects.filter(item=item).select_related("version"))
    quizzes = [
        {
            "impact": regrade.dry_run(item, block_id, content),
            "latest": regrade.latest(item, block_id),
            "changes": [one for one in changes if one.block_id == block_id],
        }
        for block_id, content in quiz_versions.contents_of(page).items()
    ]
    context = {
        "page": page,
        "quizzes": quizzes,
        "choices": CHOICES,
        "others": _other_keys(page),
    }
    return render(request, "courses/admin/quiz_results.html", context)


@require_POST
def decide(request: HttpRequest, page_id: int) -> HttpResponse:
    page = _page(request, page_id)
    form = ChoiceForm(request.POST)
    if not form.is_valid() or form.cleaned_data[
        "block_id"
    ] not in quiz_versions.contents_of(page):
        messages.error(request, _("Choose what happens to the results."))
        return redirect("quiz_results", page.pk)
    user: Any = request.user
    change = regrade.decide(
        page, form.cleaned_data["block_id"], form.cleaned_data["choice"], user
    )
    messages.success(request, _said(change.changed))
    return redirect("quiz_results", page.pk)


@require_POST
def undo(request: HttpRequest, page_id: int, change_id: uuid.UUID) -> HttpResponse:
    page = _page(request, page_id)
    change = get_object_or_404(QuizChange, pk=change_id, item=page.key)
    user: Any = request.user
    try:
        messages.success(request, _said(regrade.undo(change, page, user)))
    except ValueError:
        messages.error(request, _("Only the latest decision can be undone."))
    return redirect("quiz_results", page.pk)


def remind(request: HttpRequest, page: Page) -> None:
    """A message in the editor while a choice is open."""
    if request.method != "GET" or not isinstance(page.specific, LessonPage):
        return
    key = page.specific.key
    if QuizChange.objects.filter(item=key, choice=Choice.OPEN).exists():
        url = reverse("quiz_results", args=[page.pk])
        messages.warning(
            request,
            _("A published change of the quiz gives other results. They were kept."),
            buttons=[messages.button(url, _("Decide about the results"))],
        )


def results_button(page: Page, user: Any) -> Iterator[Button]:
    if page.specific_class is not LessonPage or not page.live:
        return
    if page.permissions_for_user(user).can_publish() and any(
        quiz_versions.blocks_of(page.specific)
    ):
        url = reverse("quiz_results", args=[page.pk])
        yield Button(_("Quiz results"), url, icon_name="help", priority=26)


class OpenChoicesPanel(Component):
    """On the first page of the administration: quizzes whose results wait for a choice."""

    name = "quiz_choices"
    template_name = "courses/admin/quiz_choices_panel.html"
    order = 120

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        user = parent_context["request"].user
        rows = [
            {"change": change, "page": page}
            for change, page in quiz_changes.waiting()
            if page.permissions_for_user(user).can_publish()
        ]
        return {"rows": rows}


def _page(request: HttpRequest, page_id: int) -> LessonPage:
    """A lesson that this person may publish: 404, 403."""
    page: LessonPage = get_object_or_404(
        LessonPage.objects.select_related("alias_of"), pk=page_id
    )
    if not page.permissions_for_user(request.user).can_publish():
        raise PermissionDenied
    return page


@transaction.atomic
def _publish(request: HttpRequest, page: LessonPage, choice: str) -> None:
    """Publish the newest draft and decide about every quiz whose results it changes.

    Raises BlockedError when the draft broke since the question was asked.
    """
    user: Any = request.user
    publish_doors.may_publish(page.get_latest_revision_as_object())
    PublishPageRevisionAction(page.latest_revision, user=user).execute()
    live = LessonPage.objects.get(pk=page.pk)
    for impact in quiz_changes.impacts(live):
        regrade.decide(live, impact.block_id, choice, user)


def _other_keys(page: LessonPage) -> list[LessonPage]:
    """Live translations whose quizzes have another key: students get unequal marks."""
    mine = quiz_versions.contents_of(page)
    return [
        other
        for other in page.get_translations().live().specific().select_related("locale")
        if any(
            block_id in mine and regrade.differs(mine[block_id], content)
            for block_id, content in quiz_versions.contents_of(other).items()
        )
    ]


def _said(changed: int) -> str:
    return ngettext(
        "%(count)s result changed.", "%(count)s results changed.", changed
    ) % {"count": changed}
