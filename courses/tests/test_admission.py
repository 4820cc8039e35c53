"""A closed or retired course is nowhere offered to new people; those inside keep it."""

import json
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from courses import course_state, enrolment, grants
from courses.access import decide
from courses.hooks import HOOK_OFFER, Offer
from courses.models import Enrolment, ItemProgress, Topic
from courses.tests import make
from courses.tests.make import text

pytestmark = pytest.mark.django_db
CLOSED = "This course takes no new students at the moment."
RETIRED = "This course is retired: it takes no new students."


@pytest.fixture
def pages():
    """Three courses of one topic."""
    topic = Topic.objects.create(name="Risk", locale=make.home().locale)
    return [
        make.course(title=name, slug=name.lower(), topic=topic, lessons=1)
        for name in ("Kelly", "Sizing", "Stops")
    ]


def choose(page, state):
    course_state.choose(page.translation_key, state, reason="old", actor="o")


def titles(html):
    return {name for name in ("Kelly", "Sizing", "Stops") if name in html}


def data_of(page):
    found = re.search(
        r'<script type="application/ld\+json"[^>]*>(.*?)</script>',
        text(Client().get(page.url)),
        re.DOTALL,
    )
    graph = json.loads(found.group(1))["@graph"]
    return next(one for one in graph if one["@type"] == "Course")


def test_the_catalogue_follows_the_choice_at_once(client, pages):
    index = make.catalogue()
    assert titles(text(client.get(index.url))) == {"Kelly", "Sizing", "Stops"}
    choose(pages[0], "retired")
    choose(pages[1], "closed")
    shown = text(client.get(index.url))
    assert titles(shown) == {"Sizing", "Stops"}
    assert "2 courses" in shown
    assert shown.count("Closed to new students") == 1
    choose(pages[0], "open")
    assert "Kelly" in text(client.get(index.url))


def test_neither_is_recommended_beside_another_course(client, pages):
    choose(pages[0], "retired")
    below = text(client.get(pages[2].url)).partition("You may also like")[2]
    assert titles(below) == {"Sizing"}
    choose(pages[1], "closed")
    assert "You may also like" not in text(client.get(pages[2].url))


def test_the_sitemap_leaves_out_what_is_retired_and_its_samples(client, pages):
    for page in pages[:2]:
        sample = make.lessons_of(page)[0]
        sample.preview = True
        sample.save_revision().publish()
    body = text(client.get("/sitemap.xml"))
    assert body.count("/courses/kelly/") == 2
    choose(pages[0], "retired")
    choose(pages[1], "closed")
    body = text(client.get("/sitemap.xml"))
    assert "/courses/kelly/" not in body
    assert body.count("/courses/sizing/") == 2
    assert 'content="noindex"' in text(client.get(pages[0].url))
    assert 'content="noindex"' not in text(client.get(pages[1].url))


@pytest.mark.parametrize("state", ["closed", "retired"])
def test_search_engines_are_told_of_no_offer(state, pages):
    assert data_of(pages[0])["offers"]
    choose(pages[0], state)
    assert "offers" not in data_of(pages[0])


def test_only_students_find_a_retired_course(alice, bob, client_of, pages):
    enrolment.enrol(alice, make.row_of(pages[0]))
    choose(pages[0], "retired")
    choose(pages[1], "closed")
    for person, kelly in ((None, False), (bob, False), (alice, True)):
        browser = client_of(person) if person else Client()
        found = text(browser.get("/en/search/", {"q": "kelly"}))
        assert (pages[0].url in found) == kelly
        inside = text(browser.get("/en/search/", {"q": "lighthouse"}))
        assert (pages[0].url in inside) == kelly
        assert pages[1].url in text(browser.get("/en/search/", {"q": "sizing"}))


def test_a_retired_sample_is_found_inside_by_no_visitor(client, pages):
    sample = make.lessons_of(pages[0])[0]
    sample.preview = True
    sample.save_revision().publish()
    assert sample.url in text(client.get("/en/search/", {"q": "lighthouse"}))
    choose(pages[0], "retired")
    cache.clear()
    assert sample.url not in text(client.get("/en/search/", {"q": "lighthouse"}))


@pytest.fixture
def on_sale(monkeypatch):
    offer = Offer("Buy this course", "/en/pricing/", "20 €")
    monkeypatch.setattr("courses.hooks.answers", lambda name, *_a: iter([offer]))
    assert HOOK_OFFER


@pytest.mark.parametrize("access", ["free", "subscribers"])
@pytest.mark.parametrize(("state", "words"), [("closed", CLOSED), ("retired", RETIRED)])
def test_words_stand_where_the_button_was(
    access, state, words, bob, client_of, on_sale
):
    page = make.course(access=access)
    lesson = make.lessons_of(page)[0]
    offers = ("Start for free", "Start the course", "Buy this course", "Sign up")
    before = text(Client().get(page.url))
    assert any(offer in before for offer in offers)
    choose(page, state)
    for browser in (Client(), client_of(bob)):
        for url in (page.url, lesson.url):
            shown = text(browser.get(url)).partition("<main")[2]
            assert words in shown, url
            assert shown.count(words) == 1
            for offer in (*offers, "cannot be bought", "It is free", "create an"):
                assert offer not in shown, (url, offer)


@pytest.mark.parametrize("state", ["closed", "retired"])
def test_those_inside_see_no_difference(state, alice, client_of, pages):
    [lesson] = make.enrolled(alice, pages[0])
    choose(pages[0], state)
    student = client_of(alice)
    assert "Start the first lesson" in text(student.get(pages[0].url))
    assert make.SECRET in text(student.get(lesson.url))
    for url in (make.url("my-courses"), "/en/dashboard/"):
        assert "Kelly" in text(student.get(url))


def test_a_former_subscriber_inside_may_still_renew(alice, client_of, on_sale):
    page = make.course(access="subscribers")
    enrolment.enrol(alice, make.row_of(page))
    grants.grant(alice, scope="all", source_kind="gift", source_ref="1")
    grants.revoke(alice, source_kind="gift", source_ref="1")
    choose(page, "closed")
    shown = text(client_of(alice).get(page.url))
    assert "Buy this course" in shown
    assert CLOSED not in shown


def test_a_card_on_the_home_page_is_no_offer_either(client, pages):
    home = make.home()
    chosen = [page.pk for page in pages]
    value = {"heading": "Start here", "text": "", "pages": chosen}
    value["link"] = {"label": "", "page": None, "address": ""}
    home.body = [{"type": "courses", "value": value}]
    home.save_revision().publish()
    assert titles(text(client.get(home.url))) == {"Kelly", "Sizing", "Stops"}
    choose(pages[0], "retired")
    choose(pages[1], "closed")
    shown = text(client.get(home.url))
    assert titles(shown) == {"Sizing", "Stops"}
    assert "Closed to new students" in shown


def test_a_visitor_is_asked_once_to_sign_in():
    page = make.course(access="subscribers", lessons=1)
    shown = text(Client().get(make.lessons_of(page)[0].url)).partition("<main")[2]
    assert "This lesson is part of a subscription." in shown
    assert "Already a student?" in shown
    assert "Sign in if you have one" not in shown


@pytest.fixture
def paid():
    return make.course(access="subscribers", lessons=1)


def with_plan(user):
    grants.grant(user, scope="all", source_kind="stripe_subscription", source_ref="s")


@pytest.mark.parametrize(("state", "words"), [("closed", CLOSED), ("retired", RETIRED)])
def test_a_plan_opens_no_course_that_takes_nobody_new(
    state, words, alice, client_of, paid
):
    [lesson] = make.lessons_of(paid)
    with_plan(alice)
    assert decide(alice, lesson).allowed
    choose(paid, state)
    decision = decide(alice, lesson)
    assert (decision.allowed, decision.reason, decision.cta) == (False, "closed", "")
    assert decision.message == words
    student = client_of(alice)
    for url in (lesson.url, paid.url):
        shown = text(student.get(url)).partition("<main")[2]
        assert make.SECRET not in shown
        assert shown.count(words) == 1
    assert student.post(make.url("complete", lesson.pk)).status_code == 403
    assert not Enrolment.objects.exists()
    assert not ItemProgress.objects.exists()


@pytest.mark.parametrize("state", ["closed", "retired"])
def test_a_subscriber_inside_goes_on(state, alice, client_of, paid):
    [lesson] = make.lessons_of(paid)
    with_plan(alice)
    student = client_of(alice)
    student.get(lesson.url)  # the first lesson gives a place
    choose(paid, state)
    assert make.SECRET in text(student.get(lesson.url))


@pytest.mark.parametrize("state", ["closed", "retired"])
@pytest.mark.parametrize("door", ["lesson", "button"])
def test_who_has_this_course_may_still_start_it(state, door, alice, client_of, paid):
    """Bought or given for itself: what somebody owns is not taken away."""
    [lesson] = make.lessons_of(paid)
    key = str(paid.translation_key)
    grants.grant(alice, scope="course", scope_ref=key, source_kind="stripe_payment")
    choose(paid, state)
    student = client_of(alice)
    assert "Start the course" in text(student.get(paid.url)).partition("<main")[2]
    if door == "lesson":
        assert make.SECRET in text(student.get(lesson.url))
    else:
        student.post(make.url("enrol", paid.translation_key))
    assert Enrolment.objects.active().filter(user=alice).exists()


@pytest.mark.parametrize(("state", "words"), [("closed", CLOSED), ("retired", RETIRED)])
def test_joining_a_free_course_is_refused_with_words(
    state, words, bob, client_of, pages
):
    choose(pages[0], state)
    [lesson] = make.lessons_of(pages[0])
    assert decide(bob, lesson).message == words
    answer = client_of(bob).post(
        make.url("enrol", pages[0].translation_key), follow=True
    )
    assert words in text(answer)
    assert not Enrolment.objects.exists()


def test_the_explainer_says_so(alice, owner, client_of, paid):
    [lesson] = make.lessons_of(paid)
    with_plan(alice)
    choose(paid, "closed")
    asked = {"student": alice.email, "item": str(lesson.key)}
    shown = text(client_of(owner).get(reverse("courses_explain_access"), asked))
    assert "Takes new students" in shown
    assert "closed to new students, and the student has no place in it" in shown
    enrolment.enrol(alice, make.row_of(paid), source="staff")
    shown = text(client_of(owner).get(reverse("courses_explain_access"), asked))
    assert "closed to new students, but the student was inside" in shown
