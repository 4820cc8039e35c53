"""The blocks a lesson is made of. One class and one template each."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock

from courses.block_groups import MEDIA, PRACTICE, TEXT
from courses.media_blocks import AudioBlock, EmbedBlock, VideoBlock
from courses.quiz_blocks import QuizBlock
from courses.text_blocks import AccordionBlock, FormulaBlock, FormulaTextBlock
from website.blocks import FigureBlock as PageFigureBlock
from website.blocks import QuoteBlock
from website.blocks import TableBlock as PageTableBlock

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


class TextBlock(FormulaTextBlock):
    class Meta:
        icon = "pilcrow"
        label = _("Text")
        group = TEXT
        description = _("Paragraphs, lists, links and formulas in a line.")
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
    text = FormulaTextBlock(label=_("Text"))

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
    @property
    def language_name(self) -> str:
        return str(dict(LANGUAGES).get(self["language"], ""))

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
    audio = AudioBlock()
    embed = EmbedBlock()
    callout = CalloutBlock()
    accordion = AccordionBlock()
    table = TableBlock()
    formula = FormulaBlock()
    code = CodeBlock()
    quiz = QuizBlock(group=PRACTICE)
    download = DownloadBlock()


class DescriptionBlock(blocks.StreamBlock):
    """What the description of a course is made of."""

    heading = HeadingBlock()
    text = TextBlock()
    image = FigureBlock()
    quote = QuoteBlock(group=TEXT)
    callout = CalloutBlock()


class AnswerBlock(blocks.StructBlock):
    question = blocks.CharBlock(label=_("Question"), max_length=200)
    answer = blocks.TextBlock(label=_("Answer"), max_length=2000)

    class Meta:
        icon = "help"
        label = _("Question")
        label_format = "{question}"
