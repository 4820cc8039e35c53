"""Each kind of mail can be switched off by itself, with or without signing in."""

from collections.abc import Callable

import pytest
from django.core import mail as django_mail
from django.test import Client
from django.urls import reverse

from accounts import mail, mail_preferences, privacy
from accounts.models import MailPreference, User

pytestmark = pytest.mark.django_db
KIND = "course_reply"


def path_of(url: str) -> str:
    return url.removeprefix("http://localhost:8000")


def test_the_link_asks_first_and_the_button_stops_one_kind(alice: User) -> None:
    path = path_of(mail_preferences.unsubscribe_url(alice, KIND))
    client = Client(enforce_csrf_checks=True)
    page = client.get(path)
    assert page.status_code == 200
    assert mail_preferences.wants(alice, KIND)
    client.post(path)
    assert not mail_preferences.wants(alice, KIND)
    assert mail_preferences.wants(alice, "course_enrolled")
    client.post(path, {"again": "1"})
    assert mail_preferences.wants(alice, KIND)


def test_a_mail_program_unsubscribes_with_one_post(alice: User) -> None:
    path = path_of(mail_preferences.unsubscribe_url(alice, KIND))
    client = Client(enforce_csrf_checks=True)
    for _twice in range(2):
        answer = client.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert MailPreference.objects.get(user=alice).wanted is False


def test_a_changed_link_and_one_of_an_erased_account_do_nothing(alice: User) -> None:
    path = path_of(mail_preferences.unsubscribe_url(alice, KIND))
    token = path.rstrip("/").rpartition("/")[2]
    for wrong in ("nothing", token[:-1] + ("A" if token[-1] != "A" else "B")):
        url = reverse("accounts:unsubscribe", args=[wrong])
        assert Client().post(url).status_code == 404
    privacy.erase(alice)
    assert Client().post(path).status_code == 404
    assert not MailPreference.objects.exists()


def test_the_link_speaks_the_language_of_the_person(alice: User, bob: User) -> None:
    assert "/en/mail/stop/" in mail_preferences.unsubscribe_url(alice, KIND)
    spanish = path_of(mail_preferences.unsubscribe_url(bob, KIND))
    assert 'lang="es"' in Client().get(spanish).text


def test_the_account_page_saves_every_choice(
    alice: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(alice)
    url = reverse("accounts:mail-preferences")
    assert 'value="course_reply" checked' in client.get(url).text
    client.post(url, {"kinds": ["course_enrolled"]})
    assert not mail_preferences.wants(alice, KIND)
    assert mail_preferences.wants(alice, "course_enrolled")
    assert 'value="course_reply" checked' not in client.get(url).text
    assert Client().get(url).status_code == 302


def test_a_mail_carries_the_headers_of_one_click(alice: User) -> None:
    url = mail_preferences.unsubscribe_url(alice, KIND)
    mail.send(
        "form-answer",
        to=alice.email,
        context={"title": "Hi", "answers": []},
        language="en",
        unsubscribe_url=url,
    )
    [sent] = django_mail.outbox
    assert sent.extra_headers["List-Unsubscribe"] == f"<{url}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_mails_about_money_carry_no_such_header(alice: User) -> None:
    mail.send(
        "form-answer",
        to=alice.email,
        context={"title": "Hi", "answers": []},
        language="en",
    )
    assert "List-Unsubscribe" not in django_mail.outbox[0].extra_headers
