"""What happens to learning records when somebody erases their account."""

from django.utils.timezone import now

from accounts.models import User
from courses.models import (
    Certificate,
    Comment,
    CommentReport,
    DiscussionChoice,
    Enrolment,
)


def forget(user: User) -> None:
    """End places and access, delete own words and video traces, detach certificates."""
    Enrolment.objects.active().filter(user=user).update(
        ended_at=now(), reason="account erased"
    )
    user.access_grants.filter(revoked_at__isnull=True).update(revoked_at=now(), note="")
    user.enrolment_import_rows.update(email="")
    user.progress_resets.all().delete()
    user.notes.all().delete()
    user.bookmarks.all().delete()
    Comment.objects.filter(user=user).update(text="", deleted_at=now())
    CommentReport.objects.filter(user=user).delete()
    DiscussionChoice.objects.filter(user=user).delete()
    user.video_progress.all().delete()
    Certificate.objects.filter(user=user).update(user=None)
