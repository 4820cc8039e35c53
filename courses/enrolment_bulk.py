"""What owners do to many ticked enrolments at once."""

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.views.generic import PermissionCheckedMixin

from courses import enrolment_list, many
from courses.enrolment_forms import ReasonForm, UntilForm, extend
from courses.models import Enrolment

SHOWN = 20  # names on the question; the rest is a number


class EnrolmentBulkAction(PermissionCheckedMixin, BulkAction):
    """Asks once, then acts on every ticked place that has not ended."""

    models = [Enrolment]
    permission_required = "add"
    template_name = "courses/admin/bulk_enrolments.html"
    explanation: Any = ""

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """Everything the list shows with its filters, not only the page on the screen."""
        return enrolment_list.listed(self.request).values_list("pk", flat=True)

    @classmethod
    def get_queryset(cls, model: Any, object_ids: Any) -> list[Enrolment]:
        return list(
            Enrolment.objects.active()
            .filter(pk__in=list(object_ids))
            .select_related("user", "course")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        places = [one["item"] for one in context["items"]]
        return {
            **context,
            "places": places[:SHOWN],
            "more": max(0, len(places) - SHOWN),
            "count": len(places),
            "title": self.display_name,
            "explanation": self.explanation,
        }

    def get_execution_context(self) -> dict[str, Any]:
        form = self.cleaned_form
        return {"form": form, "actor": self.request.user, "batch": str(uuid.uuid4())}


class WithdrawMany(EnrolmentBulkAction):
    display_name = _("Withdraw")
    action_type = "withdraw"
    aria_label = _("Withdraw the selected students")
    action_priority = 30
    form_class = ReasonForm
    explanation = _(
        "The students leave the course. Their progress, results and certificates stay."
    )

    @classmethod
    def execute_action(
        cls,
        objects: list[Enrolment],
        *,
        form: Any,
        actor: Any,
        batch: str,
        **kwargs: Any,
    ) -> tuple[int, int]:
        ended = many.withdraw(
            [row.pk for row in objects],
            reason=form.cleaned_data["reason"],
            actor=actor,
            batch=batch,
        )
        return len(ended), 0

    def get_success_message(self, done: int, _children: int) -> str:
        return ngettext(
            "%(count)d student was withdrawn.",
            "%(count)d students were withdrawn.",
            done,
        ) % {"count": done}


class ExtendMany(EnrolmentBulkAction):
    display_name = _("Extend access")
    action_type = "extend"
    aria_label = _("Extend the access of the selected students")
    action_priority = 20
    form_class = UntilForm
    explanation = _(
        "Opens the paid lessons of their course until the day you choose. Nobody's access "
        "gets shorter."
    )

    @classmethod
    def execute_action(
        cls,
        objects: list[Enrolment],
        *,
        form: Any,
        actor: Any,
        batch: str,
        **kwargs: Any,
    ) -> tuple[int, int]:
        day, note = form.cleaned_data["access_until"], form.cleaned_data["note"]
        return extend(objects, day, note=note, actor=actor, batch=batch), 0

    def get_success_message(self, done: int, _children: int) -> str:
        return ngettext(
            "The access of %(count)d student was extended.",
            "The access of %(count)d students was extended.",
            done,
        ) % {"count": done}
