"""Which optional rooms are installed."""

from django.core.exceptions import ImproperlyConfigured


def optional_room(flag: str | None, *, present: bool, variable: str) -> bool:
    """Whether an optional room is on: the flag decides, unset follows the folder."""
    if flag not in {None, "", "on", "off"}:
        raise ImproperlyConfigured(f"{variable} must be 'on' or 'off'")
    if flag == "on" and not present:
        raise ImproperlyConfigured(f"{variable}=on but its folder is not there")
    return present if not flag else flag == "on"
