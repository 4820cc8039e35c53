"""The hosted pages' words, in English and Spanish, and how they write money and dates."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from billing.fakestripe.engine.amounts import ZERO_DECIMAL
from billing.fakestripe.store import Obj

TEXTS: dict[str, tuple[str, str]] = {
    "badge": ("TEST MODE · fake Stripe", "MODO DE PRUEBA · Stripe simulado"),
    "no_money": (
        "No real money moves here. Never type a real card.",
        "Aquí no se mueve dinero real. No escribas nunca una tarjeta real.",
    ),
    "back": ("Back to {school}", "Volver a {school}"),
    "subscribe_to": ("Subscribe to {product}", "Suscríbete a {product}"),
    "pay_for": ("Pay {school}", "Pagar a {school}"),
    "save_for": ("Save a card with {school}", "Guarda una tarjeta en {school}"),
    "nothing_now": ("Nothing is charged now.", "Ahora no se cobra nada."),
    "per_day": ("per day", "al día"),
    "per_week": ("per week", "por semana"),
    "per_month": ("per month", "al mes"),
    "per_year": ("per year", "al año"),
    "subtotal": ("Subtotal", "Subtotal"),
    "discount": ("Discount", "Descuento"),
    "tax": ("Tax", "Impuestos"),
    "tax_included": ("Tax included", "Impuestos incluidos"),
    "due_today": ("Total due today", "Total a pagar hoy"),
    "trial": ("{days} days free, then {price}", "{days} días gratis; después, {price}"),
    "quantity": ("Quantity {count}", "Cantidad {count}"),
    "contact": ("Contact information", "Datos de contacto"),
    "email": ("E-mail", "Correo electrónico"),
    "payment_details": ("Card", "Tarjeta"),
    "number": ("Card number", "Número de tarjeta"),
    "expiry": ("Expiry (MM/YY)", "Caducidad (MM/AA)"),
    "cvc": ("Security code", "Código de seguridad"),
    "name": ("Name on card", "Nombre en la tarjeta"),
    "pay": ("Pay {amount}", "Pagar {amount}"),
    "subscribe": ("Subscribe", "Suscribirse"),
    "start_trial": ("Start trial", "Empezar la prueba"),
    "promo": ("Promotion code", "Código promocional"),
    "apply": ("Apply", "Aplicar"),
    "bad_code": ("This code is not valid.", "Este código no es válido."),
    "test_cards": ("Test cards", "Tarjetas de prueba"),
    "card_ok": ("accepted", "aceptada"),
    "card_declined": ("declined", "rechazada"),
    "card_funds": ("insufficient funds", "sin fondos"),
    "card_3ds": ("asks for 3-D Secure", "pide 3-D Secure"),
    "card_later": ("renewals fail", "fallan las renovaciones"),
    "terms": (
        "You will be charged {price} until you cancel.",
        "Se te cobrará {price} hasta que canceles.",
    ),
    "invalid_email": ("Type a valid e-mail.", "Escribe un correo válido."),
    "invalid_number": (
        "Use one of the test cards below.",
        "Usa una de las tarjetas de prueba de abajo.",
    ),
    "invalid_expiry": ("The expiry date is in the past or incomplete.", "La fecha de caducidad ha pasado o está incompleta."),
    "invalid_cvc": ("The security code has 3 or 4 digits.", "El código de seguridad tiene 3 o 4 cifras."),
    "generic_decline": ("Your card was declined. Try another card.", "Se ha rechazado tu tarjeta. Prueba con otra."),
    "insufficient_funds": ("Your card has insufficient funds. Try another card.", "Tu tarjeta no tiene fondos suficientes. Prueba con otra."),
    "expired_card": ("Your card has expired.", "Tu tarjeta ha caducado."),
    "incorrect_cvc": ("The security code is wrong.", "El código de seguridad no es correcto."),
    "authentication_failed": ("We could not authenticate your payment. Try another card.", "No hemos podido autenticar el pago. Prueba con otra tarjeta."),
    "secure_title": ("3-D Secure: confirm the payment", "3-D Secure: confirma el pago"),
    "secure_text": (
        "Your bank would now ask whether it is you. Choose what it answers for {amount}.",
        "Ahora tu banco preguntaría si eres tú. Elige qué responde para {amount}.",
    ),
    "complete": ("Complete", "Completar"),
    "fail": ("Fail", "Fallar"),
    "closed_title": ("This page is no longer active", "Esta página ya no está activa"),
    "complete_text": ("The payment is complete.", "El pago está completado."),
    "expired_text": ("The session has expired.", "La sesión ha caducado."),
    "continue": ("Continue", "Continuar"),
    "not_found": ("There is no such page.", "Esta página no existe."),
    "portal_title": ("Your subscription", "Tu suscripción"),
    "current_plan": ("Current plan", "Plan actual"),
    "no_plan": ("You have no subscription.", "No tienes ninguna suscripción."),
    "next_charge": ("Next charge: {amount} on {date}", "Próximo cobro: {amount} el {date}"),
    "ends_on": ("Ends on {date}. You will not be charged again.", "Termina el {date}. No habrá más cobros."),
    "trial_ends": ("Free trial until {date}, then {amount}", "Prueba gratis hasta el {date}; después, {amount}"),
    "ended_on": ("Ended on {date}", "Terminó el {date}"),
    "past_due_text": ("The last payment failed. Change the card or retry.", "El último cobro falló. Cambia la tarjeta o reinténtalo."),
    "cancel": ("Cancel subscription", "Cancelar la suscripción"),
    "cancel_text": ("You keep access until {date}.", "Mantienes el acceso hasta el {date}."),
    "cancel_confirm": ("Yes, cancel at period end", "Sí, cancelar al final del periodo"),
    "resume": ("Keep my subscription", "Mantener mi suscripción"),
    "switch": ("Switch plan", "Cambiar de plan"),
    "switch_to": ("Switch", "Cambiar"),
    "payment_method": ("Payment method", "Método de pago"),
    "no_card": ("No card saved", "Ninguna tarjeta guardada"),
    "change_card": ("Change card", "Cambiar la tarjeta"),
    "save_card": ("Save card", "Guardar la tarjeta"),
    "expires": ("expires {date}", "caduca {date}"),
    "billing_to": ("Invoices go to {email}", "Las facturas llegan a {email}"),
    "invoices": ("Invoice history", "Historial de facturas"),
    "no_invoices": ("No invoices yet.", "Todavía no hay facturas."),
    "date": ("Date", "Fecha"),
    "amount": ("Amount", "Importe"),
    "status": ("Status", "Estado"),
    "invoice": ("Invoice", "Factura"),
    "open_invoice": ("Open", "Abrir"),
    "test_controls": ("Test controls", "Controles de prueba"),
    "test_controls_text": (
        "Not part of a real portal: they make time pass for this subscription.",
        "No existen en un portal real: hacen pasar el tiempo para esta suscripción.",
    ),
    "advance": ("Advance to period end", "Avanzar al final del periodo"),
    "fail_next": ("Fail next renewal", "Que falle la próxima renovación"),
    "fail_armed": ("The next charge will be declined.", "El próximo cobro será rechazado."),
    "renew_now": ("Renew now", "Renovar ahora"),
    "retry": ("Retry the payment", "Reintentar el cobro"),
    "refund_last": ("Refund the last payment", "Devolver el último pago"),
    "done": ("Done.", "Hecho."),
    "from": ("From", "De"),
    "to": ("Bill to", "Para"),
    "issued": ("Issued", "Emitida"),
    "total": ("Total", "Total"),
    "paid_on": ("Paid on {date}", "Pagada el {date}"),
    "pay_invoice": ("Pay this invoice", "Pagar esta factura"),
    "download": ("Download PDF", "Descargar PDF"),
    "s_active": ("Active", "Activa"),
    "s_trialing": ("Trial", "En prueba"),
    "s_past_due": ("Past due", "Pago pendiente"),
    "s_canceled": ("Cancelled", "Cancelada"),
    "s_incomplete": ("Incomplete", "Incompleta"),
    "s_incomplete_expired": ("Expired", "Caducada"),
    "s_unpaid": ("Unpaid", "Impagada"),
    "s_paused": ("Paused", "Pausada"),
    "s_ending": ("Cancels soon", "Se cancela pronto"),
    "s_paid": ("Paid", "Pagada"),
    "s_open": ("Open", "Pendiente"),
    "s_void": ("Void", "Anulada"),
    "s_draft": ("Draft", "Borrador"),
    "s_uncollectible": ("Uncollectible", "Incobrable"),
}  # fmt: skip
MONTHS = {
    "en": [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ],
    "es": [
        "ene",
        "feb",
        "mar",
        "abr",
        "may",
        "jun",
        "jul",
        "ago",
        "sept",
        "oct",
        "nov",
        "dic",
    ],
}
SYMBOLS = {"eur": "€", "usd": "$", "gbp": "£"}


class Words:
    """`words("pay", amount="19 €")` in the page's language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        text = TEXTS[key][1 if self.language == "es" else 0]
        return text.format(**values) if values else text

    def money(self, amount: int, currency: str) -> str:
        """1900 eur -> 19,00 € or €19.00; zero-decimal currencies are not divided."""
        places = 0 if currency in ZERO_DECIMAL else 2
        value = Decimal(abs(amount)).scaleb(-places)
        text = f"{value:,.{places}f}"
        sign = "-" if amount < 0 else ""
        symbol = SYMBOLS.get(currency, currency.upper())
        if self.language == "es":
            swapped = text.translate(str.maketrans(",.", ".,"))
            return f"{sign}{swapped}\N{NO-BREAK SPACE}{symbol}"
        glue = "" if currency in SYMBOLS else "\N{NO-BREAK SPACE}"
        return f"{sign}{symbol}{glue}{text}"

    def date(self, moment: int) -> str:
        day = datetime.fromtimestamp(moment, UTC)
        month = MONTHS[self.language][day.month - 1]
        if self.language == "es":
            return f"{day.day} {month} {day.year}"
        return f"{month} {day.day}, {day.year}"

    def price(self, price: Obj, quantity: int = 1) -> str:
        """19,00 € al mes."""
        amount = self.money((price["unit_amount"] or 0) * quantity, price["currency"])
        recurring = price["recurring"]
        return (
            f"{amount} {self('per_' + recurring['interval'])}" if recurring else amount
        )


def choose(wanted: str | None, headers: Mapping[str, str]) -> Words:
    """The session's locale if it names one, otherwise Accept-Language; en or es."""
    for candidate in [wanted or "auto", *headers.get("Accept-Language", "").split(",")]:
        code = candidate.strip().split(";")[0].split("-")[0].lower()
        if code in {"en", "es"}:
            return Words(code)
    return Words("en")
