"""Spanish is complete: nothing untranslated, nothing fuzzy, placeholders kept."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

CATALOGUES = [
    path
    for path in Path(settings.BASE_DIR).glob("**/LC_MESSAGES/*.po")
    if not {".venv", "var"} & set(path.parts)
]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.mark.parametrize(
    "path", CATALOGUES, ids=lambda path: path.parts[-5] + "/" + path.name
)
def test_every_string_is_translated(path: Path) -> None:
    entries = [entry for entry in polib.pofile(str(path)) if not entry.obsolete]
    assert [e.msgid for e in entries if e.fuzzy] == []
    assert [e.msgid for e in entries if not e.translated()] == []


@pytest.mark.parametrize(
    "path", CATALOGUES, ids=lambda path: path.parts[-5] + "/" + path.name
)
def test_placeholders_survive_translation(path: Path) -> None:
    wrong = [
        entry.msgid
        for entry in polib.pofile(str(path))
        if not entry.obsolete
        and not entry.msgid_plural
        and sorted(PLACEHOLDER.findall(entry.msgid))
        != sorted(PLACEHOLDER.findall(entry.msgstr))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "path", CATALOGUES, ids=lambda path: path.parts[-5] + "/" + path.name
)
def test_every_plural_has_all_its_forms(path: Path) -> None:
    """A number whose form is missing would be shown in English."""
    catalogue = polib.pofile(str(path))
    forms = int(re.findall(r"nplurals=(\d+)", catalogue.metadata["Plural-Forms"])[0])
    plurals = [one for one in catalogue if one.msgid_plural and not one.obsolete]
    assert [
        one.msgid
        for one in plurals
        if not all(map(one.msgstr_plural.get, range(forms)))
    ] == []


def test_there_is_a_catalogue() -> None:
    assert CATALOGUES
