"""The quiz block: what editors fill in. Grading is in quiz_grading.py.

Ids of questions and options are those of their list items: translations keep them, so an
answer given in Spanish is graded the same in English.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError


class OptionBlock(blocks.StructBlock):
    text = blocks.CharBlock(label=_("Option"), max_length=400)
    correct = blocks.BooleanBlock(label=_("Correct"), required=False)
    feedback = blocks.CharBlock(
        label=_("Feedback"),
        required=False,
        max_length=600,
        help_text=_("Shown to those who chose this option."),
    )

    class Meta:
        icon = "list-ul"
        label = _("Option")
        label_format = "{text}"


class QuestionBlock(blocks.StructBlock):
    kind = blocks.ChoiceBlock(
        label=_("Kind"),
        choices=[
            ("single", _("One correct option")),
            ("multiple", _("Several correct options")),
            ("short", _("A short answer in words")),
            ("numeric", _("A number")),
        ],
        default="single",
    )
    text = blocks.TextBlock(label=_("Question"), max_length=1500)
    options = blocks.ListBlock(
        OptionBlock(), label=_("Options"), min_num=0, default=[], required=False
    )
    accepted = blocks.ListBlock(
        blocks.CharBlock(label=_("Accepted answer"), max_length=200),
        label=_("Accepted answers"),
        min_num=0,
        default=[],
        required=False,
        help_text=_("Only for a short answer. Each of them counts as right."),
    )
    exact = blocks.BooleanBlock(
        label=_("Compare exactly"),
        required=False,
        help_text=_(
            "Otherwise capitals, accents and spaces make no difference. "
            "Only for a short answer."
        ),
    )
    answer = blocks.DecimalBlock(
        label=_("Correct number"),
        required=False,
        help_text=_("Only for a number."),
    )
    tolerance = blocks.DecimalBlock(
        label=_("Tolerance"),
        required=False,
        min_value=0,
        help_text=_("How far from it an answer still counts. Only for a number."),
    )
    feedback = blocks.TextBlock(
        label=_("Explanation"),
        required=False,
        max_length=1500,
        help_text=_("Shown after the answer."),
    )

    class Meta:
        icon = "help"
        label = _("Question")
        label_format = "{text}"

    def clean(self, value: Any) -> Any:
        """A question must have a key that fits its kind."""
        question = super().clean(value)
        problem = None if self.is_deferred_validation else _problem(question)
        if problem:
            field, text = problem
            words = _("“%(question)s”: %(problem)s") % {
                "question": Truncator(question["text"]).chars(60),
                "problem": text,
            }
            raise StructBlockValidationError({field: ValidationError(words)})
        return question


def _problem(question: Any) -> tuple[str, Any] | None:
    """The field and the words of what is wrong with a question, or None."""
    if question["kind"] == "numeric":
        missing = question["answer"] is None
        return ("answer", _("write the correct number.")) if missing else None
    if question["kind"] == "short":
        missing = not any(text.strip() for text in question["accepted"])
        return ("accepted", _("add an accepted answer.")) if missing else None
    return _options_problem(question)


def _options_problem(question: Any) -> tuple[str, Any] | None:
    correct = sum(bool(option["correct"]) for option in question["options"])
    if len(question["options"]) < 2:
        return "options", _("add at least two options.")
    if correct == 0:
        return "options", _("mark the correct option.")
    if question["kind"] == "single" and correct > 1:
        return "options", _("mark only one option as correct.")
    return None


class QuizBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=160)
    pass_mark = blocks.IntegerBlock(
        label=_("Pass mark"),
        min_value=0,
        max_value=100,
        default=70,
        help_text=_("Percent of correct questions needed to pass."),
    )
    attempts = blocks.IntegerBlock(
        label=_("Attempts"),
        min_value=0,
        max_value=100,
        default=0,
        help_text=_("How often a student may answer; 0 means without limit."),
    )
    minutes = blocks.IntegerBlock(
        label=_("Time limit"),
        min_value=0,
        max_value=600,
        default=0,
        help_text=_(
            "Minutes from the start of an attempt; 0 means without limit. When the time "
            "is over, what was answered until then is graded."
        ),
    )
    shuffle_questions = blocks.BooleanBlock(
        label=_("Shuffle the questions"),
        required=False,
        help_text=_("Another order in each attempt."),
    )
    shuffle_options = blocks.BooleanBlock(
        label=_("Shuffle the options"),
        required=False,
        help_text=_("Another order in each attempt."),
    )
    questions = blocks.ListBlock(QuestionBlock(), label=_("Questions"), min_num=1)
    explanation = blocks.TextBlock(
        label=_("Explanation"),
        required=False,
        max_length=3000,
        help_text=_("Shown under the result, whatever it is."),
    )

    class Meta:
        icon = "help"
        label = _("Quiz")
        label_format = "{title}"
        description = _(
            "Questions graded by the site; the answers never reach the browser."
        )
        template = "courses/blocks/quiz.html"
        preview_value = {
            "title": "What is R?",
            "pass_mark": 70,
            "attempts": 0,
            "minutes": 0,
            "shuffle_questions": False,
            "shuffle_options": False,
            "explanation": "",
            "questions": [
                {
                    "kind": "single",
                    "text": "You buy at 50 with the stop at 48. How much is 1R a share?",
                    "options": [
                        {"text": "2.00", "correct": True, "feedback": "50 − 48 = 2."},
                        {"text": "50.00", "correct": False, "feedback": ""},
                    ],
                    "accepted": [],
                    "exact": False,
                    "answer": None,
                    "tolerance": None,
                    "feedback": "",
                }
            ],
        }

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Adds `quiz`, without its key, where the page gave none (a preview)."""
        from courses import quiz_display

        context: dict[str, Any] = super().get_context(value, parent_context)
        context.setdefault("quiz", quiz_display.unanswered(value))
        return context
