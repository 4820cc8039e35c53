"""Which mails the school sent, to whom and how that went: read from the outbox.

What a mail said is never shown: it may hold a link that signs its reader in.
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import mail_preferences
from accounts.hooks import HOOK_MAIL_TITLES, answers
from accounts.models import User
from audit import trail
from outbox import queue, stages
from outbox.models import Message
from outbox.stages import DEAD, DONE, FAILING, WAITING

ACCOUNT = "account-mail"
FORM = "form-mail"
LINKS_LAST = timedelta(days=3)
RETRIED = "retried"
# what the addresses of the list call each stage
NAMES = {one: one for one in (WAITING, DONE, DEAD)} | {FAILING: RETRIED}
STATES = {
    WAITING: gettext_lazy("Waiting"),
    RETRIED: gettext_lazy("Failed, tried again"),
    DONE: gettext_lazy("Done"),
    DEAD: gettext_lazy("Given up"),
}
CONDITIONS = {
    NAMES[stage]: holds for stage, holds in stages.conditions("done_at").items()
}


class NotSafeError(Exception):
    """Sending this mail again would do harm; the text says why."""


def mails() -> QuerySet[Message]:
    """Every message that is a mail, with `address`, `person_name` and `template`."""
    person = get_user_model()._default_manager.filter(
        pk=Cast(OuterRef("payload__user"), BigIntegerField())
    )
    return Message.objects.filter(
        Q(payload__has_key="to") | Q(payload__has_key="template")
    ).annotate(
        template=KT("payload__template"),
        address=Coalesce(
            KT("payload__to"),
            Subquery(person.values("email")[:1]),
            output_field=TextField(),
        ),
        person_name=Subquery(person.values("name")[:1]),
    )


def of_person(user: User) -> QuerySet[Message]:
    """Those to this person: by account, and to the address they have now."""
    return mails().filter(Q(payload__user=user.pk) | Q(payload__to=user.email))


def titles() -> dict[str, str]:
    """What each kind of mail is called, by its code, in the reader's language."""
    found = {code: str(kind.label) for code, kind in mail_preferences.kinds().items()}
    for room in answers(HOOK_MAIL_TITLES):
        found.update({code: str(title) for code, title in room.items()})
    return {**found, FORM: _("Answer to a form"), ACCOUNT: _("Account and sign-in")}


def code_of(message: Message) -> str:
    return str(message.payload.get("template") or message.kind)


def title_of(message: Message, names: dict[str, str]) -> str:
    """names: of titles(), read once for many. Account mails are named by their subject."""
    if message.kind == ACCOUNT:
        return str(message.payload.get("subject") or names[ACCOUNT])
    code = code_of(message)
    return names.get(code) or code.replace("_", " ").capitalize()


def state_of(message: Message) -> str:
    """One of STATES."""
    return NAMES[message.stage]


def why_not_again(message: Message) -> str:
    """Why this mail must not be sent again; "" when it may.

    Mails of a template are written anew from what holds now, and only if the person still
    wants them. One that was written when it was queued holds links that run out.
    """
    if message.kind == ACCOUNT:
        if message.done_at:
            return _(
                "It holds a link for one use. Ask the person to ask for a new one."
            )
        if message.created_at < now() - LINKS_LAST:
            return _("Its link has run out. Ask the person to ask for a new one.")
    return ""


@transaction.atomic
def send_again(message: Message, by: User) -> Message:
    """Try now what was not delivered; what was is sent once more as a mail of its own.

    Raises NotSafeError.
    """
    found = Message.objects.select_for_update().get(pk=message.pk)
    why = why_not_again(found)
    if why:
        raise NotSafeError(why)
    if found.done_at is None:
        found.revive()
        transaction.on_commit(lambda: queue.ask(found), robust=True)
        again: Message = found
    else:
        copy = queue.put(
            kind=found.kind, payload=found.payload, language=found.language
        )
        assert copy is not None  # noqa: S101  without a key it is always new
        again = copy
    trail.record(
        by, "mail.again", _target(found), mail=str(found.pk), what=code_of(found)
    )
    return again


def _target(message: Message) -> str:
    user: Any = message.payload.get("user")
    return f"user:{user}" if user else f"mail:{message.pk}"
