"""The "Students" menu of the administration."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from courses.certificate_admin import CertificateViewSet
from courses.enrolment_admin import EnrolmentViewSet
from courses.enrolment_import_admin import EnrolmentImportViewSet
from courses.override_admin import OverrideViewSet
from courses.reset_admin import ResetViewSet
from courses.staff import AccessGrantViewSet


class StudentsGroup(ModelViewSetGroup):
    menu_label = _("Students")
    menu_icon = "group"
    menu_order = 300
    items = (
        EnrolmentViewSet,
        EnrolmentImportViewSet,
        AccessGrantViewSet,
        OverrideViewSet,
        ResetViewSet,
        CertificateViewSet,
    )
