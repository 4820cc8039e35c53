"""How this room's mails are made and sent."""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts import mail
from accounts.models import User
from billing import gifts, money, pdf
from billing.models.gifts import GiftRedemption
from billing.models.plans import PlanPrice
from billing.models.receipts import Receipt
from billing.notices import KIND
from outbox.handlers import register
from outbox.models import Message

logger = logging.getLogger(__name__)
PDF_ATTEMPTS = 3


@register(KIND)
def deliver_billing_mail(message: Message) -> None:
    """Send a mail about a payment or a plan. Renders the receipt first where there is one.

    The person may be gone: then there is nobody to write to.
    """
    user = User.objects.filter(pk=message.payload["user"], is_active=True).first()
    if user is None:
        return
    context: dict[str, Any] = {
        "user": user,
        "plan_url": settings.BASE_URL + reverse("billing:account"),
        "courses_url": settings.BASE_URL + reverse("accounts:dashboard"),
        **_context(message.payload),
    }
    receipt = Receipt.objects.filter(pk=message.payload.get("receipt")).first()
    attachments = _attachments(receipt, message.attempts) if receipt else ()
    mail.send(
        message.payload["template"],
        to=user.email,
        context={**context, "receipt": receipt, "attached": bool(attachments)},
        language=message.language,
        message_id=message.message_id,
        attachments=attachments,
    )


def _context(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload's values as the templates show them, in the active language."""
    price = PlanPrice.objects.filter(stripe_price=payload.get("price", "")).first()
    amount = payload.get("amount")
    until = payload.get("until")
    gift = GiftRedemption.objects.filter(pk=payload.get("gift", 0)).first()
    if gift:
        return {"plan": gifts.opens(gift.code), "until": gift.valid_until}
    return {
        "plan": price.plan.name if price else "",
        "amount": money.show(amount, payload["currency"]) if amount else "",
        "until": datetime.fromisoformat(until) if until else None,
        "pay_url": payload.get("url", ""),
        "card": payload.get("card", ""),
        "expires": payload.get("expires", ""),
    }


def _attachments(receipt: Receipt, attempts: int) -> tuple[mail.Attachment, ...]:
    """The PDF; none after it could not be rendered PDF_ATTEMPTS times."""
    try:
        content = pdf.ensure(receipt)
    except Exception:
        if attempts < PDF_ATTEMPTS:
            raise
        logger.exception("receipt %s: no PDF, the mail goes without it", receipt)
        return ()
    return ((pdf.name_of(receipt), content, "application/pdf"),)
