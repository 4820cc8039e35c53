import hashlib
import hmac
import json
import time

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from wagtail import urls as wagtail_urls

from bench.reference.api import api
from bench.reference.models import VideoPosition

STRIPE_SECRET = b"whsec_bench" + b"0" * 20
LETTERS = b"<p>Trade small, write it down, read it again.</p>\n"
BODY = (LETTERS * 200)[:6000]


def body(request: HttpRequest, size: int = 6000) -> HttpResponse:
    """As many bytes as asked for; `bare_view` and `full_view` answer 6,000."""
    return HttpResponse(
        BODY if size == len(BODY) else (LETTERS * (size // 50 + 1))[:size]
    )


@csrf_exempt
def beat(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """`orm_beat`: the row locked or made, then saved."""
    with transaction.atomic():
        row, _made = VideoPosition.objects.select_for_update().get_or_create(
            user=request.user, lesson_id=lesson_id
        )
        row.position = max(row.position, int(request.POST["position"]))
        row.save()
    return JsonResponse({"position": row.position})


TOLERANCE_SECONDS = 300


@csrf_exempt
def inbox(request: HttpRequest) -> HttpResponse:
    """`inbox_floor`: the signature checked by hand and one insert."""
    parts = dict(
        part.split("=", 1) for part in request.headers["Stripe-Signature"].split(",")
    )
    message = parts["t"].encode() + b"." + request.body
    made = hmac.new(STRIPE_SECRET, message, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(made, parts["v1"]):
        return HttpResponse(status=400)
    if abs(time.time() - int(parts["t"])) > TOLERANCE_SECONDS:
        return HttpResponse(status=400)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reference_inboxrow (event_id, payload) VALUES (%s, %s)"
            " ON CONFLICT (event_id) DO NOTHING",
            [json.loads(request.body)["id"], request.body.decode()],
        )
    return HttpResponse(status=200)


urlpatterns = [
    path("inbox/", inbox),
    path("beat/<int:lesson_id>/", beat),
    path("bare/", body),
    path("full/", body),
    path("sized/<int:size>/", body),
    path("api/", api.urls),
    path("", include(wagtail_urls)),
]
