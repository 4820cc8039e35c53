"""What the last approval of a page does (WAGTAIL_FINISH_WORKFLOW_ACTION).

Wagtail imports this module while its models load, so nothing is imported up here.
"""

from typing import Any


def publish_approved(state: Any, user: Any = None) -> None:
    """Publish the newest draft. state: Wagtail's WorkflowState.

    Raises BlockedError, which takes the approval back with it.
    """
    from wagtail.models import Page
    from wagtail.workflows import publish_workflow_state

    from courses import publish_doors

    if isinstance(state.content_object, Page):
        draft = state.content_object.get_latest_revision_as_object()
        publish_doors.may_publish(draft)
    publish_workflow_state(state, user)
