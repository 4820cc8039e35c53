"""The owners' page that says why a student can or cannot open a lesson, and opens it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateTimeInput

from accounts.account_field import AccountField
from accounts.owner_views import OwnersView
from courses import overrides
from courses.explain import Explanation, explain, lesson_of
from courses.lesson_field import LessonField, name_of
from courses.models import DripOverride, Item


class AskForm(forms.Form):
    """Who, which lesson, and as of when."""

    student = AccountField(label=gettext_lazy("Student"))
    item = LessonField(label=gettext_lazy("Lesson"))
    moment = forms.DateTimeField(
        label=gettext_lazy("As of"),
        required=False,
        widget=AdminDateTimeInput,
        help_text=gettext_lazy("Another moment to ask about; empty means now."),
    )

    def clean_item(self) -> Item:
        item: Item = self.cleaned_data["item"]
        if lesson_of(item) is None:
            raise ValidationError(_("No page shows this lesson any more."))
        return item

    def answer(self) -> Explanation:
        data = self.cleaned_data
        lesson = lesson_of(data["item"])
        assert lesson is not None  # noqa: S101  clean_item has looked
        moment: datetime | None = data["moment"]
        return explain(data["student"], lesson, data["item"], moment)


def with_name(given: QueryDict) -> QueryDict:
    """What was asked, a lesson's key in it written as people read it."""
    try:
        item = Item.objects.select_related("course").get(pk=given.get("item") or "")
    except (Item.DoesNotExist, ValidationError):
        return given
    shown = given.copy()
    shown["item"] = name_of(item)
    return shown


def address(**asked: str) -> str:
    """The page about this student (an address) and lesson (a key); either may be missing."""
    return f"{reverse('courses_explain_access')}?{urlencode(asked)}"


class OpeningForm(forms.Form):
    """Open the lesson for this student, or take that back."""

    remove = forms.BooleanField(required=False, widget=forms.HiddenInput)
    opens_at = forms.DateTimeField(
        label=gettext_lazy("Opens on"),
        required=False,
        widget=AdminDateTimeInput,
        help_text=gettext_lazy("Empty means now."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)


class ExplainerView(OwnersView, WagtailAdminTemplateMixin, TemplateView):
    template_name = "courses/admin/explainer.html"
    page_title = gettext_lazy("Why is a lesson open or locked?")
    header_icon = "key"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        here = {"url": "", "label": self.page_title}
        return [*super().get_breadcrumbs_items(), here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        given = with_name(self.request.GET)
        asked = given.get("item") and given.get("student")
        form = AskForm(given if asked else None, initial=given.dict())
        found = form.answer() if asked and form.is_valid() else None
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {
            **context,
            "form": form,
            "found": found,
            "opening": OpeningForm() if found else None,
            "media": form.media,
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set or remove the opening of the student and lesson named in the address."""
        asked, opening = AskForm(request.GET), OpeningForm(request.POST)
        if not (asked.is_valid() and opening.is_valid()):
            messages.error(request, _("Choose a student and a lesson first."))
            return redirect(request.get_full_path())
        student, item = asked.cleaned_data["student"], asked.cleaned_data["item"]
        data = opening.cleaned_data
        if data["remove"]:
            for row in DripOverride.objects.filter(user=student, item=item):
                overrides.remove(row, by=request.user)
            messages.success(request, _("The lesson's own conditions hold again."))
        else:
            overrides.give(
                [student],
                item,
                by=request.user,
                opens_at=data["opens_at"],
                note=data["note"],
            )
            messages.success(request, _("Opened for this student."))
        return redirect(request.get_full_path())
