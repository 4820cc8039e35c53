"""Instructors, topics and levels in the administration."""

from django.utils.translation import get_language, gettext_lazy
from wagtail.admin.ui.tables import LiveStatusTagColumn
from wagtail.models import Locale
from wagtail.snippets.views.chooser import SnippetChooserViewSet
from wagtail.snippets.views.snippets import (
    CreateView,
    SnippetViewSet,
    SnippetViewSetGroup,
)

from courses.models import Instructor, Level, Topic

STATUS = LiveStatusTagColumn(label=gettext_lazy("Status"))


class SharedCreateView(CreateView):
    """A new one is in the language its author works in, unless the address says another."""

    def get_locale(self) -> Locale | None:
        found: Locale | None = super().get_locale()
        if self.request.GET.get("locale"):
            return found
        own = Locale.objects.filter(language_code=get_language()).first()
        return own or found


class SharedChooserViewSet(SnippetChooserViewSet):
    # Wagtail translates its own title once, in the language of the site.
    page_title = gettext_lazy("Choose")


class SharedViewSet(SnippetViewSet):
    """A list that tells drafts from what the site shows."""

    add_view_class = SharedCreateView
    chooser_viewset_class = SharedChooserViewSet


class InstructorViewSet(SharedViewSet):
    model = Instructor
    icon = "user"
    list_display = ["name", "role", "locale", STATUS]
    search_fields = ["name"]


class TopicViewSet(SharedViewSet):
    model = Topic
    icon = "tag"
    list_display = ["name", "locale", STATUS]


class LevelViewSet(SharedViewSet):
    model = Level
    icon = "list-ol"
    list_display = ["name", "code", "locale", STATUS]


class CatalogueGroup(SnippetViewSetGroup):
    menu_label = gettext_lazy("Catalogue")
    menu_icon = "folder-open-inverse"
    menu_order = 290
    items = (InstructorViewSet, TopicViewSet, LevelViewSet)
