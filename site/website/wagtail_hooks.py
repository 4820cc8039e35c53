"""What the public site adds to the Wagtail admin, and its share of the demo school."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.models import Page
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from accounts.hooks import HOOK_CONSENT, HOOK_LOAD_DEMO, LegalDocument, Write
from website import admin_home, demo, groups, legal
from website.footer import FooterMenu
from website.page_links import KeptPageLinks
from website.seo import BasePage


class FooterViewSet(SnippetViewSet):
    model = FooterMenu
    icon = "list-ul"
    menu_label = _("Footer")
    menu_order = 900
    add_to_settings_menu = True
    list_display = ["__str__", "locale"]


register_snippet(FooterViewSet)


@hooks.register("before_serve_page", order=-100)
def remember_page(page: Page, request: HttpRequest, *args: Any) -> None:
    """The language links ask which page is shown; what restricts it is read once."""
    request.wagtail_page = page  # type: ignore[attr-defined]
    if isinstance(page, BasePage) and page.restrictions_on_the_way is None:
        page.restrictions_on_the_way = list(page.get_view_restrictions())


@hooks.register("register_rich_text_features", order=10)
def kept_page_links(features: FeatureRegistry) -> None:
    features.register_link_type(KeptPageLinks)


@hooks.register(HOOK_CONSENT)
def accepted_at_sign_up(language: str) -> list[LegalDocument]:
    return legal.documents(language)


@hooks.register("construct_homepage_panels")
def first_steps(request: HttpRequest, panels: list[Component]) -> None:
    panels.insert(0, admin_home.FirstStepsPanel())


@hooks.register("construct_homepage_panels", order=100)
def leave_out_news(request: HttpRequest, panels: list[Component]) -> None:
    """Editors of a school need not read about new versions of Wagtail."""
    panels[:] = [
        panel
        for panel in panels
        if getattr(panel, "name", "") != "whats_new_in_wagtail_version"
    ]


@hooks.register("insert_global_admin_css")
def admin_css() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("ami/css/admin.css"))


@hooks.register("register_help_menu_item")
def guide_item() -> MenuItem:
    return MenuItem(
        _("Editor's guide"),
        reverse("website_guide"),
        icon_name="help",
        order=1,
        name="ami-guide",
    )


@hooks.register("register_admin_urls")
def guide_url() -> list[Any]:
    return admin_home.urlpatterns


@hooks.register(HOOK_LOAD_DEMO, order=30)
def load_demo(write: Write) -> None:
    groups.setup()
    demo.load(write)


@hooks.register(HOOK_LOAD_DEMO, order=60)
def finish_demo(write: Write) -> None:
    demo.finish(write)
