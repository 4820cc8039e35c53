"""The form fields by which staff name a person, or something else there is much of."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.owners import is_owner

OFFERED = 12
LEAST = 2  # letters before anything is offered


class SuggestInput(forms.TextInput):
    """A text field that offers what an address of the administration finds for its words.

    The address answers ?q= with {"found": [{"value", "label"}]}. Works without scripts as
    a plain text field.
    """

    def __init__(self, url: Any, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", **(attrs or {})})
        self.url = url

    class Media:
        js = ("ami/js/suggest.js",)

    def render(
        self, name: str, value: Any, attrs: Any = None, renderer: Any = None
    ) -> SafeString:
        offers = f"{(attrs or {}).get('id') or name}-offers"
        attrs = {**(attrs or {}), "list": offers, "data-suggest": str(self.url)}
        field = super().render(name, value, attrs, renderer)
        return format_html('{}<datalist id="{}"></datalist>', field, offers)


class AccountField(forms.EmailField):
    """The address of an account; the cleaned value is the person."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = _("Their e-mail address; type part of it or of their name.")
        widget = SuggestInput(reverse_lazy("suggest_people"))
        super().__init__(**{"help_text": help_text, "widget": widget, **kwargs})

    def clean(self, value: Any) -> Any:
        address = super().clean(value)
        user = User.objects.filter(email=address.lower()).first()
        if user is None:
            raise forms.ValidationError(_("Nobody has an account with this address."))
        return user


def suggest[Row: Model](
    request: HttpRequest,
    find: Callable[[str], QuerySet[Row]],
    offer: Callable[[Row], tuple[str, str]],
) -> JsonResponse:
    """What a SuggestInput asks for, for owners: the first rows found for the words.

    offer: value and label of a row.
    """
    if not is_owner(request.user):
        raise PermissionDenied
    words = request.GET.get("q", "").strip()
    rows = find(words)[:OFFERED] if len(words) >= LEAST else []
    offers = [dict(zip(("value", "label"), offer(row), strict=True)) for row in rows]
    return JsonResponse({"found": offers})


def suggest_people(request: HttpRequest) -> JsonResponse:
    """People whose name or address holds the words, by name."""

    def find(words: str) -> QuerySet[User]:
        named = Q(name__icontains=words) | Q(email__icontains=words)
        return User.objects.filter(named).order_by("-is_active", "name", "pk")

    return suggest(request, find, lambda row: (row.email, row.name))
