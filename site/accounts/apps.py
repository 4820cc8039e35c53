from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")
    default = True

    def ready(self) -> None:
        from wagtail.admin.views.account import NameEmailSettingsPanel

        from accounts import signals  # noqa: F401

        # a person's name and address are kept on the site's own profile page
        NameEmailSettingsPanel.is_active = lambda panel: False


class AdminUsersConfig(WagtailUsersAppConfig):
    """Wagtail's user administration with AMI's forms."""

    user_viewset = "accounts.admin_users.PersonViewSet"
