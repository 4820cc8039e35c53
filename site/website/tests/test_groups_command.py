from typing import Any

from django.core.management import call_command


def test_the_command_says_that_it_is_done(db: None, capsys: Any) -> None:
    call_command("setup_groups")
    call_command("setup_groups")
    assert "have their permissions" in capsys.readouterr().out
