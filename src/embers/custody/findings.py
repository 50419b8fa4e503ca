"""What was found in the files of one acquisition, counted for the journal; the sheet has it file by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from embers.custody import containers, web_capture
from embers.custody.containers import Form, Member
from embers.custody.content_credentials import read_credentials
from embers.custody.opens import Opening, summary, try_to_open
from embers.custody.preserved import Preserved
from embers.journal.assertion import JsonValue


@dataclass(slots=True)
class Findings:
    """Counts and warnings of an acquisition under way; ``single``: of one file, which need not be named each time."""

    single: bool
    warnings: list[str] = field(default_factory=list)
    opened: dict[str, Opening] = field(default_factory=dict)
    credentials: Counter[str] = field(default_factory=Counter)
    captures: list[tuple[str, bool]] = field(default_factory=list)
    members: list[tuple[str, list[Member]]] = field(default_factory=list)

    def warn(self, name: str, text: str) -> None:
        """Note a warning about a file."""
        self.warnings.append(text if self.single else f"{name}: {text}")

    def open(self, name: str, thing: Preserved) -> dict[str, Any]:
        """Try to open a file; return its part of the sheet."""
        return {"opens": self._opened(name, try_to_open(thing).to_row())}

    def read_credentials(self, thing: Preserved) -> dict[str, Any]:
        """Read content credentials where a file carries some; return its part of the sheet."""
        found = read_credentials(thing)
        return {} if found is None else {"credentials": self._claimed(found.to_row())}

    def list_members(self, name: str, thing: Preserved) -> dict[str, Any]:
        """List what an archive holds, and look into a web capture; return its part of the sheet."""
        if thing.media not in ("application/zip", web_capture.MEDIA):
            return {}
        members = list(containers.members_of(thing))
        self.members.append((name, members))
        found: dict[str, Any] = {"members": [member.to_row() for member in members]}
        if web_capture.looks_like_one(thing, members):
            found["web_capture"] = self._captured(name, web_capture.read_capture(thing, members).to_row())
        return found

    def recall(self, name: str, row: Mapping[str, Any]) -> None:
        """Count what the sheet says of a file that was recorded before an interruption."""
        for text in row.get("warnings", ()):
            self.warn(name, text)
        if "opens" in row:
            self._opened(name, row["opens"])
        if "credentials" in row:
            self._claimed(row["credentials"])
        if "members" in row:
            self.members.append((name, [Member.from_row(one) for one in row["members"]]))
        if "web_capture" in row:
            self._captured(name, row["web_capture"])

    def _opened(self, name: str, row: dict[str, str]) -> dict[str, str]:
        self.opened[name] = Opening(row["opens"], row.get("viewer", ""), row.get("why", ""))
        if row["opens"] == "no":
            self.warn(name, f"It does not open: {row['why']}.")
        return row

    def _claimed(self, row: dict[str, str]) -> dict[str, str]:
        self.credentials[row["state"]] += 1
        return row

    def _captured(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        self.captures.append((row["state"], "signature" in row))
        for text in row.get("problems", ()):
            self.warn(name, f"In the web capture: {text}")
        return row

    def form(self) -> Form | None:
        """Return what the archive is that was brought as one file; nothing if it was no archive."""
        if not self.single or not self.members:
            return None
        return containers.form_of_names([member.name for member in self.members[0][1]])

    def values(self) -> list[tuple[str, JsonValue]]:
        """Return (predicate, value) of all that is to be said about the whole."""
        said: list[tuple[str, JsonValue]] = []
        if self.opened:
            said.append(("item-opens", summary(self.opened)))
        if self.credentials:
            states = ("valid", "invalid", "unreadable")
            said.append(("item-credentials", {name: self.credentials[name] for name in states}))
        if self.captures:
            said.append(("item-web-captures", self._captures()))
        return said + [("item-members", _held(name, members)) for name, members in self.members]

    def _captures(self) -> JsonValue:
        states = Counter(state for state, _ in self.captures)
        return {
            "whole": states["whole"],
            "not_whole": states["not whole"],
            "unreadable": states["unreadable"],
            "signed": sum(signed for _, signed in self.captures),
        }


def _held(name: str, members: Sequence[Member]) -> JsonValue:
    form = containers.form_of_names([member.name for member in members])
    return {
        "form": form.form or f"archive {name}",
        "members": len(members),
        "bytes": sum(member.size for member in members),
        "not_listed": sum(bool(member.problem) for member in members),
    }
