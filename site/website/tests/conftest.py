from typing import Any

import pytest

from website.tests import make


@pytest.fixture(autouse=True)
def _pictures_in_a_temporary_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def homes(db: None) -> Any:
    return make.homes()
