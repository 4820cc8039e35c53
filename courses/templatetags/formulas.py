from typing import Any

from django import template
from django.utils.safestring import SafeString
from wagtail.rich_text import RichText
from wagtail.templatetags.wagtailcore_tags import richtext

from courses import maths

register = template.Library()


@register.filter
def formulas(value: Any) -> SafeString:
    r"""A rich text as HTML, with what stands between \( and \) as formulas."""
    if isinstance(value, str):
        value = RichText(value)
    return maths.with_formulas(str(richtext(value)))
