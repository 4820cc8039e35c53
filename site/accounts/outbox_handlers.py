"""How this room's outbox messages are delivered."""

from django.core.mail import EmailMultiAlternatives

from outbox.handlers import register
from outbox.models import Message


@register("account-mail")
def deliver_account_mail(message: Message) -> None:
    """Send a mail that was rendered when it was queued (confirm, reset …)."""
    payload = message.payload
    mail = EmailMultiAlternatives(
        payload["subject"],
        payload["text"],
        to=[payload["to"]],
        headers={"Message-ID": message.message_id},
    )
    if payload["html"]:
        mail.attach_alternative(payload["html"], "text/html")
    mail.send()
