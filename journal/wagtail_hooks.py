"""The journal's places on the student's dashboard, in menus and in the demo school."""

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from wagtail import hooks

from accounts.hooks import (
    HOOK_DASHBOARD,
    HOOK_DEMO_STARTED,
    HOOK_ERASE,
    HOOK_EXPORT,
    HOOK_LOAD_DEMO,
    HOOK_MENU,
    DashboardPanel,
    MenuLink,
    Write,
    address,
)
from accounts.models import User
from journal import demo, figures, numbers
from journal.models import Account, DailyStat, Fill, Trade, TradeNote
from journal.period import View
from journal.viewsets import JournalAdmin, admin

MAX_ACCOUNTS = 4


@hooks.register(HOOK_DASHBOARD)
def teaser(request: HttpRequest) -> DashboardPanel | None:
    """What each account earned so far: two queries and one an account."""
    if not request.user.is_authenticated:
        return None
    accounts = Account.objects.filter(user=request.user, closed_at=None)[:MAX_ACCOUNTS]
    rows = []
    for account in accounts:
        sums = figures.totals(View(account, account.base_currency))
        share = numbers.percent(sums.win_rate) if sums.count else ""
        rows.append({"account": account, "sums": sums, "win_rate": share})
    return DashboardPanel(60, "journal/dashboard_panel.html", {"accounts": rows})


@hooks.register(HOOK_MENU)
def menu_link(request: HttpRequest) -> MenuLink:
    return MenuLink(30, _("Trading journal"), address("journal:dashboard"))


@hooks.register("register_admin_viewset")
def admin_lists() -> JournalAdmin:
    return admin


@hooks.register(HOOK_LOAD_DEMO, order=70)
def load_demo(write: Write) -> None:
    demo.load(write)


@hooks.register(HOOK_DEMO_STARTED)
def demo_started(base_url: str, write: Write) -> None:
    demo.run_worker(base_url, write)


@hooks.register(HOOK_EXPORT)
def export_person(user: User) -> dict[str, QuerySet[Model]]:
    """Fills, trades, statistics and notes of the person's accounts."""
    rows: dict[str, QuerySet[Model]] = {}
    for model in (Fill, Trade, DailyStat, TradeNote):
        rows[model._meta.label_lower] = model._default_manager.filter(
            account__user=user
        )
    return rows


@hooks.register(HOOK_ERASE)
def forget_person(user: User) -> None:
    """The whole journal of somebody who leaves, notes included."""
    Account.objects.filter(user=user).delete()
