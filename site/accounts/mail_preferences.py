"""Which mails a person wants, kind by kind, and the links that switch one off.

Mails about money and sign-in are no kind here: they cannot be switched off.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation

from accounts.hooks import HOOK_MAIL_KINDS, MailKind, answers
from accounts.models import MailPreference, User

SALT = "accounts.mail-preference"


class UnknownLinkError(Exception):
    """The link was changed, or the account is gone."""


@dataclass(frozen=True)
class Choice:
    kind: MailKind
    wanted: bool


def kinds() -> dict[str, MailKind]:
    """Every kind of every installed room by its code, in order."""
    found = [kind for room in answers(HOOK_MAIL_KINDS) for kind in room]
    return {kind.code: kind for kind in sorted(found, key=lambda one: one.order)}


def wants(user: User, code: str) -> bool:
    """Whether to send this person a mail of that kind. One query."""
    own = MailPreference.objects.filter(user=user, kind=code).first()
    if own is not None:
        return own.wanted
    kind = kinds().get(code)
    return kind is not None and kind.default


def choices(user: User) -> list[Choice]:
    """Every kind with what this person wants. One query."""
    own = dict(MailPreference.objects.filter(user=user).values_list("kind", "wanted"))
    return [Choice(kind, own.get(code, kind.default)) for code, kind in kinds().items()]


def choose(user: User, code: str, wanted: bool) -> None:
    MailPreference.objects.update_or_create(
        user=user, kind=code, defaults={"wanted": wanted}
    )


def unsubscribe_url(user: User, code: str) -> str:
    """A link that switches this kind off without signing in; it never expires."""
    token = signing.dumps([user.pk, code], salt=SALT, compress=True)
    with translation.override(user.language or settings.LANGUAGE_CODE):
        path = reverse("accounts:unsubscribe", args=[token])
    return settings.BASE_URL + path


def read_token(token: str) -> tuple[User, MailKind]:
    """Whose link it is and for which kind. Raises UnknownLinkError."""
    try:
        user_id, code = signing.loads(token, salt=SALT)
        return User.objects.get(pk=user_id, is_active=True), kinds()[code]
    except (signing.BadSignature, User.DoesNotExist, KeyError, ValueError) as error:
        raise UnknownLinkError(token[:20]) from error
