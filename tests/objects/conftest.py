from __future__ import annotations

import pytest

from embers.objects.local import LocalObjectStore
from embers.surroundings import Surroundings


@pytest.fixture
def store(tmp_path):
    return LocalObjectStore(tmp_path / "objects", Surroundings())
