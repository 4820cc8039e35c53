"""Where allauth asks us: mails in the person's language, through the outbox."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.utils import translation

from outbox import queue


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        """Render now (tokens and the request are at hand), deliver through the outbox."""
        message = self.render_mail(template_prefix, email, context)
        html = next((part.content for part in getattr(message, "alternatives", [])), "")
        with transaction.atomic():
            queue.put(
                kind="account-mail",
                payload={
                    "to": email,
                    "subject": message.subject,
                    "text": message.body,
                    "html": str(html),
                },
                language=translation.get_language() or "es",
            )
