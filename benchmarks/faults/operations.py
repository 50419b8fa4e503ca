"""The operations whose every file call is made to fail, and how a folder is judged afterwards.

An operation works in a folder ``base``: ``base/case`` is a case, ``base/keyring`` the keyring, ``base/given`` the
material; an exchange has copies named by their owners. It calls ``ack(id)`` with the id of an assertion as soon as a
person could have read that the act is recorded, or with another promise (``erased:<sha256>``). What was acknowledged
must hold after any fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from embers.actions.acquire import Looking
from embers.actions.acquire import acquire as take_in
from embers.actions.case_folder import CaseFolder
from embers.actions.cases import case_subject, open_case
from embers.actions.items import ItemOrigin, acquire_file, acquire_folder
from embers.actions.recorder import Act, Recorder
from embers.actions.verification import verify_case
from embers.journal.journal import Journal
from embers.journal.keys import Keyring
from embers.objects.store import Stored
from embers.surroundings import LocalDisk, Surroundings
from embers.sync.replica import Replica

from . import drafts, exchange, protection, steady

Ack = Callable[[str], None]
ORIGIN = ItemOrigin(title="Exercise: photograph", source="exercise kit", method="copied from a card")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: how its folder is made ready, and what it does there.

    ``passing`` is a problem that verification may report after a fault, but not once the operation was done again.
    ``judge`` returns everything wrong with a folder, given what was acknowledged.
    """

    name: str
    prepare: Callable[[Path], None]
    act: Callable[[Path, Ack], None]
    passing: str = ""
    judge: Callable[[Path, Sequence[str]], list[str]] | None = None

    def wrong(self, base: Path, acknowledged: Sequence[str]) -> list[str]:
        """Return everything wrong with a folder."""
        return (self.judge or judge)(base, acknowledged)


def case_folder(base: Path, surroundings: Surroundings | None = None) -> CaseFolder:
    """Return the case of a folder."""
    return CaseFolder(base / "case", base / "keyring", surroundings or steady.surroundings())


def recorder_of(folder: CaseFolder) -> Recorder:
    """Open a case for writing."""
    ring = folder.keyring()
    return Recorder(
        folder.journal(), folder.objects(), ring.load_person("staff-01"), "investigator", folder.surroundings
    )


def prepare_case(base: Path) -> None:
    """Make a case with a few entries and objects, and material to take in."""
    given = base / "given"
    (given / "card").mkdir(parents=True)
    (given / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 300)
    (given / "card" / "note.txt").write_text("Exercise: a note in an invented place.\n" * 40)
    (given / "card" / "sound.bin").write_bytes(bytes(range(255, -1, -1)) * 40)
    for number in range(3):
        (given / "card" / f"IMG_{number}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes([number]) * 5000)
    (given / "before.txt").write_text("Exercise: taken in before any fault.\n" * 30)
    recorder = open_case(case_folder(base), staff="staff-01", role="investigator")
    recorder.record(acquire_file(recorder, given / "before.txt", ORIGIN).act)
    recorder.journal.close()


def _note(recorder: Recorder, text: str) -> Act:
    return Act("note", (recorder.new_assertion(case_subject(recorder.journal), "note", text),))


def _record(recorder: Recorder, act: Act, ack: Ack) -> None:
    recorder.record(act)
    ack(act.assertions[0].id)


def append(base: Path, ack: Ack) -> None:
    """Record one act, then three in one transaction."""
    recorder = recorder_of(case_folder(base))
    _record(recorder, _note(recorder, "Exercise: one act."), ack)
    acts = [_note(recorder, f"Exercise: act {number} of three.") for number in range(3)]
    recorder.record_all(acts)
    for act in acts:
        ack(act.assertions[0].id)
    recorder.journal.close()


def acquire(base: Path, ack: Ack) -> None:
    """Take in a file, then a folder."""
    recorder = recorder_of(case_folder(base))
    _record(recorder, acquire_file(recorder, base / "given" / "photo.jpg", ORIGIN).act, ack)
    _record(recorder, acquire_folder(recorder, base / "given" / "card", ORIGIN).act, ack)
    recorder.journal.close()


def take_in_card(base: Path, ack: Ack) -> None:
    """Take in many files at once, flushed together."""
    recorder = recorder_of(case_folder(base))
    taken = take_in(recorder, base / "given" / "card", ORIGIN, look=Looking.nothing())
    ack(f"taken:{taken.item}:{taken.files}")
    recorder.journal.close()


def prepare_nothing(base: Path) -> None:
    """Make an empty folder."""
    base.mkdir()


def open_new_case(base: Path, ack: Ack) -> None:
    """Open a case: folders, keys, settings, the journal and its first entry."""
    folder = case_folder(base)
    if folder.journal_path.exists() and folder.journal(read_only=True).logs():
        return  # done before the fault
    recorder = open_case(folder, staff="staff-01", role="investigator")
    _, first = next(recorder.journal.entries())
    ack(first.entry.assertions[0].id)
    recorder.journal.close()


def _exchange(
    name: str, prepare: Callable[[Path], None], act: Callable[[Path, Ack], None], passing: str = ""
) -> Operation:
    return Operation(name, prepare, act, passing, exchange.judge)


OPERATIONS = {
    one.name: one
    for one in (
        Operation("open", prepare_nothing, open_new_case),
        Operation("append", prepare_case, append),
        Operation("acquire", prepare_case, acquire),
        Operation("card", prepare_case, take_in_card),
        Operation("seal", protection.prepare_vault, protection.seal),
        Operation("erase", protection.prepare_erasure, protection.erase, passing=protection.UNFINISHED),
        Operation("interview-draft", drafts.prepare, drafts.type_answer, judge=drafts.judge),
        _exchange("sync-join", exchange.prepare_join, exchange.join_case),
        _exchange("sync-to-stick", exchange.prepare_laptop, exchange.write_stick),
        _exchange("sync-from-stick", exchange.prepare_stick, exchange.read_stick),
        _exchange("sync-receipts", exchange.prepare_receipts, exchange.take_receipts),
        _exchange("sync-office", exchange.prepare_laptop, exchange.call_office),
        _exchange("sync-keys", exchange.prepare_without_keys, exchange.call_office),
        _exchange("sync-restored", exchange.prepare_restored, exchange.go_on_restored, exchange.RESTORED),
        _exchange("sync-free", exchange.prepare_safe, exchange.free, passing=protection.UNFINISHED),
    )
}


# --- mutants: each breaks one rule, and a campaign that cannot see that is worth nothing -----------------


class _Later:
    """An object store that stores only when told: the mutant "row before object"."""

    def __init__(self, folder: CaseFolder) -> None:
        self._store = folder.objects()
        self._given: list[bytes] = []

    def put(self, stream: BinaryIO, **_options: object) -> Stored:
        data = stream.read()
        self._given.append(data)
        return Stored(sha256(data).hexdigest(), len(data))

    def store_now(self) -> None:
        for data in self._given:
            self._store.put(BytesIO(data))


def row_before_object(base: Path, _ack: Ack) -> None:
    """Mutant: the entry is committed before its bytes are stored."""
    folder = case_folder(base)
    later = _Later(folder)
    journal = Journal.open(folder.journal_path, folder.surroundings, keyring=folder.keyring())
    recorder = replace(recorder_of(folder), journal=journal, objects=later)  # type: ignore[arg-type]
    recorder.record(acquire_file(recorder, base / "given" / "photo.jpg", ORIGIN).act)
    later.store_now()
    journal.close()


def ack_before_commit(base: Path, ack: Ack) -> None:
    """Mutant: a person is told that an act is recorded before it is."""
    recorder = recorder_of(case_folder(base))
    act = _note(recorder, "Exercise: promised too early.")
    ack(act.assertions[0].id)
    recorder.record(act)
    recorder.journal.close()


class _Careless(LocalDisk):
    """A disk that never flushes: the mutant "no fsync"."""

    def sync(self, handle: BinaryIO) -> None:
        handle.flush()

    def sync_folder(self, path: Path) -> None:
        pass

    def sync_files(self, paths: Sequence[Path]) -> None:
        pass

    @contextmanager
    def flushing(self, _folder: Path) -> Iterator[Callable[[Iterable[Path]], None]]:
        yield lambda _: None


def no_fsync(base: Path, ack: Ack) -> None:
    """Mutant: objects are taken in without a single flush."""
    recorder = recorder_of(case_folder(base, steady.surroundings(_Careless())))
    _record(recorder, acquire_file(recorder, base / "given" / "photo.jpg", ORIGIN).act, ack)
    recorder.journal.close()


def continue_old_log(base: Path, ack: Ack) -> None:
    """Mutant: a device whose case was restored from a back-up goes on with its old log."""
    for owner, name in ((Journal, "_refuse_cut_log"), (Journal, "_refuse_other_epoch"), (Keyring, "end")):
        setattr(owner, name, lambda *_: None)  # in this child process only
    exchange.go_on_restored(base, ack)


def receipt_before_flush(base: Path, _ack: Ack) -> None:
    """Mutant: the office signs receipts for bytes that nobody has flushed."""
    exchange.carry(base, "office", steady.surroundings(_Careless()))


def receipt_before_bytes(base: Path, ack: Ack) -> None:
    """Mutant: the office signs receipts for entries whose bytes have not come yet."""
    Replica._whole = lambda *_: True  # type: ignore[method-assign]
    exchange.call_office(base, ack)


def receipt_before_keys(base: Path, ack: Ack) -> None:
    """Mutant: the office signs receipts for sealed bytes whose wrapped keys have not come yet."""
    Replica._whole = lambda self, named: self.objects.has(named.sha256)  # type: ignore[method-assign]
    exchange.call_office(base, ack)


MUTANTS = {
    one.name: one
    for one in (
        Operation("row-before-object", prepare_case, row_before_object),
        Operation("ack-before-commit", prepare_case, ack_before_commit),
        Operation("no-fsync", prepare_case, no_fsync),
        Operation("draft-without-flush", drafts.prepare, drafts.without_flush, judge=drafts.judge),
        _exchange("continue-old-log", exchange.prepare_restored, continue_old_log, exchange.RESTORED),
        _exchange("receipt-before-flush", exchange.prepare_stick, receipt_before_flush),
        _exchange("receipt-before-bytes", exchange.prepare_laptop, receipt_before_bytes),
        _exchange("receipt-before-keys", exchange.prepare_without_keys, receipt_before_keys),
    )
}


# --- judging ---------------------------------------------------------------------------------------------


def judge(base: Path, acknowledged: Sequence[str]) -> list[str]:
    """Return everything wrong with a case: what `embers verify` finds, and what was promised and is not there."""
    folder = case_folder(base)
    if not acknowledged and not (folder.journal_path.exists() and folder.journal(read_only=True).logs()):
        return []  # no case was promised yet
    if folder.projection_path.exists():
        folder.projection().close()  # as the next command of a person would: it may be behind, never different
    found = verify_case(folder)
    wrong = [f"{problem.where}: {problem.what}" for problem in found.problems]
    journal = folder.journal(read_only=True)
    held = {said.id for _, signed in journal.entries() for said in signed.entry.assertions}
    wrong += protection.without_wrap(folder, journal)
    journal.close()
    assertions = [id for id in acknowledged if ":" not in id]
    wrong += [f"the acknowledged assertion {id} is lost" for id in assertions if id not in held]
    promises = [_broken(base, one) for one in acknowledged if ":" in one]
    return [*wrong, *filter(None, promises)]


def _broken(base: Path, promise: str) -> str:
    """Return how a promise other than an assertion's id is broken, or nothing."""
    if not promise.startswith("taken:"):
        return protection.judge_promise(base, promise)
    item, _, files = promise.removeprefix("taken:").rpartition(":")
    journal = case_folder(base).journal(read_only=True)
    said = [
        said for _, signed in journal.entries() for said in signed.entry.assertions if said.subject == item
    ]
    journal.close()
    found = sum(one.predicate == "item-object" for one in said)
    return "" if found == int(files) else f"{item} has {found} of its {files} files"
