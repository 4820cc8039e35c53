"""What workers post about a student's trading, and what the student writes beside it.

The only foreign key that leaves the room is Account.user. All keys cascade in the
database, so a person can be erased while the room is switched off.
"""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import DB_CASCADE, F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Amount(models.DecimalField):  # type: ignore[type-arg]
    """Money, price or quantity: numeric(28,12), as wide as the contract's text."""

    def __init__(self, *args: object, **options: object) -> None:
        options |= {"max_digits": 28, "decimal_places": 12}
        super().__init__(*args, **options)  # type: ignore[arg-type]


def _not_negative(*names: str) -> Q:
    condition = Q()
    for name in names:
        condition &= Q(**{f"{name}__gte": 0})
    return condition


class Account(models.Model):
    """A student's account at one broker or exchange.

    `timezone` and `day_roll` (HH:MM there) decide to which trading day a moment belongs:
    a roll at noon or later starts the next date, an earlier one ends the last.
    """

    class Matching(models.TextChoices):
        FIFO = "fifo", _("first in, first out")
        LIFO = "lifo", _("last in, first out")
        AVERAGE = "average", _("average price")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=DB_CASCADE,
        related_name="+",
        verbose_name=_("student"),
    )
    name = models.CharField(_("name"), max_length=64)
    broker = models.CharField(_("broker"), max_length=64)
    base_currency = models.CharField(_("currency"), max_length=12)
    timezone = models.CharField(_("time zone"), max_length=64, default="Etc/UTC")
    day_roll = models.CharField(_("day starts at"), max_length=5, default="00:00")
    matching_method = models.CharField(
        _("matching"), max_length=8, choices=Matching, default=Matching.FIFO
    )
    starting_balance = Amount(_("starting balance"), default=0)
    is_demo = models.BooleanField(_("demo"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        verbose_name = _("journal account")
        verbose_name_plural = _("journal accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"], name="journal_account_once"
            ),
            models.CheckConstraint(
                condition=Q(day_roll__regex=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"),
                name="journal_account_day_roll",
            ),
            models.CheckConstraint(
                condition=Q(base_currency__regex=r"^[A-Z0-9]{2,12}$"),
                name="journal_account_currency",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("journal:dashboard") + f"?account={self.pk}"


class Instrument(models.Model):
    """What was traded. Each account has its own, so no worker can change another's."""

    class AssetClass(models.TextChoices):
        EQUITY = "equity", _("equity")
        OPTION = "option", _("option")
        FUTURE = "future", _("future")
        FOREX = "forex", _("currency pair")
        CFD = "cfd", "CFD"
        CRYPTO_SPOT = "crypto_spot", _("crypto, spot")
        CRYPTO_PERP = "crypto_perp", _("crypto, perpetual")
        CRYPTO_FUTURE = "crypto_future", _("crypto, future")
        INDEX = "index", _("index")

    account = models.ForeignKey(Account, on_delete=DB_CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    asset_class = models.CharField(_("kind"), max_length=16, choices=AssetClass)
    symbol = models.CharField(_("symbol"), max_length=64)
    venue = models.CharField(_("venue"), max_length=500, blank=True)
    underlying = models.CharField(_("underlying"), max_length=500, blank=True)
    currency = models.CharField(_("currency"), max_length=12)
    multiplier = Amount(_("multiplier"), default=1)
    expiry = models.DateField(_("expiry"), null=True, blank=True)
    strike = Amount(_("strike"), null=True, blank=True)
    right = models.CharField(_("right"), max_length=1, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "key"], name="journal_instrument_once"
            ),
            models.CheckConstraint(
                condition=Q(multiplier__gt=0), name="journal_instrument_multiplier"
            ),
        ]

    def __str__(self) -> str:
        return self.symbol


class Fill(models.Model):
    """One execution: the source of truth. Commission and fees are positive when paid."""

    account = models.ForeignKey(Account, on_delete=DB_CASCADE, related_name="+")
    instrument = models.ForeignKey(Instrument, on_delete=DB_CASCADE, related_name="+")
    source = models.CharField(max_length=64)
    external_id = models.CharField(max_length=64)
    order_id = models.CharField(max_length=500, blank=True)
    side = models.CharField(max_length=4)
    position_effect = models.CharField(max_length=8)
    quantity = Amount()
    price = Amount()
    executed_at = models.DateTimeField()
    executed_at_precision = models.CharField(max_length=8)
    commission = Amount(default=0)
    fees = Amount(default=0)
    fee_currency = models.CharField(max_length=12)
    funding = Amount(default=0)
    raw = models.JSONField(default=dict)
    schema_version = models.SmallIntegerField(default=1)
    # which run brought it first; a run may be posted after its fills
    run_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "source", "external_id"], name="journal_fill_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="journal_fill_quantity"
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0), name="journal_fill_price"
            ),
            models.CheckConstraint(
                condition=Q(side__in=["buy", "sell"]), name="journal_fill_side"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} @ {self.price}"


class Trade(models.Model):
    """Flat to flat, derived from fills by the worker; replaced when it matches again.

    `day` is the account's trading day of the close, empty while open; `content_hash`
    covers the trade with its fills.
    """

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=DB_CASCADE, related_name="+")
    instrument = models.ForeignKey(Instrument, on_delete=DB_CASCADE, related_name="+")
    direction = models.CharField(max_length=5)
    status = models.CharField(max_length=6)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    quantity = Amount()
    entry_price = Amount()
    exit_price = Amount(null=True)
    gross_pnl = Amount()
    commission = Amount()
    fees = Amount()
    funding = Amount()
    net_pnl = Amount()
    currency = models.CharField(max_length=12)
    holding_seconds = models.BigIntegerField(null=True)
    fill_count = models.IntegerField()
    needs_opening_balance = models.BooleanField(default=False)
    matcher_version = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None, day=None)
                | Q(status="closed", closed_at__gte=F("opened_at"), day__isnull=False),
                name="journal_trade_closed",
            ),
            models.CheckConstraint(
                condition=Q(direction__in=["long", "short"]),
                name="journal_trade_direction",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="journal_trade_quantity"
            ),
        ]
        indexes = [
            models.Index(
                F("account"), F("day").desc(), F("closed_at").desc(), F("id").desc(),
                name="journal_trade_newest", condition=Q(status="closed"),
            ),
            models.Index(
                F("account"), F("instrument"), F("opened_at"),
                name="journal_trade_window",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.direction} {self.quantity} ({self.status})"

    def get_absolute_url(self) -> str:
        return reverse("journal:trade", args=[self.pk])


class TradeFill(models.Model):
    """The part of a fill that a trade uses; a fill that crosses zero has two trades."""

    trade = models.ForeignKey(Trade, on_delete=DB_CASCADE, related_name="parts")
    fill = models.ForeignKey(Fill, on_delete=DB_CASCADE, related_name="+")
    quantity = Amount()
    role = models.CharField(max_length=5)
    realized_pnl = Amount(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["trade", "fill", "role"], name="journal_trade_fill_once"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["entry", "exit"]), name="journal_trade_fill_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.quantity}"


class DailyStat(models.Model):
    """One trading day of an account in one currency, computed by the worker.

    drawdown_pct 0..1 of the peak; return_pct is the day's net over the day before's
    equity. Both are empty where they are undefined.
    """

    pk = models.CompositePrimaryKey("account_id", "date", "currency")
    account = models.ForeignKey(Account, on_delete=DB_CASCADE, related_name="+")
    date = models.DateField()
    currency = models.CharField(max_length=12)
    trades_closed = models.IntegerField()
    wins = models.IntegerField()
    losses = models.IntegerField()
    breakevens = models.IntegerField()
    gross_pnl = Amount()
    commission = Amount()
    fees = Amount()
    funding = Amount()
    net_pnl = Amount()
    volume = Amount()
    cash_flow = Amount()
    equity_open = Amount()
    equity_close = Amount()
    peak_equity = Amount()
    drawdown_abs = Amount()
    drawdown_pct = Amount(null=True)
    return_pct = Amount(null=True)
    metrics_version = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=_not_negative(
                    "trades_closed", "wins", "losses", "breakevens"
                ),
                name="journal_daily_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.net_pnl} {self.currency}"


class Run(models.Model):
    """One run of a worker over one file or exchange."""

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(
        Account, on_delete=DB_CASCADE, related_name="+", verbose_name=_("account")
    )
    source = models.CharField(_("source"), max_length=64)
    filename = models.CharField(_("file"), max_length=500, blank=True)
    sha256 = models.CharField(max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=8)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    rows_read = models.IntegerField(_("rows read"))
    rows_rejected = models.IntegerField(_("rows rejected"))
    message = models.CharField(_("message"), max_length=500, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at", "id"]
        verbose_name = _("worker run")
        verbose_name_plural = _("worker runs")
        indexes = [
            models.Index(
                F("account"), F("started_at").desc(), name="journal_run_newest"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.filename}"


class Roll(models.Model):
    """Plain sums over the closed trades of one day, instrument, direction and currency.

    Kept in the transaction that changes trades, equal to a recomputation. gross_profit
    sums winning nets, gross_loss losing ones (0 or negative); fees = commission + fees
    - funding.
    """

    account = models.ForeignKey(Account, on_delete=DB_CASCADE, related_name="+")
    day = models.DateField()
    instrument = models.ForeignKey(Instrument, on_delete=DB_CASCADE, related_name="+")
    direction = models.CharField(max_length=5)
    currency = models.CharField(max_length=12)
    count = models.IntegerField()
    wins = models.IntegerField()
    losses = models.IntegerField()
    gross_profit = Amount()
    gross_loss = Amount()
    fees = Amount()
    best = Amount()
    worst = Amount()
    net = Amount()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "day", "instrument", "direction", "currency"],
                name="journal_roll_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.count}"


class TradeNote(models.Model):
    """What the student writes about a trade: the only rows a student may change.

    Found by the trade's id, or by account, instrument and opening when the worker has
    matched again and the id is another.
    """

    account = models.ForeignKey(Account, on_delete=DB_CASCADE, related_name="+")
    instrument = models.ForeignKey(Instrument, on_delete=DB_CASCADE, related_name="+")
    opened_at = models.DateTimeField()
    trade_id = models.UUIDField(db_index=True)
    text = models.TextField(_("note"), blank=True, max_length=10_000)
    tags = ArrayField(
        models.CharField(max_length=30),
        verbose_name=_("tags"),
        default=list,
        blank=True,
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "instrument", "opened_at"], name="journal_note_once"
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]
