"""Keep the admin's language the one a person chose."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver
from wagtail.users.models import UserProfile

from accounts import outbox_handlers  # noqa: F401  registers this room's deliveries
from accounts.models import User


@receiver(post_save, sender=User)
def admin_speaks_their_language(sender: Any, instance: User, **kwargs: Any) -> None:
    """Editors see the Wagtail admin in the language of their account."""
    profile = UserProfile.objects.filter(user=instance)
    if instance.has_perm("wagtailadmin.access_admin") or profile.exists():
        UserProfile.objects.update_or_create(
            user=instance, defaults={"preferred_language": instance.language}
        )
