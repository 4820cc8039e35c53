"""Pages of the administration that are for the owners alone."""

from wagtail.admin.views.generic import PermissionCheckedMixin

from accounts.models import User
from accounts.owners import OwnersOnly


class OwnersView(PermissionCheckedMixin):
    """For views without rows of their own; everybody else is turned away as Wagtail does.

    Views of a model's rows take their policy from the model (register_permission_policy).
    """

    permission_policy = OwnersOnly(User)
    permission_required = "view"
