from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.blocks.base import Block
from wagtail.models import GroupPagePermission

from website import groups, home_blocks
from website.blocks import BodyBlock
from website.models import (
    BlogIndexPage,
    BlogPostPage,
    ContentPage,
    FormPage,
    HomePage,
)
from website.tests import make

STREAMS = (home_blocks.HomeBlock(), BodyBlock())
BLOCKS = [block for stream in STREAMS for block in stream.child_blocks.values()]
PAGE_TYPES = [HomePage, ContentPage, BlogIndexPage, BlogPostPage, FormPage]


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return str(response.content.decode())


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_desk_tells_an_editor_what_to_do_first(
    homes: Any, editor: Any, client_of: Any, language: str
) -> None:
    editor.language = language
    editor.save()
    html = read(client_of(editor), "/admin/")
    assert "ami-first-steps" in html
    assert "ami/admin-logo.svg" in html
    assert "Eva" in html


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_first_steps_lead_to_pages_in_the_editors_language(
    homes: Any, editor: Any, client_of: Any, language: str
) -> None:
    blogs = {code: make.blog(home) for code, home in homes.items()}
    editor.language = language
    editor.save()
    html = read(client_of(editor), "/admin/")
    assert reverse("wagtailadmin_explore", args=[homes[language].pk]) in html
    for code, blog in blogs.items():
        post = f"/admin/pages/add/website/blogpostpage/{blog.pk}/"
        assert (post in html) is (code == language)


def test_the_guide_is_in_the_help_menu(homes: Any, editor: Any, client_of: Any) -> None:
    client = client_of(editor)
    assert reverse("website_guide") in read(client, "/admin/")
    assert 'id="publish"' in read(client, reverse("website_guide"))
    assert Client().get(reverse("website_guide")).status_code == 302


def test_an_editor_opens_every_editor_and_its_preview(
    homes: Any, editor: Any, client_of: Any
) -> None:
    client = client_of(editor)
    blog = make.blog(homes["es"], posts=1)
    pages = [
        homes["es"],
        blog,
        blog.posts()[0],
        make.form(homes["es"]),
        make.content(homes["es"], "Escuela"),
    ]
    for page in pages:
        read(client, reverse("wagtailadmin_pages:edit", args=[page.pk]))
        preview = reverse("wagtailadmin_pages:view_draft", args=[page.pk])
        assert page.title in read(client, preview)


def test_an_editor_makes_a_post_from_a_title_alone(
    homes: Any, editor: Any, client_of: Any
) -> None:
    blog = make.blog(homes["es"])
    url = reverse("wagtailadmin_pages:add", args=["website", "blogpostpage", blog.pk])
    data = {
        "title": "Una idea",
        "slug": "una-idea",
        "date": "2026-11-24",
        "body-count": "0",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
    }
    response = client_of(editor).post(url, data)
    assert response.status_code == 302, response.content.decode()[:2000]
    assert not BlogPostPage.objects.get().live


def test_groups_get_their_permissions_once(homes: Any) -> None:
    groups.setup()
    before = GroupPagePermission.objects.count()
    groups.setup()
    assert GroupPagePermission.objects.count() == before
    actions = GroupPagePermission.objects.filter(group__name="Editors")
    assert {row.permission.codename for row in actions} == {"add_page", "change_page"}


def test_an_editor_cannot_publish_and_a_moderator_can(
    homes: Any, editor: Any, make_user: Any
) -> None:
    from django.contrib.auth.models import Group

    groups.setup()
    moderator = make_user("Mora")
    moderator.groups.add(Group.objects.get(name="Moderators"))
    assert not homes["es"].permissions_for_user(editor).can_publish()
    assert homes["es"].permissions_for_user(moderator).can_publish()


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_every_block_says_what_it_is_and_shows_itself(block: Block) -> None:
    assert block.meta.description
    assert block.meta.icon != "placeholder"
    assert block.meta.group
    assert block.is_previewable


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_every_block_preview_renders(
    homes: Any, editor: Any, client_of: Any, block: Block
) -> None:
    url = reverse("wagtailadmin_block_preview")
    html = read(client_of(editor), f"{url}?id={block.definition_prefix}")
    assert "ami/css/website.css" in html


@pytest.mark.parametrize("model", PAGE_TYPES)
def test_every_page_type_says_what_it_is_for(model: Any) -> None:
    assert model.page_description
    assert model.parent_page_types
