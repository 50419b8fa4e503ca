"""Exchange under faults: a laptop, an office and a partner, all in one folder, so that a fault may hit any of them.

A receipt is a promise, wherever it lies: the journal of the keeper that gave it holds the entries, its objects are
whole, and what is sealed can be opened there. A device counts on it when it gives up its bytes.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import case_subject, open_case
from embers.actions.compartments import Member, new_compartment, publish_key
from embers.actions.devices import ask_to_join, enrol, join, make_cosigner, name_cosigner, renew
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.local_bytes import give_up
from embers.actions.recorder import Act, Recorder
from embers.actions.sealing import data_key, seal_sheet
from embers.actions.sync import Patience, converse, cosigner, open_replica, open_state, status, synchronise
from embers.actions.verification import verify_case
from embers.custody.compartment import compartment_named
from embers.errors import EmbersError, JournalError, SyncError
from embers.ids import new_subject
from embers.journal.entry import read_entry
from embers.objects.sealed import unseal
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings
from embers.sync.blobs import FolderBlobs
from embers.sync.cosignature import read_cosignature
from embers.sync.https import HttpsPeer
from embers.sync.office_app import OfficeApp
from embers.sync.peer import Exchanged
from embers.sync.wire import head_of
from embers.sync.wrap_exchange import Wrapped

from . import steady

Ack = Callable[[str], None]
PIECE = 4096
SHEET = b"Exercise person Nvard Example, born 1961, Upper Testford"
ORIGIN = ItemOrigin(title="Exercise: film", source="exercise kit", method="copied from a card")
STAFF = {"office": "staff-01", "laptop": "staff-02", "partner": "staff-03"}
TOKEN = "a token of the exercise, long enough"
#: What a device that may not continue its log says.
STOPPED = {"journal.cut", "journal.epoch", "journal.ended"}
#: What verification says of a restored case until its device has started a new log.
RESTORED = "restored from a back-up"


def folder_of(base: Path, who: str, surroundings: Surroundings | None = None) -> CaseFolder:
    """Return the case folder of one of the three."""
    return CaseFolder(base / who, base / f"keys-{who}", surroundings or steady.surroundings())


@contextmanager
def recorder(base: Path, who: str) -> Iterator[Recorder]:
    """Open a copy for writing."""
    folder = folder_of(base, who)
    journal = folder.journal()
    person = folder.keyring().load_person(STAFF[who])
    yield Recorder(journal, folder.objects(), person, "investigator", folder.surroundings)
    journal.close()


def carry(base: Path, who: str, surroundings: Surroundings | None = None) -> Exchanged:
    """Let one of them meet the stick."""
    return synchronise(folder_of(base, who, surroundings), str(base / "stick"), chunk=PIECE)


def note(signer: Recorder, text: str) -> str:
    """Record a note; return the id of what it says."""
    act = Act("note", (signer.new_assertion(case_subject(signer.journal), "note", text),))
    signer.record(act)
    return act.assertions[0].id


# --- preparing -------------------------------------------------------------------------------------------


def prepare_office(base: Path, *partners: str) -> str:
    """Make an office that is a keeper, a vault and a stick; return the id of the case's first entry."""
    office = folder_of(base, "office")
    lead = open_case(office, staff=STAFF["office"], role="lead")
    for who in ("laptop", *partners):
        enrol(lead, ask_to_join(folder_of(base, who), STAFF[who]))
    for who in ("office", *partners):
        name_cosigner(lead, make_cosigner(folder_of(base, who), "mirror"), operator=who, role="mirror")
    person = lead.journal.roster().subjects[lead.person.id]
    age = office.sealing_keys().create(STAFF["office"])
    lead.record(publish_key(lead, person, age.recipient))
    lead.record(new_compartment(lead, office.wraps(), "vault", [Member(person, age.recipient)])[1])
    opening = next(iter(lead.journal.store.entries())).leaf.hex()
    lead.journal.close()
    carry(base, "office")
    return opening


def prepare_join(base: Path) -> None:
    """Make an office and a stick from which a laptop may fetch the case."""
    (base / "opening").write_text(prepare_office(base))


def prepare_laptop(base: Path, *partners: str) -> None:
    """Make an office, a laptop that has joined, and on it an item of three pieces, a sealed sheet and a note."""
    opening = prepare_office(base, *partners)
    for who in ("laptop", *partners):
        join(folder_of(base, who), str(base / "stick"), staff=STAFF[who], opening=opening)
        with recorder(base, who) as signer:
            renew(signer, folder_of(base, who), reason="first use")
    film = base / "film.bin"
    film.write_bytes(bytes(range(256)) * 40)
    with recorder(base, "laptop") as signer:
        signer.record(acquire_file(signer, film, ORIGIN).act)
        folder = folder_of(base, "laptop")
        vault = compartment_named(ProjectedCase(folder.projection()), "vault", signer.journal.roster())
        person = new_subject("person", signer.surroundings.randomness)
        signer.record(seal_sheet(signer, folder.wraps(), SHEET, subject=person, to=[vault]).act)
        note(signer, "Exercise: seen.")


def prepare_stick(base: Path) -> None:
    """Let the laptop write the stick."""
    prepare_laptop(base)
    carry(base, "laptop")


def prepare_receipts(base: Path) -> None:
    """Let the office take in the stick, so that it carries a receipt back."""
    prepare_stick(base)
    carry(base, "office")


def prepare_without_keys(base: Path) -> None:
    """Let a laptop's exchange with the office break off when its objects have come and its wrapped keys have not."""
    prepare_laptop(base)
    with suppress(_LineBrokeError):
        call_office(base, lambda _: None, peer=_NoKeys)


def prepare_safe(base: Path) -> None:
    """Let two keepers confirm all the laptop holds."""
    prepare_laptop(base, "partner")
    for who in ("laptop", "office", "partner", "laptop"):
        carry(base, who)


def prepare_restored(base: Path) -> None:
    """Let a laptop that has exchanged go back to an older state of its case; its keyring did not step back."""
    prepare_stick(base)
    shutil.copytree(base / "laptop", base / "backup")
    with recorder(base, "laptop") as signer:
        note(signer, "Exercise: before the disk failed.")
    carry(base, "laptop")
    shutil.rmtree(base / "laptop")
    (base / "backup").rename(base / "laptop")


# --- operations ------------------------------------------------------------------------------------------


def join_case(base: Path, ack: Ack) -> None:
    """Fetch the case to a new laptop and start its log."""
    folder = folder_of(base, "laptop")
    if not (folder.journal_path.exists() and folder.journal().own_log()):
        opening = (base / "opening").read_text()
        join(folder, str(base / "stick"), staff=STAFF["laptop"], opening=opening)
        with recorder(base, "laptop") as signer:
            renew(signer, folder, reason="first use")
    with recorder(base, "laptop") as signer:
        ack(f"says:laptop:{note(signer, 'Exercise: the first note here.')}")


def write_stick(base: Path, ack: Ack) -> None:
    """Write what is new on the laptop to the stick."""
    if not carry(base, "laptop").refused:  # else the command says what was not taken
        ack("carried")


def read_stick(base: Path, ack: Ack) -> None:
    """Take in at the office what the stick holds, and give a receipt."""
    carry(base, "office")
    _ack_receipts(base, "office", ack)


def take_receipts(base: Path, ack: Ack) -> None:
    """Bring the receipt to the laptop, and tell its person what is confirmed."""
    carry(base, "laptop")
    for log in status(folder_of(base, "laptop")).logs:
        if log.with_one:
            ack(f"receipt:{log.origin}:{log.with_one}")


class _LineBrokeError(SyncError):
    pass


class _NoKeys(HttpsPeer):
    """A line that breaks off where wrapped keys would be sent."""

    def take_wraps(self, wraps: Sequence[Wrapped]) -> int:
        """Break off."""
        raise _LineBrokeError("link", f"{len(wraps)} wrapped keys did not go.", "Try again.")


def call_office(base: Path, ack: Ack, peer: type[HttpsPeer] = HttpsPeer) -> None:
    """Exchange with the office's application, as over HTTPS."""
    office, laptop = folder_of(base, "office"), folder_of(base, "laptop")
    theirs = open_replica(office, office.journal(), fetch=True)
    mine = open_replica(laptop, laptop.journal(), chunk=PIECE)
    app = OfficeApp(theirs, token=TOKEN)
    line = peer("https://office.invalid", token=TOKEN, connect=lambda _host, _port: Direct(app))  # type: ignore[arg-type, return-value]
    done = converse(mine, "https://office.invalid", line, watch=lambda _: None, patience=Patience())
    _ack_receipts(base, "laptop", ack)
    if not done.refused:
        ack("confirmed")
    for replica in (theirs, mine):
        replica.state.close()
        replica.journal.close()


class Direct:
    """A connection that hands each request to an application of this process."""

    def __init__(self, app: OfficeApp) -> None:
        self._app = app
        self._answer = b""
        self.status, self.length = 0, 0

    def request(self, _method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Hand over a request and keep the answer."""

        def start(status: str, _headers: object) -> None:
            self.status = int(status[:3])

        environ: dict[str, Any] = {
            "PATH_INFO": path,
            "CONTENT_LENGTH": len(body),
            "wsgi.input": io.BytesIO(body),
        }
        environ["HTTP_AUTHORIZATION"] = headers["Authorization"]
        self._answer = b"".join(self._app(environ, start))

    def getresponse(self) -> Direct:
        """Return what holds the answer."""
        return self

    def read(self, _limit: int) -> bytes:
        """Return the answer."""
        return self._answer

    def close(self) -> None:
        """Nothing is open."""


def free(base: Path, ack: Ack) -> None:
    """Give up on the laptop the bytes that two keepers have confirmed."""
    with recorder(base, "laptop") as signer:
        done = give_up(signer, folder_of(base, "laptop"))
        for sha256 in done.objects:
            ack(f"freed:{sha256}")


def go_on_restored(base: Path, ack: Ack) -> None:
    """Work on a restored laptop: what may not be continued is followed by a new log; then meet the stick."""
    with recorder(base, "laptop") as signer:
        try:
            said = note(signer, "Exercise: after the restore.")
        except JournalError as error:
            if error.code not in STOPPED:
                raise
            renew(signer, folder_of(base, "laptop"), reason="restored from a back-up")
            said = note(signer, "Exercise: after the restore.")
        ack(f"says:laptop:{said}")
    if not carry(base, "laptop").refused:
        ack("carried")


def _ack_receipts(base: Path, who: str, ack: Ack) -> None:
    state = open_state(folder_of(base, who))
    for receipt in state.receipts():
        ack(f"receipt:{receipt.origin}:{receipt.size}")
    state.close()


# --- judging ---------------------------------------------------------------------------------------------


def judge(base: Path, acknowledged: Sequence[str]) -> list[str]:
    """Return everything wrong with the copies, and every promise that does not hold."""
    there = [who for who in STAFF if folder_of(base, who).journal_path.exists()]
    wrong = [f"{who}: {problem}" for who in there for problem in _unsound(base, who)]
    notes = {note for who in there for note in _receipts(base, who)} | set(_on_stick(base))
    wrong += [problem for note in sorted(notes) for problem in _broken_receipt(base, note)]
    held = {(note.split("\n")[0], int(note.split("\n")[1])) for note in notes}
    for promise in acknowledged:
        kind, _, rest = promise.partition(":")
        if kind == "receipt":
            origin, _, size = rest.rpartition(":")
            known = [found for name, found in held if name == origin]
            wrong += [] if max(known, default=0) >= int(size) else [f"the receipt {rest} is lost"]
        elif kind == "says":
            who, _, said = rest.partition(":")
            wrong += [] if said in _said(base, who) else [f"the acknowledged assertion {said} is lost"]
        elif kind == "freed":
            wrong += _freed(base, rest)
        elif kind in {"carried", "confirmed"}:
            wrong += _arrives(base, by_stick=kind == "carried")
    return wrong


def _unsound(base: Path, who: str) -> list[str]:
    folder = folder_of(base, who)
    journal = folder.journal(read_only=True)
    logs = journal.logs()
    journal.close()
    if not logs:
        return []  # a copy that nothing has reached yet
    found = verify_case(folder, with_projection=False)
    return [f"{problem.where}: {problem.what}" for problem in found.problems]


def _receipts(base: Path, who: str) -> list[str]:
    state = open_state(folder_of(base, who))
    found = [receipt.note for receipt in state.receipts()]
    state.close()
    return found


def _on_stick(base: Path) -> list[str]:
    blobs = FolderBlobs(base / "stick", steady.surroundings())
    return [(blobs.get(name) or b"").decode() for name in blobs.names("receipt/")]


def _broken_receipt(base: Path, note_: str) -> list[str]:
    """Return how a receipt is broken at the keeper that gave it."""
    found = []
    for who in ("office", "partner"):
        folder = folder_of(base, who)
        keeper = cosigner(folder.keyring(), "mirror") if (base / who).exists() else None
        if keeper is None or f" {keeper.name} " not in note_:
            continue
        read_cosignature(note_, keeper.vkey)
        journal = folder.journal(read_only=True)
        vkeys = {log.origin: log.vkey for log in journal.logs()}
        origin = note_.partition("\n")[0]
        if origin not in vkeys:
            found.append(f"{who} gave a receipt for {origin} and does not know it")
            continue
        head = head_of(vkeys[origin], note_)
        entries = journal.store.log_entries(origin, 0, head.size)
        if len(entries) < head.size:
            found.append(f"{who} gave a receipt for {head.size} entries of {origin} and holds {len(entries)}")
        for stored in entries:
            for ref in read_entry(stored.raw).entry.objects:
                if problem := folder.objects().verify(ref.sha256):
                    found.append(f"{who} gave a receipt for the object {ref.sha256}, which {problem.what}")
                elif ref.commitment:
                    found += _closed(base, who, ref.sha256, ref.commitment)
        journal.close()
    return found


def _closed(base: Path, who: str, sha256: str, commitment: str) -> list[str]:
    """Tell whether the office's member opens a sealed sheet with what lies at a keeper."""
    own = folder_of(base, "office").sealing_keys().load(STAFF["office"])
    folder = folder_of(base, who)
    found = bytearray()
    try:
        key = data_key(folder.wraps(), sha256, own)
        with folder.objects().open(sha256) as stream:
            unseal(stream, commitment, data_key=key, write=found.extend)
    except EmbersError as error:
        return [f"{who} gave a receipt for the sealed object {sha256}, which does not open: {error.message}"]
    return [] if bytes(found) == SHEET else [f"{sha256} opens as something else at {who}"]


def _said(base: Path, who: str) -> set[str]:
    journal = folder_of(base, who).journal(read_only=True)
    found = {said.id for _, signed in journal.entries() for said in signed.entry.assertions}
    journal.close()
    return found


def _freed(base: Path, sha256: str) -> list[str]:
    """An object was given up: it is gone here, and whole at both keepers."""
    found = (
        [f"{sha256} was given up and is still here"]
        if folder_of(base, "laptop").objects().has(sha256)
        else []
    )
    for who in ("office", "partner"):
        if problem := folder_of(base, who).objects().verify(sha256):
            found.append(f"{sha256} was given up, and at {who} it {problem.what}")
    return found


def _arrives(base: Path, *, by_stick: bool) -> list[str]:
    """Tell whether all the laptop holds is at the office, once the stick was there."""
    with tempfile.TemporaryDirectory() as scratch:
        there = Path(scratch) / "there"
        shutil.copytree(base, there)
        if by_stick:
            carry(there, "office")
        laptop, office = folder_of(there, "laptop"), folder_of(there, "office")
        mine, theirs = laptop.journal(read_only=True), office.journal(read_only=True)
        held = {stored.leaf for stored in theirs.store.entries()}
        lost = sum(stored.leaf not in held for stored in mine.store.entries())
        found = [f"{lost} entries of the laptop did not arrive"] if lost else []
        absent = set(laptop.objects().all()) - set(office.objects().all())
        found += [f"the object {sha256} did not arrive" for sha256 in sorted(absent)]
        mine.close()
        theirs.close()
        state = open_state(office)
        found += [f"{apart.head.origin} forked" for apart in state.apart() if apart.why == "fork"]
        state.close()
    return found
