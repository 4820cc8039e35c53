"""Owners ask why a student can or cannot open a lesson, and open it for them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from courses import enrolment, explain, grants
from courses.access import Rule, decide
from courses.models import Course, DripOverride, Item, LessonPage
from courses.tests import make
from courses.tests.make import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson():
    course = make.course(access="subscribers", lessons=2)
    one = make.lessons_of(course)[1]
    LessonPage.objects.filter(pk=one.pk).update(
        unlock_on=datetime(2099, 12, 3, 8, tzinfo=UTC)
    )
    return LessonPage.objects.get(pk=one.pk)


def ask(client, user, lesson, **more):
    url = reverse("courses_explain_access")
    return client.get(url, {"student": user.email, "item": str(lesson.key), **more})


def test_the_page_shows_rules_grants_and_dates(alice, owner, client_of, lesson):
    grants.grant(
        alice, scope="all", source_kind="stripe_subscription", source_ref="sub_123"
    )
    enrolment.enrol(
        alice,
        Course.objects.get(key=lesson.place.course.translation_key),
        source="staff",
    )
    page = text(ask(client_of(owner), alice, lesson))
    assert (
        "Alice cannot open “Lesson 1.2”: This lesson opens on 3 December 2099" in page
    )
    assert "Subscription sub_123, without end." in page
    assert "Europe/Madrid" in page
    assert ", 09:00" in page
    assert '<p lang="es">' in page


def test_another_moment_gives_another_answer(alice, owner, client_of, lesson):
    grants.grant(alice, scope="all", source_kind="staff", valid_until=None)
    page = ask(client_of(owner), alice, lesson, moment="2099-12-05 10:00")
    assert page.context["found"].decision.allowed
    gone = ask(client_of(owner), alice, lesson, moment="2020-01-01 10:00")
    assert gone.context["found"].decision.reason == "subscribe"
    assert not gone.context["found"].grants[0].valid


def test_wrong_questions_are_named(alice, owner, client_of, lesson):
    url = reverse("courses_explain_access")
    answer = client_of(owner).get(url, {"student": "no@example.com", "item": "x"})
    assert "Nobody has an account with this address." in text(answer)
    assert client_of(owner).get(url, {"student": alice.email}).status_code == 200


def test_the_page_is_for_owners(alice, editor, client_of, lesson):
    assert ask(client_of(alice), alice, lesson).status_code == 302
    assert ask(client_of(editor), alice, lesson).status_code in (302, 403)


def test_owners_open_a_lesson_from_the_page_and_take_it_back(
    alice, owner, client_of, lesson
):
    grants.grant(alice, scope="all", source_kind="staff")
    browser = client_of(owner)
    url = ask(browser, alice, lesson).request
    address = f"{url['PATH_INFO']}?{url['QUERY_STRING']}"
    browser.post(address, {"note": "was ill"})
    assert DripOverride.objects.get().note == "was ill"
    assert decide(alice, lesson).allowed
    assert "was ill" in text(ask(browser, alice, lesson))
    browser.post(address, {"remove": "on"})
    assert not DripOverride.objects.exists()


def test_every_rule_has_words(alice, lesson):
    assert set(explain.WORDS) == set(Rule) == set(explain._names())


def test_owners_open_a_lesson_for_many(alice, bob, owner, editor, client_of, lesson):
    url = reverse("drip_overrides:add")
    data = {
        "students": f"{alice.email}, {bob.email.upper()}",
        "item": str(lesson.key),
        "opens_at": (now() - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M"),
        "note": "Both were ill",
    }
    refused = client_of(owner).post(url, {**data, "students": "nobody@example.com"})
    assert "Nobody has an account with: nobody@example.com." in text(refused)
    client_of(editor).post(url, data)
    assert not DripOverride.objects.exists()
    assert client_of(owner).post(url, data).status_code == 302
    assert DripOverride.objects.filter(note="Both were ill", by=owner).count() == 2
    row = DripOverride.objects.first()
    assert client_of(owner).get(reverse("drip_overrides:index")).status_code == 200
    client_of(owner).post(reverse("drip_overrides:delete", args=[row.pk]))
    assert DripOverride.objects.count() == 1
    assert Item.objects.filter(pk=lesson.key).exists()


def test_people_and_lessons_are_offered_while_one_types(
    alice, bob, owner, editor, client_of, lesson
):
    browser = client_of(owner)

    def offered(name, words):
        return browser.get(reverse(name), {"q": words}).json()["found"]

    people = [{"value": "alice@example.com", "label": "Alice"}]
    assert offered("suggest_people", "ALI") == people
    assert offered("suggest_people", "a") == []
    (found,) = offered("suggest_lessons", "1.2 risk")
    assert found["label"] == "Lesson 1.2"
    answer = browser.get(
        reverse("courses_explain_access"),
        {"student": alice.email, "item": found["value"]},
    )
    assert "Alice cannot open “Lesson 1.2”" in text(answer)
    for person in (alice, editor):
        for name in ("suggest_people", "suggest_lessons"):
            answer = client_of(person).get(reverse(name), {"q": "li"})
            assert answer.status_code in (302, 403)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Lesson 1.2", "cannot open"),
        ("Lesson", "Several lessons fit"),
        ("Nothing", "No lesson has this name"),
        ("Lesson 1.2 [00000000]", "No lesson has this name"),
    ],
)
def test_words_must_mean_one_lesson(alice, owner, client_of, lesson, words, said):
    answer = client_of(owner).get(
        reverse("courses_explain_access"), {"student": alice.email, "item": words}
    )
    assert said in text(answer)


def test_the_page_is_one_click_from_where_the_question_comes_up(
    alice, owner, editor, client_of, lesson
):
    course = Course.objects.get(key=lesson.place.course.translation_key)
    enrolment.enrol(alice, course, source="staff")
    grants.grant(alice, scope="all", source_kind="staff")
    about_alice = "?student=alice%40example.com"
    about_lesson = f"?item={lesson.key}"
    module = lesson.get_parent()
    browser = client_of(owner)
    for name, args, link in (
        ("enrolments:index", [], about_alice),
        ("access_grants:index", [], about_alice),
        ("course_reports:student", [alice.pk], about_alice),
        ("course_reports:student", [alice.pk], f"&amp;item={lesson.key}"),
        ("wagtailadmin_explore", [module.pk], about_lesson),
        ("wagtailadmin_pages:edit", [lesson.pk], about_lesson),
    ):
        assert link in text(browser.get(reverse(name, args=args))), name
    page = text(browser.get(reverse("courses_explain_access") + about_lesson))
    assert "Lesson 1.2 · Risk [" in page
    assert "This field is required" not in page
    edit = reverse("wagtailadmin_pages:edit", args=[lesson.pk])
    assert about_lesson not in text(client_of(editor).get(edit))


def test_the_way_to_the_page_ends_with_its_own_name(owner, client_of):
    page = text(client_of(owner).get(reverse("courses_explain_access")))
    way = page.partition("w-breadcrumbs")[2].partition("</ol>")[0]
    assert "Why is a lesson open or locked?" in way
