"""The seams of the public site, by name, through Wagtail's hooks.

- HOOK_MAIN_MENU: fn(language) -> MenuLink | None, a link beside the pages of the main
  menu. Must be called inside the language; pages have the orders 10, 20, 30 … in the
  order of the tree.
- HOOK_SEARCH: fn(request, pages) -> pages, a narrower queryset of what the site search
  may show this person (access to lessons …).
- HOOK_PAGE: fn(request, path) -> HttpResponse | None, an answer without the walk down the
  page tree. Whoever answers has checked that the page is there, live and unrestricted.
"""

from accounts.hooks import MenuLink

HOOK_MAIN_MENU = "ami_main_menu"
HOOK_SEARCH = "ami_search_pages"
HOOK_PAGE = "ami_page_answer"

__all__ = ["HOOK_MAIN_MENU", "HOOK_PAGE", "HOOK_SEARCH", "MenuLink"]
