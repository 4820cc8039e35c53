"""The owners' page that refunds a payment."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing import money, refunds, stripe_api
from billing.ask_twice import AskTwiceView, RefusedError
from billing.reconcile import Change
from courses import grants
from courses.models import AccessGrant

REASONS = [
    ("requested_by_customer", _("The customer asked for it")),
    ("duplicate", _("It was paid twice")),
    ("fraudulent", _("Fraud")),
    ("", _("Another reason")),
]


class RefundForm(forms.Form):
    """The amount in whole units, with as many decimals as the currency has."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=REASONS, required=False, initial=REASONS[0][0]
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        help_text=_("Kept in the audit trail; the customer does not see it."),
    )
    end_subscription = forms.BooleanField(
        label=_("End the subscription at once too"),
        required=False,
        help_text=_("Otherwise it goes on and is charged again."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    field_order = ("amount", "reason", "note", "end_subscription")

    def __init__(self, *args: Any, payment: refunds.Payment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payment = payment
        places = money.decimals(payment.currency)
        most = money.major(payment.left, payment.currency)
        self.fields["amount"] = forms.DecimalField(
            label=_("Amount"),
            decimal_places=places,
            min_value=Decimal(1).scaleb(-places),
            max_value=most,
            initial=most,
            help_text=payment.currency,
        )
        self.order_fields(self.field_order)
        if not payment.subscription:
            del self.fields["end_subscription"]

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        try:
            money.minor(amount, self.payment.currency)
        except ValueError as error:
            least = money.show(money.step(self.payment.currency), self.payment.currency)
            raise forms.ValidationError(
                gettext("Refunds in this currency are multiples of %s.") % least
            ) from error
        return amount

    def order(self) -> refunds.Order:
        """Only of a valid form."""
        data = self.cleaned_data
        return refunds.Order(
            amount=money.minor(data["amount"], self.payment.currency),
            reason=data["reason"],
            note=data["note"],
            seen=data["seen"],
            end_subscription=data.get("end_subscription", False),
        )


class RefundView(AskTwiceView):
    page_title = _("Refund")
    header_icon = "resubmit"
    form_class = RefundForm
    submit_label = pgettext_lazy("action", "Refund")
    consequences_template = "billing/admin/refund_consequences.html"
    explanation = _(
        "The money goes back the way it came. A credit note is issued and sent by itself."
    )

    @cached_property
    def payment(self) -> refunds.Payment:
        found = refunds.find(self.kwargs["charge"])
        if found is None or found.left <= 0:
            raise Http404
        return found

    def get_page_subtitle(self) -> str:
        return money.show(self.payment.amount, self.payment.currency)

    def trail(self) -> list[tuple[Any, str]]:
        return [
            (_("Subscribers"), reverse("billing_subscribers:index")),
            (str(self.payment.link.user or self.payment.link), self.get_success_url()),
        ]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "payment": self.payment}

    def get_initial(self) -> dict[str, Any]:
        return {"seen": self.payment.refunded}

    def get_success_url(self) -> str:
        link = self.payment.link
        if link.user_id is None:
            return reverse("billing_subscribers:index")
        return reverse("billing_subscribers:person", args=[link.user_id])

    def consequences(self, form: RefundForm) -> dict[str, Any]:
        order = form.order()
        changes = refunds.preview(self.payment, order)
        left = self.payment.left - order.amount
        return {
            "amount": money.show(order.amount, self.payment.currency),
            "left": money.show(left, self.payment.currency) if left else "",
            "ends": [opens(one) for one in changes if one.action == "revoke"],
            "goes_on": bool(self.payment.subscription) and not order.end_subscription,
            "ends_subscription": order.end_subscription,
        }

    def act(self, form: RefundForm) -> str:
        try:
            refunds.refund(self.payment, form.order(), actor=self.request.user)  # type: ignore[arg-type]
        except refunds.ChangedError as error:
            raise RefusedError(
                gettext("Some of it was refunded in the meantime. Look again.")
            ) from error
        except refunds.RefundError as error:
            raise RefusedError(
                gettext("That is more than what is left of the payment.")
            ) from error
        except refunds.EndError as error:
            raise RefusedError(
                gettext("Refunded, but the subscription goes on. Stripe refused: %s")
                % error
            ) from error
        except stripe_api.AWAY as error:
            raise RefusedError(gettext("Stripe refused: %s") % error) from error
        return gettext("Refunded.")


def opens(change: Change) -> str:
    """What a grant that changes opens, in words."""
    scope, ref, _kind, _source = change.key
    return grants.describe(AccessGrant(scope=scope, scope_ref=ref))
