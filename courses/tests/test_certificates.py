"""Certificates: issued once, frozen, and honest about what became of them."""

import re
import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts import privacy
from accounts.models import User
from audit.models import AuditEvent
from courses import certificate_pdf, certificates, enrolment, progress
from courses.models import Certificate, Course, CourseCompletion, CoursePage
from courses.tests import make
from courses.tests.pdf_text import text_of, unpacked
from outbox import queue
from outbox.models import Message
from worker_api import rates

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    rates.forget()
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        },
    }


def certified(**fields):
    return make.course(
        certificate=True,
        certificate_text="With exercises.",
        certificate_signatory="Marta Ibarra",
        certificate_role="Head of studies",
        **fields,
    )


def finish(user, page):
    for lesson in make.lessons_of(page):
        progress.complete_lesson(user, lesson)


def issued(user, **fields) -> Certificate:
    finish(user, certified(**fields))
    return Certificate.objects.get(user=user)


def test_finishing_issues_one_with_everything_frozen(alice):
    page = certified(title="Risk", minutes=75)
    finish(alice, page)
    found = Certificate.objects.get()
    assert re.fullmatch(
        r"AMI-\d{4}-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}", found.number
    )
    assert found.record == {
        "format": "ami-certificate/1",
        "id": str(found.pk),
        "number": found.number,
        "holder": "Alice",
        "course": {"code": "risk", "title": "Risk", "minutes": 75},
        "language": "en",
        "completed_on": found.completed_on.isoformat(),
        "issued_at": found.issued_at.isoformat(),
        "syllabus": [
            {"title": "Lesson 1.1", "required": True},
            {"title": "Lesson 1.2", "required": True},
        ],
        "instructors": [],
        "issuer": {"name": "AMI", "url": "http://localhost:8000"},
        "verify": f"http://localhost:8000/en/learn/certificates/{found.pk}/",
        "replaces": "",
    }
    assert AuditEvent.objects.filter(action="certificate.issue").count() == 1
    record = found.record
    page.title, page.certificate_text, page.certificate_layout = "New", "Other", "band"
    page.save_revision().publish()
    alice.name = "Somebody else"
    alice.save()
    finish(alice, page)
    again = Certificate.objects.get()
    assert (again.record, again.holder_name) == (record, "Alice")
    assert again.design == {
        "layout": "frame",
        "text": "With exercises.",
        "signatory": "Marta Ibarra",
        "role": "Head of studies",
    }


def test_a_course_that_gives_none_issues_none(alice):
    finish(alice, make.course())
    assert CourseCompletion.objects.exists()
    assert not Certificate.objects.exists()


def test_the_translation_that_gives_certificates_is_enough(bob):
    page = make.course()
    make.translated(page)
    spanish = CoursePage.objects.get(locale__language_code="es")
    spanish.certificate, spanish.title = True, "Riesgo"
    spanish.save_revision().publish()
    finish(bob, page)
    found = Certificate.objects.get()
    assert (found.language, found.course_title) == ("es", "Riesgo")


def test_without_a_name_it_waits_for_the_student(make_user, client_of):
    nameless = make_user("Nina", language="en")
    User.objects.filter(pk=nameless.pk).update(name="")
    nameless.refresh_from_db()
    finish(nameless, certified())
    assert not Certificate.objects.exists()
    client = client_of(nameless)
    with translation.override("en"):
        url = reverse("courses:certificates")
        claim = reverse("courses:claim-certificate", args=[Course.objects.get().key])
    assert "Name on the certificate" in client.get(url).text
    client.post(claim, {"name": "  "})
    assert not Certificate.objects.exists()
    for name in ("Nina Sol", "Other Name"):
        client.post(claim, {"name": name})
    assert Certificate.objects.get().holder_name == "Nina Sol"


def test_nobody_claims_what_they_did_not_finish(alice, bob, client_of):
    issued(alice)
    with translation.override("en"):
        claim = reverse("courses:claim-certificate", args=[Course.objects.get().key])
    assert client_of(bob).post(claim, {"name": "Bob"}).status_code == 404
    assert client_of(alice).post(claim, {"name": "Again"}).status_code == 404
    assert Certificate.objects.count() == 1


def test_a_replaced_name_makes_a_new_one_and_marks_the_old(alice, owner):
    old = issued(alice)
    new = certificates.reissue(old, "Alice Liddell", actor=owner)
    old.refresh_from_db()
    assert (old.state, new.state) == ("superseded", "valid")
    assert new.record["replaces"] == old.number
    assert new.record["syllabus"] == old.record["syllabus"]
    with pytest.raises(certificates.CertificateStateError):
        certificates.reissue(old, "Third", actor=owner)
    with pytest.raises(certificates.CertificateStateError):
        certificates.revoke(old, "x", actor=owner)


def test_the_pdf_shows_name_course_and_number_and_is_made_once(alice):
    alice.name = "Alicia Fernández-Ñíguez Łukasz"
    alice.save()
    found = issued(alice, title="Gestión del riesgo")
    content = certificate_pdf.ensure(found)
    text = text_of(content)
    for words in (alice.name, "Gestión del riesgo", found.number, "Marta Ibarra"):
        assert words.replace(" ", "") in text.replace(" ", "")
    assert b"+Inter" in b"".join([content, *unpacked(content)])
    assert certificate_pdf.ensure(Certificate.objects.get()) == content
    assert certificate_pdf.stored(Certificate.objects.get()) == content


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_pdf_speaks_the_language_of_the_course(alice, language):
    home = make.course(language=language, certificate=True)
    finish(alice, home)
    content = certificate_pdf.ensure(Certificate.objects.get())
    with translation.override(language):
        wanted = translation.gettext("has completed the course")
    assert wanted.replace(" ", "") in text_of(content).replace(" ", "")


def test_only_holder_and_owner_download_it(alice, bob, editor, owner, client_of):
    found = issued(alice)
    with translation.override("en"):
        url = reverse("courses:certificate-pdf", args=[found.pk])
    waiting = client_of(alice).get(url)
    assert "being prepared" in waiting.text
    assert waiting["Refresh"] == "10"
    queue.sweep()
    answer = client_of(alice).get(url)
    assert answer["Content-Type"] == "application/pdf"
    assert found.number in answer["Content-Disposition"]
    assert client_of(owner).get(url).content == answer.content
    assert client_of(bob).get(url).status_code == 404
    assert client_of(editor).get(url).status_code == 404
    certificates.revoke(found, "A mistake", actor=owner)
    page = client_of(alice).get(url.replace(f"{found.pk}/pdf/", "")).text
    assert f'href="{url}"' not in page


def test_the_public_page_says_what_is_true(client, alice, owner):
    found = issued(alice)
    url = certificates.verify_path(found)
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer["X-Robots-Tag"] == "noindex"
    for words in ("is valid", "Alice", "Risk", "Lesson 1.2", found.number):
        assert words in answer.text
    assert "es" in client.get(url.replace("/en/", "/es/")).text
    new = certificates.reissue(found, "Alice Liddell", actor=owner)
    replaced = client.get(url)
    assert replaced.status_code == 200
    assert "was replaced on" in replaced.text
    assert f'href="{certificates.verify_path(new)}"' in replaced.text
    certificates.revoke(new, "Issued to the wrong person", actor=owner)
    revoked = client.get(certificates.verify_path(new))
    assert revoked.status_code == 200
    assert "was revoked on" in revoked.text
    assert "Issued to the wrong person" in revoked.text
    assert "is valid" not in revoked.text


def test_an_unknown_one_gets_a_page_that_explains(client):
    with translation.override("en"):
        url = reverse(
            "courses:certificate", args=["7f9c24e5-2f6b-4d3a-9a55-0c1d2e3f4a5b"]
        )
    answer = client.get(url)
    assert answer.status_code == 404
    assert "This school never issued a certificate" in answer.text
    machine = client.get(url, headers={"accept": "application/json"})
    assert (machine.status_code, machine.json()) == (404, {"state": "unknown"})


def test_the_page_also_answers_json(client, alice, owner):
    found = issued(alice)
    url = certificates.verify_path(found)
    valid = client.get(url, headers={"accept": "application/json"}).json()
    assert valid["state"] == "valid"
    assert valid["record"]["holder"] == "Alice"
    certificates.revoke(found, "A mistake", actor=owner)
    file = client.get(f"{url}record.json")
    assert file.json()["state"] == "revoked"
    assert file.json()["revoked_reason"] == "A mistake"


def test_number_and_name_together_lead_to_the_page(client, alice):
    alice.name = "Álice  Liddell"
    alice.save()
    found = issued(alice)
    with translation.override("en"):
        url = reverse("courses:find-certificate")
    typed = {"number": f" {found.number.lower()} ", "name": "alice liddell"}
    assert client.post(url, typed)["Location"] == certificates.verify_path(found)
    for wrong in ({"name": "Bob"}, {"number": "AMI-2026-AAAA-AAAA"}):
        answer = client.post(url, {**typed, **wrong})
        assert answer.status_code == 200
        assert "No certificate has this number and this name" in answer.text
        assert "Liddell" not in answer.text.replace("alice liddell", "")


def test_look_ups_are_limited_for_each_address(client, alice):
    url = certificates.verify_path(issued(alice))
    answers = [client.get(url).status_code for _time in range(31)]
    assert answers[:30] == [200] * 30
    assert answers[30] == 429
    elsewhere = client.get(url, REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 200


def test_it_outlives_the_account(client, alice):
    found = issued(alice)
    privacy.erase(alice)
    found.refresh_from_db()
    assert found.user is None
    answer = client.get(certificates.verify_path(found))
    assert "is valid" in answer.text
    assert "Alice" in answer.text


def test_the_list_costs_the_same_for_one_and_for_many(alice, client_of):
    client = client_of(alice)
    with translation.override("en"):
        url = reverse("courses:certificates")

    def queries() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    finish(alice, certified())
    one = queries()
    for number in range(3):
        finish(alice, certified(slug=f"more-{number}", title=f"More {number}"))
    assert queries() == one


def test_a_failed_pdf_is_tried_again_and_the_mail_goes_without(
    alice, monkeypatch, mailoutbox
):
    def broken(found):
        raise OSError("no fonts")

    monkeypatch.setattr(certificate_pdf, "render", broken)
    found = issued(alice)
    for _time in range(4):
        Message.objects.waiting().update(next_at="2020-01-01T00:00Z")
        queue.sweep()
    [message] = [one for one in mailoutbox if "finished" in one.subject]
    assert not message.attachments
    assert f"could not attach your certificate {found.number}" in message.body
    monkeypatch.undo()
    Message.objects.waiting().update(next_at="2020-01-01T00:00Z")
    queue.sweep()
    assert certificate_pdf.stored(Certificate.objects.get()).startswith(b"%PDF")


def test_the_mail_brings_the_certificate_once(alice, mailoutbox):
    page = certified()
    finish(alice, page)
    finish(alice, page)
    queue.sweep()
    queue.sweep()
    [message] = mailoutbox
    [(name, content, kind)] = message.attachments
    found = Certificate.objects.get()
    assert message.subject == "You have finished “Risk”"
    assert (name, kind) == (f"certificate-{found.number}.pdf", "application/pdf")
    assert content == certificate_pdf.stored(found)


@pytest.mark.django_db(transaction=True)
def test_two_last_lessons_finished_at_once_issue_exactly_one(alice):
    page = certified(lessons=4)
    lessons = make.lessons_of(page)
    enrolment.enrol(alice, Course.objects.get())
    start = threading.Barrier(8)
    failures = []

    def work(lesson):
        try:
            user = User.objects.get(pk=alice.pk)
            start.wait(20)
            progress.complete_lesson(user, lesson)
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(lesson,)) for lesson in lessons * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert CourseCompletion.objects.count() == 1
    assert Certificate.objects.count() == 1
    queued = Message.objects.values_list("kind", flat=True)
    assert sorted(queued) == ["certificate-pdf", "course-mail", "course-mail"]
    assert connection.vendor == "postgresql"
