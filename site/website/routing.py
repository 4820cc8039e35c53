"""From a path to its page without walking the tree level by level."""

from django.http import Http404
from wagtail.models import Page


def deepest(home: Page, components: list[str]) -> tuple[Page, list[str]]:
    """The deepest page under home that the path names, and what is left of the path.

    The page is specific and may be a draft: its own route() decides. Two queries.
    Raises Http404 when not even the first component names a page.
    """
    paths = [
        home.url_path + "/".join(components[: length + 1]) + "/"
        for length in range(len(components))
    ]
    found = (
        Page.objects.filter(url_path__in=paths).order_by("-depth").first()
        if all(components)
        else None
    )
    if found is None:
        raise Http404
    rest = components[found.depth - home.depth :]
    return found.specific, rest
