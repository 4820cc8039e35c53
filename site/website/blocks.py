"""The blocks editors compose text from: what articles, posts and plain pages hold.

The home page's own sections are in home_blocks.py.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.contrib.table_block.blocks import TableBlock as WagtailTableBlock
from wagtail.images.blocks import ImageBlock

TEXT = _("Text")
PICTURES = _("Pictures and video")
EXTRAS = _("Highlights")

TEXT_FEATURES = [
    "h2",
    "h3",
    "bold",
    "italic",
    "ol",
    "ul",
    "link",
    "document-link",
    "hr",
]
PROVIDERS = [("youtube", "YouTube"), ("vimeo", "Vimeo")]
INLINE_FEATURES = ["bold", "italic", "link"]


class LinkValue(blocks.StructValue):
    @property
    def url(self) -> str:
        """Where the link leads; empty for no target or a page that is not published."""
        page = self.get("page")
        if page is not None:
            return str(page.url or "") if page.live else ""
        return str(self.get("address") or "")


class OptionalLinkBlock(blocks.StructBlock):
    """A label and where it leads: a page of this site, or any address; may be empty."""

    label = blocks.CharBlock(
        label=_("Label"),
        required=False,
        max_length=60,
        help_text=_("For example: Start for free"),
    )
    page = blocks.PageChooserBlock(
        label=_("Page"), required=False, help_text=_("A page of this site.")
    )
    address = blocks.CharBlock(
        label=_("Address"),
        required=False,
        max_length=500,
        help_text=_("Only if no page is chosen: https://… or a path such as /en/…"),
        validators=[
            RegexValidator(
                r"^(https://|http://|mailto:|/|#)",
                _("Start the address with https://, mailto:, / or #."),
            )
        ],
    )

    class Meta:
        icon = "link"
        label_format = "{label}"
        value_class = LinkValue

    def clean(self, value: Any) -> Any:
        """A label needs somewhere to lead."""
        link = super().clean(value)
        leads = link["page"] or link["address"]
        if link["label"] and not leads and not self.is_deferred_validation:
            raise StructBlockValidationError(
                {"page": ValidationError(_("Choose a page or write an address."))}
            )
        return link


class LinkBlock(OptionalLinkBlock):
    label = blocks.CharBlock(
        label=_("Label"), max_length=60, help_text=_("For example: Start for free")
    )


class TextBlock(blocks.RichTextBlock):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"features": TEXT_FEATURES, **kwargs})

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        group = TEXT
        description = _("Paragraphs, headings, lists and links.")
        template = "website/blocks/text.html"
        preview_value = (
            "<h2>Risk comes first</h2><p>Decide what you can lose <b>before</b> you "
            "decide what to buy.</p>"
        )


class FigureBlock(blocks.StructBlock):
    image = ImageBlock(label=_("Image"))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=250)

    class Meta:
        icon = "image"
        label = _("Image")
        group = PICTURES
        label_format = "{caption}"
        description = _("A picture with an alternative text and an optional caption.")
        template = "website/blocks/figure.html"
        preview_value = {"image": None, "caption": "Your equity, week by week"}


def video_number(**options: Any) -> blocks.CharBlock:
    """The field that names a video at its provider."""
    return blocks.CharBlock(
        label=_("Video number"),
        max_length=20,
        help_text=_("The last part of the video's address, for example aqz-KE-bpKQ"),
        validators=[
            RegexValidator(r"^[\w-]{6,20}$", _("Letters, digits, - and _ only."))
        ],
        **options,
    )


class VideoBlock(blocks.StructBlock):
    """A video of YouTube or Vimeo; shown without their cookies."""

    title = blocks.CharBlock(
        label=_("Title"),
        max_length=120,
        help_text=_("Read aloud by screen readers: say what the video shows."),
    )
    provider = blocks.ChoiceBlock(
        label=_("Provider"), choices=PROVIDERS, default="youtube"
    )
    video_id = video_number()

    class Meta:
        icon = "media"
        label = _("Video")
        group = PICTURES
        label_format = "{title}"
        description = _("A video of YouTube or Vimeo, without their cookies.")
        template = "website/blocks/video.html"
        preview_value = {
            "title": "Big Buck Bunny",
            "provider": "youtube",
            "video_id": "aqz-KE-bpKQ",
        }


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("Quote"), max_length=600)
    source = blocks.CharBlock(label=_("Who said it"), required=False, max_length=120)

    class Meta:
        icon = "openquote"
        label = _("Quote")
        group = EXTRAS
        label_format = "{text}"
        description = _("Somebody's words, with their name.")
        template = "website/blocks/quote.html"
        preview_value = {
            "text": "I stopped looking at the price and started looking at my rules.",
            "source": "Lucía, student",
        }


class CalloutBlock(blocks.StructBlock):
    tone = blocks.ChoiceBlock(
        label=_("Kind"),
        choices=[
            ("info", _("Note")),
            ("success", _("Tip")),
            ("warning", _("Warning")),
        ],
        default="info",
    )
    title = blocks.CharBlock(label=_("Title"), required=False, max_length=100)
    text = blocks.RichTextBlock(label=_("Text"), features=INLINE_FEATURES)

    class Meta:
        icon = "info-circle"
        label = _("Note")
        group = EXTRAS
        label_format = "{title}"
        description = _("A short note, tip or warning set apart from the text.")
        template = "website/blocks/callout.html"
        preview_value = {
            "tone": "warning",
            "title": "Before you start",
            "text": "<p>Never trade with money you need next month.</p>",
        }


class QuestionBlock(blocks.StructBlock):
    question = blocks.CharBlock(label=_("Question"), max_length=160)
    answer = blocks.RichTextBlock(label=_("Answer"), features=[*INLINE_FEATURES, "ul"])

    class Meta:
        icon = "help"
        label = _("Question")
        label_format = "{question}"


class QuestionsBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=120)
    questions = blocks.ListBlock(QuestionBlock(), label=_("Questions"))

    class Meta:
        icon = "help"
        label = _("Questions and answers")
        group = EXTRAS
        label_format = "{heading}"
        description = _("Frequent questions that open and close.")
        template = "website/blocks/questions.html"
        preview_value = {
            "heading": "Frequent questions",
            "questions": [
                {
                    "question": "Do I need experience?",
                    "answer": "<p>No: the first course starts from zero.</p>",
                }
            ],
        }


class TableBlock(WagtailTableBlock):
    """Wagtail's table; the grid it edits in speaks English only, whatever the admin does."""

    def get_table_options(self, table_options: dict[str, Any] | None = None) -> Any:
        return super().get_table_options({"language": "en-US", **(table_options or {})})

    class Meta:
        icon = "table"
        label = _("Table")
        group = TEXT
        description = _("Rows and columns; give it a caption and a header row.")
        template = "website/blocks/table.html"
        preview_value = {
            "first_row_is_table_header": True,
            "first_col_is_header": False,
            "table_caption": "What a loss asks for",
            "data": [["Loss", "Gain needed"], ["10 %", "11.1 %"], ["50 %", "100 %"]],
        }


class ButtonBlock(blocks.StructBlock):
    link = LinkBlock(label=_("Link"))
    note = blocks.CharBlock(
        label=_("Note"),
        required=False,
        max_length=120,
        help_text=_("Small text beside the button."),
    )

    class Meta:
        icon = "link"
        label = _("Button")
        group = EXTRAS
        description = _("One clear next step.")
        template = "website/blocks/button.html"
        preview_value = {
            "link": {"label": "Start for free", "page": None, "address": "/"},
            "note": "No card needed.",
        }


class BodyBlock(blocks.StreamBlock):
    """What the text of a page or post is made of."""

    text = TextBlock()
    image = FigureBlock()
    table = TableBlock()
    video = VideoBlock()
    quote = QuoteBlock()
    callout = CalloutBlock()
    questions = QuestionsBlock()
    button = ButtonBlock()
