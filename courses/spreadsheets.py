"""Exports of lists: what the screen shows, safe to open in a spreadsheet."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.encoding import force_str
from django.utils.timezone import is_aware, make_naive
from wagtail.admin.ui.tables import BaseColumn, BulkActionsCheckboxColumn

# a cell that starts with one of these is a formula to spreadsheet programs
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


class ScreenExport:
    """For Wagtail's listing views: CSV and XLSX hold exactly the columns of the screen.

    Times are written as on the screen, in the reader's zone.
    """

    columns: list[BaseColumn]

    @property
    def list_export(self) -> list[str]:
        return [column.name for column in self.exported_columns()]

    def exported_columns(self) -> list[BaseColumn]:
        return [
            column
            for column in self.columns
            if not isinstance(column, BulkActionsCheckboxColumn)
        ]

    def get_heading(self, queryset: Any, field: str) -> str:
        labels = {column.name: column.label for column in self.exported_columns()}
        return force_str(labels[field])

    def to_row_dict(self, item: Any) -> dict[str, Any]:
        return {
            column.name: _plain(column.get_value(item))
            for column in self.exported_columns()
        }

    def write_csv_response(self, queryset: Any) -> HttpResponse:
        """Written at once: a stream would leave the reader's language and zone behind."""
        content = b"".join(self.stream_csv(queryset))  # type: ignore[attr-defined]
        name = self.get_filename()  # type: ignore[attr-defined]
        return HttpResponse(
            b"\xef\xbb\xbf" + content,  # spreadsheets read it as UTF-8 then
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        shown = super().preprocess_field_value(field, value, export_format)  # type: ignore[misc]
        return harmless(shown)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and is_aware(value):
        return make_naive(value).replace(microsecond=0)
    return value
