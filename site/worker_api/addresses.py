"""Where a request comes from, and whether a key may come from there."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client(request: HttpRequest) -> Address | None:
    """The caller's address; None when it cannot be told (deny then).

    X-Forwarded-For counts only when the peer is one of settings.TRUSTED_PROXIES (an
    address, a network, or "unix" for a socket), and of it only the right-most value.
    """
    peer_text = request.META.get("REMOTE_ADDR", "")
    peer = parse(peer_text)
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    if forwarded is not None and _is_proxy(peer, peer_text):
        return parse(forwarded.rpartition(",")[2])
    return peer


def parse(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def within(address: Address, networks: Iterable[str]) -> bool:
    return any(address in ipaddress.ip_network(block) for block in networks)


def _is_proxy(peer: Address | None, text: str) -> bool:
    if peer is None:
        return not text and "unix" in settings.TRUSTED_PROXIES
    return within(peer, (item for item in settings.TRUSTED_PROXIES if item != "unix"))
