"""A form whose consequences are shown before anything is done."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.generic import FormView

from billing.owner_pages import OwnersPage


class AskTwiceView(OwnersPage, FormView):  # type: ignore[type-arg]
    """First post: what will happen. Second post, with `confirmed`: it is done.

    Both posts validate the whole form.
    """

    template_name = "billing/admin/ask.html"
    submit_label: Any = ""
    explanation: Any = ""
    consequences_template = ""

    def consequences(self, form: Any) -> dict[str, Any]:
        """The context of consequences_template."""
        raise NotImplementedError

    def act(self, form: Any) -> str:
        """Do it; what to tell. Raises Refused with the reason."""
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        if "confirmed" not in self.request.POST:
            return self.render_to_response(
                self.get_context_data(
                    form=form,
                    confirming=True,
                    consequences_template=self.consequences_template,
                    **self.consequences(form),
                )
            )
        try:
            messages.success(self.request, self.act(form))
        except RefusedError as error:
            messages.error(self.request, str(error))
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {
            "submit_label": self.submit_label,
            "explanation": self.explanation,
            "back": self.get_success_url(),
        }
        return super().get_context_data(**context, **kwargs)


class RefusedError(Exception):
    """What the owner asked for was not done; the text says why."""
