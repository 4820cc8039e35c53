"""The student's own words about a trade: the only thing a student writes here."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from journal.models import Trade, TradeNote

MAX_TAGS = 10


def of(trade: Trade) -> TradeNote | None:
    """Found by id, or by account, instrument and opening after a new matching."""
    by_opening = Q(instrument=trade.instrument_id, opened_at=trade.opened_at)
    notes = TradeNote.objects.filter(
        Q(trade_id=trade.pk) | by_opening, account=trade.account_id
    )
    return min(notes, key=lambda note: note.trade_id != trade.pk, default=None)


def having(trades: Sequence[Trade]) -> dict[UUID, TradeNote]:
    """The notes among a page's trades, by trade. One query."""
    if not trades:
        return {}
    notes = TradeNote.objects.filter(
        Q(trade_id__in=[trade.pk for trade in trades])
        | Q(opened_at__in=[trade.opened_at for trade in trades]),
        account=trades[0].account_id,
    )
    by_id = {note.trade_id: note for note in notes}
    by_opening = {(note.instrument_id, note.opened_at): note for note in notes}
    found = {
        trade.pk: by_id.get(trade.pk)
        or by_opening.get((trade.instrument_id, trade.opened_at))
        for trade in trades
    }
    return {key: note for key, note in found.items() if note}


def save(trade: Trade, *, text: str, tags: Sequence[str]) -> TradeNote | None:
    """Keep the note, or remove it when nothing is left of it."""
    note = of(trade) or TradeNote(account_id=trade.account_id)
    if not text and not tags:
        if note.pk:
            note.delete()
        return None
    note.instrument_id, note.opened_at = trade.instrument_id, trade.opened_at
    note.trade_id, note.text, note.tags = trade.pk, text, list(tags)
    note.save()
    return note
