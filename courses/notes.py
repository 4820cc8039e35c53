"""Notes and bookmarks: a student's own marks in a lesson. Nobody else ever sees them."""

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.blocks import StreamValue
from wagtail.rich_text import RichText

from accounts.models import User
from courses import registry
from courses.models import Bookmark, LessonPage, Note

type Mark = Note | Bookmark

QUOTE = 100  # characters of a place's own words
CLOCK = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,5})\Z")
BREAK = re.compile(r"(?=</(?:p|li|h\d)>)|(?=<br)")
NAMED_BY = ("title", "text", "caption", "table_caption")


@dataclass(frozen=True)
class Spot:
    """A block of a lesson as a place for a note."""

    block_id: str
    quote: str
    is_video: bool


def spots(lesson: LessonPage) -> list[Spot]:
    """The blocks of the lesson in order, named by their first words."""
    return [
        Spot(str(child.id), words_of(child), child.block_type == "video")
        for child in lesson.body
    ]


def words_of(child: StreamValue.StreamChild) -> str:
    """What a block says first; the block's own name for one without words."""
    value = child.value
    if not isinstance(value, RichText) and hasattr(value, "get"):
        value = next((value.get(name) for name in NAMED_BY if value.get(name)), "")
    source = value.source if isinstance(value, RichText) else value
    plain = " ".join(strip_tags(BREAK.sub(" ", str(source or ""))).split())
    return Truncator(plain).chars(QUOTE) or str(child.block.label)


def clock(second: int) -> str:
    """83 as 1:23, 3683 as 1:01:23."""
    minutes, rest = divmod(second, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class ClockField(forms.Field):
    """A moment of a video, as m:ss or in seconds; cleans to seconds or None."""

    widget = forms.TextInput(attrs={"maxlength": 8, "inputmode": "numeric"})

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip()
        if not text:
            return None
        match = CLOCK.match(text)
        if not match:
            raise ValidationError(_("Write the time as minutes:seconds, such as 1:23."))
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds


class PlaceForm(forms.Form):
    """A place in a lesson: block and, in a video, the second."""

    place = forms.ChoiceField(label=gettext_lazy("Where"), required=False)
    at = ClockField(
        label=gettext_lazy("Time in the video"),
        required=False,
        help_text=gettext_lazy("Minutes and seconds, such as 1:23."),
    )

    def __init__(self, *args: Any, lesson: LessonPage, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs.setdefault("auto_id", "note-%s")
        super().__init__(*args, **kwargs)
        self.spots = {spot.block_id: spot for spot in spots(lesson)}
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            ("", _("The whole lesson")),
            *((spot.block_id, spot.quote) for spot in self.spots.values()),
        ]
        self.videos = [spot.block_id for spot in self.spots.values() if spot.is_video]
        if not self.videos:
            del self.fields["at"]

    def clean(self) -> dict[str, Any]:
        """A time belongs to a video: to the chosen one, or to the only one."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("at") is None:
            return cleaned
        if not cleaned.get("place") and len(self.videos) == 1:
            cleaned["place"] = self.videos[0]
        if cleaned.get("place") not in self.videos:
            self.add_error("at", _("Choose the video this time belongs to."))
        return cleaned

    def spot(self) -> dict[str, Any]:
        """The place as fields of a mark."""
        block_id = self.cleaned_data["place"]
        known = self.spots.get(block_id)
        return {
            "block_id": block_id,
            "second": self.cleaned_data.get("at"),
            "quote": known.quote if known else "",
        }


class NoteForm(PlaceForm):
    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    field_order = ["text", "place", "at"]


class TextForm(forms.ModelForm[Note]):
    """A note keeps its place when its text is written anew."""

    class Meta:
        model = Note
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 4, "autofocus": True})}


def add(user: User, lesson: LessonPage, form: NoteForm) -> Note:
    return Note.objects.create(
        user=user,
        item=registry.item_of(lesson),
        text=form.cleaned_data["text"],
        **form.spot(),
    )


def toggle_bookmark(user: User, lesson: LessonPage, form: PlaceForm) -> bool:
    """Set the bookmark of a place, or take it away; whether it is there now."""
    place = form.spot()
    quote = place.pop("quote")
    item = registry.item_of(lesson)
    with transaction.atomic():
        found, made = Bookmark.objects.get_or_create(
            user=user, item=item, **place, defaults={"quote": quote}
        )
        if not made:
            found.delete()
    return made


def of_lesson(user: User, lesson: LessonPage) -> dict[str, list[Any]]:
    """This person's notes and bookmarks of a lesson in reading order. Two queries."""
    order = {str(child.id): place for place, child in enumerate(lesson.body)}

    def reading(mark: Mark) -> tuple[int, int]:
        return order.get(mark.block_id, -1), mark.second or 0

    def found(model: Any) -> list[Any]:
        rows: QuerySet[Any] = model.objects.filter(user=user, item=lesson.key)
        return sorted(rows.order_by("created_at"), key=reading)

    return {"notes": found(Note), "bookmarks": found(Bookmark)}


def link(lesson_url: str, mark: Mark) -> str:
    """The address of the marked place; empty when the lesson has no page."""
    if not lesson_url:
        return ""
    moment = "" if mark.second is None else f"?t={mark.second}"
    return lesson_url + moment + (f"#block-{mark.block_id}" if mark.block_id else "")


KEPT = ("item_id", "block_id", "second", "quote", "text")


def packed(mark: Mark) -> dict[str, Any]:
    """A mark as JSON, so that taking it away can be undone."""
    values = {name: getattr(mark, name) for name in KEPT if hasattr(mark, name)}
    return {
        "kind": mark._meta.model_name,
        **values,
        "item_id": str(mark.item_id),
        "created_at": mark.created_at.isoformat(),
    }


def restore(user: User, values: dict[str, Any]) -> Mark:
    """The mark again, with its text and date; a bookmark set meanwhile is kept."""
    fields = {name: value for name, value in values.items() if name != "kind"}
    if values["kind"] == "note":
        return Note.objects.create(user=user, **fields)
    rest = {name: fields.pop(name) for name in ("quote", "created_at")}
    return Bookmark.objects.get_or_create(user=user, **fields, defaults=rest)[0]
