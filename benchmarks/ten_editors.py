"""Several people edit one record of one case at once, over a real `embers serve`: nothing acknowledged is lost.

    python benchmarks/ten_editors.py [--editors 10] [--seconds 600] [--incidents 200] [--postgres] [--write]

Each editor is a browser of their own that has logged in and unlocked a key: they add claims to the same incident,
decide between its values, dispute, correct and undo, keep drafts, and read the page between. An edit counts as
acknowledged when the server leads on from the form. Afterwards every acknowledged assertion is looked for in the
journal, and the tables are compared, row by row, with tables made anew. With ``--postgres`` journal, tables and
accounts lie on a PostgreSQL that is started for the purpose. Prints a table and one line of JSON; ``lost``,
``server_errors`` and ``differences`` must be 0. The case is invented (``large_case.py``).
"""

from __future__ import annotations

import argparse
import http.client
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "servers"))

from editors import PASSWORD, add_editors
from large_case import write_case
from results import machine, report
from served import served

from embers.actions.case_folder import CaseFolder
from embers.projections.rebuild import differences
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

#: Values of one field on the page of values; more are no longer decided between by hand.
_FIELDS = ("killed", "injured", "missing", "observation", "damage", "limitation")


@dataclass
class Told:
    """What one editor was answered: assertions acknowledged, statuses, and seconds for each edit."""

    acknowledged: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Editor(threading.Thread):
    """One person at one browser."""

    def __init__(self, name: str, port: int, record: str, organisation: str, until: threading.Event) -> None:
        super().__init__(daemon=True)
        self.editor, self.port, self.record, self.organisation = name, port, record, organisation
        self.until, self.told, self.draw = until, Told(), random.Random(name)
        self.cookies: dict[str, str] = {}
        self.link: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Log in, unlock the key, and edit until told to stop."""
        try:
            self.enter()
            while not self.until.is_set():
                self.edit()
        except Exception as error:
            self.told.wrong.append(f"{self.editor}: {error!r}")

    def enter(self) -> None:
        """Log in and unlock the key."""
        self.form("/account/log-in", {"login": self.editor, "password": PASSWORD})
        self.form("/account/key", {"passphrase": ""})

    def edit(self) -> None:
        """Do one of the things people do on a record."""
        field_ = self.draw.choice(_FIELDS)
        began = time.perf_counter()
        done = self.form(
            f"{self.record}/add?field={field_}", self.claim(field_), draft=self.draw.random() < 0.5
        )
        self.told.seconds.append(time.perf_counter() - began)
        deed = self.draw.random()
        if not done:
            return
        if deed < 0.2:
            self.form(f"{self.record}/values/{field_}", {"chosen": done, "reason": "Counted by hand."})
        elif deed < 0.4:
            self.form(f"/claims/{done}/dispute", {"reason": "A relay."})
        elif deed < 0.6:
            self.form(f"/claims/{done}/correct", {**self.claim(field_), "reason": "A slip of the pen."})
        elif deed < 0.8:
            undone = self.form(f"/claims/{done}/retract", {"reason": "Not so."})
            if undone:
                self.form(f"/claims/{undone}/retract", {"reason": "It was so."})
        self.ask("GET", f"{self.record}/history" if deed > 0.9 else self.record)

    def claim(self, field_: str) -> dict[str, str]:
        """Return the fields of a claim."""
        told = {"claimant": self.organisation, "scope": "incident", "reading": "direct", "words": self.editor}
        if field_ in {"killed", "injured", "missing"}:
            return {**told, "v.op": "gte", "v.n": str(self.draw.randrange(90)), "v.unit": "persons"}
        return {**told, "v": f"{self.editor} read {self.draw.randrange(10**9)}"}

    def form(self, path: str, fields: dict[str, str], *, draft: bool = False) -> str:
        """Open a form, send it, and return the assertion the server says it has written, if any."""
        page = self.ask("GET", path)[1]
        hidden = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', page))
        sent = {name: hidden[name] for name in ("csrfmiddlewaretoken", "draft") if name in hidden} | fields
        if draft:
            self.ask("POST", "/records/drafts", {**sent, "place": path})
        status, text, where = self.send(path, sent)
        found = re.search(r"[?&]done=([0-9a-f-]{36})", where)
        if found:
            self.told.acknowledged.append(found[1])
            return found[1]
        if path.startswith(("/records", "/claims")):
            why = re.search(r'role="alert">(.*?)</div>', text, re.DOTALL)
            self.told.wrong.append(
                f"{path} {status}: {re.sub('<[^>]+>', ' ', why[1])[:200] if why else text[:200]}"
            )
        return ""

    def send(self, path: str, fields: dict[str, str]) -> tuple[int, str, str]:
        """Send a form and return status, text and where it leads."""
        return self.ask("POST", path, fields)

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Ask the server, keep its cookies, and note the status."""
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Referer": f"http://127.0.0.1:{self.port}/",
        }
        body = urlencode(fields).encode() if fields is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.link is None:
            self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        self.link.request(method, path, body, headers)
        answer = self.link.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value
        self.told.statuses[answer.status] += 1
        return answer.status, text, answer.headers.get("Location", "")


def measure(
    root: Path, *, editors: int, seconds: float, incidents: int, address: str = ""
) -> dict[str, object]:
    """Let people edit, and return the figures; with an address, of a case whose databases lie on that server."""
    folder = CaseFolder(
        root / "case",
        root / "keyring",
        Surroundings(),
        journal_address=address,
        tables_address=address,
        accounts_address=address,
    )
    write_case(folder, incidents=incidents, claims=4 * incidents, items=max(1, incidents // 2))
    folder.projection().close()
    names = [f"editor-{number}" for number in range(1, editors + 1)]
    add_editors(folder, "staff-01", names)
    view = ProjectedCase(folder.projection())
    record = f"/records/{next(iter(view.kind('incident'))).replace(':', '/')}"
    organisation = next(iter(view.kind("organisation")))
    until = threading.Event()
    with served(folder) as port:
        people = [Editor(name, port, record, organisation, until) for name in names]
        for person in people:
            person.start()
        until.wait(seconds)
        until.set()
        for person in people:
            person.join(120)
    return figures(folder, people, seconds)


def figures(folder: CaseFolder, people: list[Editor], seconds: float) -> dict[str, object]:
    """Look for everything that was acknowledged, and compare the tables with tables made anew."""
    journal = folder.journal(read_only=True)
    held = {said.id for _, signed in journal.entries() for said in signed.entry.assertions}
    acknowledged = [id for one in people for id in one.told.acknowledged]
    journal.close()
    fresh = (
        f"{folder.tables_address}&schema=fresh"
        if folder.tables_address
        else folder.path.parent / "fresh.sqlite3"
    )
    folder.rebuild(fresh)
    differ = differences(folder.tables(), folder.tables(fresh))
    statuses: Counter[int] = Counter()
    for one in people:
        statuses += one.told.statuses
    took = sorted(second for one in people for second in one.told.seconds)
    wrong = [text for one in people for text in one.told.wrong]
    for text in [*wrong[:10], *differ[:5]]:
        print(text[:400], file=sys.stderr)
    return {
        "editors": len(people),
        "seconds": seconds,
        "requests": sum(statuses.values()),
        "acknowledged": len(acknowledged),
        "in_journal": sum(id in held for id in acknowledged),
        "lost": sum(id not in held for id in acknowledged),
        "server_errors": sum(count for status, count in statuses.items() if status >= 500),
        "refused": len(wrong),
        "differences": len(differ),
        "edits_per_s": round(len(acknowledged) / seconds, 1),
        "edit_p50_ms": round(1000 * statistics.median(took)) if took else None,
        "edit_p95_ms": round(1000 * took[int(0.95 * (len(took) - 1))]) if took else None,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--editors", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--incidents", type=int, default=200)
    parser.add_argument("--postgres", action="store_true", help="with its databases on a PostgreSQL server")
    parser.add_argument(
        "--write", action="store_true", help="put the figures into docs/reference/performance.md"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        address = ""
        if asked.postgres:
            from postgres_server import new_database  # noqa: PLC0415 - needs the extra

            address = stack.enter_context(new_database())
        found = measure(
            Path(folder),
            editors=asked.editors,
            seconds=asked.seconds,
            incidents=asked.incidents,
            address=address,
        )
    report(found | machine(), write=asked.write)


if __name__ == "__main__":
    main()
