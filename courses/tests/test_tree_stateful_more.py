"""Thousands of page operations by editors while students learn: other stories."""

from typing import Any

import pytest

from courses.tests import tree_stories

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.thorough,
    pytest.mark.timeout(1400),
]


def test_records_survive_other_orders_of_page_operations(
    stage: Any, record_property: Any
) -> None:
    tree_stories.tell(stage, number=2, stories=tree_stories.STORIES, steps=100)
    record_property("page_operations", stage.done.total())
    tree_stories.check_all_happened(stage, wanted=96 * tree_stories.STORIES)
