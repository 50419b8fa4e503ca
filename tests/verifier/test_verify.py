from __future__ import annotations

import shutil
import zipfile

import pytest


def test_a_sound_dossier_is_sound(dossier, verifier):
    facts = verifier.check(dossier)
    assert facts["problems"] == []
    assert facts["entries"] == {"sound": 6, "found": 6, "persons": 2, "devices": 2}
    assert len(facts["exhibits"]) == facts["exhibits_found"] == 3
    assert facts["report"]["sentences"] == facts["report"]["assertions"] == 3
    assert facts["files"]["unchanged"] == facts["files"]["found"] - 2
    assert {log["included"] for log in facts["logs"]} == {5, 1}
