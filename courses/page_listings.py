"""The page explorer below the catalogue and below a module, with what students do."""

from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import NumberColumn
from wagtail.admin.views.pages.listing import ExplorableIndexView
from wagtail.admin.viewsets.pages import PageViewSet

from courses import reports
from courses.models import Course, CoursePage, ItemProgress, LessonPage
from courses.report_columns import BarColumn

DONE = Q(state=ItemProgress.State.DONE)


class LearningExplorer(ExplorableIndexView):
    """Adds columns; their numbers are read for the rows of the screen, in one statement."""

    def get_table(self, object_list: Any) -> Any:
        pages = list(object_list)
        numbers = self.numbers([learning_key(page) for page in pages])
        for page in pages:
            page.learning = numbers.get(learning_key(page), {})
        return super().get_table(pages)

    def numbers(self, keys: list[Any]) -> dict[Any, dict[str, Any]]:
        raise NotImplementedError


def learning_key(page: Any) -> Any:
    return getattr(page, "key", page.translation_key)


class CoursesExplorer(LearningExplorer):
    base_columns = [
        *ExplorableIndexView.base_columns,
        NumberColumn("students", label=_("Students"), accessor="learning.taking"),
        BarColumn("finished", label=_("Finished, %"), accessor="learning.share"),
    ]

    def numbers(self, keys: list[Any]) -> dict[Any, dict[str, Any]]:
        rows = reports.overview(Course.objects.filter(key__in=keys))
        return {
            row.pk: {
                "taking": row.taking,
                "share": reports.share(min(row.finished, row.ever), row.ever),
            }
            for row in rows
        }


class LessonsExplorer(LearningExplorer):
    base_columns = [
        *ExplorableIndexView.base_columns,
        NumberColumn("opened", label=_("Opened"), accessor="learning.opened"),
        BarColumn("completed", label=_("Completed, %"), accessor="learning.share"),
    ]

    def numbers(self, keys: list[Any]) -> dict[Any, dict[str, Any]]:
        rows = (
            ItemProgress.objects.filter(item__in=keys)
            .values("item")
            .annotate(opened=Count("pk"), done=Count("pk", filter=DONE))
        )
        return {
            row["item"]: {
                "opened": row["opened"],
                "share": reports.share(row["done"], row["opened"]),
            }
            for row in rows
        }


class CoursePageViewSet(PageViewSet):
    model = CoursePage
    index_view_class = CoursesExplorer


class LessonPageViewSet(PageViewSet):
    model = LessonPage
    index_view_class = LessonsExplorer
