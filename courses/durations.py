"""Time as people read it."""

from django.utils.translation import gettext as _


def duration(minutes: int) -> str:
    """ "45 min", "2 h" or "2 h 5 min"; empty for 0."""
    hours, rest = divmod(minutes, 60)
    if not minutes:
        return ""
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    if not rest:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


def clock(seconds: int) -> str:
    """ "4:05" or "1:04:05": a place in a recording."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
