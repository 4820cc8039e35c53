"""What editors do to pages, each with what the model expects of it.

Most operations use Wagtail's own actions, as the administration and the API do; a share of
the deletions goes through the doors themselves: administration, selection and API.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.utils.timezone import now
from wagtail.actions import action_registry
from wagtail.models import APIToken, Locale, Page

from courses.kept import KeptError
from courses.models import CoursePage, LessonPage, ModulePage
from courses.tests.tree_model import COURSE, LESSON, MODULE, STEP, Learning, Row, Tree

MOST = 28  # pages; above it nothing new is made
ALIASES = 2  # of one lesson
OURS = {LESSON: LessonPage, MODULE: ModulePage, COURSE: CoursePage}


class Editors:
    """Applies operations; `identity` says which lesson each page must show afterwards.

    An operation gets two numbers to choose with and answers False when there was nothing
    to apply it to. `tree` is the page tree as it was before the operation.
    """

    def __init__(self, owner: Any, client: Any, learning: Learning) -> None:
        self.owner, self.client, self.learning = owner, client, learning
        self.identity: dict[int, uuid.UUID] = {}
        self.memory: dict[tuple[uuid.UUID, uuid.UUID], uuid.UUID] = {}
        self.made = 0
        self.observe()

    # -- choosing ---------------------------------------------------------------

    def pick(
        self, n: int, depth: int, where: Callable[[Row], bool] = lambda row: True
    ) -> Any:
        found = [row for row in self.tree.of_depth(depth) if where(row)]
        return OURS[depth].objects.get(pk=found[n % len(found)].pk) if found else None

    def any_page(self, n: int) -> Any:
        return self.pick(n // 3, (LESSON, MODULE, COURSE)[n % 3])

    def slug(self) -> str:
        self.made += 1
        return f"s{self.made}"

    def full(self) -> bool:
        return len(self.tree.pages()) > MOST

    def draft(self, page: Any) -> Any:
        """What the editor opens; old revisions of a copy still name the original's slug."""
        found = page.get_latest_revision_as_object()
        found.slug = page.slug
        return found

    def save(self, page: Any, *, publish: bool) -> None:
        revision = page.save_revision(clean=False, log_action=False)
        if publish:
            revision.publish(log_action=False)

    # -- what the model expects ---------------------------------------------------

    def observe(self) -> None:
        """Learn the keys of pages that are new; known ones must stay as they were."""
        self.tree = Tree.read()
        for one in self.tree.lessons:
            self.identity.setdefault(one.pk, one.key)

    def forget_gone(self) -> None:
        """Deleted pages show nothing; an alias whose original is gone shows itself."""
        self.tree = Tree.read()
        self.identity = {
            one.pk: self.identity[one.pk] if one.alias else one.own
            for one in self.tree.lessons
        }

    def fresh(self, before: set[uuid.UUID], pks: set[int]) -> None:
        """Copies are lessons of their own: no key that anybody had."""
        self.observe()
        for one in self.tree.lessons:
            if one.pk not in pks:
                assert one.key not in before
                before.add(one.key)

    # -- writing -----------------------------------------------------------------

    def create(self, n: int, m: int) -> bool:
        parent = self.pick(n, (MODULE, COURSE)[m % 2])
        if parent is None or self.full():
            return False
        slug = self.slug()
        page: Any = ModulePage(title=f"M {slug}", slug=slug)
        if m % 2 == 0:
            page = LessonPage(title=f"L {slug}", slug=slug, completion="manual")
        page.locale, page.live = parent.locale, False
        parent.add_child(instance=page)
        if m % 3 > 0:
            self.save(page, publish=True)
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
        self.save(page, publish=m % 2 > 0)
        return True

    def publish(self, n: int, m: int) -> bool:
        page = self.any_page(n)
        if page is None or page.alias_of_id:
            return False
        self.save(self.draft(page), publish=True)
        return True

    def unpublish(self, n: int, m: int) -> bool:
        page = self.any_page(n)
        if page is None:
            return False
        page.unpublish(log_action=False)
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
        revisions = list(page.revisions.order_by("pk")) if page else []
        if page is None or page.alias_of_id or not revisions:
            return False
        old = revisions[m % len(revisions)].as_object()
        old.expire_at, old.slug = None, page.slug
        self.save(old, publish=m % 2 > 0)
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
        page = self.pick(n, LESSON)
        if page is None:
            return False
        course = page.path[: -2 * STEP]
        target = self.pick(m, MODULE, lambda row: row.path.startswith(course))
        if page.path.startswith(target.path) or not self.room(page, target):
            return False
        page.move(target, pos="last-child")
        return True

    def move_away(self, n: int, m: int) -> bool:
        """To another course: refused with records; past the guards it starts anew."""
        page = self.pick(n, (LESSON, MODULE)[m % 2])
        if page is None:
            return False
        target = self.pick(
            m, (MODULE, COURSE)[m % 2], lambda row: row.locale == page.locale_id
        )
        if target is None or not self.room(page, target):
            return False
        before, after = self.course_of(page), self.course_of(target)
        if m % 5 == 0:
            page.move(target, pos="last-child")
        else:
            action = action_registry.get_action_class(Page, "move")
            keys = self.tree.keys_below(page.path)
            refused = before != after and self.learning.has_records(keys)
            try:
                action(page, target, pos="last-child", user=self.owner).execute()
                assert not refused
            except KeptError:
                assert refused
                return True
        if before != after:
            self.expect_new(page.pk, before, after)
        return True

    def expect_new(self, pk: int, before: uuid.UUID, after: uuid.UUID) -> None:
        """Another lesson in the other course; the one it was when it comes back."""
        known = self.known()
        self.tree = Tree.read()
        path = next(row.path for row in self.tree.pages() if row.pk == pk)
        for one in self.tree.lessons:
            if one.alias or not one.path.startswith(path):
                continue
            old, new = self.identity[one.pk], one.own
            assert new != old
            assert new not in known or new == self.memory.get((old, after))
            self.memory[(new, before)] = old
            self.memory[(old, after)] = new
            self.identity[one.pk] = new
        self.identity.update(
            {one.pk: one.key for one in self.tree.lessons if one.alias}
        )

    def room(self, page: Any, target: Any) -> bool:
        return bool(Page._slug_is_available(page.slug, target, page=page))

    def course_of(self, page: Any) -> uuid.UUID:
        return self.tree.courses[page.path[: COURSE * STEP]].own

    # -- multiplying -------------------------------------------------------------

    def copy(self, n: int, m: int) -> bool:
        page = self.any_page(n)
        if page is None or self.full():
            return False
        known, pks = self.known(), set(self.identity)
        page.copy(
            recursive=m % 2 == 0,
            keep_live=m % 3 > 0,
            update_attrs={"slug": self.slug()},
            log_action=None,
        )
        self.fresh(known, pks)
        return True

    def known(self) -> set[uuid.UUID]:
        return set(self.identity.values()) | {k for _u, k in self.learning.progress}

    def translate(self, n: int, m: int) -> bool:
        english = Locale.objects.get(language_code="en").pk
        page = self.pick(n, LESSON, lambda one: one.locale == english and not one.alias)
        spanish = Locale.objects.get(language_code="es")
        if page is None or self.full() or page.has_translation(spanish):
            return False
        copy = page.copy_for_translation(spanish, copy_parents=True)
        if m % 2:
            self.save(copy, publish=True)
        assert copy.key == page.key
        self.observe()
        return True

    def alias(self, n: int, m: int) -> bool:
        aliases = Counter(one.key for one in self.tree.lessons if one.alias)
        page = self.pick(n, LESSON, lambda row: aliases[row.key] < ALIASES)
        target = self.pick(m, MODULE)
        if page is None or target is None or self.full():
            return False
        copy = page.create_alias(
            parent=target, update_slug=self.slug(), log_action=None
        )
        self.observe()
        assert self.identity[copy.pk] == page.key
        return True

    def detach(self, n: int, m: int) -> bool:
        page = self.pick(n, LESSON, lambda row: row.alias)
        if page is None:
            return False
        action = action_registry.get_action_class(Page, "convert_alias")
        refused = self.learning.has_records(self.tree.keys_below(page.path))
        try:
            action(page, user=self.owner).execute()
            assert not refused
            self.identity[page.pk] = page.translation_key
        except KeptError:
            assert refused
        return True

    # -- deleting ----------------------------------------------------------------

    def delete(self, n: int, m: int) -> bool:
        """As Wagtail's actions do, or past all guards in a shell."""
        page = self.any_page(n)
        if page is None or self.last(page):
            return False
        if m % 8 == 0:
            page.delete()
            self.forget_gone()
            return True
        return self.remove(page, self.by_action)

    def delete_by_admin(self, n: int, m: int) -> bool:
        return self.remove(self.any_page(n), self.by_admin)

    def delete_by_bulk(self, n: int, m: int) -> bool:
        return self.remove(self.any_page(n), self.by_bulk)

    def delete_by_api(self, n: int, m: int) -> bool:
        return self.remove(self.any_page(n), self.by_api)

    def remove(self, page: Any, way: Callable[[Any], bool]) -> bool:
        if page is None or self.last(page):
            return False
        refused = self.learning.has_records(self.tree.keys_below(page.path))
        gone = way(page)
        assert gone is not refused
        self.forget_gone()
        return True

    def last(self, page: Any) -> bool:
        return isinstance(page, CoursePage) and len(self.tree.courses) < 3

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
