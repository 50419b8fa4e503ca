"""Every scope of consent, every withdrawal, every export: exactly what the scope says goes, and nothing more."""

from __future__ import annotations

import ast
import hashlib
import io
from pathlib import Path

import pypdf
import pypdfium2
import pytest

from embers.actions.consent import withdraw_consent
from embers.actions.dossiers import export_dossier
from embers.actions.editions import consented, editions, told
from embers.actions.reports import build_and_record
from embers.actions.tables.exporting import export
from embers.errors import ConsentError
from embers.fieldwork.consented_view import objections
from embers.reporting.serialise import read_document

from .heard_people import HeardPeople, Person, everybody, heard_people

DAY = "2031-06-01"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> HeardPeople:
    return heard_people(tmp_path_factory.mktemp("matrix"), everybody())


def _text(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".pdf":
        # Two readers: pypdf now and then passes over the end of a page that PDFium and poppler read.
        lines = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
        with pypdfium2.PdfDocument(data) as document:
            lines += [page.get_textpage().get_text_range() for page in document]
        return "\n".join(lines).encode()
    return data


def _everything(folder: Path) -> bytes:
    return b"\n".join(_text(path) for path in sorted(folder.rglob("*")) if path.is_file())


def _told_of(person: Person, content: bytes) -> dict[str, bool]:
    return {
        "words": person.words.encode() in content,
        "code": person.code.encode() in content or person.interview_code.encode() in content,
        "voice": person.voice in content,
    }


@pytest.mark.parametrize("form", ["pdf", "html", "text"])
def test_the_public_report_holds_exactly_what_each_person_let_it(heard: HeardPeople, form: str) -> None:
    built = build_and_record(heard.folder, heard.recorder)
    content = _text(getattr(built, form))
    for person in heard.people:
        covered = person.has("analysis") and (person.has("publish-anonymous") or person.has("publish-named"))
        expected = {
            "words": covered,
            "code": person.has("analysis") and person.has("publish-named"),
            "voice": False,
        }
        assert _told_of(person, content) == expected, person


def test_a_dossier_for_the_body_holds_exactly_what_each_person_let_it_have(
    heard: HeardPeople, tmp_path: Path
) -> None:
    build_and_record(heard.folder, heard.recorder, body=heard.body)
    export_dossier(
        heard.folder, tmp_path / "d", body=heard.body, receivers=("generic", "concordance", "icc-e-court")
    )
    content = _everything(tmp_path / "d")
    for person in heard.people:
        covered = person.has("analysis") and person.has("share")
        expected = {"words": covered, "code": covered, "voice": covered and person.has("recording")}
        assert _told_of(person, content) == expected, person
    entries = _everything(tmp_path / "d" / "data" / "entries")
    for person in heard.people:  # a withheld recording is accounted for by digest, and described by no entry
        goes = person.has("analysis") and person.has("share") and person.has("recording")
        assert (hashlib.sha256(person.voice).hexdigest().encode() in entries) == goes, person


def test_a_dossier_for_another_body_holds_nobody(heard: HeardPeople, tmp_path: Path) -> None:
    build_and_record(heard.folder, heard.recorder, body=heard.other_body)
    export_dossier(heard.folder, tmp_path / "d", body=heard.other_body)
    content = _everything(tmp_path / "d")
    assert not any(any(_told_of(person, content).values()) for person in heard.people)
    assert b'"reason": "consent"' in content  # what is left out is accounted for


@pytest.mark.parametrize(
    ("level", "shared"), [("open", False), ("confidential", False), ("confidential", True)]
)
def test_tables_hold_exactly_what_each_person_let_them(
    heard: HeardPeople, tmp_path: Path, level: str, shared: bool
) -> None:
    export(heard.folder, "json", tmp_path / "t", level=level, body=heard.body if shared else "")
    content = _everything(tmp_path / "t")
    for person in heard.people:
        named = person.has("analysis") and person.has("share" if shared else "publish-named")
        covered = named or (not shared and person.has("analysis") and person.has("publish-anonymous"))
        if level != "open" and not shared:
            named = covered = False  # with whoever asks, nothing is shared
        # What is told in an interview is marked above open, so no table for everybody holds it.
        expected = {"words": covered and level != "open", "code": named, "voice": False}
        assert _told_of(person, content) == expected, person


def test_a_public_report_does_not_go_into_a_dossier_for_nobody(heard: HeardPeople, tmp_path: Path) -> None:
    build_and_record(heard.folder, heard.recorder)
    with pytest.raises(ConsentError, match="with a body that is named, never with whoever asks") as refused:
        export_dossier(heard.folder, tmp_path / "d")
    assert refused.value.code == "consent.against-scope"
    assert not (tmp_path / "d").exists()


def test_a_withdrawal_marks_exactly_its_sentences_stops_the_old_dossier_and_empties_the_next(
    tmp_path: Path,
) -> None:
    people = [
        Person(1, frozenset({"analysis", "share", "publish-anonymous"}), ""),
        Person(2, frozenset({"analysis", "share", "publish-anonymous"}), ""),
    ]
    heard = heard_people(tmp_path, people)
    build_and_record(heard.folder, heard.recorder, body=heard.body)
    export_dossier(heard.folder, tmp_path / "before", body=heard.body)
    heard.record(
        withdraw_consent(
            heard.recorder, heard.interviews["W-001"], received_by="staff-01", means="by telephone"
        )
    )
    stale = _stale(heard)
    assert stale
    assert {one.code for one in stale} == {"IV001X"}
    with pytest.raises(ConsentError, match="IV001X: Consent to analysis by the team was withdrawn"):
        export_dossier(heard.folder, tmp_path / "refused", body=heard.body)
    build_and_record(heard.folder, heard.recorder, body=heard.body)
    export_dossier(heard.folder, tmp_path / "after", body=heard.body)
    content = _everything(tmp_path / "after")
    assert not any(_told_of(people[0], content).values())
    assert _told_of(people[1], content) == {"words": True, "code": True, "voice": False}
    assert not _stale(heard)


def _stale(heard: HeardPeople) -> list:
    found = []
    for report, body in editions(heard.view):
        with heard.folder.objects().open(report.live("report-text")[-1].value["sha256"]) as handle:
            document = read_document(handle.read())
        view = consented(heard.folder.projection(), day=DAY, body=body)
        found += objections(view, told(document))
    return found


def test_no_export_reads_the_case_past_consent() -> None:
    """Every module that writes what leaves a case takes its view from editions; nothing else there reads the case."""
    root = Path(__file__).parents[2] / "src" / "embers" / "actions"
    leaving = [path for path in root.rglob("*.py") if "exports_path" in path.read_text("utf-8")]
    names = {path.name for path in leaving}
    assert {"reports.py", "dossiers.py", "exporting.py"} <= names
    for path in leaving:
        tree = ast.parse(path.read_text("utf-8"))
        calls = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if "build_report" in calls or "select" in calls:
            assert "consented" in calls, path
            assert "refuse_against_consent" in calls, path
        if "Extract" in calls:
            assert "consented" in calls, path
