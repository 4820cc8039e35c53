"""This room's parts of other rooms' pages, its share of the demo, and its admin."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.ui.components import Component

from accounts.hooks import (
    HOOK_BANNERS,
    HOOK_DASHBOARD,
    HOOK_ERASE,
    HOOK_ERASE_BLOCKED,
    HOOK_LOAD_DEMO,
    HOOK_MAIL_TITLES,
    HOOK_MENU,
    Banner,
    DashboardPanel,
    MenuLink,
    Write,
    address,
)
from accounts.models import User
from accounts.owners import is_owner
from billing import (
    course_offer,
    erasure,
    open_checkouts,
    overdue,
    plan_states,
    queues_admin,
    revenue_views,
    subscriptions,
)
from billing.models import CheckoutAttempt
from billing.viewsets import BillingViewSetGroup
from courses.hooks import HOOK_ACCESS_DAYS, HOOK_OFFER, Offer
from courses.models import CoursePage


@hooks.register(HOOK_MENU)
def plan_link(request: HttpRequest) -> MenuLink:
    return MenuLink(40, _("Plan and receipts"), address("billing:account"))


@hooks.register(HOOK_DASHBOARD)
def plan_panel(request: HttpRequest) -> DashboardPanel | None:
    """The person's plan in one line; nothing for somebody who never had one."""
    states = subscriptions.states(_user(request))
    if not states:
        return None
    template = "billing/panel.html"
    if states[0].state in {plan_states.PAST_DUE, plan_states.UNPAID}:
        template = "billing/panel_overdue.html"
    return DashboardPanel(
        40, template, {"state": states[0], "url": reverse("billing:account")}
    )


@hooks.register(HOOK_BANNERS)
def overdue_banner(request: HttpRequest) -> Banner | None:
    """Somebody whose payment failed reads it everywhere."""
    if not overdue.is_overdue(_user(request)):
        return None
    return Banner(
        text=_("Your last payment failed. Pay now to keep your courses open."),
        tone="warn",
        url=reverse("billing:account"),
        label=_("Plan and receipts"),
    )


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101  these hooks run for people signed in
    return user


@hooks.register(HOOK_ERASE_BLOCKED)
def living_subscription(user: User) -> str:
    """An account that still pays cannot go: the charges would go on."""
    if any(state.may_cancel for state in subscriptions.states(user)):
        return _("Your plan still renews. Cancel it first, under Plan and receipts.")
    return ""


@hooks.register(HOOK_ERASE)
def erase(user: User) -> None:
    """Checkouts go; receipts stay, as the law asks, without a link to the person.

    What was copied from Stripe stays without saying whose it was.
    """
    attempts = CheckoutAttempt.objects.filter(user=user)
    open_checkouts.expire(attempts)  # nobody pays for an account that is gone
    attempts.delete()
    erasure.leave(user)
    user.receipts.update(user=None)


@hooks.register(HOOK_MAIL_TITLES)
def mail_titles() -> dict[str, str]:
    return {
        "billing_welcome": _("Welcome to a plan"),
        "billing_receipt": _("Receipt"),
        "billing_refund": _("Credit note"),
        "billing_failed": _("A payment that failed"),
        "billing_action": _("A payment to be confirmed"),
        "billing_trial_start": _("A trial that started"),
        "billing_trial": _("A trial that will end"),
        "billing_renewal": _("A plan that will renew"),
        "billing_card": _("A card that expires"),
        "billing_gift": _("A redeemed gift"),
        "billing_ends": _("A plan that will end"),
        "billing_ended": _("A plan that ended"),
    }


@hooks.register("register_icons")
def icons(icons: list[str]) -> list[str]:
    return [*icons, "billing/icons/gift.svg"]


@hooks.register(HOOK_LOAD_DEMO, order=50)
def load_demo(write: Write) -> None:
    from billing import demo

    demo.load(write)


@hooks.register("register_admin_viewset")
def register_viewset() -> BillingViewSetGroup:
    return BillingViewSetGroup()


@hooks.register("construct_homepage_panels")
def home_panels(request: HttpRequest, panels: list[Component]) -> None:
    if is_owner(request.user):
        panels += [revenue_views.RevenueHomePanel(), queues_admin.QueuesHomePanel()]


@hooks.register(HOOK_OFFER)
def offer_of_course(request: HttpRequest, course: CoursePage) -> Offer | None:
    return course_offer.offer(request, course)


@hooks.register(HOOK_ACCESS_DAYS)
def access_days_of_course(course: CoursePage) -> int | None:
    return course_offer.access_days(course)
