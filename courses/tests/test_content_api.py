import json

import pytest
from django.test import Client
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import APIToken, Page

from courses import enrolment, grants, progress
from courses.models import Course, CoursePage, Item, LessonPage, ModulePage
from courses.tests import make

pytestmark = pytest.mark.django_db
PAGES = "/api/v3/pages/"
Document = get_document_model()
Image = get_image_model()


def client(user=None):
    """A client of the API; with a token when a person is given."""
    headers = {"accept-language": "en"}
    if user is not None:
        _token, key = APIToken.create_token(user=user, name="test")
        headers["authorization"] = f"Bearer {key}"
    return Client(headers=headers)


def send(user, method, path, data=None):
    return getattr(client(user), method)(
        path, json.dumps(data or {}), content_type="application/json"
    )


def act(user, page, action, **data):
    return send(user, "post", f"{PAGES}{page.pk}/actions/{action}/", data)


def listed(user=None, **query):
    found = client(user).get(PAGES, {"limit": 20, **query}).json()["items"]
    return {row["title"] for row in found}


def detail(page, user=None, **query):
    return client(user).get(f"{PAGES}{page.pk}/", query)


def test_a_visitor_reads_the_outline_and_no_lesson():
    page = make.course(lessons=2)
    first = make.lessons_of(page)[0]
    assert {"Risk", "Module 1", "Lesson 1.1", "Lesson 1.2"} <= listed()
    answer = detail(first)
    assert answer.status_code == 200
    assert answer.json()["body"] is None
    assert answer.json()["locked"] == "sign-in"
    assert make.SECRET not in answer.content.decode()


def test_a_session_opens_nothing_more(alice, owner, client_of):
    page = make.course(lessons=1)
    first = make.lessons_of(page)[0]
    enrolment.enrol(alice, Course.objects.get())
    for person in (alice, owner):
        answer = client_of(person).get(f"{PAGES}{first.pk}/")
        assert answer.json()["body"] is None


def test_a_students_token_opens_no_page_of_the_school(alice):
    page = make.course(lessons=1)
    enrolment.enrol(alice, Course.objects.get())
    assert detail(make.lessons_of(page)[0], alice).status_code == 404
    assert listed(alice) == set()


@pytest.mark.parametrize("query", [{}, {"version": "draft"}])
def test_writers_read_the_text_with_their_token(editor, query):
    page = make.course(lessons=1, access="subscribers")
    answer = detail(make.lessons_of(page)[0], editor, **query).json()
    assert make.SECRET in json.dumps(answer["body"])
    assert answer["locked"] == ""


def test_a_revoked_token_or_a_closed_account_opens_nothing(editor):
    page = make.course(lessons=1)
    token, key = APIToken.create_token(user=editor, name="test")
    known = Client(headers={"authorization": f"Bearer {key}"})
    address = f"{PAGES}{make.lessons_of(page)[0].pk}/"
    assert known.get(address).json()["body"]
    editor.is_active = False
    editor.save()
    assert known.get(address).json()["body"] is None
    editor.is_active = True
    editor.save()
    token.revoke()
    assert known.get(address).json()["body"] is None


def test_a_draft_text_is_for_writers_only(editor):
    page = make.course(lessons=1)
    one = make.lessons_of(page)[0]
    one.preview = True
    one.save_revision().publish()
    one.body = [{"type": "text", "value": "<p>Not yet public</p>"}]
    one.save_revision()
    assert "Not yet public" not in detail(one, version="draft").content.decode()
    assert "Not yet public" in detail(one, editor, version="draft").content.decode()


def test_a_sample_lesson_shows_its_text_without_the_key_of_its_quiz(editor):
    page = make.course(lessons=0)
    module = ModulePage.objects.child_of(page).get()
    text = {"type": "text", "value": f"<p>{make.SECRET}</p>"}
    sample = make.lesson(module, preview=True, body=[text, make.quiz()])
    public = detail(sample).content.decode()
    assert make.SECRET in public
    assert "What is R?" in public
    for secret in (make.KEYED, "correct", "1.5"):
        assert secret not in public
    assert make.KEYED in detail(sample, editor).content.decode()


@pytest.mark.parametrize("kind", ["course", "module"])
def test_pages_below_an_unpublished_one_are_not_there(kind, editor):
    page = make.course(lessons=1)
    one = make.lessons_of(page)[0]
    model = {"course": CoursePage, "module": ModulePage}[kind]
    model.objects.get().unpublish()
    assert "Lesson 1.1" not in listed()
    assert "Lesson 1.1" not in listed(type="courses.LessonPage")
    assert "Lesson 1.1" not in listed(search="Lesson")
    assert detail(one).status_code == 404
    assert "Lesson 1.1" in listed(editor)


def test_nobody_finds_a_lesson_by_its_text():
    make.course(lessons=1)
    assert listed(search="lighthouse") == set()
    assert "Lesson 1.1" in listed(search="Lesson")
    for query in ({"order": "body"}, {"body": "x"}):
        answer = client().get(PAGES, {"type": "courses.LessonPage", **query})
        assert answer.status_code in (200, 422)
        assert make.SECRET not in answer.content.decode()


def test_writing_asks_for_a_token_and_a_right(alice):
    page = make.course(lessons=1)
    for person, status in ((None, 401), (alice, 403)):
        assert send(person, "delete", f"{PAGES}{page.pk}/").status_code == status
        assert act(person, page, "unpublish").status_code == status
        answer = send(person, "patch", f"{PAGES}{page.pk}/", {"title": "Mine"})
        assert answer.status_code == status
    assert CoursePage.objects.get().title == "Risk"


@pytest.mark.parametrize("path", ["", "actions/delete/"])
def test_deleting_with_records_is_refused_with_the_reason(alice, owner, path):
    page = make.course(lessons=1)
    one = make.lessons_of(page)[0]
    progress.open_lesson(alice, one)
    for target in (one, one.get_parent(), page, page.get_parent()):
        answer = send(owner, "delete", f"{PAGES}{target.pk}/{path}")
        assert answer.status_code == 409
        assert "Unpublish it instead" in answer.json()["detail"]
    assert Page.objects.filter(pk=one.pk).exists()


def test_deleting_without_records_works_and_retires_the_row(owner):
    page = make.course(lessons=2)
    one = make.lessons_of(page)[0]
    assert send(owner, "delete", f"{PAGES}{one.pk}/").status_code == 204
    assert Item.objects.get(key=one.translation_key).retired_at is not None


def test_moving_records_to_another_course_is_refused(alice, owner):
    page = make.course(lessons=2)
    other = make.course(slug="other", title="Other", lessons=0)
    target = ModulePage.objects.child_of(other).get()
    kept, free = make.lessons_of(page)
    progress.complete_lesson(alice, kept)
    refused = act(owner, kept, "move", destination_id=target.pk, position="last-child")
    assert refused.status_code == 409
    assert "Copy it to the other course" in refused.json()["detail"]
    moved = act(owner, free, "move", destination_id=target.pk, position="last-child")
    assert moved.status_code == 200
    assert LessonPage.objects.get(pk=free.pk).is_child_of(target)


def test_a_lesson_goes_nowhere_but_below_a_module(owner):
    page = make.course(lessons=1)
    one = make.lessons_of(page)[0]
    home = make.home()
    data = {"destination_id": home.pk}
    assert act(owner, one, "move", **data, position="last-child").status_code == 403
    assert act(owner, one, "copy", **data).status_code == 403
    assert act(owner, one, "create_alias", **data).status_code >= 400
    meta = {"type": "courses.LessonPage", "parent_id": home.pk}
    created = send(owner, "post", PAGES, {"meta": meta, "title": "Stray"})
    assert created.status_code in (403, 422)
    assert LessonPage.objects.count() == 1


def test_editors_draft_by_api_and_owners_publish(editor, owner):
    page = make.course(lessons=0)
    module = ModulePage.objects.child_of(page).get()
    meta = {"type": "courses.LessonPage", "parent_id": module.pk}
    data = {"meta": meta, "title": "By API", "summary": "Short", "minutes": 4}
    assert send(editor, "post", PAGES, data).status_code == 201
    one = LessonPage.objects.get(title="By API")
    assert (one.live, one.minutes, one.completion) == (False, 4, "view")
    assert act(editor, one, "publish").status_code == 403
    assert act(owner, one, "publish").status_code == 200
    assert Item.objects.get(key=one.key).course_id == page.translation_key


def test_a_body_sent_by_a_client_is_left_out(editor):
    """List items would get new ids, and answers would lose their options."""
    page = make.course(lessons=0)
    one = make.lesson(ModulePage.objects.child_of(page).get(), body=[make.quiz()])
    answer = send(editor, "patch", f"{PAGES}{one.pk}/", {"title": "New", "body": []})
    assert answer.status_code == 200
    saved = LessonPage.objects.get(pk=one.pk).get_latest_revision_as_object()
    assert saved.title == "New"
    assert [child.id for child in saved.body] == ["quiz-r"]


def test_a_copy_by_api_shares_nothing(alice, owner):
    page = make.course(lessons=1)
    progress.complete_lesson(alice, make.lessons_of(page)[0])
    assert act(owner, page, "copy", recursive=True).status_code == 201
    copy = CoursePage.objects.exclude(pk=page.pk).get()
    assert progress.percent(page, alice) == 100
    assert progress.percent(copy, alice) == 0


def test_the_body_follows_access_of_its_reader_whatever_the_channel(bob):
    """A grant opens the page, never the API: tokens are for people who write."""
    page = make.course(lessons=1, access="subscribers")
    grants.grant(bob, scope="all", source_kind="staff")
    assert detail(make.lessons_of(page)[0], bob).status_code == 404


@pytest.mark.parametrize("kind", ["documents", "images"])
def test_files_are_listed_to_writers_only(kind, alice, editor):
    if kind == "documents":
        Document.objects.create(title="Key of lesson 7", file="documents/key.pdf")
    else:
        Image.objects.create(
            title="Key of lesson 7", file="x.png", width=1, height=1, file_size=1
        )
    address = f"/api/v3/{kind}/"
    for person in (None, alice):
        assert client(person).get(address).json()["items"] == []
    assert client(editor).get(address).json()["items"][0]["title"] == "Key of lesson 7"


@pytest.mark.parametrize("path", ["schema/", "sites/", "locales/", "whoami/"])
def test_the_rest_of_the_api_asks_for_a_token(path):
    assert client().get(f"/api/v3/{path}").status_code == 401


def test_the_descriptions_are_for_development():
    for path in ("docs/", "openapi.json"):
        assert client().get(f"/api/v3/{path}").status_code == 404


def blocked(answer):
    assert answer.status_code == 409
    found = answer.json()
    assert found["type"] == "publish-blocked"
    return [one for one in found["errors"] if one["type"] == "blocker"]


def test_publishing_refuses_what_the_editors_button_refuses(owner):
    module = ModulePage.objects.child_of(make.course(lessons=0)).get()
    one = make.lesson(module)
    one.completion = "quiz"
    one.save_revision()
    [found] = blocked(act(owner, one, "publish"))
    assert found["page"] == one.pk
    assert "it has no quiz" in found["msg"]
    assert LessonPage.objects.get(pk=one.pk).completion == "manual"
    meta = {"type": "courses.LessonPage", "action": "publish"}
    change = {"meta": meta, "title": "Changed"}
    blocked(send(owner, "patch", f"{PAGES}{one.pk}/", change))
    one.refresh_from_db()
    assert one.title == "Extra"
    assert one.get_latest_revision_as_object().title == "Extra"
    well = {**change, "completion": "view"}
    assert send(owner, "patch", f"{PAGES}{one.pk}/", well).status_code == 200
    assert LessonPage.objects.get(pk=one.pk).title == "Changed"


def test_creating_and_publishing_at_once_is_refused_too(owner):
    module = ModulePage.objects.child_of(make.course(lessons=0)).get()
    meta = {"type": "courses.LessonPage", "parent_id": module.pk, "action": "publish"}
    data = {"meta": meta, "title": "By API", "completion": "quiz"}
    blocked(send(owner, "post", PAGES, data))
    assert not LessonPage.objects.exists()
    created = send(owner, "post", PAGES, {**data, "completion": "view"})
    assert created.status_code == 201
    assert LessonPage.objects.get().live
