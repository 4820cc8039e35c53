"""What owners see of the journal in the Wagtail admin: accounts and the workers' runs."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup

from journal.models import Account, Run


class _ReadOnly(ModelViewSet):
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    exclude_form_fields = ("id",)  # one of the two is required; no form is reachable

    def register_permissions(self) -> None:
        """Not offered to groups: owners only."""


class AccountViewSet(_ReadOnly):
    model = Account
    name = "journal_accounts"
    icon = "user"
    search_fields = ("name", "broker", "user__email")
    list_display = (
        "name",
        Column("user", label=_("Student"), accessor="user.email"),
        Column("broker", label=_("Broker")),
        Column("base_currency", label=_("Currency")),
        Column("id", label=_("Account id")),
        DateColumn("created_at", label=_("Created")),
    )


class RunViewSet(_ReadOnly):
    model = Run
    name = "journal_runs"
    icon = "history"
    search_fields = ("source", "filename")
    list_display = (
        "source",
        Column("account", label=_("Account")),
        Column("filename", label=_("File")),
        Column("state", label=_("State")),
        Column("rows_read", label=_("Rows read")),
        Column("rows_rejected", label=_("Rejected")),
        DateColumn("started_at", label=_("Started")),
    )


class JournalAdmin(ModelViewSetGroup):
    menu_label = _("Trading journal")
    menu_icon = "list-ol"
    menu_order = 840
    items = (AccountViewSet(), RunViewSet())


admin = JournalAdmin()
