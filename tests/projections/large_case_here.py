"""Small editions of the invented case the pages are measured on."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from large_case import write_case

from embers.actions.case_folder import CaseFolder
from embers.projections.rebuild import rebuild
from embers.surroundings import Surroundings


def large_case(root: Path, incidents: int) -> CaseFolder:
    folder = CaseFolder(root / "case", root / "keyring", Surroundings())
    write_case(folder, incidents=incidents, claims=4 * incidents, items=incidents // 2)
    journal = folder.journal(read_only=True)
    rebuild(journal, folder.objects(), folder.projection_path)
    journal.close()
    return folder
