"""Access that an owner gives or ends by hand, from a subscriber's page."""

from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput

from accounts.models import User
from billing.ask_twice import AskTwiceView
from billing.models import Plan
from billing.person_page import BY_HAND
from courses import grants
from courses.models import AccessGrant, Course

EVERYTHING, ONE_PLAN, ONE_COURSE = "all", "plan", "course"


class GrantForm(forms.Form):
    what = forms.ChoiceField(
        label=_("Opens"),
        choices=[
            (EVERYTHING, _("All courses")),
            (ONE_PLAN, _("What a plan opens")),
            (ONE_COURSE, _("One course")),
        ],
    )
    plan = forms.ModelChoiceField(
        label=_("Plan"), queryset=Plan.objects.all(), required=False
    )
    course = forms.ModelChoiceField(
        label=_("Course"), queryset=Course.objects.order_by("title"), required=False
    )
    until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=AdminDateInput,
        help_text=_("That day included. Empty means without end."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Why; you will be glad to know in a year."),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        wanted = data.get("what")
        if wanted == ONE_PLAN and not data.get("plan"):
            self.add_error("plan", _("Choose the plan."))
        if wanted == ONE_COURSE and not data.get("course"):
            self.add_error("course", _("Choose the course."))
        until = data.get("until")
        if until and grants.end_of(until) <= timezone.now():
            self.add_error("until", _("That day is over."))
        return data

    def scopes(self) -> list[tuple[str, str]]:
        """(scope, reference) pairs, of a valid form."""
        data = self.cleaned_data
        if data["what"] == ONE_PLAN:
            return sorted(data["plan"].scopes)
        if data["what"] == ONE_COURSE:
            return [("course", str(data["course"].key))]
        return [("all", "")]

    def ends(self) -> datetime | None:
        until = self.cleaned_data["until"]
        return grants.end_of(until) if until else None


class ByHandView(AskTwiceView):
    """Something done to one person's access."""

    person: User

    def get_success_url(self) -> str:
        return reverse("billing_subscribers:person", args=[self.person.pk])

    def trail(self) -> list[tuple[Any, str]]:
        return [
            (_("Subscribers"), reverse("billing_subscribers:index")),
            (str(self.person), self.get_success_url()),
        ]


class GrantView(ByHandView):
    page_title = _("Give access")
    header_icon = "key"
    form_class = GrantForm
    submit_label = _("Give access")
    consequences_template = "billing/admin/grant_consequences.html"

    @cached_property
    def person(self) -> User:  # type: ignore[override]
        return get_object_or_404(User, pk=self.kwargs["pk"], is_active=True)

    def consequences(self, form: GrantForm) -> dict[str, Any]:
        now = timezone.now()
        valid = AccessGrant.objects.valid_at(now).filter(user=self.person)
        opens = []
        for scope, ref in form.scopes():
            replaced = valid.filter(
                scope=scope,
                scope_ref=ref,
                source_kind="staff",
                source_ref=grants.BY_HAND,
            ).first()
            title = grants.describe(AccessGrant(scope=scope, scope_ref=ref))
            opens.append({"title": title, "replaced": replaced})
        return {
            "person": self.person,
            "opens": opens,
            "until": form.cleaned_data["until"],
        }

    def act(self, form: GrantForm) -> str:
        with transaction.atomic():
            for scope, ref in form.scopes():
                grants.by_hand(
                    self.person,
                    scope=scope,
                    scope_ref=ref,
                    valid_until=form.ends(),
                    note=form.cleaned_data["reason"],
                    actor=self.request.user,
                )
        return gettext("Access given.")


class RevokeForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class RevokeView(ByHandView):
    page_title = _("End access")
    header_icon = "cross"
    form_class = RevokeForm
    submit_label = _("End access")
    consequences_template = "billing/admin/revoke_consequences.html"

    @cached_property
    def grant(self) -> AccessGrant:
        valid = AccessGrant.objects.valid_at(timezone.now()).select_related("user")
        found = get_object_or_404(valid, pk=self.kwargs["pk"])
        if found.source_kind not in BY_HAND:
            raise Http404  # it follows from a payment
        return found

    @cached_property
    def person(self) -> User:  # type: ignore[override]
        return self.grant.user

    def consequences(self, form: RevokeForm) -> dict[str, Any]:
        others = [
            one for one in grants.valid_grants(self.person) if one.pk != self.grant.pk
        ]
        return {
            "person": self.person,
            "opens": grants.describe(self.grant),
            "others": [{"grant": one, "opens": grants.describe(one)} for one in others],
        }

    def act(self, form: RevokeForm) -> str:
        reason = form.cleaned_data["reason"]
        grants.end(self.grant, reason=reason, actor=self.request.user)
        return gettext("Access ended.")
