"""The journal may fail alone, and leaves with its student."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from journal.models import Account, Fill, Trade
from journal.tests import make

pytestmark = pytest.mark.django_db


def rows_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def test_erasing_a_student_erases_their_journal_only(alice: Any, bob: Any) -> None:
    make.story(make.account(alice), ["10", "-2"])
    make.story(make.account(bob), ["7"])
    alice.delete()
    assert Account.objects.count() == 1
    assert (Fill.objects.count(), Trade.objects.count()) == (2, 1)


def test_the_database_erases_it_while_the_room_is_unknown(alice: Any) -> None:
    make.story(make.account(alice), ["10", "-2"])
    with connection.cursor() as cursor:
        # as a site without the room would: only the person's own row
        cursor.execute(
            "DELETE FROM account_emailaddress WHERE user_id = %s", [alice.pk]
        )
        cursor.execute("DELETE FROM accounts_user WHERE id = %s", [alice.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for model in apps.get_app_config("journal").get_models():
        assert rows_of(model._meta.db_table) == 0, model


def test_no_key_but_the_students_leaves_the_room() -> None:
    outside = {
        field.remote_field.model.__name__
        for model in apps.get_app_config("journal").get_models()
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.remote_field.model._meta.app_label != "journal"
    }
    assert outside == {"User"}
