#!/usr/bin/env python3
"""Check an Embers dossier without Embers.

    python verify.py DOSSIER            a folder (unpack an archive first)
    python verify.py DOSSIER --json     the same for programs

Needs Python 3.11 or newer and ``cryptography``; sends and writes nothing. Exit code 0: no problem found; 1: at least
one, each named; 2: wrong call. FORMAT.md describes the formats, so that other tools can repeat each step.
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
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as Key
except ImportError:  # say what to do instead of a traceback
    print("verify.py needs the package 'cryptography': python -m pip install cryptography", file=sys.stderr)
    sys.exit(2)

MAX_FILES = 500_000  # limits: a dossier may come from anybody, so only what is small is read whole
MAX_ENTRY = 65_535  # C2SP tlog-tiles: an entry has a 16-bit length
MAX_TEXT = 1 << 20  # checkpoints, proofs, policy, sidecars
MAX_LISTING = 128 << 20  # manifests, report.json, roster.json
MAX_DEPTH = 32
MAX_SHOWN = 1000  # problem lines printed; all are counted
ALGORITHMS = ("sha256", "sha512")
Json = Any  # what json.loads returns


class Bad(Exception):  # noqa: N818  (so that a check reads: raise Bad("is missing"))
    """A check failed; the text says how."""


def require(holds: object, otherwise: str) -> None:
    """Fail the check at hand unless something holds; ``otherwise`` says what is wrong."""
    if not holds:
        raise Bad(otherwise)


@dataclass(slots=True)
class Findings:
    """The plain files of one dossier, by relative path, and what the checks learn from them."""

    files: dict[str, Path] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)
    digests: dict[str, dict[str, str]] = field(default_factory=dict)  # of each file, by algorithm
    entries: dict[str, dict[str, Json]] = field(default_factory=dict)  # each under the name of its file
    signed: set[str] = field(default_factory=set)  # those whose signature is good
    sound: dict[str, dict[str, Json]] = field(default_factory=dict)  # whose place in the log is proven too
    persons: dict[str, bytes] = field(default_factory=dict)  # the keys that sound entries register
    logs: dict[str, str] = field(default_factory=dict)  # by origin, the same
    states: set[tuple[str, int]] = field(default_factory=set)  # origin and size of each signed state
    said: dict[str, Json] = field(default_factory=dict)  # the assertions of sound entries
    told: dict[tuple[str, str], list[Json]] = field(default_factory=lambda: defaultdict(list))
    standing: dict[tuple[str, str], list[Json]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[str, Json] = field(default_factory=dict)  # what is told in the end

    def problem(self, where: str, what: object) -> None:
        """Note a problem: the file it is in, and what is wrong."""
        self.problems.append({"where": where, "what": str(what)})

    @contextmanager
    def at(self, where: str) -> Iterator[None]:
        """Turn a failed check inside the block into a problem of this file, and go on after the block."""
        try:
            yield
        except Bad as error:
            self.problem(where, error)
        except InvalidSignature:
            self.problem(where, "has a wrong signature: it was altered, or signed with another key")
        except (OSError, ValueError, RuntimeError, OverflowError) as error:  # also text that is not UTF-8
            self.problem(where, f"cannot be read ({error})")

    def read(self, name: str, limit: int = MAX_TEXT) -> bytes:
        """Return a small file whole; refuse a missing or oversized one."""
        require(name in self.files, "is missing")
        with self.files[name].open("rb") as handle:
            data = handle.read(limit + 1)
        require(len(data) <= limit, f"is larger than {limit} bytes: no genuine file of its kind is")
        return data

    def below(self, folder: str) -> list[str]:
        """Return the names below a folder in sorted order."""
        return sorted(name for name in self.files if name.startswith(folder))


def list_folder(root: Path, found: Findings) -> None:
    """List a folder; links (never followed), devices and names that mean the same file twice are problems."""
    for folder, folders, names in os.walk(root, onerror=lambda error: found.problem(error.filename, error)):
        for one in (Path(folder, name) for name in [*folders, *names]):
            name = unicodedata.normalize("NFC", one.relative_to(root).as_posix())
            with found.at(name):
                mode = one.lstat().st_mode
                if not stat.S_ISDIR(mode):
                    require(stat.S_ISREG(mode), "is a link or a special file; only plain files belong here")
                    fresh = name not in found.files and len(found.files) < MAX_FILES
                    require(fresh, f"is a name found twice, or beyond {MAX_FILES} files; it was not opened")
                    found.files[name] = one


def check_bag(found: Findings) -> None:
    """Compare every file with the manifests (RFC 8493); a listed path that leads elsewhere is just missing."""
    payload = set(found.below("data/"))
    tags = found.files.keys() - payload - {f"tagmanifest-{algorithm}.txt" for algorithm in ALGORITHMS}
    for name in sorted(payload | tags):
        found.digests[name] = dict.fromkeys(ALGORITHMS, "")  # of a file that cannot be read
        with found.at(name), found.files[name].open("rb") as handle:
            running = {algorithm: hashlib.new(algorithm) for algorithm in ALGORITHMS}
            while data := handle.read(1 << 20):
                for digest in running.values():
                    digest.update(data)
            found.digests[name] = {algorithm: digest.hexdigest() for algorithm, digest in running.items()}
    right: Counter[str] = Counter()
    for prefix, there in (("manifest", payload), ("tagmanifest", tags)):
        paths = {name: re.sub("[%\r\n]", lambda code: f"%{ord(code[0]):02X}", name) for name in there}
        for algorithm in ALGORITHMS:
            manifest = f"{prefix}-{algorithm}.txt"
            with found.at(manifest):
                *lines, last = found.read(manifest, MAX_LISTING).decode().split("\n")
                listed = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
                wanted = {path: found.digests[name][algorithm] for name, path in paths.items()}
                right.update(path for path, _ in wanted.items() & listed.items())
                for path in sorted({path for path, _ in wanted.items() ^ listed.items()}):
                    what = "was added: it is not listed in"
                    if path in listed:
                        what = "was altered: not as in" if path in wanted else "is missing but listed in"
                    found.problem(path, f"{what} {manifest}")
                require(not last and len(listed) == len(lines), "names a file twice, or ends within a line")
    unchanged = sum(times == len(ALGORITHMS) for times in right.values())
    found.facts["files"] = {"unchanged": unchanged, "found": len(found.files)}
    with found.at("bagit.txt"):
        declared = found.read("bagit.txt") == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
        require(declared, "does not declare BagIt 1.0 with UTF-8 exactly")
    with found.at("bag-info.txt"):
        counted = f"Payload-Oxum: {sum(found.files[name].stat().st_size for name in payload)}.{len(payload)}"
        stated = [x for x in found.read("bag-info.txt").decode().split("\n") if x.startswith("Payload-Oxum")]
        require(stated == [counted], f"does not state the size and number of the files here ({counted})")


def canonical(value: Json, depth: int = 0) -> bytes:
    """Write a value as RFC 8785 does; refuse what journals never hold (see FORMAT.md)."""
    require(depth <= MAX_DEPTH, "is nested too deeply")
    if isinstance(value, dict):
        require(all(key.isascii() for key in value), "has an object key that is not ASCII")
        parts = (canonical(key) + b":" + canonical(value[key], depth + 1) for key in sorted(value))
        return b"{" + b",".join(parts) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(canonical(part, depth + 1) for part in value) + b"]"
    if isinstance(value, str):
        require(unicodedata.is_normalized("NFC", value), "holds text that is not in Unicode form NFC")
    require(not isinstance(value, int) or abs(value) < 2**53, "holds a whole number of 2**53 or more")
    return json.dumps(value, ensure_ascii=False).encode()


def parse(data: bytes) -> Json:
    """Read JSON; floats, repeated keys and anything malformed are refused."""

    def pairs(found: list[tuple[str, Json]]) -> dict[str, Json]:
        require(len(dict(found)) == len(found), "repeats a key of an object")
        return dict(found)

    def no_float(text: str) -> None:
        raise Bad(f"holds the number {text[:20]}, which is not whole")

    return json.loads(data.decode(), object_pairs_hook=pairs, parse_float=no_float, parse_constant=no_float)


def shape(value: Json, form: Json) -> Json:
    """Return a value if it has this form: a type, a list of one form, an object (``?``: may be left out)."""
    if isinstance(form, dict):
        parts = {name.rstrip("?"): part for name, part in form.items()}
        needed = parts.keys() & form.keys()
        fits = isinstance(value, dict) and needed <= value.keys() <= parts.keys()
        require(fits, f"has not exactly the parts {', '.join(form)} where they belong")
        for name, part in value.items():
            require(part or name in needed or parts[name] is object, f"writes an empty {name}")
            shape(part, parts[name])
    elif isinstance(form, list):
        require(isinstance(value, list), "has no list where one belongs")
        for part in value:
            shape(part, form[0])
    else:  # in Python True is a number; here it is not
        fits = form is object or (isinstance(value, form) and not isinstance(value, bool))
        require(fits, f"has {str(value)[:40]!r} where another type of value belongs")
    return value


BASIS = {"item?": str, "source?": str, "locator?": str}
SAID = {"id": str, "s": str, "p": str, "v": object, "basis?": [BASIS], "valid?": str, "conf?": str,
        "mark?": str, "rel?": [{"rel": str, "id": str}]}  # fmt: skip
REF = {"sha256": str, "size": int, "media": str}
SEALED = {"sealed": {"form": str, "hmac": str, "sha256": str, "size": int}}  # its digest is the ciphertext's
ENTRY = {"v": int, "log": str, "seq": int, "case": str, "by": str, "role": str, "act": str,
         "at": {"claimed": str, "tz": str, "clock": str, "offset_ms": int | None}, "seen": dict,
         "assertions": [SAID], "objects": [dict], "reason": str, "sig": {"alg": str, "key": str, "s": str}}  # fmt: skip
ROSTER = {"persons": [{"key": str, "public": str, "subject": str}], "logs": [{"origin": str, "vkey": str}]}
# What acts of their own say (an erasure, a key, a role) is not undone by taking it back: FORMAT.md, section 3.
LASTING = re.compile("(audit|bytes|clinician|comment|compartment|consistency|custody|derived|device|encryption|"
  "erasure|form|kept|legal-hold|log|release|review|role|sealed|second|signing|staff|task)(-|$)|case-exercise|"
  "object-repaired|record-read|time-stamp|death-stated|mission-pack|examination-(code|kind|of|interview)$|"
  "item-(acquisition|check|credentials|digest|members|object|opens|sealed|sheet|web)")  # fmt: skip
OBJECT = {**REF, "role": str, "name": str}  # what an exhibit's card says of its object, and what of its item:
OF_ITEM = {"title": "item-title", "custody": "custody-event", "origin": "item-origin"}
CARD = dict.fromkeys(("number", "file", "item", "entry"), str) | OBJECT | {f"{p}?": object for p in OF_ITEM}


def read_entry(data: bytes) -> dict[str, Json]:
    """Return an entry whose bytes are exactly canonical and whose parts are exactly those of FORMAT.md."""
    entry: dict[str, Json] = shape(parse(data), ENTRY)
    require(canonical(entry) == data, "is not in canonical form (RFC 8785)")
    require(entry["v"] == 1, f"has the version {entry['v']}, which this program does not know")
    own = (entry["sig"]["alg"], entry["sig"]["key"]) == ("ed25519", entry["by"])
    require(own, "is not signed with Ed25519 by the person it names")
    for basis in (one for said in entry["assertions"] for one in said.get("basis", ())):
        require(("item" in basis) != ("source" in basis), "has a basis that is not one item or one source")
    for ref in entry["objects"]:
        shape(ref, SEALED if "sealed" in ref else REF)
    for head in entry["seen"].values():
        require(type(head) is list and list(map(type, head)) == [int, str], "cites a log without its state")
    return entry


def check_entries(found: Findings) -> None:
    """Read every entry; its file name must be its RFC 6962 leaf hash, SHA-256 over 0x00 and its bytes."""
    places: dict[tuple[str, int], str] = {}
    for name in found.below("data/entries/"):
        with found.at(name):
            data = found.read(name, MAX_ENTRY)
            id = hashlib.sha256(b"\x00" + data).hexdigest()
            require(name == f"data/entries/{id}.json", f"is not named by its leaf hash {id}: it was altered")
            entry = found.entries[name] = read_entry(data)
            first = places.setdefault((entry["log"], entry["seq"]), name)
            require(first == name, f"claims the same place in its log as {first}: proof of a fork")
    with found.at("data/entries"):
        cases = {entry["case"] for entry in found.entries.values()}
        require(len(cases) == 1, f"holds entries of {len(cases)} cases; there must be one case")


def check_signatures(found: Findings) -> None:
    """Check each signature with the keys learnt from the opening of the case and from entries good so far."""
    openings = [name for name, one in found.entries.items() if one["act"] == "case.open" and one["seq"] == 0]
    with found.at("data/entries"):
        require(len(openings) == 1, f"holds {len(openings)} entries that open the case; there must be one")
        register(found.entries[openings[0]], found)  # where trust begins: it registers the key that signs it
    left = dict(found.entries)
    while known := [name for name, entry in left.items() if entry["by"] in found.persons]:
        for name in known:
            with found.at(name):
                entry = left.pop(name)
                body = canonical({part: value for part, value in entry.items() if part != "sig"})
                Key.from_public_bytes(found.persons[entry["by"]]).verify(
                    unbase64(entry["sig"]["s"], 64), body
                )
                found.signed.add(name)
                register(entry, found)
    for name, entry in left.items():
        found.problem(name, f"is signed with {entry['by']}, a key no known person registers here")
    found.facts["opened_by"] = next((found.entries[x]["by"] for x in openings if x in found.signed), None)


def register(entry: dict[str, Json], found: Findings) -> None:
    """Learn the keys that an entry registers (FORMAT.md, sections 4 and 5)."""
    for said in entry["assertions"]:
        value = said["v"] if isinstance(said["v"], dict) else {}
        if said["p"] == "signing-key" and value.get("alg") == "ed25519":
            key = unbase64(str(value.get("key")), 32)
            found.persons.setdefault(f"ed25519:{hashlib.sha256(key).hexdigest()[:32]}", key)
        if said["p"] == "log-key":
            origin, vkey = str(value.get("origin")), str(value.get("vkey"))
            key = unbase64(vkey.split("+", 2)[-1], 33)
            id = hashlib.sha256(f"{origin}\n".encode() + key).hexdigest()[:8]
            right = key[0] == 1 and vkey.startswith(f"{origin}+{id}+")
            first = found.logs.setdefault(origin, vkey) if right else ""
            require(first == vkey, f"registers a malformed or a second key for the log {origin}")


def unbase64(text: str, size: int) -> bytes:
    """Decode base64 of so many bytes, in its one exact spelling."""
    raw = base64.b64decode(text, validate=True)
    require(len(raw) == size and base64.b64encode(raw).decode() == text, f"holds no {size} bytes in base64")
    return raw


def read_checkpoint(note: str, found: Findings) -> tuple[str, int, bytes]:
    """Return (origin, size, root) of a note that the device of its log signed (FORMAT.md, section 7)."""
    body, _, signatures = note.partition("\n\n")
    lines = body.split("\n")
    require(len(lines) == 3 and re.fullmatch("0|[1-9][0-9]{0,15}", lines[1]), "holds no signed checkpoint")
    origin, size, root = lines[0], int(lines[1]), unbase64(lines[2], 32)
    require(origin in found.logs, f"is of the log {origin[:80]}, which no signed entry registers")
    _, id, key = found.logs[origin].split("+", 2)
    start = f"\u2014 {origin} "
    texts = [line.removeprefix(start) for line in signatures.split("\n") if line.startswith(start)]
    texts = [text for text in texts if base64.b64decode(text)[:4].hex() == id]  # other keys' do not matter
    require(texts, "is not signed by the device of its log")
    for text in texts:
        Key.from_public_bytes(unbase64(key, 33)[1:]).verify(unbase64(text, 68)[4:], f"{body}\n".encode())
    found.states.add((origin, size))
    return origin, size, root


def check_logs(found: Findings) -> None:
    """Check the signed states of the logs, that each entry is in its log, and what entries saw of other logs."""
    roots: list[tuple[str, str, int, str]] = []  # where it is stated, log, size, root
    proven: set[str] = set()
    for name in found.below("data/checkpoints/"):
        with found.at(name):
            origin, size, root = read_checkpoint(found.read(name).decode(), found)
            roots.append((name, origin, size, root.hex()))
    for origin in sorted(found.logs.keys() - {origin for origin, _ in found.states}):
        found.problem("data/checkpoints", f"holds no signed state of the log {origin}")
    for name in found.below("data/proofs/"):
        with found.at(name):
            id = name.removeprefix("data/proofs/").removesuffix(".tlog-proof")
            where = f"data/entries/{id}.json"
            require(where in found.entries, "proves no readable entry of this dossier")
            entry = found.entries[where]
            head, _, note = found.read(name).decode().partition("\n\n")
            header, index, *path = [*head.split("\n"), ""]
            right = (header, index) == ("c2sp.org/tlog-proof@v1", f"index {entry['seq']}")
            require(right, "is not a tlog-proof for the place its entry was signed for")
            origin, size, root = read_checkpoint(note, found)
            require(origin == entry["log"], "proves a place in another log")
            right = in_tree(bytes.fromhex(id), entry["seq"], size, [unbase64(x, 32) for x in path[:-1]], root)
            require(right, "does not prove that its entry is in the log")
            roots.append((name, origin, size, root.hex()))
            proven.add(where)
    for name, entry in found.entries.items():
        if name not in proven:
            found.problem(name, "has no good proof that it is in its log")
        roots += [(name, origin, size, root) for origin, (size, root) in entry["seen"].items()]
    found.sound = {name: found.entries[name] for name in sorted(proven & found.signed)}
    known: dict[tuple[str, int], tuple[str, str]] = {}
    for name, origin, size, head in roots:
        other, where = known.setdefault((origin, size), (head, name))
        if head != other:
            found.problem(name, f"has another root of {origin} at {size} than {where}: proof of a fork")


def in_tree(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Verify an inclusion proof as RFC 9162, section 2.1.3.2, spells it out."""
    node, last, current, fits = index, size - 1, leaf, 0 <= index < size
    for part in path:
        fits = fits and last > 0
        left = node & 1 or node == last  # the part stands on the left
        current = hashlib.sha256(b"\x01" + (part + current if left else current + part)).digest()
        while left and node and not node & 1:
            node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    return fits and last == 0 and current == root


def check_keys(found: Findings) -> None:
    """``policy.txt`` (C2SP tlog-policy) and ``roster.json`` must list exactly the keys learnt from entries."""
    with found.at("data/policy.txt"):
        lines = found.read("data/policy.txt").decode().splitlines()
        rules = {tuple(line.split()) for line in lines if line.strip() and not line.startswith("#")}
        wanted = {("quorum", "none"), *(("log", vkey) for vkey in found.logs.values())}
        require(rules == wanted, "lacks a log, or has a line no entry backs or version 1 does not use")
    with found.at("data/roster.json"):
        roster = shape(parse(found.read("data/roster.json", MAX_LISTING)), ROSTER)
        persons = {one["key"]: unbase64(one["public"], 32) for one in roster["persons"]}
        logs = {one["origin"]: one["vkey"] for one in roster["logs"]}
        exact = persons == found.persons and logs == found.logs
        require(exact, "does not list exactly the keys that signed entries register")
        for one in roster["persons"]:
            own = {"alg": "ed25519", "key": one["public"]} in found.told[(one["subject"], "signing-key")]
            require(own, f"gives the key {one['key']} to another person than the entry that registers it")


def learn_assertions(found: Findings) -> None:
    """Collect what sound entries say, and what of it stands: what nothing retracts or supersedes that stands."""
    named: dict[str, dict[str, set[str]]] = {"retracts": defaultdict(set), "supersedes": defaultdict(set)}
    for name, entry in found.sound.items():
        for one in entry["assertions"]:
            if found.said.setdefault(one["id"], one) != one:
                found.problem(name, f"says something else under the id {one['id']} than another entry")
            for rel in one.get("rel", ()):
                named.get(rel["rel"], defaultdict(set))[rel["id"]].add(one["id"])
    retracts, supersedes = named.values()
    lasting = {id for id in retracts if LASTING.match(found.said.get(id, {}).get("p", ""))}
    back: set[str] = set()
    for _ in range(MAX_DEPTH + 1):  # an odd number: in a circle, and deeper than this, nothing stands
        back = {id for id, by in retracts.items() if by - back} - lasting
    gone = {id for id, by in supersedes.items() if by - back}
    for _ in range(MAX_DEPTH):  # also through others that were taken back themselves
        gone |= {id for id, by in supersedes.items() if by & gone}
    for one in found.said.values():
        found.told[(one["s"], one["p"])].append(one["v"])
        if one["id"] not in gone and one["id"] not in back and retracts[one["id"]] <= back:
            found.standing[(one["s"], one["p"])].append(one["v"])


def check_exhibits(found: Findings) -> None:
    """Each exhibit must be an object of the item its card names, and the card must say what entries say."""
    recorded = {ref.get("sealed", ref)["sha256"] for one in found.sound.values() for ref in one["objects"]}
    absent = recorded - {digests["sha256"] for digests in found.digests.values()}
    folders = sorted({"/".join(name.split("/")[:3]) for name in found.below("data/exhibits/")})
    found.facts |= {"exhibits": [], "exhibits_found": len(folders), "absent": sorted(absent)}
    shown: set[tuple[Json, ...]] = set()
    for folder in folders:
        with found.at(f"{folder}/exhibit.json"):
            card = shape(parse(found.read(f"{folder}/exhibit.json")), CARD)
            require(folder == f"data/exhibits/{card['number']}", "does not bear the number of its folder")
            name = f"{folder}/{card['file']}"
            alone = set(found.below(f"{folder}/")) == {name, f"{folder}/exhibit.json"}
            require(alone, "does not stand beside exactly the one file it names")
            check_card(card, found)
            same = (card["item"], *(card[part] for part in OBJECT))
            require(same not in shown, "is a second exhibit of the same object of its item")
            shown.add(same)
            with found.at(name):
                entry = found.sound.get(f"data/entries/{card['entry']}.json", {"objects": ()})
                here = (found.digests[name]["sha256"], found.files[name].stat().st_size)
                right = here in [(ref.get("sha256"), ref.get("size")) for ref in entry["objects"]]
                right = right and here == (card["sha256"], card["size"])
                require(right, "is not the object that a signed entry introduced, as exhibit.json says")
                facts = {part: card[part] for part in ("number", "item", "entry")} | {"file": name}
                limits = {"log": entry["log"], "claimed": entry["at"]["claimed"]}
                found.facts["exhibits"].append(facts | limits)


def check_card(card: Mapping[str, Json], found: Findings) -> None:
    """Refuse an ``exhibit.json`` that says anything about its item which no sound entry says."""
    said = {part: card[part] for part in OBJECT} in found.told[(card["item"], "item-object")]
    require(said, "does not say what a signed entry says of this object: item, name, size, media type, role")
    for part, predicate in OF_ITEM.items():
        known = found.told[(card["item"], predicate)]
        texts = [one.get("text") for one in known if isinstance(one, dict)]
        values = card.get(part) or []
        said = all(one in known + texts for one in (values if isinstance(values, list) else [values]))
        require(said, f"has a {part} that no signed entry gives to {card['item']}")


def check_report(found: Findings) -> None:
    """The report's text must be the one on record; each factual sentence must lead to sound entries."""
    where = "data/report/report.json"
    recorded = {ref.get("sealed", ref)["sha256"] for one in found.sound.values() for ref in one["objects"]}
    signed = {name: found.digests[name]["sha256"] in recorded for name in found.below("data/report/")}
    found.facts |= {"report": {"sentences": 0, "assertions": set(), "signed": signed}, "without_bytes": set()}
    texts = [one for (_, part), values in found.standing.items() if part == "report-text" for one in values]
    newest = [one.get("sha256") for one in texts if isinstance(one, dict)]
    with found.at(where):
        if not signed.get(where) or found.digests[where]["sha256"] not in newest:
            found.problem(where, "is not the newest text that a signed entry recorded: altered, or an older")
        left: list[Json] = [parse(found.read(where, MAX_LISTING))]
        subjects = {one["s"] for one in found.said.values()}
        exhibited = {one["item"] for one in found.facts["exhibits"]}
        while left:  # a stack of our own: hostile nesting cannot exhaust Python's
            part = left.pop()
            left += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
            if isinstance(part, dict) and "runs" in part:
                with found.at(f"{where}, sentence {part.get('id', 'without id')}"):
                    check_sentence(part, subjects, exhibited, found)


def check_sentence(part: Json, subjects: set[str], exhibited: set[str], found: Findings) -> None:
    """Follow one sentence to its assertions, and those to the items and sources they rest on."""
    basis = shape(part.get("basis", []), [str])
    if part.get("kind", "fact") == "fact":
        found.facts["report"]["sentences"] += 1
        require(basis, "states a fact but names no assertion")
    for id in basis:
        require(id in found.said, f"rests on the assertion {id}, which is in no sound entry here")
        found.facts["report"]["assertions"].add(id)
        for ground in found.said[id].get("basis", ()):
            target = ground.get("item") or ground.get("source")
            require(target in subjects, f"rests on {target}, of which no entry is here")
            if "item" in ground and target not in exhibited:
                kept = found.standing[(target, "item-object")]
                require(not kept, f"rests on {target}, whose preserved bytes are no exhibit here")
                found.facts["without_bytes"].add(target)


NOT_PROVEN = (
    "that what the entries and the report say is true: a signature shows who vouched, not what happened",
    "who a person is: a signature shows that a key was used, not by whose hand or of whose free will",
    "who held a device when it signed, and that its clock was right",
    "the real time of anything before the first outside proof named under TIME",
    "that nothing was left out: other entries and other logs may exist (see the counts under TIME)",
    "who made the package: what no signed entry covers (README.txt; PDF and HTML unless named above; exhibit",
    "  numbers) is only shown to be unchanged since the package was made",
)
READ = r"data/((README|policy)\.txt\Z|roster\.json\Z|(report|exhibits|entries|proofs|checkpoints|verify)/)"


def summary(found: Findings) -> dict[str, Json]:
    """Return the findings as plain data: what ``--json`` prints."""
    sound, told, logs = found.sound.values(), found.facts["report"], []
    for origin in sorted({origin for origin, _ in found.states}):
        sizes = sorted(size for log, size in found.states if log == origin)
        entries = [entry for entry in sound if entry["log"] == origin]
        claimed = sorted(entry["at"]["claimed"] for entry in entries)
        clocks = sorted({entry["at"]["clock"] for entry in entries})
        cites = sorted({other for entry in entries for other in entry["seen"]})
        here = {"origin": origin, "included": len(entries), "sizes": sizes, "clocks": clocks, "cites": cites}
        # Only proofs from outside the case limit the time; the state of another log gives an order. Version 1 has none.
        logs.append(here | {"claimed": claimed[:1] + claimed[-1:], "not_before": None, "not_after": None})
    persons, devices = (len({entry[part] for entry in sound}) for part in ("by", "log"))
    return found.facts | {
        "result": "problems" if found.problems else "sound",
        "problems": found.problems,
        "entries": {"sound": len(sound), "found": len(found.entries), "persons": persons, "devices": devices},
        "report": told | {"assertions": len(told["assertions"])},
        "logs": logs,
        "without_bytes": sorted(found.facts["without_bytes"]),
        "not_read": [name for name in found.below("data/") if not re.match(READ, name)],
        "not_proven": list(NOT_PROVEN),
    }


def report(facts: Mapping[str, Json]) -> Iterator[str]:
    """Yield the findings in plain words, line by line."""
    problems, files, entries, said = (facts[name] for name in ("problems", "files", "entries", "report"))
    yield f"RESULT: {len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'} found."
    yield from (f"  {one['where']}: {one['what']}" for one in problems[:MAX_SHOWN])
    if problems:
        yield "  Do not rely on this dossier; keep it as it is and ask for another copy."
    yield from ("", "PROVEN" + (", as far as it goes beside these problems" if problems else ""))
    yield f"  {files['unchanged']} of {files['found']} files are unchanged since the package was made"
    yield "    (its two tag manifests list all others and are not listed themselves)."
    yield f"  {entries['sound']} of {entries['found']} entries are word for word what was signed, and stand in the logs"
    yield f"    (persons who signed: {entries['persons']}; devices whose logs these are: {entries['devices']})."
    yield f"  {len(facts['exhibits'])} of {facts['exhibits_found']} exhibits are the bytes a signed entry took in."
    yield f"  {said['sentences']} factual sentences of the report name {said['assertions']} assertions in them."
    for name, signed in said["signed"].items():
        yield f"  {name}: {'a signed entry recorded it' if signed else 'no signature covers it'}."
    yield from ("", "TRUST BEGINS WITH")
    yield f"  the key that opened the case: {facts['opened_by'] or 'none found'}"
    yield "  Compare it with the one you were given in another way; a dossier cannot vouch for its own beginning."
    yield from ("", "TIME (claimed times are what a device's clock said, nothing more)")
    for log in facts["logs"]:
        yield f"  Log {log['origin']}: {log['included']} entries are here of {log['sizes'][-1]} in the log"
        yield f"    claimed: {' to '.join(log['claimed']) or 'nothing'}; clock: {', '.join(log['clocks'])}"
        yield "    not before: no outside proof"
        yield from (f"      (entries follow a state of {one}: an order, not a time)" for one in log["cites"])
        yield "    not after: none: the only outside limit is the day you received this dossier"
        if len(log["sizes"]) > 1:
            yield f"    its states of {log['sizes']} entries are not shown to be one history"
    yield "  There is no trusted timestamp in this dossier that this program reads (data/timestamps: use openssl)."
    for one in facts["exhibits"]:
        yield f"  {one['number']}: entry {one['entry'][:16]}, claimed {one['claimed']}, limits of log {one['log']}"
    yield from ("", "NOT PROVEN", *(f"  {text}" for text in facts["not_proven"]))
    for item in facts["without_bytes"]:
        yield f"  anything about the content of {item}: sentences rest on it, but no bytes of it are kept"
    if absent := facts["absent"]:
        yield f"  anything about objects named by these entries but not here ({len(absent)}, such as {absent[0]})"
    yield from (f"  anything in {x}: this program does not read it" for x in facts["not_read"][:MAX_SHOWN])


def check(path: Path, *, opened_by: str = "") -> dict[str, Json]:
    """Check a dossier and return every finding as plain data."""
    found = Findings()
    list_folder(path, found)
    of_keys = (check_bag, check_entries, check_signatures, check_logs)
    of_content = (learn_assertions, check_keys, check_exhibits, check_report)
    for one in of_keys + of_content:  # in this order: each builds on what the earlier ones found sound
        one(found)
    if opened_by and opened_by != found.facts["opened_by"]:
        found.problem("data/entries", "the case was not opened with the key you expect")
    return summary(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Check an Embers dossier without Embers.")
    parser.add_argument("dossier", type=Path, help="the dossier, a folder")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--opened-by", default="", metavar="KEY", help="key id that must have opened it")
    options = parser.parse_args(arguments)
    if not options.dossier.is_dir():
        parser.error(f"{options.dossier} is not a folder; unpack a .zip or other archive first")
    if isinstance(sys.stdout, io.TextIOWrapper):  # a screen without the letters of a name shows their codes
        sys.stdout.reconfigure(errors="backslashreplace")
    facts = check(options.dossier, opened_by=options.opened_by)
    for line in [json.dumps(facts, sort_keys=True)] if options.json else report(facts):
        # Control and direction characters are written out: a hostile name cannot disturb the screen.
        print("".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in line))
    return 1 if facts["result"] == "problems" else 0


if __name__ == "__main__":
    sys.exit(main())
