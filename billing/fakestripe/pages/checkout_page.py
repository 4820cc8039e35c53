"""GET and POST /c/pay/<session>: the hosted checkout, with its 3-D Secure step."""

from collections.abc import Mapping
from html import escape

from billing.fakestripe.engine import checkout
from billing.fakestripe.errors import StripeError
from billing.fakestripe.pages import cardform
from billing.fakestripe.pages.html import (
    Page,
    card_fields,
    field_html,
    frame,
    notice,
    redirect,
    test_cards,
)
from billing.fakestripe.pages.texts import Words, choose
from billing.fakestripe.store import Obj, Store


def school(store: Store) -> str:
    return str(store.all("account")[0]["business_profile"]["name"])


def show(store: Store, session: Obj, headers: Mapping[str, str]) -> Page:
    words = choose(session["locale"], headers)
    if session["status"] != "open":
        return _closed(store, session, words)
    details = session["customer_details"] or {}
    values = {"email": details.get("email") or "", "name": details.get("name") or ""}
    return _form(store, session, words, values, {})


def submit(
    store: Store, session: Obj, data: dict[str, str], headers: Mapping[str, str]
) -> Page:
    """Pay, apply a promotion code, or show what is wrong."""
    words = choose(session["locale"], headers)
    if session["status"] != "open":
        return _closed(store, session, words)
    if "code" in data:
        return _code(store, session, words, data)
    found = cardform.errors(words, data)
    if found:
        return _form(store, session, words, data, found)
    return _pay(store, session, words, data, authenticated=False)


def _code(store: Store, session: Obj, words: Words, data: dict[str, str]) -> Page:
    try:
        checkout.apply_code(store, session, data["code"])
    except StripeError:
        return _form(
            store, session, words, _known(session), {"code": words("bad_code")}
        )
    return redirect(f"/c/pay/{session['id']}")


def _known(session: Obj) -> dict[str, str]:
    return {"email": (session["customer_details"] or {}).get("email") or ""}


def _pay(
    store: Store,
    session: Obj,
    words: Words,
    data: dict[str, str],
    *,
    authenticated: bool,
) -> Page:
    form = checkout.Form(
        email=data["email"].strip(),
        name=data.get("name", "").strip(),
        number=data["number"],
        authenticated=authenticated,
    )
    failure = checkout.pay(store, session, form)
    if failure is None:
        return redirect(
            session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
        )
    if cardform.asks_authentication(failure) and not authenticated:
        session["_pending"] = {
            name: data.get(name, "") for name in ("email", "name", "number")
        }
        return redirect(f"/c/pay/{session['id']}/3ds")
    return _form(store, session, words, data, {"": cardform.message(words, failure)})


def secure(store: Store, session: Obj, headers: Mapping[str, str]) -> Page:
    """The bank's page."""
    words = choose(session["locale"], headers)
    if session["status"] != "open" or "_pending" not in session:
        return redirect(f"/c/pay/{session['id']}")
    amount = words.money(session["amount_total"] or 0, session["currency"] or "eur")
    return secure_page(words, amount)


def secure_page(words: Words, amount: str) -> Page:
    title = words("secure_title")
    body = (
        f'<main class="middle narrow"><div class="card"><h1>{escape(title)}</h1>'
        f"<p>{escape(words('secure_text', amount=amount))}</p>"
        '<form method="post" class="buttons">'
        f'<button name="outcome" value="complete">{escape(words("complete"))}</button>'
        f'<button class="danger" name="outcome" value="fail">{escape(words("fail"))}</button>'
        "</form></div></main>"
    )
    return frame(words, title, body)


def secure_answer(
    store: Store, session: Obj, data: dict[str, str], headers: Mapping[str, str]
) -> Page:
    words = choose(session["locale"], headers)
    pending = session.pop("_pending", None)
    if session["status"] != "open" or pending is None:
        return redirect(f"/c/pay/{session['id']}")
    if data.get("outcome") == "complete":
        return _pay(store, session, words, pending, authenticated=True)
    values = {name: pending[name] for name in ("email", "name")}
    return _form(store, session, words, values, {"": words("authentication_failed")})


def _closed(store: Store, session: Obj, words: Words) -> Page:
    done = session["status"] == "complete"
    link = session["success_url"] if done else session["cancel_url"]
    link = (link or "").replace("{CHECKOUT_SESSION_ID}", session["id"]) or None
    label = words("continue") if done else words("back", school=school(store))
    text = words("complete_text" if done else "expired_text")
    return notice(words, words("closed_title"), text, link, label, 200 if done else 410)


def _form(
    store: Store,
    session: Obj,
    words: Words,
    values: dict[str, str],
    found: dict[str, str],
) -> Page:
    title = _title(store, session, words)
    body = (
        f'<main class="pay"><section class="side"><div>{_summary(store, session, words, title, found)}'
        f'</div></section><section class="form"><div>{_card(session, words, values, found)}'
        "</div></section></main>"
    )
    return frame(words, f"{title} · {school(store)}", body, 200 if not found else 402)


def _title(store: Store, session: Obj, words: Words) -> str:
    if session["mode"] == "subscription":
        return words("subscribe_to", product=session["_line_items"][0]["description"])
    key = "save_for" if session["mode"] == "setup" else "pay_for"
    return words(key, school=school(store))


def _summary(
    store: Store, session: Obj, words: Words, title: str, found: dict[str, str]
) -> str:
    back = escape(words("back", school=school(store)))
    link = (
        f'<a href="{escape(session["cancel_url"])}">← {back}</a>'
        if session["cancel_url"]
        else ""
    )
    if session["mode"] == "setup":
        return f"{link}<h1>{escape(title)}</h1><p>{escape(words('nothing_now'))}</p>"
    rows = "".join(_row(words, item) for item in session["_line_items"])
    details = session["total_details"]
    if details["amount_discount"]:
        rows += _sum(
            words("discount"),
            words.money(-details["amount_discount"], session["currency"]),
        )
    if details["amount_tax"]:
        included = (
            session["amount_total"]
            == session["amount_subtotal"] - details["amount_discount"]
        )
        label = words("tax_included" if included else "tax")
        rows += _sum(label, words.money(details["amount_tax"], session["currency"]))
    total = words.money(session["amount_total"], session["currency"])
    rows += f'<li class="total"><span>{escape(words("due_today"))}</span><span>{total}</span></li>'
    return (
        f"{link}<h1>{escape(title)}</h1>{_headline(session, words)}"
        f'<ul class="sum">{rows}</ul>{_promotion(session, words, found)}'
    )


def _headline(session: Obj, words: Words) -> str:
    item = session["_line_items"][0]
    price = words.price(item["price"], item["quantity"])
    if session["_trial_end_in"]:
        days = round(session["_trial_end_in"] / 86400)
        return f'<p class="big">{escape(words("trial", days=days, price=price))}</p>'.replace(
            'class="big"', 'class="big trial"'
        )
    if session["mode"] == "subscription":
        amount, _, period = price.rpartition(
            f" {words('per_' + item['price']['recurring']['interval'])}"
        )
        period = words("per_" + item["price"]["recurring"]["interval"])
        return f'<p class="big">{escape(amount)} <small>{escape(period)}</small></p>'
    return f'<p class="big">{words.money(session["amount_total"], session["currency"])}</p>'


def _row(words: Words, item: Obj) -> str:
    label = escape(item["description"])
    small = escape(words.price(item["price"]))
    if item["quantity"] > 1:
        small = f"{escape(words('quantity', count=item['quantity']))} · {small}"
    amount = words.money(item["amount_subtotal"], item["currency"])
    return f"<li><span>{label}<small>{small}</small></span><span>{amount}</span></li>"


def _sum(label: str, amount: str) -> str:
    return f"<li><span>{escape(label)}</span><span>{amount}</span></li>"


def _promotion(session: Obj, words: Words, found: dict[str, str]) -> str:
    if not session["allow_promotion_codes"] or session["discounts"]:
        return ""
    wrong = found.get("code", "")
    label = escape(words("promo"))
    error = f'<p role="alert">{escape(wrong)}</p>' if wrong else ""
    return (
        f"<details{' open' if wrong else ''}><summary>{label}</summary>"
        f'<form method="post" class="row"><input name="code" aria-label="{label}" required>'
        f'<button class="plain">{escape(words("apply"))}</button></form>{error}</details>'
    )


def _card(
    session: Obj, words: Words, values: dict[str, str], found: dict[str, str]
) -> str:
    alert = (
        f'<p class="alert" role="alert">{escape(found[""])}</p>' if "" in found else ""
    )
    fixed = bool(session["customer"] and values.get("email"))
    email = field_html(
        "email", words("email"), values.get("email", ""), error=found.get("email", ""),
        type="email", autocomplete="email", fixed=fixed,
    )  # fmt: skip
    name = field_html(
        "name",
        words("name"),
        values.get("name", ""),
        required=False,
        autocomplete="cc-name",
    )
    return (
        f'{alert}<form method="post"><fieldset><legend>{escape(words("contact"))}</legend>{email}'
        f"</fieldset><fieldset><legend>{escape(words('payment_details'))}</legend>"
        f"{card_fields(words, values, found)}{name}</fieldset>"
        f"<button>{escape(_button(session, words))}</button>{_terms(session, words)}"
        f"{test_cards(words)}</form>"
    )


def _button(session: Obj, words: Words) -> str:
    if session["_trial_end_in"]:
        return words("start_trial")
    if session["mode"] == "setup":
        return words("save_card")
    if session["mode"] == "subscription":
        return words("subscribe")
    return words(
        "pay", amount=words.money(session["amount_total"], session["currency"])
    )


def _terms(session: Obj, words: Words) -> str:
    if session["mode"] != "subscription":
        return ""
    item = session["_line_items"][0]
    price = words.price(item["price"], item["quantity"])
    return f'<p class="small">{escape(words("terms", price=price))}</p>'
