"""The pricing page, for visitors, students and owners."""

from typing import Any

import pytest
from django.test import Client

from billing import checkout
from billing.models import BillingSettings, PlanPrice, PricingPage
from billing.tests import make
from courses import course_state, enrolment
from courses.models import Course, CoursePage
from courses.tests import make as courses
from website import version

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(db: None) -> PricingPage:
    home = courses.home("en")
    made = PricingPage(
        title="Pricing",
        slug="pricing",
        locale=home.locale,
        free_name="Free",
        free_text="The first course.",
        renewal="<p>Renews by itself.</p>",
        risk_notice="You can lose money.",
    )
    home.add_child(instance=made)
    return made


def test_a_visitor_gets_a_page_any_cache_may_keep(
    page: PricingPage, monthly: PlanPrice
) -> None:
    answer = Client().get("/en/pricing/")
    text = answer.content.decode()
    assert "csrfmiddlewaretoken" not in text
    assert not answer.cookies
    assert f"/en/accounts/signup/?next=%2Fen%2Fbilling%2Fbuy%2F{monthly.pk}%2F" in text


def test_the_prices_say_what_is_charged(page: PricingPage, yearly: PlanPrice) -> None:
    text = Client().get("/en/pricing/").content.decode()
    assert "€19.00 is charged every month until you cancel." in text
    assert "€190.00 is charged once a year: €15.83 a month." in text
    assert "Save €38.00" in text
    assert "You can lose money." in text


def test_a_student_buys_by_a_form(
    page: PricingPage, monthly: PlanPrice, alice: Any, client_of: Any
) -> None:
    text = client_of(alice).get("/en/pricing/").content.decode()
    assert f'action="/en/billing/buy/{monthly.pk}/"' in text


def test_a_subscriber_sees_their_plan_marked(
    page: PricingPage, buyer: make.Buyer, client_of: Any
) -> None:
    text = client_of(buyer.user).get("/en/pricing/").content.decode()
    assert text.count("Your plan") == 1
    assert "/billing/buy/" not in text


def test_without_keys_only_the_owner_reads_why(
    page: PricingPage, alice: Any, owner: Any, client_of: Any
) -> None:
    make.plan()
    assert "Payments are off" in client_of(owner).get("/en/pricing/").content.decode()
    for client in (Client(), client_of(alice)):
        answer = client.get("/en/pricing/")
        assert answer.status_code == 200
        assert "Payments are off" not in answer.content.decode()


def test_without_keys_the_other_pages_answer(alice: Any, client_of: Any) -> None:
    plan = make.plan()
    price = PlanPrice.objects.create(
        plan=plan, stripe_price="price_1", interval="month", currency="EUR", amount=1900
    )
    client = client_of(alice)
    assert client.get("/en/billing/").status_code == 200
    assert client.post(f"/en/billing/buy/{price.pk}/").status_code == 503
    assert client.get("/en/dashboard/").status_code == 200


def test_queries_do_not_grow_with_the_plans(
    page: PricingPage, monthly: PlanPrice, django_assert_max_num_queries: Any, rf: Any
) -> None:
    from billing import offers

    for number in range(5):
        plan = make.plan(code=f"p{number}", stripe_product=f"prod_{number}")
        PlanPrice.objects.create(
            plan=plan,
            stripe_price=f"price_{number}",
            interval="month",
            currency="CLP",
            amount=9990,
        )
    with django_assert_max_num_queries(4):
        assert len(offers.cards(rf.get("/"))) == 5


def test_a_paid_course_and_its_locked_lesson_lead_to_the_plans(
    page: PricingPage, monthly: PlanPrice, alice: Any, client_of: Any
) -> None:
    course = courses.course(access="subscribers")
    lesson = courses.lessons_of(course)[0]
    for path in (course.get_url(), lesson.get_url()):
        text = client_of(alice).get(path).content.decode()
        assert 'href="/en/pricing/"' in text
        assert "From €19.00 a month." in text


def test_a_plan_for_other_courses_is_not_offered(
    page: PricingPage, monthly: PlanPrice, alice: Any, client_of: Any
) -> None:
    course = courses.course(access="subscribers")
    plan = monthly.plan
    plan.unlocks, plan.courses = "courses", [page.translation_key]
    plan.save()
    text = client_of(alice).get(course.get_url()).content.decode()
    assert "From €19.00 a month." not in text


@pytest.fixture
def of_one_course(page: PricingPage, monthly: PlanPrice) -> CoursePage:
    """The plan opens one course and nothing else."""
    course = courses.course(access="subscribers")
    plan = monthly.plan
    plan.unlocks, plan.courses = "courses", [course.translation_key]
    plan.save()
    return course


@pytest.mark.parametrize("state", ["closed", "retired"])
def test_a_course_that_takes_nobody_is_not_sold(
    of_one_course: CoursePage, monthly: PlanPrice, alice: Any, owner: Any,
    client_of: Any, state: str,
) -> None:  # fmt: skip
    """Neither on the pricing page, nor on its own, nor at Checkout."""
    url, buy = of_one_course.get_url(), f"/en/billing/buy/{monthly.pk}/"
    assert "€19.00" in Client().get("/en/pricing/").content.decode()
    assert "From €19.00 a month." in Client().get(url).content.decode()
    course_state.choose(
        of_one_course.translation_key, state, reason="full", actor=owner
    )
    for client in (Client(), client_of(alice)):
        assert "€19.00" not in client.get("/en/pricing/").content.decode()
        assert "€19.00" not in client.get(url).content.decode()
    client = client_of(alice)
    for answer in (client.get(buy), client.post(buy)):
        assert (answer.status_code, answer["Location"]) == (302, "/en/pricing/")
    assert "takes no new students" in client.get("/en/pricing/").content.decode()
    with pytest.raises(checkout.NotForSaleError):
        checkout.start_checkout(alice, monthly, "en")


def test_who_is_inside_a_closed_course_may_go_on_paying(
    of_one_course: CoursePage, monthly: PlanPrice, alice: Any, owner: Any,
    client_of: Any,
) -> None:  # fmt: skip
    key = of_one_course.translation_key
    enrolment.enrol(alice, Course.objects.get(key=key))
    course_state.choose(key, "closed", reason="full", actor=owner)
    client = client_of(alice)
    assert "€19.00" in client.get("/en/pricing/").content.decode()
    assert checkout.start_checkout(alice, monthly, "en")


def test_a_plan_of_several_courses_is_sold_while_one_takes_people(
    of_one_course: CoursePage, monthly: PlanPrice, owner: Any
) -> None:
    other = courses.course(title="Other", slug="other", access="subscribers")
    monthly.plan.courses = [of_one_course.translation_key, other.translation_key]
    monthly.plan.save()
    key = of_one_course.translation_key
    course_state.choose(key, "closed", reason="full", actor=owner)
    assert "€19.00" in Client().get("/en/pricing/").content.decode()
    assert "From €19.00" in Client().get(other.get_url()).content.decode()
    assert "From €19.00" not in Client().get(of_one_course.get_url()).content.decode()
    course_state.choose(other.translation_key, "closed", reason="full", actor=owner)
    assert "€19.00" not in Client().get("/en/pricing/").content.decode()


def test_the_cheapest_is_sought_in_one_currency(
    page: PricingPage, monthly: PlanPrice, yearly: PlanPrice
) -> None:
    """900 pesos are fewer than 1900 cents, and dearer is no number alone."""
    PlanPrice.objects.create(
        plan=monthly.plan, stripe_price="price_clp", interval="month",
        currency="CLP", amount=900,
    )  # fmt: skip
    course = courses.course(access="subscribers")
    assert "From €19.00 a month." in Client().get(course.get_url()).content.decode()
    PlanPrice.objects.exclude(currency="CLP").update(active=False)
    version.bump()
    text = Client().get(course.get_url()).content.decode().replace("\xa0", "")
    assert "From CLP900 a month." in text


def test_a_course_in_a_language_without_pricing_page_offers_nothing(
    page: PricingPage, monthly: PlanPrice
) -> None:
    course = courses.course(access="subscribers", language="es")
    assert "19,00" not in Client().get(course.get_url()).content.decode()


@pytest.fixture
def pesos(monthly: PlanPrice) -> PlanPrice:
    return PlanPrice.objects.create(
        plan=monthly.plan, stripe_price="price_clp", interval="month",
        currency="CLP", amount=18990,
    )  # fmt: skip


def test_a_reader_chooses_among_the_currencies_on_sale(
    page: PricingPage, pesos: PlanPrice
) -> None:
    text = Client().get("/en/pricing/").content.decode()
    assert "€19.00 is charged every month" in text
    assert 'href="?currency=CLP"' in text
    assert "CLP" not in text.replace("currency=CLP", "").replace(">CLP<", "")
    chosen = Client().get("/en/pricing/?currency=CLP").content.decode()
    assert "CLP18,990 is charged every month" in chosen.replace("\xa0", "")
    assert "€19.00" not in chosen
    assert "€19.00" in Client().get("/en/pricing/?currency=XXX").content.decode()


def test_the_school_decides_which_currency_comes_first(
    page: PricingPage, pesos: PlanPrice
) -> None:
    school = BillingSettings.load()
    school.currency = "CLP"
    school.save()
    assert "18,990" in Client().get("/en/pricing/").content.decode()


def test_a_subscriber_sees_the_currency_of_their_plan(
    page: PricingPage, pesos: PlanPrice, buyer: make.Buyer, client_of: Any
) -> None:
    school = BillingSettings.load()
    school.currency = "CLP"
    school.save()
    assert "€19.00" in client_of(buyer.user).get("/en/pricing/").content.decode()
