"""Asking outside authorities for the time, because a person asked, and recording every reply as it came."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import case_subject
from embers.actions.recorder import Act, Recorder
from embers.custody.time_bracket import PREDICATE, Bracket, read_time_proofs
from embers.custody.timestamp import (
    NONCE_BYTES,
    REPLY_MEDIA,
    STATEMENT_MEDIA,
    Statement,
    Verdict,
    imprint_of,
    request,
    verify_reply,
)
from embers.custody.timestamp_authority import Authority, ask
from embers.errors import ActionError, CustodyError
from embers.journal.assertion import Assertion, JsonValue
from embers.journal.entry import ObjectRef
from embers.surroundings import utc_text

ROOTS_MEDIA = "application/x-pem-file"


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of asking one authority: its reply's digest and verdict, or why there is no reply."""

    authority: str
    reply: str = ""
    time: str = ""
    verifier: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class StampResult:
    """One round of stamping: what was stamped, the entry that records it (empty if nobody replied), each answer."""

    statement: str
    entry: str
    asked: tuple[Asked, ...]


def stamp_case(
    recorder: Recorder, authorities: Sequence[Authority], *, send: Callable[[Authority, bytes], bytes] = ask
) -> StampResult:
    """Have the newest signed state of every log, and all earlier replies, stamped by each authority.

    An authority that fails does not hold up the others. Every reply is kept as it came, also one no verifier accepts.
    """
    statement = _statement(recorder)
    stored = recorder.objects.put(io.BytesIO(statement))
    said: list[Assertion] = []
    refs = {stored.sha256: ObjectRef(stored.sha256, stored.size, STATEMENT_MEDIA)}
    asked = []
    for authority in authorities:
        nonce = recorder.surroundings.randomness.bytes(NONCE_BYTES)
        try:
            reply = send(authority, request(imprint_of(statement), nonce))
        except CustodyError as error:
            asked.append(Asked(authority.name, problem=error.message))
            continue
        verdict = verify_reply(reply, imprint_of(statement), authority.roots, nonce=nonce)
        kept = recorder.objects.put(io.BytesIO(reply))
        roots = recorder.objects.put(io.BytesIO(authority.roots))
        refs[kept.sha256] = ObjectRef(kept.sha256, kept.size, REPLY_MEDIA)
        refs[roots.sha256] = ObjectRef(roots.sha256, roots.size, ROOTS_MEDIA)
        value = _value(authority, stored.sha256, kept.sha256, roots.sha256, verdict)
        said.append(recorder.new_assertion(case_subject(recorder.journal), PREDICATE, value))
        time = utc_text(verdict.time) if verdict.time else ""
        asked.append(Asked(authority.name, kept.sha256, time, verdict.verifier, verdict.problem))
    entry = ""
    if said:
        act = Act("time.stamp", tuple(said), tuple(refs.values()), reason="Somebody asked for time-stamps.")
        entry = recorder.record(act).id
    return StampResult(stored.sha256, entry, tuple(asked))


def _statement(recorder: Recorder) -> bytes:
    journal = recorder.journal
    notes = [journal.checkpoint_note(log.origin) for log in journal.logs()]
    if not notes:
        raise ActionError("no-log", "This case has no log to stamp.", "Open the case first.")
    earlier = read_time_proofs(journal, recorder.objects).stamps
    replies = dict.fromkeys(str(stamp.value["reply"]) for stamp in earlier)
    return Statement(tuple(notes), tuple(replies)).encode()


def _value(authority: Authority, statement: str, reply: str, roots: str, verdict: Verdict) -> JsonValue:
    value: dict[str, JsonValue] = {
        "statement": statement,
        "reply": reply,
        "roots": roots,
        "authority": authority.name,
        "url": authority.url,
        "qualified": authority.qualified,
        "time": utc_text(verdict.time) if verdict.time else "",
        "verifier": verdict.verifier,
        "problem": verdict.problem,
    }
    return {part: one for part, one in value.items() if one != ""}


def brackets_of(folder: CaseFolder, entries: Sequence[str]) -> list[Bracket]:
    """Return the limits of the time of each entry, once each, as the case's own time-stamps set them."""
    journal = folder.journal(read_only=True)
    try:
        proofs = read_time_proofs(journal, folder.objects())
        return [proofs.bracket(journal.get(id)) for id in dict.fromkeys(entries)]
    finally:
        journal.close()
