import json
import re

import pytest

from courses import grants, privacy, progress
from courses.models import Enrolment, LessonPage, ModulePage
from courses.tests import make
from courses.tests.make import enrolled, text, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return make.course(lessons=2, modules=2)


@pytest.fixture
def paid():
    return make.course(title="Paid", slug="paid", access="subscribers", lessons=2)


# -- catalogue -----------------------------------------------------------------


def test_the_catalogue_lists_published_courses(client, course, paid):
    paid.unpublish()
    answer = client.get(make.catalogue().url)
    assert answer.status_code == 200
    assert course.title in text(answer)
    assert "Paid" not in text(answer)


def test_the_catalogue_filters_without_javascript(client, course, paid):
    base = make.catalogue().url
    assert "Paid" not in text(client.get(base + "?access=free"))
    assert "Paid" in text(client.get(base + "?q=PÁID"))
    assert "No course matches" in text(client.get(base + "?level=advanced"))


def test_the_catalogue_survives_a_value_nobody_can_choose(client, course):
    answer = client.get(make.catalogue().url + "?level=genius&q=" + "x" * 500)
    assert answer.status_code == 200


def test_the_catalogue_shows_my_progress_and_is_private_then(alice, client_of, course):
    first, *_rest = enrolled(alice, course)
    progress.complete_lesson(alice, first)
    answer = client_of(alice).get(make.catalogue().url)
    assert "25%" in text(answer)
    assert answer["Cache-Control"] == "private, no-store"


def test_the_catalogue_needs_the_same_queries_for_more_courses(
    client, course, django_assert_max_num_queries
):
    for number in range(4):
        make.course(slug=f"more-{number}", lessons=1)
    address = make.catalogue().url
    client.get(address)
    with django_assert_max_num_queries(20):
        client.get(address)


# -- course page ---------------------------------------------------------------


def test_a_visitor_sees_the_outline_and_a_way_in(client, course):
    page = text(client.get(course.url))
    assert "Lesson 1.1" in page
    assert "Start for free" in page
    assert make.SECRET not in page


def test_the_button_follows_what_the_student_did(alice, client_of, course):
    browser = client_of(alice)
    assert "Start the course" in text(browser.get(course.url))
    first, *_rest = enrolled(alice, course)
    assert "Start the first lesson" in text(browser.get(course.url))
    progress.complete_lesson(alice, first)
    page = text(browser.get(course.url))
    assert "Continue" in page
    assert "Lesson 1.2" in page


def test_the_course_tells_search_engines_what_they_ask_for(client, course, paid):
    for page, category in ((course, "Free"), (paid, "Subscription")):
        found = re.search(
            r'<script type="application/ld\+json"[^>]*>(.*?)</script>',
            text(client.get(page.url)),
            re.DOTALL,
        )
        graph = json.loads(found.group(1))["@graph"]
        data = next(one for one in graph if one["@type"] == "Course")
        assert data["offers"][0]["category"] == category
        assert data["hasCourseInstance"][0]["courseMode"] == "Online"
        assert data["provider"]["name"]
        assert data["description"]


# -- lessons -------------------------------------------------------------------


def test_a_locked_lesson_is_a_teaser_without_its_text(client, alice, client_of, paid):
    lesson = make.lessons_of(paid)[0]
    for browser in (client, client_of(alice)):
        answer = browser.get(lesson.url)
        assert answer.status_code == 200
        assert "This lesson is locked" in text(answer)
        assert make.SECRET not in text(answer)
        assert answer["Cache-Control"] == "private, no-store"


def test_a_student_with_access_reads_the_lesson(alice, client_of, paid):
    grants.grant(alice, scope="all", source_kind="gift")
    answer = client_of(alice).get(make.lessons_of(paid)[0].url)
    assert make.SECRET in text(answer)
    assert answer["Cache-Control"] == "private, no-store"
    assert Enrolment.objects.get(user=alice).source == "access"
    assert 'aria-current="page"' in text(answer)


def test_a_sample_lesson_is_public(client, paid):
    lesson = make.lessons_of(paid)[0]
    lesson.preview = True
    lesson.save_revision().publish()
    assert make.SECRET in text(client.get(lesson.url))


def test_an_unpublished_lesson_and_one_below_an_unpublished_module_are_404(
    alice, client_of, course
):
    first, second, *_rest = enrolled(alice, course)
    first.unpublish()
    assert client_of(alice).get(first.url).status_code == 404
    ModulePage.objects.get(pk=second.get_parent().pk).unpublish()
    assert client_of(alice).get(second.url).status_code == 404


def test_a_module_leads_to_its_place_in_the_outline(client, course):
    module = ModulePage.objects.child_of(course).first()
    answer = client.get(module.url)
    assert answer.status_code == 302
    assert answer.url.endswith(f"#module-{module.pk}")


def test_a_lesson_page_asks_our_tables_the_same_whatever_the_course_holds(
    alice, client_of, django_assert_max_num_queries
):
    browser = client_of(alice)
    counts = []
    for number, lessons in enumerate((2, 20)):
        page = make.course(slug=f"course-{number}", lessons=lessons)
        lesson = enrolled(alice, page)[0]
        browser.get(lesson.url)
        with django_assert_max_num_queries(60) as asked:
            browser.get(lesson.url)
        ours = [query for query in asked.captured_queries if "courses_" in query["sql"]]
        counts.append(len(ours))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_lesson_text_stays_out_of_search_and_sitemap(client, course):
    names = {field.field_name for field in LessonPage.search_fields}
    assert "body" not in names
    assert make.lessons_of(course)[0].get_sitemap_urls() == []


# -- joining, marking ----------------------------------------------------------


def test_joining_a_free_course_opens_its_first_lesson(alice, client_of, course):
    answer = client_of(alice).post(url("enrol", course.translation_key))
    assert answer.status_code == 302
    assert answer.url == make.lessons_of(course)[0].url
    assert Enrolment.objects.active().filter(user=alice).count() == 1


def test_joining_asks_for_an_account_and_for_post(client, alice, client_of, course):
    address = url("enrol", course.translation_key)
    assert "/accounts/login/" in client.post(address).url
    assert client_of(alice).get(address).status_code == 405


def test_joining_a_paid_course_without_access_is_refused(alice, client_of, paid):
    answer = client_of(alice).post(url("enrol", paid.translation_key))
    assert answer.status_code == 403
    assert not Enrolment.objects.exists()


def test_joining_an_unpublished_course_is_404(alice, client_of, course):
    course.unpublish()
    answer = client_of(alice).post(url("enrol", course.translation_key))
    assert answer.status_code == 404


def test_leaving_keeps_progress(alice, client_of, course):
    first, *_rest = enrolled(alice, course)
    progress.complete_lesson(alice, first)
    client_of(alice).post(url("leave", course.translation_key))
    assert not Enrolment.objects.active().exists()
    assert progress.percent(course, alice) == 25


def test_marking_and_undoing_without_javascript(alice, client_of, course):
    first, *_rest = enrolled(alice, course)
    browser = client_of(alice)
    assert browser.post(url("complete", first.pk)).url == first.url
    assert progress.percent(course, alice) == 25
    browser.post(url("undo", first.pk))
    assert progress.percent(course, alice) == 0


def test_marking_with_htmx_gives_bar_and_outline(alice, client_of, course):
    first, *_rest = enrolled(alice, course)
    answer = client_of(alice).post(
        url("complete", first.pk), headers={"HX-Request": "true"}
    )
    assert 'id="lesson-bar"' in text(answer)
    assert "hx-swap-oob" in text(answer)
    assert "25%" in text(answer)


def test_marking_a_locked_lesson_is_refused(alice, client_of, paid):
    lesson = make.lessons_of(paid)[0]
    assert client_of(alice).post(url("complete", lesson.pk)).status_code == 403


# -- my courses ----------------------------------------------------------------


def test_my_courses_say_what_is_next(alice, client_of, course):
    first, *_rest = enrolled(alice, course)
    progress.complete_lesson(alice, first)
    page = text(client_of(alice).get(url("my-courses")))
    assert "1 of 4 lessons" in page
    assert "Lesson 1.2" in page


def test_my_courses_are_mine(client, bob, alice, client_of, course):
    enrolled(alice, course)
    assert client.get(url("my-courses")).status_code == 302
    assert course.title not in text(client_of(bob).get(url("my-courses")))


def test_the_dashboard_offers_to_continue(alice, client_of, course):
    enrolled(alice, course)
    page = text(client_of(alice).get("/en/dashboard/"))
    assert "Continue where you stopped" in page
    assert "Lesson 1.1" in page


# -- administration ------------------------------------------------------------


def test_owners_give_access_by_hand(alice, owner, client_of):
    values = {"student": "ALICE@example.com", "scope": "all", "note": "prize"}
    answer = client_of(owner).post("/admin/access_grants/new/", values)
    assert answer.status_code == 302
    found = grants.valid_grants(alice)[0]
    assert (found.source_kind, found.note) == ("staff", "prize")
    changed = {"note": "over", "end_now": "on"}
    client_of(owner).post(f"/admin/access_grants/edit/{found.pk}/", changed)
    assert grants.valid_grants(alice) == []


def test_giving_access_names_what_is_wrong(owner, client_of):
    values = {"student": "nobody@example.com", "scope": "course"}
    page = text(client_of(owner).post("/admin/access_grants/new/", values))
    assert "Nobody has an account with this address." in page
    assert "Choose the course." in page


@pytest.mark.parametrize("name", ["access_grants", "enrolments"])
def test_the_lists_are_for_owners(alice, course, owner, editor, client_of, name):
    enrolled(alice, course)
    grants.grant(alice, scope="all", source_kind="gift")
    answer = client_of(owner).get(f"/admin/{name}/?q=alice")
    assert "Alice" in text(answer)
    assert client_of(editor).get(f"/admin/{name}/").status_code == 302


def test_editors_preview_with_and_without_access(paid):
    lesson = make.lessons_of(paid)[0]
    whole = lesson.make_preview_request(preview_mode="")
    assert make.SECRET in text(whole)
    locked = lesson.make_preview_request(preview_mode="visitor")
    assert make.SECRET not in text(locked)
    assert "This lesson is locked" in text(locked)


# -- search, privacy -----------------------------------------------------------


def test_search_finds_lessons_by_title_but_not_by_text(client, course):
    found = text(client.get("/en/search/?q=Lesson+1.2"))
    assert "Lesson 1.2" in found
    assert make.SECRET not in text(client.get("/en/search/?q=lighthouse"))
    assert "Lesson 1." not in text(client.get("/en/search/?q=lighthouse"))


def test_search_leaves_out_lessons_of_unpublished_modules(client, course):
    ModulePage.objects.child_of(course).last().unpublish()
    found = text(client.get("/en/search/?q=Lesson"))
    assert "Lesson 1.1" in found
    assert "Lesson 2.1" not in found


def test_erasing_an_account_ends_access_and_keeps_results(alice, course):
    first, *_rest = enrolled(alice, course)
    grants.grant(alice, scope="all", source_kind="gift")
    progress.complete_lesson(alice, first)
    privacy.forget(alice)
    assert grants.valid_grants(alice) == []
    assert not Enrolment.objects.active().exists()
    assert alice.item_progress.get().state == "done"
