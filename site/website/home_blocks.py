"""The sections of a home page, in the order a visitor usually meets them."""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock
from wagtail.models import Page

from website.blocks import (
    EXTRAS,
    TEXT,
    LinkBlock,
    OptionalLinkBlock,
    QuestionsBlock,
    TextBlock,
)

OPENING = _("Opening and call to action")
COURSES = _("Courses")
LINK = {"label": "Start for free", "page": None, "address": "/"}


class HeroBlock(blocks.StructBlock):
    eyebrow = blocks.CharBlock(
        label=_("Small line above"), required=False, max_length=80
    )
    heading = blocks.CharBlock(
        label=_("Promise"),
        max_length=120,
        help_text=_("One line: what changes for the person who studies here."),
    )
    text = blocks.TextBlock(label=_("Text"), required=False, max_length=400)
    action = LinkBlock(label=_("Main button"))
    second_action = OptionalLinkBlock(label=_("Second button"))
    image = ImageBlock(label=_("Image"), required=False)

    class Meta:
        icon = "home"
        label = _("Opening")
        group = OPENING
        label_format = "{heading}"
        description = _("The promise in one line, with one action.")
        template = "website/blocks/hero.html"
        preview_value = {
            "eyebrow": "Trading school",
            "heading": "Trade with a method, not with hope",
            "text": "Short lessons, real examples and a journal that does the sums.",
            "action": LINK,
            "second_action": {"label": "", "page": None, "address": ""},
            "image": None,
        }


class OutcomeBlock(blocks.StructBlock):
    title = blocks.CharBlock(
        label=_("Ability"), max_length=80, help_text=_("Start with a verb.")
    )
    text = blocks.TextBlock(label=_("Text"), required=False, max_length=300)

    class Meta:
        icon = "check"
        label = _("Ability")
        label_format = "{title}"


class OutcomesBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    text = blocks.TextBlock(label=_("Text"), required=False, max_length=400)
    outcomes = blocks.ListBlock(OutcomeBlock(), label=_("Abilities"))

    class Meta:
        icon = "check"
        label = _("What you will be able to do")
        group = COURSES
        label_format = "{heading}"
        description = _("A list of abilities, each one starting with a verb.")
        template = "website/blocks/outcomes.html"
        preview_value = {
            "heading": "What you will be able to do",
            "text": "",
            "outcomes": [
                {"title": "Size a position", "text": "From your stop, not from hope."},
                {"title": "Write a plan", "text": "One page that you really follow."},
            ],
        }


class CoursesBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    text = blocks.TextBlock(label=_("Text"), required=False, max_length=400)
    pages = blocks.ListBlock(
        blocks.PageChooserBlock(label=_("Course")),
        label=_("Courses"),
        min_num=0,
        max_num=6,
        help_text=_("Up to six; drafts are left out until they are published."),
    )
    link = OptionalLinkBlock(label=_("Link to all courses"))

    class Meta:
        icon = "folder-open-inverse"
        label = _("Featured courses")
        group = COURSES
        label_format = "{heading}"
        description = _("Cards of the courses you choose.")
        template = "website/blocks/courses.html"
        preview_value = {
            "heading": "Start with one of these",
            "text": "The first one is free.",
            "pages": [],
            "link": {"label": "All courses", "page": None, "address": "/"},
        }

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Adds `cards`: what components/course_card.html takes, one per live page."""
        context: dict[str, Any] = super().get_context(value, parent_context)
        context["cards"] = cards([page for page in value["pages"] if page])
        return context


def cards(chosen: list[Page]) -> list[dict[str, Any]]:
    """The live pages among chosen as components/course_card.html takes them, in order.

    A page type may give its own: a classmethod `cards(pages)` for all of its pages at
    once (None for a page that is not to be shown), or a method `card() -> dict`.
    """
    keys = [page.pk for page in chosen if page.live]
    pages = Page.objects.filter(pk__in=keys).specific().in_bulk(keys)
    by_type: dict[type[Page], list[Page]] = defaultdict(list)
    for page in pages.values():
        by_type[type(page)].append(page)
    found = {
        page.pk: made
        for model, group in by_type.items()
        for page, made in zip(group, cards_of(model, group), strict=True)
    }
    return [card for key in keys if (card := found.get(key))]


def cards_of(model: type[Page], pages: list[Page]) -> list[dict[str, Any] | None]:
    if hasattr(model, "cards"):
        return list(model.cards(pages))
    return [page.card() if hasattr(page, "card") else card(page) for page in pages]


def card(page: Page) -> dict[str, Any]:
    summary = getattr(page, "summary_text", None)
    return {
        "title": page.title,
        "url": page.url,
        "summary": summary() if summary else page.search_description,
    }


class StepBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=80)
    text = blocks.TextBlock(label=_("Text"), max_length=300)

    class Meta:
        icon = "list-ol"
        label = _("Step")
        label_format = "{title}"


class StepsBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    steps = blocks.ListBlock(StepBlock(), label=_("Steps"), min_num=2, max_num=5)

    class Meta:
        icon = "list-ol"
        label = _("Method in steps")
        group = COURSES
        label_format = "{heading}"
        description = _("How the school works, in two to five steps.")
        template = "website/blocks/steps.html"
        preview_value = {
            "heading": "How it works",
            "steps": [
                {"title": "Learn", "text": "Short lessons with real trades."},
                {"title": "Practise", "text": "A quiz at the end of each module."},
                {"title": "Measure", "text": "The journal works out your results."},
            ],
        }


class PersonBlock(blocks.StructBlock):
    name = blocks.CharBlock(label=_("Name"), max_length=80)
    role = blocks.CharBlock(label=_("Role"), required=False, max_length=120)
    text = blocks.TextBlock(label=_("Text"), required=False, max_length=400)
    image = ImageBlock(label=_("Photo"), required=False)

    class Meta:
        icon = "user"
        label = _("Person")
        label_format = "{name}"


class PeopleBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    people = blocks.ListBlock(PersonBlock(), label=_("People"))
    note = blocks.CharBlock(label=_("Note"), required=False, max_length=200)

    class Meta:
        icon = "group"
        label = _("People")
        group = EXTRAS
        label_format = "{heading}"
        description = _("Who teaches here.")
        template = "website/blocks/people.html"
        preview_value = {
            "heading": "Who teaches",
            "people": [
                {
                    "name": "Marta Gil",
                    "role": "Risk",
                    "text": "Fifteen years on a trading desk.",
                    "image": None,
                }
            ],
            "note": "",
        }


class ClaimsBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=80)
    kind = blocks.ChoiceBlock(
        label=_("Mark"),
        choices=[("yes", _("Tick")), ("no", _("Cross"))],
        default="yes",
    )
    items = blocks.ListBlock(
        blocks.CharBlock(label=_("Line"), max_length=250), label=_("Lines")
    )

    class Meta:
        icon = "list-ul"
        label = _("List")
        label_format = "{title}"


class ProofBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    text = blocks.TextBlock(label=_("Text"), required=False, max_length=400)
    lists = blocks.ListBlock(
        ClaimsBlock(),
        label=_("Lists"),
        max_num=3,
        help_text=_("Only what anyone can check; no promises of profit."),
    )

    class Meta:
        icon = "success"
        label = _("Honest proof")
        group = EXTRAS
        label_format = "{heading}"
        description = _("What you can be held to, and what you do not promise.")
        template = "website/blocks/proof.html"
        preview_value = {
            "heading": "What we measure and what we do not promise",
            "text": "This is what you can hold us to.",
            "lists": [
                {"title": "We measure", "kind": "yes", "items": ["Every example"]},
                {"title": "We do not promise", "kind": "no", "items": ["Profit"]},
            ],
        }


class CallToActionBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    text = blocks.TextBlock(label=_("Text"), required=False, max_length=400)
    action = LinkBlock(label=_("Button"))

    class Meta:
        icon = "arrow-right"
        label = _("Call to action")
        group = OPENING
        label_format = "{heading}"
        description = _("One last invitation with one button.")
        template = "website/blocks/call_to_action.html"
        preview_value = {
            "heading": "Start today, for free",
            "text": "The first course is open to everyone.",
            "action": LINK,
        }


class SectionTextBlock(TextBlock):
    class Meta:
        group = TEXT
        template = "website/blocks/section_text.html"


class HomeBlock(blocks.StreamBlock):
    """The sections of a home page."""

    hero = HeroBlock()
    outcomes = OutcomesBlock()
    courses = CoursesBlock()
    steps = StepsBlock()
    people = PeopleBlock()
    proof = ProofBlock()
    questions = QuestionsBlock(template="website/blocks/section_questions.html")
    text = SectionTextBlock()
    call_to_action = CallToActionBlock()
