"""Which enrolments a list shows: one rule for the page and for "select all"."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_filters.filters import ChoiceFilter, DateFromToRangeFilter
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet

from courses.models import Enrolment

SEARCHED = ["user__email", "user__name", "course__title"]


class EnrolmentFilterSet(WagtailFilterSet):
    now = ChoiceFilter(
        label=_("State"),
        choices=[("active", _("Taking the course")), ("ended", _("Ended"))],
        method="in_state",
    )
    started_at = DateFromToRangeFilter(label=_("Started"), widget=DateRangePickerWidget)

    class Meta:
        model = Enrolment
        fields = ["course", "source"]

    def in_state(
        self, queryset: QuerySet[Enrolment], name: str, value: str
    ) -> QuerySet[Enrolment]:
        return queryset.filter(ended_at__isnull=value == "active")


def listed(request: HttpRequest) -> Any:
    """The enrolments the list shows for these filters and words, on all its pages."""
    filters = EnrolmentFilterSet(data=request.GET, request=request)
    found = Enrolment.objects.all()
    if filters.is_valid():
        found = filters.filter_queryset(found)
    words = request.GET.get("q", "")
    condition = Q()
    for field in SEARCHED if words else []:
        condition |= Q(**{f"{field}__icontains": words})
    return found.filter(condition)
