"""Looking into a case must not take away the locks of a program that is writing it."""

from __future__ import annotations

import subprocess
import sys

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import case_subject, open_case
from embers.actions.recorder import Act
from embers.surroundings import Surroundings

#: Another program that opens the journal as one that may write, and ends: it must not believe that it was the last.
READER = """
import sys
from pathlib import Path
from embers.journal.sqlite_store import SqliteJournalStore
store = SqliteJournalStore(Path(sys.argv[1]))
print(store.last_position())
store.close()
"""


def read_elsewhere(folder: CaseFolder) -> int:
    done = subprocess.run(
        [sys.executable, "-c", READER, str(folder.journal_path)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_a_reader_that_leaves_does_not_delete_the_log_of_a_writer(tmp_path):
    folder = CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings())
    office = open_case(folder, staff="staff-01", role="lead")  # an office that runs for weeks
    wal = folder.journal_path.with_name("journal.sqlite3-wal")
    for number in range(3):
        said = office.new_assertion(case_subject(office.journal), "note", f"Exercise: note {number}.")
        office.record(Act("note", (said,)))
        office.journal.store.flush()
        folder.journal(
            read_only=True
        ).close()  # the office looks into its own case, as it does for every exchange
        before = wal.stat().st_ino
        assert read_elsewhere(folder) == number + 2
        assert wal.exists()
        assert wal.stat().st_ino == before, "the reader deleted the write-ahead log under the writer"
    office.journal.close()
    assert read_elsewhere(folder) == 4, "what was acknowledged is there"
