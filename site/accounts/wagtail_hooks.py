"""This room's entries of the account menu, and its share of the demo school."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks

from accounts import demo
from accounts.hooks import HOOK_LOAD_DEMO, HOOK_MENU, MenuLink, Write


@hooks.register(HOOK_MENU)
def dashboard_link(request: HttpRequest) -> MenuLink:
    return MenuLink(10, _("My dashboard"), reverse("accounts:dashboard"))


@hooks.register(HOOK_MENU)
def profile_link(request: HttpRequest) -> MenuLink:
    return MenuLink(80, _("Profile"), reverse("accounts:profile"))


@hooks.register(HOOK_MENU)
def mail_link(request: HttpRequest) -> MenuLink:
    return MenuLink(82, _("Mails"), reverse("accounts:mail-preferences"))


@hooks.register(HOOK_MENU)
def data_link(request: HttpRequest) -> MenuLink:
    return MenuLink(85, _("Data"), reverse("accounts:data"))


@hooks.register(HOOK_MENU)
def admin_link(request: HttpRequest) -> MenuLink | None:
    if not request.user.has_perm("wagtailadmin.access_admin"):
        return None
    return MenuLink(90, _("Administration"), reverse("wagtailadmin_home"))


@hooks.register(HOOK_MENU)
def sign_out_link(request: HttpRequest) -> MenuLink:
    return MenuLink(99, _("Sign out"), reverse("account_logout"))


@hooks.register(HOOK_LOAD_DEMO, order=10)
def load_demo(write: Write) -> None:
    demo.load(write)
