"""An address is led to its page in one statement, and never to what is not there."""

import pytest
from django.contrib.auth.models import Group
from wagtail.models import PageViewRestriction
from wagtail.rich_text import expand_db_html

from website.models import ContentPage
from website.tests import make

pytestmark = pytest.mark.django_db
ASKED = "?x=1"  # never from the page cache


@pytest.fixture
def page():
    parent = make.homes()["en"]
    found = parent.add_child(
        instance=ContentPage(
            title="Reading", slug="reading", locale=parent.locale,
            body=[("text", "<p>The first text</p>")],
        )
    )  # fmt: skip
    found.save_revision().publish()
    return found


@pytest.fixture
def read(client, page):
    def text():
        answer = client.get(page.url + ASKED)
        return answer.content.decode() if answer.status_code == 200 else ""

    text()
    assert "The first text" in text()
    return text


def test_a_known_address_asks_for_its_page_only(
    client, page, read, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert "The first text" in read()


def test_changes_are_seen_at_once(client, page, read):
    page.body = [("text", "<p>The second text</p>")]
    page.save_revision().publish()
    assert "The second text" in read()
    ContentPage.objects.filter(pk=page.pk).update(title="Renamed by a shell")
    assert "Renamed by a shell" in read()
    ContentPage.objects.filter(pk=page.pk).update(live=False)
    assert read() == ""
    ContentPage.objects.filter(pk=page.pk).update(live=True)
    assert read()
    page.refresh_from_db()
    page.slug = "elsewhere"
    page.save_revision().publish()
    assert client.get("/en/reading/" + ASKED).status_code in (301, 302, 404)
    assert read() == ""
    page.refresh_from_db()
    assert "The second text" in client.get("/en/elsewhere/" + ASKED).content.decode()
    page.delete()
    assert client.get("/en/elsewhere/" + ASKED).status_code == 404


@pytest.mark.parametrize("kind", ["login", "password", "groups"])
def test_a_restriction_holds_at_once_and_is_never_forgotten(client, page, read, kind):
    restriction = PageViewRestriction.objects.create(
        page=page, restriction_type=kind, password="open-it"
    )
    restriction.groups.set(Group.objects.all()[:1])
    for _again in range(3):
        assert "The first text" not in read()
    above = PageViewRestriction.objects.create(
        page=page.get_parent(), restriction_type=kind, password="open-it"
    )
    restriction.delete()
    for _again in range(3):
        assert "The first text" not in read()
    above.delete()
    assert "The first text" in read()


def test_links_in_texts_follow_their_pages(page, django_assert_num_queries):
    text = (
        f'<p><a linktype="page" id="{page.pk}">a</a><a linktype="page" id="0">b</a></p>'
    )
    assert f'<a href="{page.url}">a</a><a>b</a>' in expand_db_html(text)
    with django_assert_num_queries(0):
        expand_db_html(text)
    page.slug = "elsewhere"
    page.save_revision().publish()
    assert "elsewhere" in expand_db_html(text)
    page.delete()
    assert "<a>a</a>" in expand_db_html(text)
