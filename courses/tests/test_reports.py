"""Reports tell what happened, to whoever may know, in a fixed number of statements."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now
from wagtail.models import GroupPagePermission

from accounts.models import User
from courses import enrolment, grants, mails, progress, quiz, reports
from courses.models import Course, Enrolment, Item, ItemProgress
from courses.tests import make
from outbox.models import Message

pytestmark = pytest.mark.django_db
SHORT = now() - timedelta(days=3)
LONG = now() - timedelta(days=40)


@pytest.fixture
def page():
    return make.course(lessons=3)


@pytest.fixture
def row(page):
    return make.row_of(page)


@pytest.fixture
def admin(owner, client_of):
    return client_of(owner)


def report(name, row):
    return reverse(f"course_reports:{name}", args=[row.pk])


def csv_of(client, url):
    mark = "&" if "?" in url else "?"
    text = client.get(f"{url}{mark}export=csv").content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def seed(row, people):
    """people students in the course, the first half of them done with lesson 1."""
    item = Item.objects.filter(course=row).order_by("position").first()
    users = User.objects.bulk_create(
        User(email=f"seed{n}@example.com", name=f"Seed {n}", password="!")
        for n in range(people)
    )
    Enrolment.objects.bulk_create(
        Enrolment(user=user, course=row, source="self") for user in users
    )
    ItemProgress.objects.bulk_create(
        ItemProgress(
            user=user,
            item=item,
            state="done",
            completed_at=now(),
            completed_by="manual",
        )
        for user in users[: people // 2]
    )


def test_the_funnel_shows_where_students_stop(alice, bob, make_user, page, row):
    first, second, _third = make.lessons_of(page)
    for person in (alice, bob, make_user("Carol"), make_user("Dave")):
        enrolment.enrol(person, row)
    progress.complete_lesson(alice, first, now=LONG)
    progress.open_lesson(alice, second, LONG)
    progress.complete_lesson(bob, first, now=SHORT)
    enrolment.withdraw(bob, row, reason="no time")  # what they did still counts
    progress.open_lesson(make_user("Visitor"), first)  # never joined: does not count
    steps = [
        (one.opened, one.completed, one.here, one.stopped)
        for one in reports.funnel(row.pk)
    ]
    assert steps == [(2, 2, 1, 0), (1, 0, 1, 1), (0, 0, 0, 0)]
    assert [one.opened_share for one in reports.funnel(row.pk)] == [50, 25, 0]


def test_who_finished_has_not_stopped_anywhere(alice, page, row):
    enrolment.enrol(alice, row)
    for lesson in make.lessons_of(page):
        progress.complete_lesson(alice, lesson, now=LONG)
    assert {one.here for one in reports.funnel(row.pk)} == {0}


def test_an_empty_course_has_no_percentages(row):
    assert {one.opened_share for one in reports.funnel(row.pk)} == {None}


def test_only_students_of_the_period_count(alice, bob, page, row):
    for person, joined in ((alice, LONG), (bob, SHORT)):
        place = enrolment.enrol(person, row)
        Enrolment.objects.filter(pk=place.pk).update(started_at=joined)
    period = reports.Period(since=grants.start_of((now() - timedelta(days=7)).date()))
    assert reports.funnel(row.pk, period)[0].students == 1
    assert reports.funnel(row.pk, reports.Period(until=SHORT))[0].students == 1


def test_progress_says_the_same_as_the_student_sees(alice, page, row):
    enrolment.enrol(alice, row)
    lessons = make.lessons_of(page)
    lessons[2].required = False
    lessons[2].save_revision().publish()
    progress.complete_lesson(alice, lessons[0])
    (shown,) = reports.students(Course.objects.all())
    assert reports.percent(shown) == progress.percent(page, alice) == 50
    progress.complete_lesson(alice, lessons[1])
    make.lesson(page.get_children().first().specific, title="Added later")
    (shown,) = reports.students(Course.objects.all())
    assert reports.percent(shown) == progress.percent(page, alice) == 100
    assert shown.completed_at


@pytest.mark.parametrize(
    ("how", "names"),
    [
        ("not-started", ["Alice"]),
        ("under-way", ["Bob"]),
        ("finished", ["Carol"]),
        ("withdrawn", ["Dave"]),
        ("", ["Alice", "Bob", "Carol", "Dave"]),
    ],
)
def test_students_are_filtered_by_state(
    how, names, admin, alice, bob, make_user, page, row
):
    carol, dave = make_user("Carol"), make_user("Dave")
    for person in (alice, bob, carol, dave):
        enrolment.enrol(person, row)
    progress.open_lesson(bob, make.lessons_of(page)[0])
    for lesson in make.lessons_of(page):
        progress.complete_lesson(carol, lesson)
    enrolment.withdraw(dave, row, reason="x")
    url = f"{reverse('course_reports:students')}?how={how}&course={row.pk}"
    assert sorted(line[0] for line in csv_of(admin, url)[1:]) == names


def test_the_export_is_the_screen(admin, alice, page, row):
    enrolment.enrol(alice, row)
    progress.complete_lesson(alice, make.lessons_of(page)[0])
    url = reverse("course_reports:students")
    head, line = csv_of(admin, url)
    assert head[:7] == [
        "Student", "E-mail address", "Course", "Joined", "State", "Progress, %",
        "Last activity",
    ]  # fmt: skip
    assert line[:3] == ["Alice", "alice@example.com", "Risk"]
    assert line[4:6] == ["Under way", "33"]
    shown = admin.get(url).content.decode()
    headings = [text for text in head[:7] if text != "E-mail address"]
    assert all(text in shown for text in [*headings, *line[:3]])
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(admin.get(url + "?export=xlsx").streaming_content))
    )
    cells = [cell.value for cell in list(book.active.rows)[1]]
    assert cells[:3] == line[:3]
    assert cells[5] == 33


def test_questions_are_listed_with_their_difficulty(admin, alice, bob, page, row):
    lesson = make.lesson(
        page.get_children().first().specific, title="Quiz", body=[make.quiz()]
    )
    for person, given in ((alice, make.RIGHT), (bob, make.WRONG)):
        enrolment.enrol(person, row)
        quiz.submit(person, lesson, "quiz-r", given)
    rows = csv_of(admin, report("questions", row))
    assert len(rows) == 4
    assert rows[1][:5] == ["Question q1", "Quiz", "2", "1", "50.0"]
    assert rows[1][6] == "Fifty (1)"


@pytest.mark.parametrize("name", ["lessons", "questions", "videos"])
def test_each_report_of_a_course_answers_and_exports(name, admin, alice, page, row):
    enrolment.enrol(alice, row)
    url = report(name, row)
    for query in ("", "?since=2026-01-01&until=2026-12-31", "?since=nonsense"):
        assert admin.get(url + query).status_code == 200
    assert admin.get(url + "?export=xlsx").status_code == 200
    assert b"Risk" in admin.get(reverse("course_reports:courses")).content


def count(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_ten_thousand_students_cost_as_many_statements_as_ten(admin, page, row):
    seed(row, 10)
    urls = [
        reverse("course_reports:courses"),
        reverse("course_reports:students"),
        reverse("course_reports:students") + "?how=under-way",
        *[report(name, row) for name in ("lessons", "questions", "videos")],
        reverse("enrolments:index"),
    ]
    few = [count(admin, url) for url in urls]
    User.objects.filter(email__startswith="seed").delete()
    seed(row, 10_000)
    assert [count(admin, url) for url in urls] == few
    bare = count(admin, reverse("wagtailadmin_account"))  # menu, person, site
    assert max(few) <= bare + 14
    with CaptureQueriesContext(connection) as queries:
        lines = csv_of(admin, reverse("course_reports:students"))
    assert len(lines) == 10_001
    assert len(queries) <= bare + 4
    assert reports.funnel(row.pk)[0].completed == 5000


def test_writers_see_their_courses_without_addresses(
    editor, alice, bob, client_of, page, row
):
    enrolment.enrol(alice, row)
    other = make.course(slug="other", title="Other")
    hidden = Course.objects.get(key=other.translation_key)
    enrolment.enrol(bob, hidden)
    group = editor.groups.get()
    GroupPagePermission.objects.filter(group=group).update(page=page.page_ptr)
    client = client_of(editor)
    students = client.get(reverse("course_reports:students")).content.decode()
    assert "Alice" in students
    assert "alice@example.com" not in students
    assert "Bob" not in students
    found = client.get(reverse("course_reports:students"), {"q": "alice@example"})
    assert "Alice" not in found.content.decode()
    assert client.get(report("lessons", row)).status_code == 200
    assert client.get(report("lessons", hidden), follow=True).status_code == 404
    assert client.get(
        reverse("course_reports:student", args=[alice.pk])
    ).status_code in (302, 403)


def test_students_see_no_report(alice, client_of, row):
    client = client_of(alice)
    urls = [
        reverse("course_reports:courses"),
        reverse("course_reports:students"),
        report("lessons", row),
        reverse("course_reports:student", args=[alice.pk]),
    ]
    assert {client.get(url).status_code for url in urls} <= {302, 403}


def test_one_students_page_lists_the_mails_they_got(admin, alice, bob, row):
    mails.enrolled(enrolment.enrol(bob, row))
    url = reverse("course_reports:student", args=[alice.pk])
    own = reverse("mail_log:one", args=[Message.objects.get().pk])
    assert own not in admin.get(url).content.decode()
    assert own in admin.get(url.replace(str(alice.pk), str(bob.pk))).content.decode()


def test_one_students_page_holds_everything(
    admin, owner, alice, page, row, django_assert_max_num_queries
):
    enrolment.enrol(alice, row, source="staff", actor=owner)
    progress.complete_lesson(alice, make.lessons_of(page)[0])
    grants.grant(alice, scope="all", source_kind="staff", note="a gift")
    lesson = make.lesson(
        page.get_children().first().specific, title="Quiz", body=[make.quiz()]
    )
    quiz.submit(alice, lesson, "quiz-r", make.RIGHT)
    url = reverse("course_reports:student", args=[alice.pk])
    admin.get(url)
    bare = count(admin, reverse("wagtailadmin_account"))
    with django_assert_max_num_queries(bare + 16):
        shown = admin.get(url).content.decode()
    for text in ("Lesson 1.1", "a gift", "course.enrol", "olga@example.com", "100"):
        assert text in shown
    assert ItemProgress.objects.count() >= 1


def test_the_address_stands_below_the_name_and_takes_no_column(alice, owner, client_of):
    make.enrolled(alice, make.course())
    url = reverse("course_reports:students")
    shown = client_of(owner).get(url).content.decode()
    assert "<small>alice@example.com</small>" in shown
    assert "E-mail address" not in shown.partition("<table")[2]
