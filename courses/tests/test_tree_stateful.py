"""Thousands of page operations by editors while students learn: the first half.

The other half is test_tree_stateful_more: two files, so that two test processes share it.
"""

from typing import Any

import pytest

from courses.tests import tree_stories

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.thorough,
    pytest.mark.timeout(1400),
]


def test_records_survive_any_order_of_page_operations(
    stage: Any, record_property: Any
) -> None:
    tree_stories.tell(stage, number=1, stories=tree_stories.STORIES, steps=100)
    record_property("page_operations", stage.done.total())
    tree_stories.check_all_happened(stage, wanted=96 * tree_stories.STORIES)
