"""GET and POST /p/session/<session>: the customer's portal, with marked test controls."""

from collections.abc import Callable, Mapping
from html import escape

from billing.fakestripe.engine import cards, lifecycle, payments, timeline
from billing.fakestripe.engine.events import clock_of
from billing.fakestripe.errors import StripeError
from billing.fakestripe.pages import cardform
from billing.fakestripe.pages.checkout_page import school
from billing.fakestripe.pages.html import (
    Page,
    badge,
    card_fields,
    frame,
    redirect,
    test_cards,
)
from billing.fakestripe.pages.texts import Words, choose
from billing.fakestripe.resources import subscriptions
from billing.fakestripe.resources.routing import Call
from billing.fakestripe.store import Obj, Store


def show(
    store: Store,
    session: Obj,
    headers: Mapping[str, str],
    *,
    done: bool = False,
    wrong: str = "",
    errors: dict[str, str] | None = None,
) -> Page:
    words = choose(session["locale"], headers)
    customer = store.get("customer", session["customer"])
    plan = current(store, customer)
    back = ""
    if session["return_url"]:
        label = escape(words("back", school=school(store)))
        back = f'<a href="{escape(session["return_url"])}">← {label}</a>'
    note = f'<p class="note" role="status">{escape(words("done"))}</p>' if done else ""
    alert = f'<p class="alert" role="alert">{escape(wrong)}</p>' if wrong else ""
    body = (
        f'<main class="middle">{back}<h1>{escape(words("portal_title"))}</h1>{note}{alert}'
        f"{_plan(store, words, plan)}{_switch(store, session, words, plan)}"
        f"{_method(store, words, customer, plan, errors or {})}{_invoices(store, words, customer)}"
        f"{_test(store, words, customer, plan)}</main>"
    )
    title = f"{words('portal_title')} · {school(store)}"
    return frame(words, title, body, 402 if wrong or errors else 200)


def current(store: Store, customer: Obj) -> Obj | None:
    """The live subscription, otherwise the newest one."""
    rows = store.all("subscription", customer=customer["id"])
    live = [row for row in rows if row["status"] not in lifecycle.ENDED]
    found = live or rows
    return found[-1] if found else None


def _plan(store: Store, words: Words, plan: Obj | None) -> str:
    heading = f"<h2>{escape(words('current_plan'))}</h2>"
    if plan is None:
        return f'<section class="card">{heading}<p>{escape(words("no_plan"))}</p></section>'
    item = plan["items"]["data"][0]
    name = escape(store.get("product", item["price"]["product"])["name"])
    price = escape(words.price(item["price"], item["quantity"]))
    ending = plan["cancel_at"] is not None and plan["status"] not in lifecycle.ENDED
    mark = badge(words, "ending" if ending else plan["status"])
    text = escape(_sentence(words, plan, item))
    return (
        f'<section class="card">{heading}<div class="split"><div><div class="plan">{name} '
        f"<small>{price}</small> {mark}</div><p>{text}</p></div>{_end_form(words, plan)}</div>"
        "</section>"
    )


def _sentence(words: Words, plan: Obj, item: Obj) -> str:
    amount = words.money(
        (item["price"]["unit_amount"] or 0) * item["quantity"],
        item["price"]["currency"],
    )
    date = words.date(lifecycle.period_end(plan))
    if plan["status"] in lifecycle.ENDED:
        return words("ended_on", date=words.date(plan["ended_at"] or 0))
    if plan["cancel_at"]:
        return words("ends_on", date=words.date(plan["cancel_at"]))
    if plan["status"] == "trialing":
        return words("trial_ends", date=date, amount=amount)
    if plan["status"] in {"past_due", "unpaid", "incomplete"}:
        return words("past_due_text")
    return words("next_charge", amount=amount, date=date)


def _end_form(words: Words, plan: Obj) -> str:
    if plan["status"] in lifecycle.ENDED:
        return ""
    if plan["cancel_at"]:
        return _button(words("resume"), "resume")
    text = escape(words("cancel_text", date=words.date(lifecycle.period_end(plan))))
    confirm = _button(words("cancel_confirm"), "cancel", "danger")
    return f"<details><summary>{escape(words('cancel'))}</summary><p>{text}</p>{confirm}</details>"


def _button(label: str, action: str, style: str = "plain", **hidden: str) -> str:
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in hidden.items()
    )
    return (
        f'<form method="post">{inputs}<button class="{style}" name="action" value="{action}">'
        f"{escape(label)}</button></form>"
    )


def choices(store: Store, session: Obj, plan: Obj | None) -> list[Obj]:
    """Prices the portal's configuration offers; without a list, the product's other prices."""
    configuration = store.get("billing_portal.configuration", session["configuration"])
    features = configuration["features"]["subscription_update"]
    if plan is None or not features["enabled"] or plan["status"] in lifecycle.ENDED:
        return []
    now = plan["items"]["data"][0]["price"]
    listed = [price for row in features["products"] or [] for price in row["prices"]]
    rows = [store.get("price", price) for price in listed] or store.all(
        "price", product=now["product"], type="recurring"
    )
    return [
        row
        for row in rows
        if row["active"]
        and row["id"] != now["id"]
        and row["currency"] == now["currency"]
    ]


def _switch(store: Store, session: Obj, words: Words, plan: Obj | None) -> str:
    rows = ""
    for price in choices(store, session, plan):
        name = escape(store.get("product", price["product"])["name"])
        button = _button(words("switch_to"), "switch", price=price["id"])
        label = f"<span>{name} <small>· {escape(words.price(price))}</small></span>"
        rows += f'<li class="split">{label}{button}</li>'
    if not rows:
        return ""
    return (
        f'<section class="card"><h2>{escape(words("switch"))}</h2><ul class="rows">{rows}</ul>'
        "</section>"
    )


def card_of(store: Store, customer: Obj, plan: Obj | None) -> Obj | None:
    chosen = (plan or {}).get("default_payment_method")
    return store.find(
        "payment_method",
        chosen or customer["invoice_settings"]["default_payment_method"],
    )


def _method(
    store: Store, words: Words, customer: Obj, plan: Obj | None, errors: dict[str, str]
) -> str:
    method = card_of(store, customer, plan)
    text = escape(words("no_card"))
    if method:
        card = method["card"]
        date = f"{card['exp_month']:02}/{card['exp_year'] % 100:02}"
        text = (
            f"<strong>{escape(card['brand'].title())} ···· {escape(card['last4'])}</strong> "
            f"<small>{escape(words('expires', date=date))}</small>"
        )
    email = escape(words("billing_to", email=customer["email"] or "—"))
    fields = card_fields(words, {}, errors)
    return (
        f'<section class="card"><h2>{escape(words("payment_method"))}</h2><p>{text}</p>'
        f'<p class="small">{email}</p><details{" open" if errors else ""}>'
        f'<summary>{escape(words("change_card"))}</summary><form method="post">{fields}<p></p>'
        f'<button name="action" value="card">{escape(words("save_card"))}</button>'
        f"{test_cards(words)}</form></details></section>"
    )


def _invoices(store: Store, words: Words, customer: Obj) -> str:
    rows = ""
    for invoice in reversed(store.all("invoice", customer=customer["id"])):
        link = invoice["hosted_invoice_url"] or ""
        number = escape(invoice["number"] or "—")
        anchor = f'<a href="{escape(link)}">{number}</a>' if link else number
        amount = words.money(invoice["total"], invoice["currency"])
        rows += (
            f"<tr><td>{escape(words.date(invoice['created']))}</td><td>{amount}</td>"
            f"<td>{badge(words, invoice['status'])}</td><td class='end'>{anchor}</td></tr>"
        )
    heading = f"<h2>{escape(words('invoices'))}</h2>"
    if not rows:
        return f'<section class="card">{heading}<p>{escape(words("no_invoices"))}</p></section>'
    names = "".join(
        f"<th>{escape(words(key))}</th>" for key in ("date", "amount", "status")
    )
    return (
        f'<section class="card">{heading}<div class="scroll"><table><thead><tr>{names}'
        f"<th class='end'>{escape(words('invoice'))}</th></tr></thead><tbody>{rows}</tbody>"
        "</table></div></section>"
    )


def _test(store: Store, words: Words, customer: Obj, plan: Obj | None) -> str:
    if plan is None or plan["status"] in lifecycle.ENDED:
        buttons = _button(words("refund_last"), "refund")
    else:
        buttons = _button(words("advance"), "advance") + _button(
            words("renew_now"), "renew"
        )
        buttons += _button(words("fail_next"), "fail")
        if unpaid(store, plan):
            buttons += _button(words("retry"), "retry")
        buttons += _button(words("refund_last"), "refund")
    armed = any(
        rule.get("customer") == customer["id"] for rule in store.settings["declines"]
    )
    note = f"<p><strong>{escape(words('fail_armed'))}</strong></p>" if armed else ""
    return (
        f'<section class="card test"><h2>{escape(words("test_controls"))}</h2>'
        f"<p>{escape(words('test_controls_text'))}</p>{note}"
        f'<div class="buttons">{buttons}</div></section>'
    )


def unpaid(store: Store, plan: Obj) -> Obj | None:
    """The newest open invoice of the subscription."""
    rows = store.all("invoice", customer=plan["customer"], status="open")
    mine = [row for row in rows if lifecycle.subscription_of(row) == plan["id"]]
    return mine[-1] if mine else None


def submit(
    store: Store, session: Obj, data: dict[str, str], headers: Mapping[str, str]
) -> Page:
    words = choose(session["locale"], headers)
    customer = store.get("customer", session["customer"])
    action = ACTIONS.get(data.get("action", ""))
    if action is None:
        return redirect(f"/p/session/{session['id']}")
    if data["action"] == "card" and (
        found := cardform.errors(words, data, email=False)
    ):
        return show(store, session, headers, errors=found)
    try:
        action(store, session, customer, data)
    except StripeError as error:
        return show(store, session, headers, wrong=cardform.message(words, error))
    return redirect(f"/p/session/{session['id']}?done=1")


def _live(store: Store, customer: Obj) -> Obj:
    plan = current(store, customer)
    if plan is None:
        raise StripeError("There is no subscription.")
    return plan


def _update(store: Store, customer: Obj, **params: object) -> None:
    call = Call(store, dict(params), [_live(store, customer)["id"]])
    subscriptions.update_subscription(call)


def _cancel(store: Store, _session: Obj, customer: Obj, _data: dict[str, str]) -> None:
    _update(store, customer, cancel_at_period_end=True)


def _resume(store: Store, _session: Obj, customer: Obj, _data: dict[str, str]) -> None:
    _update(store, customer, cancel_at_period_end=False)


def _change(store: Store, session: Obj, customer: Obj, data: dict[str, str]) -> None:
    plan = _live(store, customer)
    if data.get("price") not in {row["id"] for row in choices(store, session, plan)}:
        raise StripeError("The portal does not offer this price.")
    item = plan["items"]["data"][0]
    _update(store, customer, items=[{"id": item["id"], "price": data["price"]}])


def _card(store: Store, _session: Obj, customer: Obj, data: dict[str, str]) -> None:
    method = cards.create(
        store, data["number"], email=customer["email"], name=customer["name"]
    )
    cards.attach(store, method, customer, default=True)
    plan = current(store, customer)
    if plan and plan["status"] not in lifecycle.ENDED:
        _update(store, customer, default_payment_method=method["id"])


def _advance(store: Store, _session: Obj, customer: Obj, _data: dict[str, str]) -> None:
    timeline.close_period(store, _live(store, customer))


def _renew(store: Store, session: Obj, customer: Obj, data: dict[str, str]) -> None:
    """As advance, but a planned cancellation is taken back first."""
    if _live(store, customer)["cancel_at_period_end"]:
        _resume(store, session, customer, data)
    _advance(store, session, customer, data)


def _fail(store: Store, _session: Obj, customer: Obj, _data: dict[str, str]) -> None:
    rule = {"customer": customer["id"], "count": 1, "reason": "generic_decline"}
    store.settings["declines"].append(rule)
    store.dirty = True


def _retry(store: Store, _session: Obj, customer: Obj, _data: dict[str, str]) -> None:
    invoice = unpaid(store, _live(store, customer))
    if invoice and (failure := timeline.retry_now(store, invoice)):
        raise failure


def _refund(store: Store, _session: Obj, customer: Obj, _data: dict[str, str]) -> None:
    rows = store.all("charge", customer=customer["id"], paid=True, refunded=False)
    if not rows:
        raise StripeError("There is no payment to refund.")
    with store.at(store.now(clock_of(store, customer))):
        payments.refund(store, rows[-1], reason="requested_by_customer")


ACTIONS: dict[str, Callable[[Store, Obj, Obj, dict[str, str]], None]] = {
    "cancel": _cancel,
    "resume": _resume,
    "switch": _change,
    "card": _card,
    "advance": _advance,
    "renew": _renew,
    "fail": _fail,
    "retry": _retry,
    "refund": _refund,
}
