"""The administration of students, plugged into Wagtail (imported by wagtail_hooks)."""

from wagtail import hooks
from wagtail.permissions import register_permission_policy

from courses import enrolment_bulk, staff, students_admin
from courses.models import Enrolment, EnrolmentImport, EnrolmentImportRow

register_permission_policy(Enrolment, staff.OwnersOnly(Enrolment, {"add", "view"}))
for model in (EnrolmentImport, EnrolmentImportRow):
    register_permission_policy(model, staff.OwnersOnly(model, {"add", "view"}))
hooks.register("register_bulk_action", enrolment_bulk.WithdrawMany)
hooks.register("register_bulk_action", enrolment_bulk.ExtendMany)


@hooks.register("register_admin_viewset")
def students_viewsets() -> students_admin.StudentsGroup:
    return students_admin.StudentsGroup()
