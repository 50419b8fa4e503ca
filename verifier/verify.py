#!/usr/bin/env python3
"""Check an Embers dossier without Embers.

    python verify.py DOSSIER            a folder (unpack an archive first)
    python verify.py DOSSIER --json     the same for programs

Needs Python 3.11 or newer and the package ``cryptography``; nothing is sent anywhere and nothing is written.
The formats are described in FORMAT.md beside this file. Standards used, so that other tools can repeat each
step: BagIt (RFC 8493), canonical JSON (RFC 8785), Merkle trees (RFC 6962, RFC 9162), Ed25519 (RFC 8032), and
C2SP signed-note, tlog-checkpoint, tlog-proof and tlog-policy (c2sp.org).

Exit code 0: no problem found; 1: at least one problem, each named; 2: wrong call.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import os
import re
import stat
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # say what to do instead of a traceback
    print("verify.py needs the package 'cryptography': python -m pip install cryptography", file=sys.stderr)
    sys.exit(2)

# Limits. A dossier may come from anybody, so nothing is read whole unless it is small.
MAX_FILES = 500_000
MAX_ENTRY = 65_535  # C2SP tlog-tiles: an entry has a 16-bit length
MAX_TEXT = 1 << 20  # checkpoints, proofs, policy, sidecars
MAX_LISTING = 128 << 20  # manifests, report.json, roster.json
MAX_DEPTH = 32
MAX_SHOWN = 1000  # problem lines printed; all are counted
CHUNK = 1 << 20
ALGORITHMS = ("sha256", "sha512")
READ_ERRORS = (OSError, ValueError, RuntimeError, OverflowError)
Json = Any  # what json.loads returns


class Bad(Exception):  # noqa: N818  (so that a check reads: raise Bad("is missing"))
    """A check failed; the text says how."""


@dataclass(slots=True)
class Entry:
    """One signed act: its id (the RFC 6962 leaf hash), where it lies, and its content."""

    id: str
    where: str
    data: dict[str, Json]
    signed: bool = False
    included: bool = False


@dataclass(slots=True)
class Findings:
    """Everything learnt from one dossier."""

    problems: list[tuple[str, str]] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    opening: Entry | None = None
    persons: dict[str, bytes] = field(default_factory=dict)
    log_keys: dict[str, str] = field(default_factory=dict)
    policy: dict[str, bytes] = field(default_factory=dict)
    roots: dict[tuple[str, int], dict[bytes, str]] = field(default_factory=lambda: defaultdict(dict))
    said: dict[str, Json] = field(default_factory=dict)
    told: dict[tuple[str, str], list[Json]] = field(default_factory=lambda: defaultdict(list))
    standing: dict[tuple[str, str], list[Json]] = field(default_factory=lambda: defaultdict(list))
    exhibits: list[dict[str, Json]] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    without_bytes: set[str] = field(default_factory=set)
    absent: list[str] = field(default_factory=list)
    sentences: int = 0
    cited: set[str] = field(default_factory=set)
    report: dict[str, bool] = field(default_factory=dict)

    @property
    def sound(self) -> list[Entry]:
        """The entries whose signature and place in the log both hold."""
        return [entry for entry in self.entries.values() if entry.signed and entry.included]

    def problem(self, where: str, what: object) -> None:
        """Note a problem: the file it is in, and what is wrong."""
        self.problems.append((where, str(what)))

    @contextmanager
    def at(self, where: str) -> Iterator[None]:
        """Turn a failed check inside the block into a problem of this file, and go on after the block."""
        try:
            yield
        except Bad as error:
            self.problem(where, error)
        except UnicodeDecodeError as error:
            self.problem(where, f"is not UTF-8 text (byte {error.start})")
        except READ_ERRORS as error:
            self.problem(where, f"cannot be read ({error})")


@dataclass(slots=True)
class Files:
    """The plain files of a dossier by relative path. Links are never followed."""

    sizes: dict[str, int] = field(default_factory=dict)
    openers: dict[str, Callable[[], IO[bytes]]] = field(default_factory=dict)

    def add(self, name: str, size: int, opener: Callable[[], IO[bytes]]) -> None:
        """Take in a file; refuse a second one of the same name, and too many."""
        if name in self.openers or len(self.openers) >= MAX_FILES:
            raise Bad(f"is a name found twice, or beyond the limit of {MAX_FILES} files; not opened")
        self.sizes[name], self.openers[name] = size, opener

    def read(self, name: str, limit: int) -> bytes:
        """Return a small file whole; refuse a missing or oversized one."""
        if name not in self.openers:
            raise Bad("is missing")
        with self.openers[name]() as handle:
            data = handle.read(limit + 1)
        if len(data) > limit:
            raise Bad(f"is larger than {limit} bytes, which no genuine file of this kind is")
        return data

    def below(self, folder: str) -> list[str]:
        """Return the names below a folder in sorted order."""
        return sorted(name for name in self.openers if name.startswith(folder))


def open_folder(root: Path, files: Files, found: Findings) -> None:
    """List a folder; links, devices and names that mean the same file twice are problems."""
    for folder, folders, names in os.walk(root, onerror=lambda error: found.problem(error.filename, error)):
        for one in (Path(folder, name) for name in [*folders, *names]):
            name = unicodedata.normalize("NFC", one.relative_to(root).as_posix())
            with found.at(name):
                facts = one.lstat()
                if stat.S_ISREG(facts.st_mode):
                    files.add(name, facts.st_size, lambda one=one: one.open("rb"))  # type: ignore[misc]
                elif not stat.S_ISDIR(facts.st_mode):
                    raise Bad("is a link or a special file; a dossier holds plain files only")


def inside(path: str) -> bool:
    """Tell whether a relative path stays inside its folder on every system."""
    odd = "\\" in path or "\x00" in path or re.match("[A-Za-z]:", path)
    return not odd and not {"", ".", ".."} & set(path.split("/"))


def check_bag(files: Files, found: Findings) -> None:
    """Compare every file with the manifests (RFC 8493), in the one exact form that Embers writes."""
    payload = {name for name in files.openers if name.startswith("data/")}
    tags = {name for name in files.openers.keys() - payload if not name.startswith("tagmanifest-")}
    wanted: dict[str, dict[str, str]] = defaultdict(dict)
    with found.at("bagit.txt"):
        if files.read("bagit.txt", MAX_TEXT) != b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n":
            raise Bad("does not declare BagIt 1.0 with UTF-8 exactly")
    for algorithm in ALGORITHMS:
        for prefix, there in (("manifest", payload), ("tagmanifest", tags)):
            manifest = f"{prefix}-{algorithm}.txt"
            with found.at(manifest):
                listed = read_manifest(files, manifest, algorithm, found)
                for name in sorted(there - listed.keys()):
                    found.problem(name, f"was added: it is not listed in {manifest}")
                for name, digest in listed.items():
                    wanted[name][algorithm] = digest
    for name in sorted(wanted.keys() | payload | tags):
        with found.at(name):
            check_file(files, name, wanted[name], found)
    with found.at("bag-info.txt"):
        info = files.read("bag-info.txt", MAX_TEXT).decode().split("\n")
        counted = f"Payload-Oxum: {sum(files.sizes[name] for name in payload)}.{len(payload)}"
        if [line for line in info if line.startswith("Payload-Oxum")] != [counted]:
            raise Bad(f"does not state the size and number of files that are found ({counted})")
    for name in sorted(files.openers.keys() - payload - tags):
        if name not in {f"tagmanifest-{algorithm}.txt" for algorithm in ALGORITHMS}:
            found.problem(name, "was added: there is no such tag manifest")


def read_manifest(files: Files, manifest: str, algorithm: str, found: Findings) -> dict[str, str]:
    """Return the digest of each path in a manifest; each line must be in the form Embers writes."""
    form = re.compile(rf"([0-9a-f]{{{hashlib.new(algorithm).digest_size * 2}}})  ([^\r\n]+)")
    listed: dict[str, str] = {}
    lines = files.read(manifest, MAX_LISTING).decode().split("\n")
    if lines.pop() != "":
        found.problem(manifest, "does not end with a line break: it was cut or altered")
    for number, line in enumerate(lines, start=1):
        parts = form.fullmatch(line)
        name = re.sub("%(0D|0A|25)", lambda code: chr(int(code[1], 16)), parts[2]) if parts else ""
        if parts is None or not inside(name) or name in listed:
            found.problem(f"{manifest}, line {number}", "is malformed, repeated, or leads out of the dossier")
        else:
            listed[name] = parts[1]
    return listed


def check_file(files: Files, name: str, wanted: Mapping[str, str], found: Findings) -> None:
    """Read a file once, in pieces, with every algorithm, and compare."""
    if name not in files.openers:
        raise Bad("is listed in a manifest but missing")
    running = {algorithm: hashlib.new(algorithm) for algorithm in ALGORITHMS}
    with files.openers[name]() as handle:
        while data := handle.read(CHUNK):
            for digest in running.values():
                digest.update(data)
    found.digests[name] = running["sha256"].hexdigest()
    prefix = "manifest" if name.startswith("data/") else "tagmanifest"
    if wrong := [one for one, digest in wanted.items() if running[one].hexdigest() != digest]:
        altered = "it" if len(wrong) == len(wanted) else "that line"
        lists = " and ".join(f"{prefix}-{one}.txt" for one in wrong)
        raise Bad(f"does not have the digest in {lists}: {altered} was altered")
    found.unchanged += len(wanted) == len(ALGORITHMS)


def canonical(value: Json, depth: int = 0) -> bytes:
    """Write a value as RFC 8785 does; refuse what journals never hold (see FORMAT.md)."""
    if depth > MAX_DEPTH:
        raise Bad("is nested too deeply")
    if isinstance(value, dict):
        if not all(key.isascii() for key in value):
            raise Bad("has an object key that is not ASCII")
        parts = (canonical(key) + b":" + canonical(value[key], depth + 1) for key in sorted(value))
        return b"{" + b",".join(parts) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(canonical(part, depth + 1) for part in value) + b"]"
    if isinstance(value, str) and not unicodedata.is_normalized("NFC", value):
        raise Bad("holds text that is not in Unicode form NFC")
    if isinstance(value, int) and abs(value) >= 2**53:
        raise Bad("holds a whole number of 2**53 or more")
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Bad("holds half a surrogate pair") from error


def parse(data: bytes) -> Json:
    """Read JSON; floats, repeated keys and anything malformed are refused."""

    def pairs(found: list[tuple[str, Json]]) -> dict[str, Json]:
        if len(dict(found)) != len(found):
            raise Bad("repeats a key of an object")
        return dict(found)

    def no_float(text: str) -> None:
        raise Bad(f"holds the number {text[:20]}, which is not whole")

    text = data.decode()
    try:
        return json.loads(text, object_pairs_hook=pairs, parse_float=no_float, parse_constant=no_float)
    except (ValueError, RecursionError) as error:
        raise Bad(f"is not JSON ({error})") from error


def shape(value: Json, required: Mapping[str, Any], **optional: type) -> dict[str, Json]:
    """Return an object that has exactly these parts with these types."""
    known = {**required, **optional}
    if not isinstance(value, dict) or required.keys() - value.keys() or value.keys() - known.keys():
        raise Bad(f"has not exactly the parts {', '.join(known)} where they belong")
    for name, part in value.items():
        if not isinstance(part, known[name]) or (known[name] is int and isinstance(part, bool)):
            raise Bad(f"has a part {name!r} of the wrong type")
    return value


ENTRY = {"v": int, "log": str, "seq": int, "case": str, "by": str, "role": str, "act": str, "at": dict,
         "seen": dict, "assertions": list, "objects": list, "reason": str, "sig": dict}  # fmt: skip
SAID = {"id": str, "s": str, "p": str, "v": object}


def read_entry(data: bytes) -> dict[str, Json]:
    """Return an entry whose bytes are exactly canonical and whose parts are exactly those of FORMAT.md."""
    entry = shape(parse(data), ENTRY)
    if canonical(entry) != data:
        raise Bad("is not in canonical form (RFC 8785)")
    if entry["v"] != 1:
        raise Bad(f"has the version {entry['v']}, which this program does not know")
    shape(entry["at"], {"claimed": str, "tz": str, "clock": str, "offset_ms": int | None})
    sig = shape(entry["sig"], {"alg": str, "key": str, "s": str})
    if sig["alg"] != "ed25519" or sig["key"] != entry["by"]:
        raise Bad("is not signed with Ed25519 by the person it names")
    for said in entry["assertions"]:
        shape(said, SAID, basis=list, valid=str, conf=str, mark=str, rel=list)
        if not all(said[part] for part in said.keys() - SAID.keys()):
            raise Bad("writes an empty optional part instead of leaving it out")
        for basis in said.get("basis", ()):
            if len(shape(basis, {}, item=str, source=str, locator=str).keys() - {"locator"}) != 1:
                raise Bad("has a basis that does not name exactly one item or source")
        for relation in said.get("rel", ()):
            shape(relation, {"rel": str, "id": str})
    for ref in entry["objects"]:
        shape(ref, {"sha256": str, "size": int, "media": str})
    for head in entry["seen"].values():
        if not isinstance(head, list) or [type(part) for part in head] != [int, str]:
            raise Bad("cites another log without size and root")
    return entry


def check_entries(files: Files, found: Findings) -> None:
    """Read every entry; its file name must be its RFC 6962 leaf hash, SHA-256 over 0x00 and its bytes."""
    places: dict[tuple[str, int], str] = {}
    for name in files.below("data/entries/"):
        with found.at(name):
            data = files.read(name, MAX_ENTRY)
            leaf = hashlib.sha256(b"\x00" + data).hexdigest()
            if name != f"data/entries/{leaf}.json":
                raise Bad(f"is not named by its leaf hash {leaf}: it was altered or renamed")
            entry = found.entries[leaf] = Entry(leaf, name, read_entry(data))
            first = places.setdefault((entry.data["log"], entry.data["seq"]), leaf)
            if first != leaf:
                raise Bad(f"claims the same place in its log as entry {first}: proof of a fork")
    if len(cases := {entry.data["case"] for entry in found.entries.values()}) != 1:
        found.problem("data/entries", f"holds entries of {len(cases)} cases; there must be one case")


def check_signatures(_: Files, found: Findings) -> None:
    """Learn the keys from the entries and check each signature with the key so learnt.

    Trust begins at the one entry that opens the case: it registers the key that signs it. Any other key
    counts only if an entry with a good signature of a known person registers it (``signing-key``).
    """
    waiting: dict[str, list[Entry]] = defaultdict(list)
    for entry in found.entries.values():
        waiting[entry.data["by"]].append(entry)
    openings = [e for e in found.entries.values() if e.data["act"] == "case.open" and e.data["seq"] == 0]
    if len(openings) == 1:
        found.opening = openings[0]
        found.persons |= registered_persons(openings[0])
    else:
        found.problem("data/entries", f"holds {len(openings)} entries that open the case; there must be one")
    known = list(found.persons)
    while known:
        for entry in waiting.pop(known.pop(), ()):
            with found.at(entry.where):
                body = canonical({name: part for name, part in entry.data.items() if name != "sig"})
                if not signed_by(found.persons[entry.data["by"]], unbase64(entry.data["sig"]["s"]), body):
                    raise Bad("has a wrong signature: it was altered, or signed with another key")
                entry.signed = True
                fresh = {id: key for id, key in registered_persons(entry).items() if id not in found.persons}
                found.persons |= fresh
                known += fresh
                for said in entry.data["assertions"]:
                    if said["p"] == "log-key" and isinstance(said["v"], dict):
                        origin, key = str(said["v"].get("origin")), str(said["v"].get("vkey"))
                        if found.log_keys.setdefault(origin, key) != key:
                            raise Bad(f"registers a second key for the log {origin}")
    for entry in (one for left in waiting.values() for one in left):
        found.problem(entry.where, f"is signed with {entry.data['by']}, a key no known person registers here")


def registered_persons(entry: Entry) -> dict[str, bytes]:
    """Return the person keys an entry registers: id (half of the key's SHA-256) to the 32 raw bytes."""
    keys = {}
    for said in entry.data["assertions"]:
        value = said["v"] if said["p"] == "signing-key" and isinstance(said["v"], dict) else {}
        raw = unbase64(str(value.get("key", "")))
        if value.get("alg") == "ed25519" and len(raw) == 32:
            keys["ed25519:" + hashlib.sha256(raw).hexdigest()[:32]] = raw
    return keys


def signed_by(public: bytes, signature: bytes, data: bytes) -> bool:
    """Tell whether an Ed25519 signature (RFC 8032) is good."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def unbase64(text: str) -> bytes:
    """Decode base64 in its one exact spelling; anything else gives no bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""


def check_policy(files: Files, found: Findings) -> None:
    """Read the logs' keys from ``policy.txt`` (C2SP tlog-policy); signed entries must register the same.

    A key is written ``name+id+base64(0x01 || key)``; its id is the beginning of a hash over name and key.
    """
    where = "data/policy.txt"
    with found.at(where):
        lines = files.read(where, MAX_TEXT).decode().splitlines()
        for words in (line.split() for line in lines if line.strip() and not line.startswith("#")):
            if words[0] == "log" and len(words) >= 2:
                origin, id, body = [*words[1].split("+", 2), "", ""][:3]
                raw = unbase64(body)
                right = hashlib.sha256(origin.encode() + b"\n" + raw).digest()[:4].hex()
                if len(raw) != 33 or raw[0] != 1 or id != right or found.log_keys.get(origin) != words[1]:
                    raise Bad(f"names a key of {origin[:80]} that no signed entry registers")
                found.policy[origin] = raw[1:]
            elif words != ["quorum", "none"]:
                raise Bad(f"has a line that version 1 does not use: {' '.join(words)[:80]}")


def read_checkpoint(note: str, found: Findings) -> tuple[str, int, bytes]:
    """Return (origin, size, root) of a signed note; the signature must be of the log's key in the policy.

    C2SP signed-note: text, blank line, lines of U+2014, space, name, space, base64(key id || signature).
    C2SP tlog-checkpoint: the text is origin, size, base64 of the root.
    """
    body, _, signatures = note.partition("\n\n")
    lines = body.split("\n")
    if len(lines) != 3 or not re.fullmatch("0|[1-9][0-9]{0,15}", lines[1]):
        raise Bad("holds no checkpoint of three lines and a signature")
    origin, size, root = lines[0], int(lines[1]), unbase64(lines[2])
    if len(root) != 32 or origin not in found.policy:
        raise Bad(f"has a malformed root, or is of the log {origin[:80]}, which is not in policy.txt")
    public = found.policy[origin]
    id = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4]
    for line in signatures.split("\n"):
        raw = unbase64(line.rpartition(" ")[2])
        if line.startswith(f"\u2014 {origin} ") and raw[:4] == id:
            if signed_by(public, raw[4:], f"{body}\n".encode()):
                return origin, size, root
            raise Bad("has a wrong signature of the device")
    raise Bad("is not signed by the device of its log")


def keep_root(found: Findings, where: str, point: tuple[str, int, bytes]) -> None:
    """Remember a signed root; two roots for one size are proof that a device told two histories."""
    origin, size, root = point
    known = found.roots[(origin, size)]
    if known and root not in known:
        others = f"for {size} entries of {origin} than {next(iter(known.values()))}"
        found.problem(where, f"signs another root {others}: proof of a fork")
    known.setdefault(root, where)


def check_logs(files: Files, found: Findings) -> None:
    """Check the signed states of the logs, and that each entry is in its log.

    C2SP tlog-proof: header line, ``index N``, the audit path in base64, blank line, checkpoint.
    """
    for name in files.below("data/checkpoints/"):
        with found.at(name):
            keep_root(found, name, read_checkpoint(files.read(name, MAX_TEXT).decode(), found))
    for origin in sorted(found.policy.keys() - {log for log, _ in found.roots}):
        found.problem("data/checkpoints", f"holds no signed state of the log {origin}")
    for name in files.below("data/proofs/"):
        entry = found.entries.get(name.removeprefix("data/proofs/").removesuffix(".tlog-proof"))
        with found.at(name):
            if entry is None:
                raise Bad("proves no readable entry of this dossier")
            head, _, note = files.read(name, MAX_TEXT).decode().partition("\n\n")
            lines = head.split("\n")
            if lines[0] != "c2sp.org/tlog-proof@v1" or lines[1:2] != [f"index {entry.data['seq']}"]:
                raise Bad("is not a tlog-proof for the place its entry was signed for")
            origin, size, root = point = read_checkpoint(note, found)
            if origin != entry.data["log"]:
                raise Bad("proves a place in another log")
            path = [unbase64(line) for line in lines[2:]]
            if not in_tree(bytes.fromhex(entry.id), entry.data["seq"], size, path, root):
                raise Bad("does not prove that its entry is in the log")
            entry.included = True
            keep_root(found, name, point)
    for entry in found.entries.values():
        if f"data/proofs/{entry.id}.tlog-proof" not in files.openers:
            found.problem(entry.where, "has no proof that it is in its log")


def in_tree(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Verify an inclusion proof as RFC 9162, section 2.1.3.2, spells it out."""
    if not 0 <= index < size or any(len(part) != 32 for part in path):
        return False
    node, last, current = index, size - 1, leaf
    for part in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            current = hashlib.sha256(b"\x01" + part + current).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            current = hashlib.sha256(b"\x01" + current + part).digest()
        node, last = node >> 1, last >> 1
    return last == 0 and current == root


def check_seen(_: Files, found: Findings) -> None:
    """Compare what entries say they saw of other logs with each other and with the signed checkpoints."""
    told: dict[tuple[str, int], str] = {}
    for entry in found.entries.values():
        for origin, (size, root) in entry.data["seen"].items():
            signed = {one.hex() for one in found.roots.get((origin, size), {})}
            if told.setdefault((origin, size), root) != root or (signed and root not in signed):
                found.problem(entry.where, f"saw another history of {origin} at {size} entries: a fork")


def check_roster(files: Files, found: Findings) -> None:
    """``roster.json`` is a convenience: it must list the keys learnt from the entries, no more and no fewer."""
    with found.at("data/roster.json"):
        roster = shape(parse(files.read("data/roster.json", MAX_LISTING)), {"persons": list, "logs": list})
        persons = [shape(one, {"key": str, "public": str, "subject": str}) for one in roster["persons"]]
        logs = [shape(one, {"origin": str, "vkey": str}) for one in roster["logs"]]
        if {one["key"]: unbase64(one["public"]) for one in persons} != found.persons:
            raise Bad("does not list exactly the persons' keys that signed entries register")
        if {one["origin"]: one["vkey"] for one in logs} != found.log_keys:
            raise Bad("does not list exactly the keys of logs that signed entries register")
        for one in persons:
            registered = {"alg": "ed25519", "key": one["public"]}
            if registered not in found.told[(one["subject"], "signing-key")]:
                raise Bad(f"gives the key {one['key']} to another person than the entry that registers it")


def learn_assertions(_: Files, found: Findings) -> None:
    """Collect what sound entries say; an assertion that another one supersedes or retracts no longer stands."""
    gone = set()
    for entry in found.sound:
        for one in entry.data["assertions"]:
            if found.said.setdefault(one["id"], one) != one:
                found.problem(entry.where, f"says something else under the id {one['id']} than another entry")
            gone |= {rel["id"] for rel in one.get("rel", ()) if rel["rel"] in ("supersedes", "retracts")}
    for one in found.said.values():
        found.told[(one["s"], one["p"])].append(one["v"])
        if one["id"] not in gone:
            found.standing[(one["s"], one["p"])].append(one["v"])


def check_exhibits(files: Files, found: Findings) -> None:
    """Each exhibit must be an object of the item its card names, and the card must say what entries say."""
    introduced = {
        (ref["sha256"], ref["size"], entry.id): entry
        for entry in found.sound
        for ref in entry.data["objects"]
    }
    found.absent = sorted({sha256 for sha256, *_ in introduced} - set(found.digests.values()))
    for folder in sorted({"/".join(name.split("/")[:3]) for name in files.below("data/exhibits/")}):
        with found.at(f"{folder}/exhibit.json"):
            card = parse(files.read(f"{folder}/exhibit.json", MAX_TEXT))
            if not isinstance(card, dict) or card.get("number") != folder.rpartition("/")[2]:
                raise Bad("does not bear the exhibit number of its folder")
            name = f"{folder}/{card.get('file')}"
            if set(files.below(f"{folder}/")) != {name, f"{folder}/exhibit.json"}:
                raise Bad("does not stand beside exactly the one file it names")
            source = introduced.get((found.digests.get(name, ""), files.sizes[name], str(card.get("entry"))))
            if source is None or card.get("sha256") != found.digests[name]:
                found.problem(name, "is not the object that a signed entry introduced, as exhibit.json says")
                continue
            check_card(card, found)
            limits = {"log": source.data["log"], "claimed": source.data["at"]["claimed"]}
            found.exhibits.append(
                {"number": card["number"], "file": name, "item": card["item"], "entry": source.id} | limits
            )


def check_card(card: dict[str, Json], found: Findings) -> None:
    """Refuse an ``exhibit.json`` that says anything about its item which no sound entry says."""
    item = str(card.get("item"))
    stored = {part: card.get(part) for part in ("sha256", "size", "media", "role", "name")}
    if stored not in found.told[(item, "item-object")]:
        raise Bad("does not say what a signed entry says of this object: item, name, size, media type, role")
    if (key := json.dumps([item, stored], sort_keys=True)) in found.shown:
        raise Bad("is a second exhibit of the same object of its item")
    found.shown.add(key)
    said = {"title": "item-title", "custody": "custody-event", "origin": "item-origin"}
    for part, predicate in said.items():
        values = card.get(part) or []
        values = values if isinstance(values, list) else [values]
        known = found.told[(item, predicate)]
        texts = [one.get("text") if isinstance(one, dict) else one for one in known]
        if not all(one in known or one in texts for one in values):
            raise Bad(f"has a {part} that no signed entry gives to {item}")
    if odd := sorted(card.keys() - {"number", "file", "item", "entry", *stored, *said}):
        raise Bad(f"has parts that this program cannot compare with entries: {', '.join(odd)[:80]}")


def check_report(files: Files, found: Findings) -> None:
    """The report's text must be the one on record; each factual sentence must lead to sound entries."""
    where = "data/report/report.json"
    recorded = {ref["sha256"] for entry in found.sound for ref in entry.data["objects"]}
    found.report = {name: found.digests.get(name) in recorded for name in files.below("data/report/")}
    with found.at(where):
        texts = [values for (_, part), values in found.standing.items() if part == "report-text"]
        newest = {str(one.get("sha256")) for values in texts for one in values if isinstance(one, dict)}
        if not found.report.get(where) or found.digests[where] not in newest:
            found.problem(where, "is not the newest text that a signed entry recorded: altered, or an older")
        left: list[Json] = [parse(files.read(where, MAX_LISTING))]
        subjects = {one["s"] for one in found.said.values()}
        exhibited = {one["item"] for one in found.exhibits}
        while left:  # a stack of our own: hostile nesting cannot exhaust Python's
            part = left.pop()
            left += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
            if isinstance(part, dict) and "runs" in part:
                with found.at(f"{where}, sentence {part.get('id', 'without id')}"):
                    check_sentence(part, subjects, exhibited, found)


def check_sentence(part: Json, subjects: set[str], exhibited: set[str], found: Findings) -> None:
    """Follow one sentence to its assertions, and those to the items and sources they rest on."""
    basis = part.get("basis", [])
    if not isinstance(basis, list) or not all(isinstance(id, str) for id in basis):
        raise Bad("has a malformed basis")
    if part.get("kind", "fact") == "fact":
        found.sentences += 1
        if not basis:
            raise Bad("states a fact but names no assertion")
    for id in basis:
        if id not in found.said:
            raise Bad(f"rests on the assertion {id}, which is in no sound entry here")
        found.cited.add(id)
        for ground in found.said[id].get("basis", ()):
            target = ground.get("item") or ground.get("source")
            if target not in subjects:
                raise Bad(f"rests on {target}, of which no entry is here")
            if "item" in ground and target not in exhibited:
                if found.standing[(target, "item-object")]:
                    raise Bad(f"rests on {target}, whose preserved bytes are no exhibit here")
                found.without_bytes.add(target)


NOT_PROVEN = (
    "that what the entries and the report say is true: a signature shows who vouched, not what happened",
    "who a person is: a signature shows that a key was used, not by whose hand or of whose free will",
    "who held a device when it signed, and that its clock was right",
    "the real time of anything before the first outside proof named under TIME",
    "that nothing was left out: other entries and other logs may exist (see the counts under TIME)",
    "who made the package: what no signed entry covers (README.txt; PDF and HTML unless named above; exhibit",
    "  numbers) is only shown to be unchanged since the package was made",
)
KNOWN = re.compile(
    r"data/(README|policy|roster|report|exhibits|entries|proofs|checkpoints|verify)\b.*", re.DOTALL
)


def summary(files: Files, found: Findings) -> dict[str, Json]:
    """Return the findings as plain data: what ``--json`` prints."""
    sound = [entry.data for entry in found.sound]
    persons, devices = (len({data[part] for data in sound}) for part in ("by", "log"))
    return {
        "result": "problems" if found.problems else "sound",
        "problems": [{"where": where, "what": what} for where, what in found.problems],
        "files": {"unchanged": found.unchanged, "found": len(files.openers)},
        "entries": {"sound": len(sound), "found": len(found.entries), "persons": persons, "devices": devices},
        "opened_by": found.opening.data["by"] if found.opening and found.opening.signed else None,
        "report": {"sentences": found.sentences, "assertions": len(found.cited), "signed": found.report},
        "logs": [bracket(origin, sound, found) for origin in sorted({log for log, _ in found.roots})],
        "exhibits": found.exhibits,
        "exhibits_found": len({name.split("/")[2] for name in files.below("data/exhibits/")}),
        "absent": found.absent,
        "without_bytes": sorted(found.without_bytes),
        "not_read": [name for name in files.below("data/") if not KNOWN.fullmatch(name)],
        "not_proven": list(NOT_PROVEN),
    }


def bracket(origin: str, sound: Sequence[dict[str, Json]], found: Findings) -> dict[str, Json]:
    """Return how much of a log is here and between which limits its entries were made.

    Not before: the newest proof from outside the case that an entry cites in ``seen``; another device's log
    gives an order, no time. Not after: the first trusted timestamp over a checkpoint. Version 1 of the format
    has neither, so the honest answer is that there is none.
    """
    entries = [data for data in sound if data["log"] == origin]
    claimed = sorted(data["at"]["claimed"] for data in entries)
    return {
        "origin": origin,
        "included": len(entries),
        "sizes": sorted(size for log, size in found.roots if log == origin),
        "claimed": [claimed[0], claimed[-1]] if claimed else [],
        "clocks": sorted({data["at"]["clock"] for data in entries}),
        "cites": sorted({other for data in entries for other in data["seen"]}),
        "not_before": None,
        "not_after": None,
    }


def report(facts: Mapping[str, Json]) -> Iterator[str]:
    """Yield the findings in plain words, line by line."""
    problems, files, entries, said = (facts[name] for name in ("problems", "files", "entries", "report"))
    yield f"RESULT: {len(problems) or 'no'} problem(s) found."
    yield from (f"  {one['where']}: {one['what']}" for one in problems[:MAX_SHOWN])
    if problems:
        yield "  Do not rely on this dossier; keep it as it is and ask for another copy."
    yield "\nPROVEN" + (", as far as it goes beside these problems" if problems else "")
    yield f"  {files['unchanged']} of {files['found']} files are unchanged since the package was made"
    yield "    (its two tag manifests list all others and are not listed themselves)."
    yield f"  {entries['sound']} of {entries['found']} entries are word for word what {entries['persons']}"
    yield f"    person(s) signed, and stand in the signed logs of {entries['devices']} device(s)."
    yield f"  {len(facts['exhibits'])} of {facts['exhibits_found']} exhibits are the bytes a signed entry took in."
    yield f"  {said['sentences']} factual sentences of the report name {said['assertions']} assertions in them."
    for name, signed in said["signed"].items():
        yield f"  {name}: {'a signed entry recorded it' if signed else 'no signature covers it'}."
    yield "\nTRUST BEGINS WITH"
    yield f"  the key that opened the case: {facts['opened_by'] or 'none found'}"
    yield "  Compare it with the one you were given in another way; a dossier cannot vouch for its own beginning."
    yield "\nTIME (claimed times are what a device's clock said, nothing more)"
    for log in facts["logs"]:
        yield f"  Log {log['origin']}: {log['included']} entries are here of {log['sizes'][-1]} in the log"
        yield f"    claimed: {' to '.join(log['claimed']) or 'nothing'}; clock: {', '.join(log['clocks'])}"
        yield "    not before: no outside proof"
        for other in log["cites"]:
            yield f"      (entries follow a state of {other}: an order, not a time)"
        yield "    not after: none: the only outside limit is the day you received this dossier"
        if len(log["sizes"]) > 1:
            yield f"    its states of {log['sizes']} entries are not shown to be one history"
    yield "  There is no trusted timestamp in this dossier that this program reads."
    for one in facts["exhibits"]:
        yield f"  {one['number']}: entry {one['entry'][:16]}, claimed {one['claimed']}, limits of log {one['log']}"
    yield "\nNOT PROVEN"
    yield from (f"  {text}" for text in facts["not_proven"])
    for item in facts["without_bytes"]:
        yield f"  anything about the content of {item}: sentences rest on it, but no bytes of it were preserved"
    if facts["absent"]:
        yield f"  anything about {len(facts['absent'])} object(s) named by these entries but not here, such as"
        yield f"    SHA-256 {facts['absent'][0]}"
    for name in facts["not_read"][:MAX_SHOWN]:
        yield f"  anything about {name}, which this program does not read"


CHECKS = (
    check_bag, check_entries, check_signatures, check_policy, check_logs, check_seen, learn_assertions,
    check_roster, check_exhibits, check_report,
)  # fmt: skip


def check(path: Path, *, opened_by: str = "") -> dict[str, Json]:
    """Check a dossier and return every finding as plain data."""
    found, files = Findings(), Files()
    with found.at(path.name):
        open_folder(path, files, found)
    for one in CHECKS:  # in this order: each builds on what the earlier ones found sound
        one(files, found)
    if opened_by and (found.opening is None or found.opening.data["by"] != opened_by):
        found.problem("data/entries", "the case was not opened with the key you expect")
    return summary(files, found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Check an Embers dossier without Embers.")
    parser.add_argument("dossier", type=Path, help="the dossier, a folder")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--opened-by", default="", metavar="KEY", help="key id that must have opened it")
    options = parser.parse_args(arguments)
    if not options.dossier.is_dir():
        parser.error(f"there is no folder {options.dossier}")
    if isinstance(sys.stdout, io.TextIOWrapper):  # a screen without the letters of a name shows their codes
        sys.stdout.reconfigure(errors="backslashreplace")
    facts = check(options.dossier, opened_by=options.opened_by)
    for line in [json.dumps(facts, sort_keys=True)] if options.json else report(facts):
        # Control and direction characters are written out: a hostile name cannot disturb the screen.
        shown = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in line.removeprefix("\n"))
        print("\n" * line.startswith("\n") + shown)
    return 1 if facts["result"] == "problems" else 0


if __name__ == "__main__":
    sys.exit(main())
