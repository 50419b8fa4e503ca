"""schemathesis against the API's own document: no request, however formed, is answered with a fault of the server."""

from __future__ import annotations

import pytest
from asking import program
from fuzzing import fuzz
from office import Office

from embers.journal.verify import verify_journal

#: Requests of each kind to each operation; benchmarks/api_fuzz.py asks many more.
EXAMPLES = 4


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.oracle
def test_no_request_is_answered_with_a_fault(office: Office):
    answers = fuzz(office, program(office, "investigator", unlocked=True), examples=EXAMPLES)
    assert answers.wrong == [], "\n\n".join(answers.wrong[:5])
    assert answers.total() > 300
    assert {"GET /api/v1/records/{id}", "GET /api/v1/search", "POST /api/v1/key"} <= answers.reached()
    assert not {status for _, status in answers.statuses if status >= 500}
    journal = office.folder.journal(read_only=True)
    report = verify_journal(journal)
    journal.close()
    assert report.problems == ()
