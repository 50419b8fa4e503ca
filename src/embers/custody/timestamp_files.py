"""Time-stamps as plain files of a dossier, so that an expert checks them with ``openssl`` and nothing of ours."""

from __future__ import annotations

import json
from collections.abc import Sequence

from embers.custody.time_bracket import Stamp, TimeProofs
from embers.journal.entry import SignedEntry
from embers.journal.proof import Proof
from embers.objects.store import ObjectStore

FOLDER = "timestamps"
_README = """Time-stamps (RFC 3161) over signed states of the logs.

{count} replies of outside authorities are here, each with the statement it stamps and the root certificates it was
checked against. Get those certificates from the authority itself before you rely on them. Check a reply with:

{commands}
A statement lists signed states of logs (C2SP checkpoints). proofs/<entry id>.tlog-proof shows that an entry is in the
state that was stamped; brackets.json says between which moments each entry was signed, and who vouches for it.
"Cited by the entry" is proof; "order of the entry's own log" is what its own device says about the order.
The list "replies" in a statement holds SHA-256 of earlier replies: each round renews the ones before it.
"""


def timestamp_files(
    proofs: TimeProofs, entries: Sequence[SignedEntry], objects: ObjectStore
) -> dict[str, bytes]:
    """Return the files by path below ``data/``; nothing if the case has no time-stamp."""
    readable = [stamp for stamp in proofs.stamps if stamp.statement is not None]
    if not readable:
        return {}
    files: dict[str, bytes] = {}
    for number, stamp in enumerate(readable, start=1):
        for part, ending in (("statement", "statement.json"), ("reply", "reply.tsr"), ("roots", "roots.pem")):
            with objects.open(str(stamp.value[part])) as handle:
                files[f"{FOLDER}/{number}/{ending}"] = handle.read()
    for signed in entries:
        if after := proofs.after(signed.entry):
            files[f"{FOLDER}/proofs/{signed.id}.tlog-proof"] = _proof(proofs, signed, after)
    brackets = {one.id: _limits(proofs, one) for one in entries}
    files[f"{FOLDER}/brackets.json"] = (json.dumps(brackets, indent=1, sort_keys=True) + "\n").encode()
    commands = "".join(_command(number, stamp) for number, stamp in enumerate(readable, start=1))
    files[f"{FOLDER}/README.txt"] = _README.format(count=len(readable), commands=commands).encode()
    return files


def _proof(proofs: TimeProofs, signed: SignedEntry, after: Stamp) -> bytes:
    point, note = after.states[signed.entry.log]
    path = proofs.journal.inclusion(signed.entry.log, signed.entry.seq, point.size)
    return Proof(signed.entry.seq, tuple(path), note).text().encode()


def _limits(proofs: TimeProofs, signed: SignedEntry) -> dict[str, str]:
    one = proofs.bracket(signed)
    parts = ("not_before", "not_before_by", "not_before_how", "not_after", "not_after_by")
    return {part: getattr(one, part) for part in parts if getattr(one, part)}


def _command(number: int, stamp: Stamp) -> str:
    at = f"data/{FOLDER}/{number}"
    return (
        f"  openssl ts -verify -in {at}/reply.tsr -data {at}/statement.json -CAfile {at}/roots.pem\n"
        f"      authority: {stamp.value['authority']}; if its certificate has expired since, add\n"
        f"      -attime with a moment of its validity\n\n"
    )
