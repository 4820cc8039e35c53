"""Keep the admin's language the one a person chose."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import receiver
from wagtail.users.models import UserProfile

from accounts import outbox_handlers  # noqa: F401  registers this room's deliveries
from accounts.models import User


@receiver(post_save, sender=User)
def admin_follows_the_account(sender: Any, instance: User, **kwargs: Any) -> None:
    """A changed language reaches the Wagtail admin too."""
    UserProfile.objects.filter(user=instance).update(
        preferred_language=instance.language, current_time_zone=instance.timezone
    )


@receiver(user_logged_in)
def admin_speaks_their_language(sender: Any, user: User, **kwargs: Any) -> None:
    """Editors see the Wagtail admin in the language and time zone of their account."""
    if user.has_perm("wagtailadmin.access_admin"):
        UserProfile.objects.update_or_create(
            user=user,
            defaults={
                "preferred_language": user.language,
                "current_time_zone": user.timezone,
            },
        )
