"""Who may do what in the admin: Editors write, Moderators publish, Owners do everything."""

from django.contrib.auth.models import Group, Permission
from wagtail import hooks
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
)

ALL_PAGE_ACTIONS = ("add", "change", "publish", "bulk_delete", "lock", "unlock")
PAGE_ACTIONS = {
    "Editors": ("add", "change"),
    "Moderators": ("add", "change", "publish", "lock", "unlock"),
    "Owners": ALL_PAGE_ACTIONS,
}
FILE_ACTIONS = ("add", "change", "choose")
# Rows of Stripe and of records are looked at, not edited, by anyone in the admin.
READ_ONLY_APPS = ("djstripe", "audit", "outbox")
SHARED = [("website", "footermenu"), ("wagtailredirects", "redirect")]
SHARED_ACTIONS = (
    "add",
    "change",
    "publish",
)  # what one may do with pages, with them too
HOOK_SHARED = "ami_editors_share"


def setup() -> None:
    """Give each group what it needs; never takes anything away. Safe to run again."""
    root = Page.get_first_root_node()
    for name, actions in PAGE_ACTIONS.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.add(
            *Permission.objects.filter(
                codename="access_admin", content_type__app_label="wagtailadmin"
            )
        )
        for action in actions:
            permission = Permission.objects.get(
                codename=f"{action}_page", content_type__app_label="wagtailcore"
            )
            GroupPagePermission.objects.get_or_create(
                group=group, page=root, permission=permission
            )
        share_files(group)
        group.permissions.add(*Permission.objects.filter(codename="submit_translation"))
        shared_actions = [one for one in actions if one in SHARED_ACTIONS]
        for room, model in shared():
            grant(name, room, model, ("view", *shared_actions))
    everything(Group.objects.get(name="Owners"))


def shared() -> list[tuple[str, str]]:
    """(room, model) of rows that every group edits: ours and other rooms' snippets."""
    found = [pair for hook in hooks.get_hooks(HOOK_SHARED) for pair in hook()]
    return [*SHARED, *found]


def share_files(group: Group) -> None:
    """Images and documents of the root collection."""
    root = Collection.get_first_root_node()
    names = [f"{a}_{m}" for a in FILE_ACTIONS for m in ("image", "document")]
    for permission in Permission.objects.filter(
        codename__in=names,
        content_type__app_label__in=("wagtailimages", "wagtaildocs"),
    ):
        GroupCollectionPermission.objects.get_or_create(
            group=group, collection=root, permission=permission
        )


def grant(
    group: str,
    room: str,
    model: str,
    actions: tuple[str, ...] = ("view", "add", "change"),
) -> None:
    """Let a group work with the rows of a model; rooms call it for their snippets."""
    found = Permission.objects.filter(
        content_type__app_label=room,
        content_type__model=model,
        codename__in=[f"{action}_{model}" for action in actions],
    )
    Group.objects.get(name=group).permissions.add(*found)


def everything(group: Group) -> None:
    looked_at = Permission.objects.filter(content_type__app_label__in=READ_ONLY_APPS)
    others = Permission.objects.exclude(content_type__app_label__in=READ_ONLY_APPS)
    group.permissions.add(*others, *looked_at.filter(codename__startswith="view_"))
