"""A person's data: a copy of everything, and erasure.

Sources: Regulation (EU) 2016/679, articles 15, 17 and 20.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import serializers
from django.db import models, transaction
from wagtail import hooks

from accounts import avatars
from accounts.hooks import HOOK_ERASE, HOOK_ERASE_BLOCKED, HOOK_EXPORT
from accounts.models import MailPreference, User
from audit import trail
from outbox.models import Message

# secrets and machinery: of no use to the person, a danger in a file
LEFT_OUT = {"mfa.authenticator", "usersessions.usersession", "admin.logentry"}
NEVER = {"password", "secret", "key", "digest"}


def export(user: User) -> dict[str, list[dict[str, Any]]]:
    """Every row that refers to this person, by model label; the account row first.

    One query per referring model. JSON-ready values.
    """
    found = {"accounts.user": [plain(user)]}
    for label, rows in _referring(user):
        if label not in LEFT_OUT:
            found[label] = [plain(row) for row in rows]
    for hook in hooks.get_hooks(HOOK_EXPORT):
        for label, rows in hook(user).items():
            found[label] = [plain(row) for row in rows]
    return {label: rows for label, rows in found.items() if rows}


def erase_blockers(user: User) -> list[str]:
    """Reasons, in the reader's language, why the account cannot be erased yet."""
    answers = (hook(user) for hook in hooks.get_hooks(HOOK_ERASE_BLOCKED))
    return [reason for reason in answers if reason]


def erase(user: User) -> None:
    """Forget who this was: name, address, sign-in; records stay as a nameless account.

    Rooms remove their own personal rows through HOOK_ERASE. One transaction; the audit
    trail keeps only the account's number.
    """
    with transaction.atomic():
        _forget_mails(user)  # first: who delivers one locks it before anything else
        for hook in hooks.get_hooks(HOOK_ERASE):
            hook(user)
        for model in (EmailAddress, Authenticator, UserSession, MailPreference):
            model.objects.filter(user=user).delete()
        user.email = f"erased-{uuid.uuid4().hex[:12]}@erased.invalid"
        avatars.forget(user.avatar.name or "")
        user.name, user.avatar, user.is_active = "", "", False
        user.is_staff = user.is_superuser = False
        user.set_unusable_password()
        user.save()
        user.groups.clear()
        trail.record(f"user:{user.pk}", "account-erased", f"user:{user.pk}")


def _forget_mails(user: User) -> None:
    """Mails on their way to the person go; of those that arrived stays that they did."""
    known = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    theirs = models.Q(payload__user=user.pk)
    for address in {user.email, *known}:
        theirs |= models.Q(payload__to=address)
    Message.objects.filter(theirs, done_at=None).delete()
    arrived = list(Message.objects.filter(theirs).select_for_update())
    for message in arrived:
        facts = ("user", "template")
        kept = {
            name: message.payload[name] for name in facts if name in message.payload
        }
        written = {"to": "", "subject": "", "text": "", "html": ""}
        message.payload = kept or written
        message.last_error = ""
    Message.objects.bulk_update(arrived, ["payload", "last_error"], batch_size=500)


def _referring(user: User) -> Iterator[tuple[str, models.QuerySet[Any]]]:
    for relation in User._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and relation.is_relation):
            continue
        model, field = relation.related_model, getattr(relation, "field", None)
        if not isinstance(field, models.ForeignKey) or model is None:
            continue
        rows = model._default_manager.filter(**{field.name: user.pk})
        yield model._meta.label_lower, rows


def plain(row: models.Model) -> dict[str, Any]:
    [document] = json.loads(serializers.serialize("json", [row]))
    fields = {
        name: value for name, value in document["fields"].items() if name not in NEVER
    }
    return {"id": document["pk"], **fields}
