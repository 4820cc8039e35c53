"""A list of students from a file: every line answered, applied in parts, undone."""

import uuid
from datetime import timedelta
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate, now

from accounts.models import User
from audit import trail
from audit.models import AuditEvent
from courses import enrolment, enrolment_csv, enrolment_import, privacy, progress, tasks
from courses.models import (
    AccessGrant,
    Enrolment,
    EnrolmentImport,
    ItemProgress,
)
from courses.tests import make
from outbox.models import Message

pytestmark = pytest.mark.django_db
SOON = (localdate() + timedelta(days=9)).isoformat()


@pytest.fixture
def page():
    return make.course(access="subscribers")


@pytest.fixture
def row(page):
    return make.row_of(page)


@pytest.fixture
def admin(owner, client_of):
    return client_of(owner)


def checked(text, **fields):
    content = text if isinstance(text, bytes) else text.encode()
    options = {"give_access": False, "send_mail": False, **fields}
    made = enrolment_import.take(
        enrolment_csv.read(content), name="list.csv", by="olga@example.com", **options
    )
    assert made.state == "checking"
    enrolment_import.run(made.pk)
    made.refresh_from_db()
    assert made.state == "checked"
    return made


def results(made):
    return list(made.rows.values_list("line", "outcome"))


def apply(made):
    assert enrolment_import.start(made)
    enrolment_import.run(made.pk)
    made.refresh_from_db()
    assert made.state == "done"


def students(count):
    User.objects.bulk_create(
        User(email=f"s{n}@example.com", name=f"S {n}", password="!")
        for n in range(count)
    )


def test_every_line_gets_its_own_answer(alice, bob, make_user, row):
    make_user("Carol", is_active=False)
    enrolment.enrol(bob, row)
    made = checked(
        "email,course,access_until,name\n"
        f"Alice@Example.com,{row.code},,Alice\n"
        f"bob@example.com,{row.code.upper()},,\n"
        f"bob@example.com,other,{SOON},\n"
        f"nobody@example.com,{row.code},,\n"
        f"no address,{row.code},,\n"
        f"carol@example.com,{row.code},,\n"
        f"alice@example.com,{row.code},31/12/2001,\n"
        f"eve@example.com,{row.code},tomorrow,\n"
        f"alice@example.com,{row.code},,again\n"
        f"alice@example.com,{row.code},,x,too many\n"
        ",,,\n"
        "\n"
    )
    assert results(made) == [
        (2, "enrol"),
        (3, "already"),
        (4, "unknown-course"),
        (5, "unknown-person"),
        (6, "bad-email"),
        (7, "inactive"),
        (8, "past-date"),
        (9, "bad-date"),
        (10, "repeated"),
        (11, "extra"),
        (12, "empty"),
        (13, "empty"),
    ]
    assert made.ignored == ["name"]
    assert Enrolment.objects.count() == 1  # checking enrols nobody


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_spreadsheets_of_both_languages_are_read(alice, row, separator, mark):
    lines = [["Correo", "Curso", "Acceso hasta"], ["alice@example.com", row.code, SOON]]
    text = mark + "\r\n".join(separator.join(cells) for cells in lines)
    made = checked(text)
    assert results(made) == [(2, "enrol")]
    apply(made)
    assert AccessGrant.objects.get().valid_until.date() >= localdate()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("email,course\na@example.com,x\n".encode("utf-16-le"), "Line 1 holds a NUL"),
        (b"email,course\na@example.com,x\0\n", "Line 2 holds a NUL"),
        (b"name,city\nAna,Vigo\n", "must name the columns"),
        (b"email,course,Correo\n", "twice"),
        (b"", "must name the columns"),
        (b"email,course\n", "no line below"),
        (b'email,"course\na@example.com,x\n', "Line 1 cannot be read"),
        (b"email,course\n" + b'a@example.com,"x"y\n' * 101, "More than 100 lines"),
        (b"email,course\n" + b"a@example.com,x\n" * 50_001, "more than 50,000"),
        (b" " * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "holds a NUL"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(content, said, admin):
    with translation.override("en"), pytest.raises(enrolment_csv.FileError, match=said):
        enrolment_csv.read(content)
    file = SimpleUploadedFile("list.csv", content or b" ")
    assert admin.post(reverse("enrolment_lists:add"), {"file": file}).status_code == 200
    assert not EnrolmentImport.objects.exists()


def test_text_that_is_not_utf8_is_answered_by_line(alice, bob, row):
    """Western spreadsheets write Windows-1252: only what is asked for must be UTF-8."""
    made = checked(
        (
            "Correo electrónico;Curso;Ciudad\n"
            f"alice@example.com;{row.code};Málaga\n"
            f"begoña@example.com;{row.code};Vigo\n"
            f"bob@example.com;{row.code};Coruña\n"
        ).encode("cp1252")
    )
    assert results(made) == [(2, "enrol"), (3, "encoding"), (4, "enrol")]
    assert made.rows.get(line=3).email == "bego\ufffda@example.com"
    assert made.ignored == ["Ciudad"]


@pytest.mark.parametrize("order", ["utf-16", "utf-16-be"])
def test_unicode_text_of_spreadsheets_is_read(alice, row, order):
    text = f"email\tcourse\nalice@example.com\t{row.code}\n"
    mark = "\ufeff" if order == "utf-16-be" else ""
    assert results(checked((mark + text).encode(order))) == [(2, "enrol")]


def test_a_lonely_quotation_mark_costs_its_line_alone(alice, bob, row):
    made = checked(
        f'email,course\nalice@example.com,"{row.code}\n'
        f'bob@example.com,"{row.code}"\n'
        f'"alice@example.com",{row.code}\n'
        'eve@example.com,"x"y\n'
    )
    assert results(made) == [
        (2, "unreadable"),
        (3, "enrol"),
        (4, "enrol"),
        (5, "unreadable"),
    ]


def test_checking_goes_on_where_a_worker_died(row):
    students(25)
    text = "email,course\n" + "".join(
        f"s{n}@example.com,{row.code}\n" for n in range(25)
    )
    made = enrolment_import.take(
        enrolment_csv.read(text.encode()),
        name="list.csv",
        by="olga@example.com",
        give_access=False,
        send_mail=False,
    )
    with mock.patch.object(enrolment_import, "PART", 10):
        enrolment_import.step(made.pk)
        assert made.rows.filter(outcome="enrol").count() == 10
        assert not enrolment_import.start(made)  # nothing is applied half checked
        EnrolmentImport.objects.update(touched_at=now() - timedelta(minutes=5))
        with mock.patch.object(
            enrolment_import.enrolment_check.many, "lasting", side_effect=OSError
        ):
            assert tasks.sweep_enrolment_lists() == 1  # fails, and stops no other
        assert made.rows.filter(outcome="enrol").count() == 10
        assert tasks.sweep_enrolment_lists() == 1
    made.refresh_from_db()
    assert (made.state, made.rows.filter(outcome="enrol").count()) == ("checked", 25)


def test_lines_are_counted_as_the_spreadsheet_counts_them(alice, row):
    made = checked(
        f'name,email,course\n"two\nlines",alice@example.com,{row.code}\n,,x\n'
    )
    assert results(made) == [(2, "enrol"), (4, "bad-email")]


def test_uploading_the_file_again_changes_nothing(alice, bob, row):
    text = f"email;course;access_until\nalice@example.com;{row.code};{SOON}\nbob@example.com;{row.code};\n"
    first = checked(text)
    apply(first)
    assert results(first) == [(2, "enrolled"), (3, "enrolled")]
    again = checked(text)
    assert results(again) == [(2, "already"), (3, "already")]
    events = AuditEvent.objects.count()
    apply(again)
    assert Enrolment.objects.count() == 2
    assert AccessGrant.objects.count() == 1
    assert AuditEvent.objects.count() == events


def test_longer_access_for_somebody_inside_is_given_and_audited(alice, row):
    enrolment.enrol(alice, row)
    made = checked(f"email,course\nalice@example.com,{row.code}\n", give_access=True)
    assert results(made) == [(2, "extend")]
    apply(made)
    assert results(made) == [(2, "extended")]
    assert AccessGrant.objects.get().valid_until is None
    event = AuditEvent.objects.get(action="access.grant")
    assert event.actor == "olga@example.com"
    assert event.data["batch"] == str(made.pk)


def test_undo_takes_back_only_what_the_list_made(alice, bob, page, row):
    enrolment.enrol(bob, row)
    made = checked(
        f"email,course,access_until\nalice@example.com,{row.code},{SOON}\n"
        f"bob@example.com,{row.code},{SOON}\n"
    )
    apply(made)
    progress.complete_lesson(alice, make.lessons_of(page)[0])
    assert enrolment_import.start_undo(made, "olga@example.com")
    enrolment_import.run(made.pk)
    assert results(made) == [(2, "undone"), (3, "undone")]
    assert [one.user for one in Enrolment.objects.active()] == [bob]
    assert not AccessGrant.objects.valid_at(now()).exists()
    assert ItemProgress.objects.filter(user=alice, state="done").exists()
    assert not enrolment_import.start_undo(made, "olga@example.com")
    assert trail.broken_links() == []


def test_a_worker_that_dies_half_way_is_taken_over(row):
    students(25)
    made = checked(
        "email,course\n" + "".join(f"s{n}@example.com,{row.code}\n" for n in range(25))
    )
    assert enrolment_import.start(made)
    with mock.patch.object(enrolment_import, "PART", 10):
        enrolment_import.step(made.pk)
        with (
            mock.patch.object(
                enrolment_import.many, "give_access", side_effect=OSError("power cut")
            ),
            pytest.raises(OSError, match="power cut"),
        ):
            enrolment_import.step(made.pk)  # dies in the middle of the second part
        assert Enrolment.objects.count() == 10
        assert enrolment_import.stalled() == []
        EnrolmentImport.objects.update(touched_at=now() - timedelta(minutes=5))
        assert tasks.sweep_enrolment_lists() == 1
    assert Enrolment.objects.count() == 25
    assert AuditEvent.objects.filter(action="course.enrol").count() == 25


def test_somebody_who_joined_meanwhile_is_not_counted_as_ours(alice, row):
    made = checked(f"email,course\nalice@example.com,{row.code}\n")
    enrolment.enrol(alice, row)
    apply(made)
    assert results(made) == [(2, "already")]
    enrolment_import.start_undo(made, "olga@example.com")
    enrolment_import.run(made.pk)
    assert Enrolment.objects.active().count() == 1


def test_the_welcome_mail_goes_only_when_asked_for(alice, bob, row):
    apply(checked(f"email,course\nalice@example.com,{row.code}\n"))
    assert not Message.objects.exists()
    apply(checked(f"email,course\nbob@example.com,{row.code}\n", send_mail=True))
    assert Message.objects.count() == 1


@pytest.mark.parametrize("parts", [1, 4])
def test_thousands_of_lines_take_few_statements(row, parts):
    """The same number for each thousand lines, with access and mails too."""
    count = parts * enrolment_import.PART
    students(count)
    text = "email,course,access_until\n" + "".join(
        f"s{n}@example.com,{row.code},{SOON}\n" for n in range(count)
    )
    listing = enrolment_csv.read(text.encode())
    with CaptureQueriesContext(connection) as taking:
        made = enrolment_import.take(
            listing, name="l.csv", by="olga", give_access=True, send_mail=True
        )
    with CaptureQueriesContext(connection) as checking:
        enrolment_import.run(made.pk)
    assert enrolment_import.start(made)
    with CaptureQueriesContext(connection) as applying:
        enrolment_import.run(made.pk)
    assert len(taking) == 4  # two of them the savepoint of this test
    assert len(checking) == 10 * parts + 5
    assert len(applying) == 19 * parts + 5
    assert Enrolment.objects.count() == AccessGrant.objects.count() == count
    assert Message.objects.count() == count


def test_the_pages_from_upload_to_undo(
    admin, alice, row, django_capture_on_commit_callbacks
):
    text = f"email,course\nalice@example.com,{row.code}\n=1+1,{row.code}\n"
    file = SimpleUploadedFile("march.csv", text.encode(), content_type="text/csv")
    with django_capture_on_commit_callbacks(execute=True):
        response = admin.post(reverse("enrolment_lists:add"), {"file": file})
    made = EnrolmentImport.objects.get()
    rows = reverse("enrolment_lists:rows", args=[made.pk])
    assert response.url == rows
    assert b"march.csv" in admin.get(rows).content
    assert not Enrolment.objects.exists()
    assert b"=1+1" not in admin.get(rows + "?outcome=enrol").content
    for name in ("apply", "apply", "undo"):
        with django_capture_on_commit_callbacks(execute=True):
            url = reverse(f"enrolment_lists:{name}", args=[made.pk])
            assert admin.get(url).status_code == 405
            assert admin.post(url).url == rows
        if name == "apply":
            assert Enrolment.objects.active().count() == 1
    assert not Enrolment.objects.active().exists()
    assert admin.get(reverse("enrolment_lists:index")).status_code == 200
    lines = admin.get(rows + "?export=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("3,'=1+1,")


def test_progress_is_polled_and_ends_with_a_fresh_page(admin, alice, row):
    made = checked(f"email,course\nalice@example.com,{row.code}\n")
    enrolment_import.start(made)
    url = reverse("enrolment_lists:progress", args=[made.pk])
    page = admin.get(url).content.decode()
    assert 'max="1" value="0"' in page
    assert "hx-get" in page
    assert (
        "hx-get"
        in admin.get(reverse("enrolment_lists:rows", args=[made.pk])).content.decode()
    )
    enrolment_import.run(made.pk)
    assert admin.get(url).headers["HX-Refresh"] == "true"


def test_erasing_an_account_clears_its_address_from_lists(alice, row):
    made = checked(f"email,course\nalice@example.com,{row.code}\n")
    privacy.forget(alice)
    assert made.rows.get().email == ""


def test_only_owners_see_lists(editor, alice, client_of, row):
    made = checked(f"email,course\nalice@example.com,{row.code}\n")
    for person in (editor, alice):
        client = client_of(person)
        for name in ("rows", "progress", "apply", "undo"):
            url = reverse(f"enrolment_lists:{name}", args=[made.pk])
            assert client.get(url).status_code in (302, 403, 405)
            client.post(url)
        assert client.get(reverse("enrolment_lists:index")).status_code in (302, 403)
        assert client.get(reverse("enrolment_lists:add")).status_code in (302, 403)
    made.refresh_from_db()
    assert made.state == "checked"
    unknown = reverse("enrolment_lists:rows", args=[uuid.uuid4()])
    assert client_of(editor).get(unknown).status_code in (302, 403, 404)
