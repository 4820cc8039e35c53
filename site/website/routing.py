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
    steps = list(Page.objects.filter(url_path__in=paths).order_by("depth"))
    if not steps or not all(components):
        raise Http404
    page = steps[-1].specific
    page.ancestors_on_the_way = [home, *steps[:-1]]
    return page, components[page.depth - home.depth :]
