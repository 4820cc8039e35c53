"""Telling people about a message, outside the request of who wrote it."""

from courses import discussion
from courses.models import Comment
from outbox.handlers import register
from outbox.models import Message


@register(discussion.KIND)
def tell(message: Message) -> None:
    """Nothing happens when the message was taken back meanwhile."""
    comment = (
        Comment.objects.select_related("item", "parent", "user")
        .filter(pk=message.payload["comment"])
        .first()
    )
    if comment is not None:
        discussion.tell(comment)
