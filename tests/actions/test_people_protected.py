"""Names of protected people: sealed to a compartment, in no form in the journal or the tables."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from protected_case import protected_case
from secret_scan import spellings

from embers.actions.people import register_person, seal_names
from embers.actions.sealing import open_sealed

NAMES = "Nvard Example; Нвард Экзампл; Նվարդ Էքզամպլ"


def test_sealed_names_are_opened_by_members_and_stand_nowhere_in_the_clear(tmp_path: Path) -> None:
    made = protected_case(tmp_path)
    vault = made.open_compartment("identity-vault", "staff-01", "staff-02")
    person, act = register_person(
        made.first, made.view, "W-051", level="sealed", reasons="witness in danger", pseudonym="a teacher"
    )
    made.first.record(act)
    thing = seal_names(made.first, made.folder.wraps(), person, NAMES, to=[vault])
    made.first.record(thing.act)
    assert made.view.subject(person).values("person-names-sealed") == [{"sealed": thing.sealed.sha256}]
    read: list[bytes] = []
    open_sealed(
        made.recorders["staff-02"],
        made.folder.wraps(),
        thing.sealed.sha256,
        own=made.ages["staff-02"],
        purpose="exercise",
        write=read.append,
    )
    assert b"".join(read).decode() == NAMES
    files = [path for path in made.folder.path.rglob("*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in files)
    for name in NAMES.split("; "):
        for spelling in spellings(name):
            assert spelling.encode() not in kept
    assert not any("Nvard" in path.name for path in files)
    made.close()
