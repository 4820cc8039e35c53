"""Columns that draw: a bar beside its number, a video's drop-off."""

from typing import Any

from wagtail.admin.ui.tables import Column

from courses.durations import clock
from courses.reports import BUCKETS, Video


class BarColumn(Column):
    """A percentage 0..100 with its bar; nothing when it is undefined."""

    cell_template_name = "courses/admin/bar_cell.html"


class DropOffColumn(Column):
    """The share of viewers in each twentieth of a video, drawn and as a table.

    Its value, and its export, are the twenty percentages in order.
    """

    cell_template_name = "courses/admin/drop_off_cell.html"

    def get_value(self, instance: Video) -> str:
        return " ".join(str(share) for share in instance.shares)

    def get_cell_context_data(
        self, instance: Video, parent_context: Any
    ) -> dict[str, Any]:
        bars = [
            {
                "x": place * 10,
                "y": 100 - share,
                "height": share,
                "share": share,
                "viewers": instance.buckets[place],
                "from": clock(place * instance.seconds // BUCKETS),
                "to": clock((place + 1) * instance.seconds // BUCKETS),
            }
            for place, share in enumerate(instance.shares)
        ]
        context: dict[str, Any] = super().get_cell_context_data(
            instance, parent_context
        )
        return {**context, "bars": bars, "width": BUCKETS * 10}
