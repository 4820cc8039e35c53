import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env, mailers
from config.features import optional_room


@pytest.mark.parametrize(
    ("flag", "present", "on"),
    [(None, True, True), (None, False, False), ("off", True, False), ("on", True, True), ("", True, True)],
)  # fmt: skip
def test_an_optional_room_follows_its_flag_or_its_folder(
    flag: str | None, present: bool, on: bool
) -> None:
    assert optional_room(flag, present=present, variable="AMI_X") is on


@pytest.mark.parametrize(("flag", "present"), [("maybe", True), ("on", False)])
def test_a_contradictory_flag_stops_the_start(flag: str, present: bool) -> None:
    with pytest.raises(ImproperlyConfigured, match="AMI_X"):
        optional_room(flag, present=present, variable="AMI_X")


def test_an_unreadable_flag_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMI_DEBUG", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="AMI_DEBUG"):
        env.flag("AMI_DEBUG")


def test_a_secret_comes_from_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pytest.TempPathFactory
) -> None:
    path = tmp_path / "key"  # type: ignore[operator]
    path.write_text("from-a-file\n")
    monkeypatch.setenv("AMI_SECRET_KEY", "from-the-environment")
    monkeypatch.setenv("AMI_SECRET_KEY_FILE", str(path))
    assert env.secret("AMI_SECRET_KEY") == "from-a-file"


def test_a_mail_address_becomes_a_mailer() -> None:
    made = mailers.from_url("smtp+tls://us%40er:pa%2Fss@mail.example.com:2525")
    assert made["default"]["OPTIONS"] == {
        "host": "mail.example.com",
        "port": 2525,
        "username": "us@er",
        "password": "pa/ss",
        "use_tls": True,
        "timeout": 10,
    }


def test_an_unknown_mail_address_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="AMI_MAIL_URL"):
        mailers.from_url("pigeon://roof")
