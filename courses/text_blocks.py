"""Text that may hold formulas, text that opens and closes, and formulas of their own."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from courses import maths
from courses.block_groups import TEXT

FEATURES = ["bold", "italic", "code", "ol", "ul", "link"]


class FormulaTextBlock(blocks.RichTextBlock):
    r"""Rich text; what stands between \( and \) is a formula in LaTeX."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"features": FEATURES, **kwargs})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        for formula in maths.inline_formulas(text.source if text else ""):
            try:
                maths.check(formula)
            except maths.FormulaError as error:
                raise ValidationError(
                    _text("The formula “%(formula)s”: %(error)s")
                    % {"formula": formula[:60], "error": error}
                ) from error
        return text


class AccordionItemBlock(blocks.StructBlock):
    title = blocks.CharBlock(
        label=_("Title"),
        max_length=160,
        help_text=_("What people read before opening."),
    )
    text = FormulaTextBlock(label=_("Text"))

    class Meta:
        icon = "list-ul"
        label = _("Part")
        label_format = "{title}"


class AccordionBlock(blocks.StructBlock):
    parts = blocks.ListBlock(AccordionItemBlock(), label=_("Parts"), min_num=1)

    class Meta:
        icon = "list-ul"
        label = _("Accordion")
        group = TEXT
        description = _("Titles that open and close their text; printed open.")
        template = "courses/blocks/accordion.html"
        preview_value = {
            "parts": [
                {
                    "title": "“A stop makes me lose small trades”",
                    "text": "<p>It does. It also makes large losses impossible.</p>",
                },
                {
                    "title": "“I will watch the price myself”",
                    "text": "<p>Until the day you are in a meeting.</p>",
                },
            ]
        }


class FormulaValue(blocks.StructValue):
    def mathml(self) -> SafeString:
        return maths.mathml(self["formula"], display=self["display"] or "block")


class FormulaBlock(blocks.StructBlock):
    formula = blocks.TextBlock(
        label=_("Formula"),
        max_length=maths.MOST,
        rows=3,
        help_text=_(
            "In LaTeX, for example \\frac{a}{b}. In a text, write it between \\( and \\)."
        ),
    )
    display = blocks.ChoiceBlock(
        label=_("Size"),
        choices=[("block", _("Large, in the middle")), ("inline", _("As in a line"))],
        default="block",
    )
    caption = blocks.CharBlock(
        label=_("Caption"),
        required=False,
        max_length=250,
        help_text=_("What the letters mean."),
    )

    class Meta:
        icon = "decimal"
        label = _("Formula")
        group = TEXT
        value_class = FormulaValue
        label_format = "{formula}"
        description = _("Mathematics in LaTeX, readable aloud and at any size.")
        template = "courses/blocks/formula.html"
        preview_value = {
            "formula": r"E = p \cdot \bar{G} - (1 - p) \cdot \bar{L}",
            "display": "block",
            "caption": "E: expectancy; p: share of winners; G, L: average gain and loss",
        }

    def clean(self, value: Any) -> Any:
        """Names the place of a mistake."""
        found = super().clean(value)
        try:
            maths.check(found["formula"] or "")
        except maths.FormulaError as error:
            wrong = ValidationError(str(error))
            raise StructBlockValidationError({"formula": wrong}) from error
        return found
