"""The style guide: every component once, with text as it would really read.

Only wired in development. Its texts are samples, so they stay outside the catalogues.
"""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

type Sample = dict[str, Any]

SPANISH: Sample = {
    "title": "Guía de estilo",
    "lead": "Cada pieza de AMI, una vez, con textos como los que verá quien la use.",
    "course": "Fundamentos de trading",
    "course_text": "Órdenes, costes y riesgo antes de arriesgar un solo euro.",
    "other_course": "Riesgo en la práctica",
    "other_text": "Cuánto arriesgar en cada operación y cuándo parar.",
    "level": "Inicial",
    "duration": "3 h 20 min",
    "free": "Gratis",
    "included": "Incluido en Pro",
    "start": "Empezar gratis",
    "prices": "Ver precios",
    "monthly": ("Mensual", "19 €", "al mes", "Se cobran 19,00 € cada mes."),
    "yearly": (
        "Anual",
        "190 €",
        "al año",
        "Se cobran 190,00 € cada año: 15,83 € al mes.",
    ),
    "features": [
        "Todos los cursos",
        "Diario de trading",
        "Certificados",
        "Cancela en dos clics",
    ],
    "subscribe": "Suscribirme",
    "badge": "Dos meses incluidos",
    "questions": [
        {
            "title": "¿Puedo cancelar cuando quiera?",
            "body": "Sí. Mantienes el acceso hasta el final del periodo que ya pagaste.",
            "open": True,
        },
        {
            "title": "¿Necesito experiencia?",
            "body": "No. El primer curso empieza desde cero y es gratis.",
            "meta": "2 min",
        },
    ],
    "steps": [
        {
            "title": "Aprende",
            "text": "Lecciones cortas, con ejemplos de operaciones reales.",
        },
        {
            "title": "Practica",
            "text": "Un cuestionario al final de cada módulo.",
            "current": True,
        },
        {
            "title": "Mide",
            "text": "El diario calcula tus resultados sin que hagas cuentas.",
        },
    ],
    "facts": [
        {"term": "Plan", "value": "AMI Pro, anual"},
        {"term": "Próximo cobro", "value": "190,00 € el 24 de noviembre de 2026"},
        {"term": "Tarjeta", "value": "Visa terminada en 4242"},
    ],
    "stats": [
        {
            "label": "Resultado neto",
            "value": "+1.284,50 €",
            "sign": "gain",
            "note": "Mes anterior: +310,20 €",
        },
        {
            "label": "Caída máxima",
            "value": "−412,00 €",
            "sign": "loss",
            "note": "Del 3 al 9 de noviembre",
        },
        {"label": "Aciertos", "value": "54,2 %", "note": "48 operaciones"},
        {"label": "Factor de beneficio", "value": "1,62", "note": "48 operaciones"},
    ],
    "invoice_head": ["Número", "Fecha", "Importe", "Estado"],
    "invoices": [
        ["AMI-2026-0143", "24 oct 2026", "19,00 €", "Pagada"],
        ["AMI-2026-0098", "24 sep 2026", "19,00 €", "Pagada"],
    ],
    "invoice_caption": "Tus facturas",
    "alerts": [
        ("info", "Estamos confirmando tu pago", "Suele tardar menos de un minuto."),
        ("success", "Lección marcada como hecha", "Llevas 4 de 9."),
        (
            "warning",
            "No pudimos cobrar 19,00 €",
            "Tu acceso termina el 2 de diciembre.",
        ),
        (
            "error",
            "No se guardó el cambio",
            "La conexión se cortó; inténtalo de nuevo.",
        ),
    ],
    "empty": (
        "Ningún curso coincide",
        "Quita el último filtro para ver más cursos.",
        "Quitar «Avanzado»",
    ),
    "labels": (
        "Nombre",
        "Cómo apareces en tus certificados.",
        "Idioma",
        "Avísame por correo",
        "Correo",
    ),
}

ENGLISH: Sample = {
    "title": "Style guide",
    "lead": "Every piece of AMI, once, with text as the people who use it will read it.",
    "course": "Trading fundamentals",
    "course_text": "Orders, costs and risk before a single euro is at stake.",
    "other_course": "Risk in practice",
    "other_text": "How much to risk on each trade, and when to stop.",
    "level": "Beginner",
    "duration": "3 h 20 min",
    "free": "Free",
    "included": "Included in Pro",
    "start": "Start for free",
    "prices": "See prices",
    "monthly": ("Monthly", "€19", "a month", "You are charged €19.00 every month."),
    "yearly": (
        "Yearly",
        "€190",
        "a year",
        "You are charged €190.00 every year: €15.83 a month.",
    ),
    "features": [
        "All courses",
        "Trading journal",
        "Certificates",
        "Cancel in two clicks",
    ],
    "subscribe": "Subscribe",
    "badge": "Two months included",
    "questions": [
        {
            "title": "Can I cancel at any time?",
            "body": "Yes. You keep your access until the end of the period you paid for.",
            "open": True,
        },
        {
            "title": "Do I need experience?",
            "body": "No. The first course starts from zero and is free.",
            "meta": "2 min",
        },
    ],
    "steps": [
        {"title": "Learn", "text": "Short lessons with examples of real trades."},
        {
            "title": "Practise",
            "text": "A quiz at the end of each module.",
            "current": True,
        },
        {"title": "Measure", "text": "The journal works out your results for you."},
    ],
    "facts": [
        {"term": "Plan", "value": "AMI Pro, yearly"},
        {"term": "Next charge", "value": "€190.00 on 24 November 2026"},
        {"term": "Card", "value": "Visa ending in 4242"},
    ],
    "stats": [
        {
            "label": "Net result",
            "value": "+€1,284.50",
            "sign": "gain",
            "note": "Month before: +€310.20",
        },
        {
            "label": "Maximum drawdown",
            "value": "−€412.00",
            "sign": "loss",
            "note": "3 to 9 November",
        },
        {"label": "Win rate", "value": "54.2%", "note": "48 trades"},
        {"label": "Profit factor", "value": "1.62", "note": "48 trades"},
    ],
    "invoice_head": ["Number", "Date", "Amount", "State"],
    "invoices": [
        ["AMI-2026-0143", "24 Oct 2026", "€19.00", "Paid"],
        ["AMI-2026-0098", "24 Sep 2026", "€19.00", "Paid"],
    ],
    "invoice_caption": "Your invoices",
    "alerts": [
        (
            "info",
            "We are confirming your payment",
            "It usually takes less than a minute.",
        ),
        ("success", "Lesson marked as done", "You have done 4 of 9."),
        ("warning", "We could not charge €19.00", "Your access ends on 2 December."),
        (
            "error",
            "The change was not saved",
            "The connection broke; please try again.",
        ),
    ],
    "empty": (
        "No course matches",
        "Remove the last filter to see more courses.",
        "Remove “Advanced”",
    ),
    "labels": (
        "Name",
        "As it appears on your certificates.",
        "Language",
        "Tell me by e-mail",
        "E-mail",
    ),
}


def sample_form(sample: Sample) -> forms.Form:
    """A bound form with one of each control, and a wrong e-mail address."""
    name, help_text, language, notify, email = sample["labels"]
    form = type(
        "SampleForm",
        (forms.Form,),
        {
            "name": forms.CharField(label=name, help_text=help_text),
            "email": forms.EmailField(label=email),
            "language": forms.ChoiceField(
                label=language,
                choices=[("es", "Español"), ("en", "English")],
                widget=forms.RadioSelect,
            ),
            "notify": forms.BooleanField(label=notify, required=False),
        },
    )
    bound: forms.Form = form(
        {"name": "Ana Ruiz", "email": "ana@", "language": "es", "notify": "on"}
    )
    return bound


def table(sample: Sample) -> Sample:
    head = [
        {"label": label, "num": place == 2}
        for place, label in enumerate(sample["invoice_head"])
    ]
    rows = [
        [
            {"text": text, "column": column["label"], "num": column["num"]}
            for text, column in zip(row, head, strict=True)
        ]
        for row in sample["invoices"]
    ]
    return {"head": head, "rows": rows}


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component, in the reader's language; no database."""
    sample = ENGLISH if get_language() == "en" else SPANISH
    context = {
        "sample": sample,
        "form": sample_form(sample),
        "table": table(sample),
        "page": Paginator(range(70), 10).page(3),
        "crumbs": [{"title": "AMI", "url": "/"}, {"title": sample["title"], "url": ""}],
        "alerts": [{"tone": t, "title": h, "text": x} for t, h, x in sample["alerts"]],
        "states": ["done", "current", "todo", "locked", "failed"],
    }
    return render(request, "website/styleguide.html", context)
