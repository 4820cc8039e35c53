"""The blocks a lesson is made of. One class and one template each."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from courses.quiz_blocks import QuizBlock
from website.blocks import PROVIDERS, video_number
from website.blocks import FigureBlock as PageFigureBlock
from website.blocks import TableBlock as PageTableBlock

TEXT = _("Text")
MEDIA = _("Pictures and video")
PRACTICE = _("Practice")
EMBEDS = {
    "youtube": "https://www.youtube-nocookie.com/embed/{}?autoplay=1&rel=0",
    "vimeo": "https://player.vimeo.com/video/{}?autoplay=1&dnt=1",
}
LANGUAGES = [
    ("python", "Python"),
    ("text", _("Plain text")),
    ("sql", "SQL"),
    ("bash", "Shell"),
    ("json", "JSON"),
    ("yaml", "YAML"),
    ("javascript", "JavaScript"),
]


class HeadingBlock(blocks.StructBlock):
    text = blocks.CharBlock(label=_("Heading"), max_length=160)
    level = blocks.ChoiceBlock(
        label=_("Level"),
        choices=[("2", _("Section")), ("3", _("Subsection"))],
        default="2",
    )

    class Meta:
        icon = "title"
        label = _("Heading")
        group = TEXT
        label_format = "{text}"
        description = _("Divides the lesson; students jump between headings.")
        template = "courses/blocks/heading.html"
        preview_value = {"text": "The four numbers", "level": "2"}


class TextBlock(blocks.RichTextBlock):
    def __init__(self, **kwargs: Any) -> None:
        features = ["bold", "italic", "code", "ol", "ul", "link"]
        super().__init__(**{"features": features, **kwargs})

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        group = TEXT
        description = _("Paragraphs, lists and links.")
        template = "courses/blocks/text.html"
        preview_value = (
            "<p>A stop is an <b>order</b>, not a guarantee: when the market jumps past "
            "your price, you get out at the first price there is.</p>"
        )


class FigureBlock(PageFigureBlock):
    class Meta:
        group = MEDIA
        template = "courses/blocks/figure.html"
        preview_value = {"image": None, "caption": "A long trade with 1R of risk"}


class VideoBlock(blocks.StructBlock):
    """An own file, or a video of YouTube or Vimeo that loads only after a click."""

    title = blocks.CharBlock(
        label=_("Title"),
        max_length=160,
        help_text=_("Read aloud by screen readers: say what the video shows."),
    )
    file = DocumentChooserBlock(
        label=_("Video file"),
        required=False,
        help_text=_("MP4 or WebM. Leave it empty for YouTube or Vimeo."),
    )
    provider = blocks.ChoiceBlock(
        label=_("Provider"), required=False, choices=PROVIDERS
    )
    video_id = video_number(required=False)
    poster = ImageChooserBlock(
        label=_("Poster"),
        required=False,
        help_text=_("The picture shown before the video plays."),
    )
    captions = DocumentChooserBlock(
        label=_("Captions"),
        required=False,
        help_text=_("A .vtt file in the language of this page."),
    )
    transcript = blocks.TextBlock(
        label=_("Transcript"),
        required=False,
        help_text=_("What is said and shown, for people who cannot play the video."),
    )

    class Meta:
        icon = "media"
        label = _("Video")
        group = MEDIA
        label_format = "{title}"
        description = _("A video of your own, of YouTube or of Vimeo, without cookies.")
        template = "courses/blocks/video.html"
        preview_value = {
            "title": "1R in 28 seconds",
            "file": None,
            "provider": "youtube",
            "video_id": "aqz-KE-bpKQ",
            "poster": None,
            "captions": None,
            "transcript": "A price line moves up and down until the entry, at 50.",
        }

    def clean(self, value: Any) -> Any:
        """Exactly one place to play from."""
        video = super().clean(value)
        outside = video["provider"] and video["video_id"]
        if not self.is_deferred_validation and bool(video["file"]) == bool(outside):
            text = _("Choose a video file, or a provider and the video's number.")
            raise StructBlockValidationError({"file": ValidationError(text)})
        return video

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Adds embed_url (empty for an own file)."""
        context: dict[str, Any] = super().get_context(value, parent_context)
        pattern = EMBEDS.get(value.get("provider") or "")
        if pattern and value.get("video_id") and not value.get("file"):
            context["embed_url"] = pattern.format(value["video_id"])
        return context


class CalloutBlock(blocks.StructBlock):
    kind = blocks.ChoiceBlock(
        label=_("Kind"),
        choices=[
            ("tip", _("Tip")),
            ("note", _("Note")),
            ("warning", _("Warning")),
            ("example", _("Example")),
        ],
        default="note",
    )
    title = blocks.CharBlock(label=_("Title"), required=False, max_length=120)
    text = blocks.RichTextBlock(
        label=_("Text"), features=["bold", "italic", "code", "ol", "ul", "link"]
    )

    class Meta:
        icon = "info-circle"
        label = _("Highlighted note")
        group = TEXT
        label_format = "{title}"
        description = _("A tip, note, warning or worked example set apart.")
        template = "courses/blocks/callout.html"
        preview_value = {
            "kind": "example",
            "title": "Buying a share",
            "text": "<p>Risk per share: 50.00 − 48.00 = 2.00. That is <b>1R</b>.</p>",
        }


class TableBlock(PageTableBlock):
    class Meta:
        group = TEXT
        template = "courses/blocks/table.html"


class CodeValue(blocks.StructValue):
    def highlighted(self) -> SafeString:
        """The code as HTML with classes; the colours are in courses.css."""
        lexer = get_lexer_by_name(self["language"] or "text", stripnl=True)
        html: str = highlight(self["code"], lexer, HtmlFormatter(nowrap=True))
        return SafeString(html)  # Pygments escapes the code


class CodeBlock(blocks.StructBlock):
    language = blocks.ChoiceBlock(
        label=_("Language"), choices=LANGUAGES, default="python"
    )
    code = blocks.TextBlock(label=_("Code"))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=160)

    class Meta:
        icon = "code"
        label = _("Code")
        group = PRACTICE
        value_class = CodeValue
        label_format = "{caption}"
        description = _("Program code with colours and a button to copy it.")
        template = "courses/blocks/code.html"
        preview_value = {
            "language": "python",
            "code": "size = risk / (entry - stop)",
            "caption": "Position size",
        }


class DownloadBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=160)
    file = DocumentChooserBlock(label=_("File"))
    text = blocks.CharBlock(label=_("What it is for"), required=False, max_length=250)

    class Meta:
        icon = "download"
        label = _("Download")
        group = PRACTICE
        label_format = "{title}"
        description = _("A file that only people with access can download.")
        template = "courses/blocks/download.html"
        preview_value = {
            "title": "Risk sheet",
            "file": None,
            "text": "Fill it in before each trade.",
        }


class LessonBlock(blocks.StreamBlock):
    """What a lesson is made of."""

    heading = HeadingBlock()
    text = TextBlock()
    image = FigureBlock()
    video = VideoBlock()
    callout = CalloutBlock()
    table = TableBlock()
    code = CodeBlock()
    quiz = QuizBlock(group=PRACTICE)
    download = DownloadBlock()


class DescriptionBlock(blocks.StreamBlock):
    """What the description of a course is made of."""

    heading = HeadingBlock()
    text = TextBlock()
    image = FigureBlock()
    callout = CalloutBlock()


class AnswerBlock(blocks.StructBlock):
    question = blocks.CharBlock(label=_("Question"), max_length=200)
    answer = blocks.TextBlock(label=_("Answer"), max_length=2000)

    class Meta:
        icon = "help"
        label = _("Question")
        label_format = "{question}"
