"""Plain fields of course pages in front matter: every field that holds one plain value.

A field added to a page model is exported and imported without a change here.
"""

import uuid
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from wagtail.fields import StreamField
from wagtail.models import Page

SEO = ("seo_title", "search_description")
LEFT_OUT = (StreamField, models.JSONField, models.ForeignKey)


def plain_fields(model: Any) -> Iterator[Any]:
    """The model's own fields of one plain value, and the two for search engines."""
    for field in model._meta.concrete_fields:
        if isinstance(field, LEFT_OUT) or field.primary_key or not field.editable:
            continue
        if field.model is not Page or field.name in SEO:
            yield field


def written(page: Any) -> dict[str, Any]:
    """Names and values for front matter; what equals the default is left out."""
    found = {}
    for field in plain_fields(type(page)):
        value = getattr(page, field.name)
        if value != field.get_default() and value is not None:
            found[field.name] = _yaml(value)
    return found


def _yaml(value: Any) -> Any:
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def read(model: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Values by field name, defaults for what is missing.

    Raises ValueError naming the field whose value cannot be.
    """
    values = {}
    for field in plain_fields(model):
        value = given.get(field.name)
        if value is None:
            values[field.name] = field.get_default()
            continue
        if isinstance(value, datetime | date):
            value = value.isoformat()
        try:
            values[field.name] = field.clean(value, None)
        except (ValidationError, ValueError) as error:
            text = " ".join(getattr(error, "messages", [str(error)]))
            raise ValueError(f"{field.name}: {text}") from error
    return values


def is_key(text: Any) -> bool:
    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return True
