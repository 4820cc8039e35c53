"""Owners see what was sent to whom and how it went, never what it said."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from accounts import mail_log
from accounts.models import User
from audit.models import AuditEvent
from outbox import queue
from outbox.models import Message

pytestmark = pytest.mark.django_db
INDEX = "mail_log:index"


@pytest.fixture
def admin(owner: User, client_of: Callable[[User], Client]) -> Client:
    owner.language = "en"
    owner.save()
    return client_of(owner)


def account_mail(to: str = "alice@example.com", **fields: Any) -> Message:
    payload = {
        "to": to,
        "subject": "Confirm your address",
        "text": "https://school/confirm/TOKEN-123/",
        "html": "",
    }
    return made(kind="account-mail", payload=payload, **fields)


def course_mail(user: User, template: str = "course_reply", **fields: Any) -> Message:
    payload = {
        "user": user.pk, "template": template, "lesson": "Risk", "author": "Bob",
        "excerpt": "Well", "url": "/en/",
    }  # fmt: skip
    return made(kind="course-mail", payload=payload, **fields)


def made(*, kind: str, payload: dict[str, Any], **fields: Any) -> Message:
    message = queue.put(kind=kind, payload=payload, language="en")
    assert message is not None
    Message.objects.filter(pk=message.pk).update(**fields)
    return Message.objects.get(pk=message.pk)


def page(client: Client, **query: str) -> str:
    return client.get(reverse(INDEX), query).content.decode()


def test_the_list_says_who_what_and_how_it_went(admin: Client, alice: User) -> None:
    account_mail()
    course_mail(alice, done_at=now(), attempts=1)
    course_mail(alice, "billing_receipt", dead_at=now(), last_error="SMTP 550 no")
    made(kind="certificate-pdf", payload={"certificate": "x"})
    text = page(admin)
    for words in ("Alice · alice@example.com", "Confirm your address", "Receipt",
                  "Given up", "SMTP 550 no", "Waiting"):  # fmt: skip
        assert words in text, words
    assert "TOKEN-123" not in text
    assert "certificate-pdf" not in text  # no mail


def test_search_and_filters_narrow_the_list(
    admin: Client, alice: User, bob: User
) -> None:
    course_mail(alice, done_at=now())
    course_mail(bob, "course_enrolled", attempts=2, last_error="away")
    account_mail("carol@example.com")
    cases: list[tuple[dict[str, str], str]] = [
        ({"q": "ALICE"}, "alice@"),
        ({"q": "carol@"}, "carol@"),
        ({"state": "retried"}, "bob@"),
        ({"state": "done"}, "alice@"),
        ({"state": "waiting"}, "carol@"),
        ({"what": "course_enrolled"}, "bob@"),
        ({"what": "account-mail"}, "carol@"),
        ({"created_at_from": f"{now() + timedelta(days=2):%Y-%m-%d}"}, ""),
    ]
    for query, found in cases:
        text = page(admin, **query)
        shown = [one for one in ("alice@", "bob@", "carol@") if f"{one}example" in text]
        assert shown == ([found] if found else []), query


def test_a_mail_given_up_is_tried_again(
    admin: Client, alice: User, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    message = course_mail(alice, dead_at=now(), attempts=12, last_error="away")
    url = reverse("mail_log:one", args=[message.pk])
    assert "Try now" in admin.get(url).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert admin.post(url).status_code == 302
    message.refresh_from_db()
    assert message.done_at is not None
    assert [one.to for one in django_mail.outbox] == [["alice@example.com"]]
    event = AuditEvent.objects.get(action="mail.again")
    assert (event.actor, event.target) == (owner.email, f"user:{alice.pk}")


def test_a_mail_that_was_sent_goes_once_more_as_one_of_its_own(
    admin: Client, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    message = course_mail(alice, done_at=now())
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(reverse("mail_log:one", args=[message.pk]))
    assert len(django_mail.outbox) == 1
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    "fields",
    [{"done_at": now()}, {"created_at": now() - timedelta(days=4), "dead_at": now()}],
)
def test_links_that_ran_out_are_not_sent_again(
    admin: Client, fields: dict[str, Any]
) -> None:
    message = account_mail(**fields)
    url = reverse("mail_log:one", args=[message.pk])
    text = admin.get(url).content.decode()
    assert "ask for a new one" in text
    assert "TOKEN-123" not in text
    assert "Send again" not in text
    admin.post(url)
    assert Message.objects.count() == 1
    assert Message.objects.get().done_at == message.done_at
    assert not AuditEvent.objects.filter(action="mail.again").exists()


def test_only_owners_look(
    editor: User, alice: User, client_of: Callable[[User], Client]
) -> None:
    message = course_mail(alice, done_at=now())
    for person in (editor, alice):
        client = client_of(person)
        one = reverse("mail_log:one", args=[message.pk])
        assert client.get(reverse(INDEX)).status_code in (302, 403)
        assert client.get(one).status_code in (302, 403)
        client.post(one)
    assert Message.objects.count() == 1


@pytest.mark.parametrize("count", [2, 40])
def test_the_statements_do_not_grow(
    admin: Client, make_user: Any, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        course_mail(make_user(f"Reader{number}"))
    page(admin)
    with django_assert_max_num_queries(45):  # nearly all are the menu's permissions
        page(admin)


def test_an_erased_person_leaves_a_line_without_a_name(
    admin: Client, alice: User
) -> None:
    course_mail(alice, done_at=now())
    User.objects.filter(pk=alice.pk).delete()
    assert "Account erased" in page(admin)
    assert list(mail_log.mails().values_list("address")) == [(None,)]
