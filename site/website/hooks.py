"""The seams of the public site, by name, through Wagtail's hooks.

- HOOK_MAIN_MENU: fn(language) -> MenuLink | None, a link beside the pages of the main
  menu. Must be called inside the language; pages have the orders 10, 20, 30 … in the
  order of the tree.
- HOOK_SEARCH: fn(request, pages) -> pages, a narrower queryset of what the site search
  may show this person (access to lessons …).
- HOOK_PAGE: fn(request, path) -> HttpResponse | None, an answer without the walk down the
  page tree. Whoever answers has checked that the page is there, live and unrestricted.
- HOOK_SEARCH_INSIDE: fn(request, query, language) -> list of what was found inside pages,
  each with title, course and lines of url, text and clock ("1:23" or ""); the room shows
  only what this person may read.
"""

from accounts.hooks import MenuLink

HOOK_MAIN_MENU = "ami_main_menu"
HOOK_SEARCH = "ami_search_pages"
HOOK_PAGE = "ami_page_answer"
HOOK_SEARCH_INSIDE = "ami_search_inside"

__all__ = [
    "HOOK_MAIN_MENU",
    "HOOK_PAGE",
    "HOOK_SEARCH",
    "HOOK_SEARCH_INSIDE",
    "MenuLink",
]
