"""Browsers by the names people know."""

import pytest
from django.utils import translation

from accounts import browsers

WIN = "Mozilla/5.0 (Windows NT 10.0; Win64; x64"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7"
KIT = ") AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{WIN}; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        (f"{WIN}{KIT}Chrome/140.0.0.0 Safari/537.36", "Chrome on Windows"),
        (f"{WIN}{KIT}Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
        (f"{WIN}{KIT}Chrome/139.0.0.0 Safari/537.36 OPR/124.0.0.0", "Opera on Windows"),
        (f"{MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", "Safari on Mac"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16; SM-S931B" + KIT + "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android"),
        ("Mozilla/5.0 (X11; Linux x86_64" + KIT + "HeadlessChrome/156.0.0.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0" + KIT + "Chrome/140.0.0.0 Safari/537.36", "Chrome on ChromeOS"),
        ("curl/8.14.1", "curl/8.14.1"),
        ("x" * 200, "x" * 60),
        ("  ", "Unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_is_named(user_agent, name):
    with translation.override("en"):
        assert browsers.name_of(user_agent) == name


def test_the_list_of_sessions_says_it_in_words(alice, client_of):
    client = client_of(alice)
    agent = f"{WIN}; rv:140.0) Gecko/20100101 Firefox/140.0"
    page = client.get("/en/accounts/sessions/", headers={"user-agent": agent})
    shown = page.content.decode()
    assert f'<span title="{agent}">Firefox on Windows' in shown
