"""The editor's form of modules and lessons: what a page waits for is chosen by name."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.models import Page

type Choices = list[tuple[str, Any]]


class TimedPageForm(WagtailAdminPageForm):
    """unlock_after becomes a choice of the course's modules and lessons, by key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from courses import copies

        instance = kwargs.get("instance")
        if instance is not None and instance.pk:
            copies.notice(instance)
        super().__init__(*args, **kwargs)
        known = self.fields.get("unlock_after")
        if known is None:
            return
        self.fields["unlock_after"] = forms.TypedChoiceField(
            label=known.label,
            help_text=known.help_text,
            required=False,
            coerce=_key,
            empty_value=None,
            choices=self._choices(),
        )

    def _choices(self) -> Choices:
        choices: Choices = [("", _("Nothing else"))]
        module = self.instance._meta.model_name == "modulepage"
        course = self.parent_page if module else self.parent_page.get_parent()
        own = self.instance.path if module else self.parent_page.path
        choices += groups(course.specific, self.instance, own, modules_only=module)
        kept = self.instance.unlock_after
        if kept and str(kept) not in _values(choices):
            choices.append((str(kept), _("A lesson that is not here any more")))
        return choices


def groups(course: Page, page: Page, own_module: str, *, modules_only: bool) -> Choices:
    """The course's modules, each with its lessons; the page itself and its own left out.

    own_module: path of the module the page is or is in; "" for a new module.
    """
    from courses.models import LessonPage, ModulePage

    lessons = list(
        LessonPage.objects.descendant_of(course)
        .order_by("path")
        .select_related("alias_of")
        .defer("body")
    )
    found: Choices = []
    for module in ModulePage.objects.child_of(course).order_by("path"):
        rows = []
        if module.path != own_module:
            rows.append((str(module.translation_key), _("The whole module")))
        rows += [
            (str(one.key), one.title)
            for one in lessons
            if one.path.startswith(module.path) and one.pk != page.pk
        ]
        if rows and not (modules_only and module.path == own_module):
            found.append((module.title, rows))
    return found


def _key(value: Any) -> uuid.UUID:
    """Of what was chosen, a text, and of what the page had."""
    return uuid.UUID(str(value))


def _values(choices: Choices) -> set[str]:
    nested = [row for _name, rows in choices if isinstance(rows, list) for row in rows]
    return {value for value, _label in [*choices, *nested]}
