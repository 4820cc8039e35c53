import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts import privacy
from accounts.models import Consent, User
from website.models import ContentPage
from website.tests import make

pytestmark = pytest.mark.django_db

NEW = {
    "name": "Nora",
    "email": "nora@example.com",
    "password1": "a-long-and-odd-one-71",
}


@pytest.fixture
def terms() -> ContentPage:
    page: ContentPage = make.content(
        make.homes()["en"], "Terms of use", accepted_at_sign_up=True
    )
    return page


def sign_up(**more: str) -> Any:
    return Client().post("/en/accounts/signup/", {**NEW, **more})


def test_people_accept_the_terms_and_the_version_is_kept(terms: ContentPage) -> None:
    form = Client().get("/en/accounts/signup/").content.decode()
    assert f'href="{terms.url}"' in form
    assert sign_up(consent="on").status_code == 302
    kept = Consent.objects.get(user__email="nora@example.com")
    assert kept.document == terms.translation_key
    assert (kept.title, kept.language) == ("Terms of use", "en")
    assert str(terms.live_revision_id) in kept.version
    terms.title = "Other terms"
    terms.save_revision().publish()
    kept.refresh_from_db()
    assert kept.title == "Terms of use"


def test_nobody_signs_up_without_accepting(terms: ContentPage) -> None:
    answer = sign_up()
    assert answer.status_code == 200
    assert "need to accept" in answer.content.decode()
    assert not User.objects.filter(email="nora@example.com").exists()


def test_without_such_pages_nothing_is_asked() -> None:
    assert "consent" not in Client().get("/en/accounts/signup/").content.decode()
    assert sign_up().status_code == 302
    assert not Consent.objects.exists()


def test_the_data_copy_holds_what_was_accepted(terms: ContentPage) -> None:
    sign_up(consent="on")
    user = User.objects.get(email="nora@example.com")
    [row] = privacy.export(user)["accounts.consent"]
    assert row["title"] == "Terms of use"


def picture(
    size: tuple[int, int] = (800, 400), form: str = "JPEG"
) -> SimpleUploadedFile:
    content = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "my home address"
    Image.new("RGB", size, "teal").save(content, form, exif=exif)
    return SimpleUploadedFile("me.jpg", content.getvalue(), "image/jpeg")


def save_profile(client: Client, **more: Any) -> Any:
    data = {"name": "Alice", "language": "en", "timezone": "Europe/Madrid", **more}
    return client.post("/en/profile/", data)


@pytest.fixture
def client(client_of: Any, alice: User, settings: Any, tmp_path: Any) -> Client:
    settings.MEDIA_ROOT = tmp_path
    found: Client = client_of(alice)
    return found


def test_a_picture_is_cut_small_and_keeps_nothing_of_the_file(
    client: Client, alice: User
) -> None:
    assert save_profile(client, avatar=picture()).status_code == 302
    alice.refresh_from_db()
    with alice.avatar.open() as file:
        content = file.read()
    assert b"my home address" not in content
    shown = Image.open(io.BytesIO(content))
    assert (shown.format, shown.size) == ("WEBP", (256, 256))
    assert "me" not in alice.avatar.name.rsplit("/", 1)[1]
    assert alice.avatar.url in client.get("/en/profile/").content.decode()


def test_a_new_picture_replaces_the_file_of_the_old(
    client: Client, alice: User, tmp_path: Any, django_capture_on_commit_callbacks: Any
) -> None:
    for _time in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            save_profile(client, avatar=picture())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    alice.refresh_from_db()
    assert [path.name for path in files] == [alice.avatar.name.rsplit("/", 1)[1]]
    with django_capture_on_commit_callbacks(execute=True):
        save_profile(client, **{"avatar-clear": "on"})
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    alice.refresh_from_db()
    assert not alice.avatar


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (SimpleUploadedFile("x.jpg", b"<svg onload=alert(1)>", "image/jpeg"), "image"),
        (picture(form="GIF"), "JPEG, PNG or WebP"),
        (SimpleUploadedFile("x.jpg", b"", "image/jpeg"), "empty"),
        (picture((20_000, 20_000)), "image"),
    ],
    ids=["svg", "gif", "empty", "huge"],
)
def test_what_is_no_picture_is_refused_with_the_reason(
    client: Client, alice: User, file: SimpleUploadedFile, says: str
) -> None:
    file.seek(0)
    answer = save_profile(client, avatar=file)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    alice.refresh_from_db()
    assert not alice.avatar


def test_erasing_takes_the_picture(
    client: Client, alice: User, tmp_path: Any, django_capture_on_commit_callbacks: Any
) -> None:
    save_profile(client, avatar=picture())
    alice.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        privacy.erase(alice)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
