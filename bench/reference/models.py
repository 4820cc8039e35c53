"""Pages as Wagtail's guide writes them, a student's records, and fills as rows."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.models import Page


class SectionPage(Page):
    pass


class TextPage(Page):
    """16 blocks, 5 of them rich texts with a link to a page."""

    body = StreamField(
        [
            ("heading", blocks.CharBlock()),
            ("text", blocks.RichTextBlock()),
            ("quote", blocks.StructBlock([("text", blocks.TextBlock()),
                                          ("source", blocks.CharBlock())])),
            ("code", blocks.TextBlock()),
        ]
    )  # fmt: skip

    class Meta:
        abstract = True


class StockPage(TextPage):
    """`stock_page`."""


class StockLessonPage(TextPage):
    """`orm_lesson`: access check, body and progress, each by the ORM's usual call."""

    template = "reference/stock_page.html"

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        enrolled = Enrolment.objects.filter(
            user_id=request.user.pk, course=self.get_parent().pk
        ).exists()
        if not enrolled:
            return HttpResponseForbidden("not enrolled")
        LessonProgress.objects.update_or_create(
            user=request.user, lesson=self, defaults={"state": "started"}
        )
        return super().serve(request, *args, **kwargs)


class Enrolment(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    course = models.ForeignKey(Page, on_delete=models.CASCADE)

    class Meta:
        unique_together = [("user", "course")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.course_id}"


class LessonProgress(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    lesson = models.ForeignKey(StockLessonPage, on_delete=models.CASCADE)
    state = models.CharField(max_length=20)
    last_opened = models.DateTimeField(auto_now=True)

    class Meta:
        unique_together = [("user", "lesson")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.lesson_id}"


class VideoPosition(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    lesson = models.ForeignKey(StockLessonPage, on_delete=models.CASCADE)
    position = models.IntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        unique_together = [("user", "lesson")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.lesson_id}"


def _amount(**options: Any) -> Any:
    return models.DecimalField(max_digits=28, decimal_places=12, **options)


class Account(models.Model):
    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    def __str__(self) -> str:
        return str(self.id)


class Instrument(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    key = models.CharField(max_length=64)

    class Meta:
        unique_together = [("account", "key")]

    def __str__(self) -> str:
        return self.key


class Fill(models.Model):
    """The same columns, key and checks as the product's."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE)
    source = models.CharField(max_length=64)
    external_id = models.CharField(max_length=64)
    order_id = models.CharField(max_length=500, blank=True)
    side = models.CharField(max_length=4)
    position_effect = models.CharField(max_length=8)
    quantity = _amount()
    price = _amount()
    executed_at = models.DateTimeField()
    executed_at_precision = models.CharField(max_length=8)
    commission = _amount(default=Decimal(0))
    fees = _amount(default=Decimal(0))
    fee_currency = models.CharField(max_length=12)
    funding = _amount(default=Decimal(0))
    raw = models.JSONField(default=dict)
    schema_version = models.SmallIntegerField(default=1)
    run_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "source", "external_id"], name="reference_fill_once"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="reference_fill_quantity"
            ),
            models.CheckConstraint(
                condition=models.Q(price__gte=0), name="reference_fill_price"
            ),
            models.CheckConstraint(
                condition=models.Q(side__in=["buy", "sell"]), name="reference_fill_side"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class WriterKey(models.Model):
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.digest[:8]


class AuditRow(models.Model):
    at = models.DateTimeField(auto_now_add=True)
    batch_id = models.UUIDField(unique=True)
    rows = models.IntegerField()

    def __str__(self) -> str:
        return str(self.batch_id)


class InboxRow(models.Model):
    event_id = models.CharField(max_length=255, unique=True)
    payload = models.JSONField()

    def __str__(self) -> str:
        return self.event_id
