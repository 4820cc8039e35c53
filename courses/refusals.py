"""How a locked lesson is refused outside its page: 403, with the decision's own words."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from courses.access import Decision

type View = Callable[..., HttpResponseBase]


class LockedError(PermissionDenied):
    """Answered as 403; its text is what the person may read."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.message)
        self.decision = decision


def as_json(view: View) -> View:
    """For views that scripts ask: the whole decision, so that they can say when and why."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except LockedError as error:
            return JsonResponse(error.decision.as_json(), status=403)

    return answer
