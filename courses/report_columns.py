"""Columns that draw: a bar beside its number, a video's drop-off."""

from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from wagtail.admin.ui.tables import Column, TitleColumn

from courses.durations import clock
from courses.reports import share
from courses.video_statistics import Video


class StudentColumn(TitleColumn):
    """A name, with the address below it for those who may see addresses."""

    cell_template_name = "courses/admin/student_cell.html"

    def __init__(self, name: str, *, with_address: bool, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.with_address = with_address

    def get_cell_context_data(
        self, instance: Any, parent_context: Any
    ) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(
            instance, parent_context
        )
        # the account's address stands for a missing name already
        shown = self.with_address and instance.user.name
        return {**context, "email": instance.user.email if shown else ""}


class BarColumn(Column):
    """A percentage 0..100 with its bar; nothing when it is undefined."""

    cell_template_name = "courses/admin/bar_cell.html"


class MomentColumn(Column):
    """A moment in its short form; the export stays a moment."""

    def get_cell_context_data(
        self, instance: Any, parent_context: Any
    ) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(
            instance, parent_context
        )
        value = self.get_value(instance)
        short = "SHORT_DATETIME_FORMAT"
        return {
            **context,
            "value": date_format(localtime(value), short) if value else "",
        }


class DropOffColumn(Column):
    """The share of viewers in each step of a video, drawn and as a table.

    Its value, and its export, are the percentages in order, after the length of a step.
    """

    cell_template_name = "courses/admin/drop_off_cell.html"

    def get_value(self, instance: Video) -> str:
        shares = " ".join(str(share) for share in instance.shares)
        return f"{instance.step} s: {shares}"

    def get_cell_context_data(
        self, instance: Video, parent_context: Any
    ) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(
            instance, parent_context
        )
        stretches = [
            {
                "from": clock(start),
                "to": clock(end),
                "viewers": viewers,
                "share": share(viewers, instance.viewers),
            }
            for start, end, viewers in instance.stretches
        ]
        return {
            **context,
            "curve": curve(instance),
            "seconds": instance.seconds,
            "middle": clock(instance.seconds // 2),
            "end": clock(instance.seconds),
            "stretches": stretches,
        }


def curve(video: Video) -> str:
    """The outline of the chart as an SVG path: seconds to the right, 100 minus percent down."""
    steps = [
        f"V{100 - (share(viewers, video.viewers) or 0)}H{end}"
        for _start, end, viewers in video.stretches
    ]
    return f"M0 100{''.join(steps)}V100Z"
