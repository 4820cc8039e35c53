"""This room's entries of the account menu, and its share of the demo school."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy

from accounts import demo
from accounts.account_field import suggest_people
from accounts.hooks import HOOK_LOAD_DEMO, HOOK_MENU, MenuLink, Write, address
from accounts.mail_log_admin import MailLogViewSet
from accounts.owners import OwnersOnly, is_owner
from outbox.models import Message

register_permission_policy(Message, OwnersOnly(Message))


@hooks.register("register_admin_viewset")
def mail_log() -> MailLogViewSet:
    return MailLogViewSet()


@hooks.register("register_admin_urls")
def suggestions() -> list[URLPattern]:
    return [path("people/suggest/", suggest_people, name="suggest_people")]


class OwnersItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return is_owner(request.user)


@hooks.register("register_reports_menu_item")
def mail_log_item() -> OwnersItem:
    url = reverse("mail_log:index")
    return OwnersItem(gettext_lazy("Mails"), url, name="mails", icon_name="mail")


@hooks.register(HOOK_MENU)
def dashboard_link(request: HttpRequest) -> MenuLink:
    return MenuLink(10, _("My dashboard"), address("accounts:dashboard"))


@hooks.register(HOOK_MENU)
def profile_link(request: HttpRequest) -> MenuLink:
    return MenuLink(80, _("Profile"), address("accounts:profile"))


@hooks.register(HOOK_MENU)
def mail_link(request: HttpRequest) -> MenuLink:
    return MenuLink(82, _("Mails"), address("accounts:mail-preferences"))


@hooks.register(HOOK_MENU)
def data_link(request: HttpRequest) -> MenuLink:
    return MenuLink(85, _("Data"), address("accounts:data"))


@hooks.register(HOOK_MENU)
def admin_link(request: HttpRequest) -> MenuLink | None:
    if not request.user.has_perm("wagtailadmin.access_admin"):
        return None
    return MenuLink(90, _("Administration"), address("wagtailadmin_home"))


@hooks.register(HOOK_MENU)
def sign_out_link(request: HttpRequest) -> MenuLink:
    return MenuLink(99, _("Sign out"), address("account_logout"))


@hooks.register(HOOK_LOAD_DEMO, order=10)
def load_demo(write: Write) -> None:
    demo.load(write)
