import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts import privacy
from accounts.models import User

pytestmark = pytest.mark.django_db


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
