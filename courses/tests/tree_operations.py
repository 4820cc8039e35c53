"""What editors do to pages, each with what the model expects of it."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.utils.timezone import now
from wagtail.actions import action_registry
from wagtail.models import APIToken, Locale, Page

from courses.kept import KeptError
from courses.models import CoursePage, LessonPage, ModulePage
from courses.tests.tree_model import Learning

MOST = 50  # pages; above it nothing new is made
OURS = (LessonPage, ModulePage, CoursePage)


class Editors:
    """Applies operations; `identity` says which lesson each page must show afterwards.

    An operation gets two numbers to choose with and answers False when there was nothing
    to apply it to.
    """

    def __init__(self, owner: Any, client: Any, learning: Learning) -> None:
        self.owner, self.client, self.learning = owner, client, learning
        self.identity: dict[int, uuid.UUID] = {}
        self.memory: dict[tuple[uuid.UUID, uuid.UUID], uuid.UUID] = {}
        self.made = 0
        self.observe()

    # -- choosing ---------------------------------------------------------------

    def pick(self, n: int, model: Any, **where: Any) -> Any:
        found = list(
            model.objects.filter(**where).order_by("path").values_list("pk", flat=True)
        )
        return model.objects.get(pk=found[n % len(found)]) if found else None

    def any_page(self, n: int) -> Any:
        return self.pick(n // 3, OURS[n % 3])

    def slug(self) -> str:
        self.made += 1
        return f"s{self.made}"

    def full(self) -> bool:
        return Page.objects.count() > MOST

    def draft(self, page: Any) -> Any:
        """What the editor opens; old revisions of a copy still name the original's slug."""
        found = page.get_latest_revision_as_object()
        found.slug = page.slug
        return found

    # -- what the model expects ---------------------------------------------------

    def observe(self) -> None:
        """Learn the keys of pages that are new; known ones must stay as they were."""
        for one in LessonPage.objects.select_related("alias_of"):
            self.identity.setdefault(one.pk, one.key)

    def forget_gone(self) -> None:
        left = set(LessonPage.objects.values_list("pk", flat=True))
        self.identity = {pk: key for pk, key in self.identity.items() if pk in left}

    def fresh(self, before: set[uuid.UUID], pks: set[int]) -> None:
        """Copies are lessons of their own: no key that anybody had."""
        for one in LessonPage.objects.exclude(pk__in=pks):
            assert one.key not in before
            before.add(one.key)
        self.observe()

    # -- writing -----------------------------------------------------------------

    def create(self, n: int, m: int) -> bool:
        parent = self.pick(n, (ModulePage, CoursePage)[m % 2])
        if parent is None or self.full():
            return False
        slug = self.slug()
        live = m % 3 > 0
        page: Any = ModulePage(title=f"M {slug}", slug=slug)
        if m % 2 == 0:
            page = LessonPage(title=f"L {slug}", slug=slug, completion="manual")
        page.locale, page.live = parent.locale, False
        parent.add_child(instance=page)
        if live:
            page.save_revision(clean=False).publish()
        self.observe()
        return True

    def edit(self, n: int, m: int) -> bool:
        page = self.any_page(n)
        if page is None or page.alias_of_id:
            return False
        page = self.draft(page)
        page.title = f"{page.title[:20]} {m % 10}"
        if isinstance(page, LessonPage):
            page.required = m % 4 > 0
        revision = page.save_revision(clean=False)
        if m % 3:
            revision.publish()
        return True

    def publish(self, n: int, m: int) -> bool:
        page = self.any_page(n)
        if page is None or page.alias_of_id:
            return False
        self.draft(page).save_revision(clean=False).publish()
        return True

    def unpublish(self, n: int, m: int) -> bool:
        page = self.any_page(n)
        if page is None:
            return False
        page.unpublish()
        return True

    def schedule(self, n: int, m: int) -> bool:
        """Goes live, or expires, when the clock's command runs."""
        page = self.any_page(n)
        if page is None or page.alias_of_id:
            return False
        page = self.draft(page)
        moment = now() - timedelta(minutes=1)
        page.go_live_at, page.expire_at = (None, moment) if m % 3 == 0 else (None, None)
        revision = page.save_revision(clean=False)
        if m % 3:
            revision.approved_go_live_at = moment
            revision.save(update_fields=["approved_go_live_at"])
        elif page.live:
            type(page).objects.filter(pk=page.pk).update(expire_at=moment)
        call_command("publish_scheduled")
        type(page).objects.filter(pk=page.pk).update(expire_at=None)
        return True

    def revert(self, n: int, m: int) -> bool:
        page = self.any_page(n)
        revisions = page.revisions.order_by("pk") if page else None
        if page is None or page.alias_of_id or not revisions:
            return False
        old = revisions[m % len(revisions)].as_object()
        old.expire_at, old.slug = None, page.slug
        revision = old.save_revision(clean=False)
        if m % 2:
            revision.publish()
        return True

    # -- moving ------------------------------------------------------------------

    def reorder(self, n: int, m: int) -> bool:
        page = self.any_page(n)
        if page is None:
            return False
        siblings = list(page.get_siblings(inclusive=False))
        if not siblings:
            return False
        page.move(siblings[m % len(siblings)], pos=("left", "right")[m % 2])
        return True

    def move_inside(self, n: int, m: int) -> bool:
        page = self.pick(n, LessonPage)
        if page is None:
            return False
        course = page.get_parent().get_parent()
        target = self.pick(m, ModulePage, path__startswith=course.path)
        if not self.room(page, target) or page.get_parent() == target:
            return False
        page.move(target, pos="last-child")
        return True

    def move_away(self, n: int, m: int) -> bool:
        """To another course: refused with records; past the guards it starts anew."""
        page = self.pick(n, (LessonPage, ModulePage)[m % 2])
        target = self.pick(m, (ModulePage, CoursePage)[m % 2]) if page else None
        if page is None or target is None or not self.room(page, target):
            return False
        if page.locale_id != target.locale_id:
            return False
        before, after = self.course_of(page), self.course_of(target)
        keys = self.keys_below(page)
        force = m % 5 == 0
        if force:
            page.move(target, pos="last-child")
        else:
            action = action_registry.get_action_class(Page, "move")
            refused = before != after and self.learning.has_records(keys)
            try:
                action(page, target, pos="last-child", user=self.owner).execute()
                assert not refused
            except KeptError:
                assert refused
                return True
        if before != after:
            path = Page.objects.get(pk=page.pk).path
            self.expect_new(path, before, after)
        return True

    def expect_new(self, path: str, before: uuid.UUID, after: uuid.UUID) -> None:
        """Another lesson in the other course; the one it was when it comes back."""
        known = self.known()
        for one in LessonPage.objects.filter(path__startswith=path, alias_of=None):
            old, new = self.identity[one.pk], one.translation_key
            assert new != old
            assert new not in known or new == self.memory.get((old, after))
            self.memory[(new, before)] = old
            self.memory[(old, after)] = new
            self.identity[one.pk] = new
        for alias in LessonPage.objects.exclude(alias_of=None).select_related(
            "alias_of"
        ):
            self.identity[alias.pk] = alias.alias_of.translation_key

    def room(self, page: Any, target: Any) -> bool:
        return Page._slug_is_available(page.slug, target, page=page)

    def course_of(self, page: Any) -> uuid.UUID:
        course = CoursePage.objects.ancestor_of(page, inclusive=True).get()
        return course.translation_key

    def keys_below(self, page: Any) -> set[uuid.UUID]:
        below = Page.objects.filter(path__startswith=page.path)
        keys = set(below.values_list("translation_key", flat=True))
        aliases = below.exclude(alias_of=None)
        return keys | set(aliases.values_list("alias_of__translation_key", flat=True))

    # -- multiplying -------------------------------------------------------------

    def copy(self, n: int, m: int) -> bool:
        page = self.any_page(n)
        if page is None or self.full():
            return False
        known, pks = self.known(), set(self.identity)
        slug = self.slug()
        page.copy(
            recursive=m % 2 == 0, keep_live=m % 3 > 0, update_attrs={"slug": slug}
        )
        self.fresh(known, pks)
        return True

    def known(self) -> set[uuid.UUID]:
        return set(self.identity.values()) | {k for _u, k in self.learning.progress}

    def translate(self, n: int, m: int) -> bool:
        page = self.pick(n, LessonPage, locale__language_code="en", alias_of=None)
        spanish = Locale.objects.get(language_code="es")
        if page is None or self.full() or page.has_translation(spanish):
            return False
        copy = page.copy_for_translation(spanish, copy_parents=True)
        if m % 2:
            copy.save_revision(clean=False).publish()
        assert copy.key == page.key
        self.observe()
        return True

    def alias(self, n: int, m: int) -> bool:
        page = self.pick(n, LessonPage)
        target = self.pick(m, ModulePage)
        if page is None or self.full():
            return False
        copy = page.create_alias(parent=target, update_slug=self.slug())
        assert LessonPage.objects.get(pk=copy.pk).key == page.key
        self.observe()
        return True

    def detach(self, n: int, m: int) -> bool:
        page = self.pick(n, LessonPage, alias_of__isnull=False)
        if page is None:
            return False
        action = action_registry.get_action_class(Page, "convert_alias")
        refused = self.learning.has_records(self.keys_below(page))
        try:
            action(page, user=self.owner).execute()
            assert not refused
            self.identity[page.pk] = page.translation_key
        except KeptError:
            assert refused
        return True

    # -- deleting ----------------------------------------------------------------

    def delete(self, n: int, m: int) -> bool:
        """By the API, the admin, a selection, or past all guards in a shell."""
        page = self.any_page(n)
        if page is None or self.last(page):
            return False
        refused = self.learning.has_records(self.keys_below(page))
        ways: list[Callable[[Any], bool]] = [
            self.by_action, self.by_action, self.by_admin, self.by_bulk, self.by_api
        ]  # fmt: skip
        if m % 12 == 0:
            page.delete()
        else:
            gone = ways[m % len(ways)](page)
            assert gone is not refused
        self.forget_gone()
        self.orphans()
        return True

    def last(self, page: Any) -> bool:
        return isinstance(page, CoursePage) and CoursePage.objects.count() < 3

    def orphans(self) -> None:
        """An alias whose original is gone shows itself."""
        for one in LessonPage.objects.filter(alias_of=None):
            self.identity[one.pk] = one.translation_key

    def by_action(self, page: Any) -> bool:
        action = action_registry.get_action_class(Page, "delete")
        try:
            action(page, user=self.owner).execute()
        except KeptError:
            return False
        return True

    def by_admin(self, page: Any) -> bool:
        confirmed = {"confirm_site_name": "AMI"}
        answer = self.client.post(f"/admin/pages/{page.pk}/delete/", confirmed)
        assert answer.status_code == 302
        return not Page.objects.filter(pk=page.pk).exists()

    def by_bulk(self, page: Any) -> bool:
        confirmed = {"confirm_site_name": "AMI"}
        url = f"/admin/bulk/wagtailcore/page/delete/?id={page.pk}"
        assert self.client.post(url, confirmed).status_code == 302
        return not Page.objects.filter(pk=page.pk).exists()

    def by_api(self, page: Any) -> bool:
        _token, key = APIToken.create_token(user=self.owner, name="test")
        answer = self.client.delete(
            f"/api/v3/pages/{page.pk}/", headers={"authorization": f"Bearer {key}"}
        )
        assert answer.status_code in (204, 409)
        return bool(answer.status_code == 204)
