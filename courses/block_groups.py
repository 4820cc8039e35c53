"""The groups in which the editor's chooser shows the blocks of a lesson."""

from django.utils.translation import gettext_lazy as _

TEXT = _("Text")
MEDIA = _("Pictures and video")
PRACTICE = _("Practice")
