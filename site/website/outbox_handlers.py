"""How this room's outbox messages are delivered."""

from accounts import mail
from outbox.handlers import register
from outbox.models import Message


@register("form-mail")
def deliver_form_mail(message: Message) -> None:
    """Mail the answer of a form to whoever the page names."""
    mail.send(
        "form-answer",
        to=message.payload["to"],
        context={
            "title": message.payload["title"],
            "answers": message.payload["answers"],
        },
        language=message.language,
        message_id=message.message_id,
    )
