"""Takes in one filled form: the submission as evidence, what it says as signed entries, its files as items.

Everything that comes in twice is known again, because every id is derived from the id the phone gave and from the
content: a request that is sent again after a crash, the same submission out of an export, the same one at another
laptop. Nothing is kept waiting: what has arrived is signed before it is confirmed, and the next request adds to it.
Another body under the same id, and an edit, say what they say beside the first; neither replaces anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from embers.actions.cases import case_subject
from embers.actions.forms.naming import SubmissionIds
from embers.actions.items import ItemOrigin, acquire_stored
from embers.actions.recorder import Act, Recorder, filled
from embers.case_view import CaseView, Held
from embers.custody.names import recorded_name
from embers.errors import DateError, FieldworkError, PlaceError, VocabularyError
from embers.fieldwork.forms.account_said import said_of_account
from embers.fieldwork.forms.filled import Filled
from embers.fieldwork.forms.first_account import FIRST_ACCOUNT_FORM
from embers.fieldwork.forms.mission_day import MISSION_DAY
from embers.fieldwork.forms.mission_said import said_of_day
from embers.fieldwork.forms.said import Ids, Link, Proposed, Said
from embers.fieldwork.forms.site_said import said_of_site
from embers.fieldwork.forms.site_visit import SITE_VISIT
from embers.fieldwork.interview import Account, Preparation, interviews_of, require_may_begin
from embers.ids import derived_id
from embers.journal.assertion import Assertion, Basis, JsonValue, Relation
from embers.journal.canonical import encode
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase

SUBMISSION, FILE = "form-submission", "form-file"
#: Bytes of assertions gathered in one entry; a log holds entries of at most 65,535.
_ENTRY_BYTES = 50_000
#: Entries that hold one assertion each, so that words can be left out of a hand-over without others.
_ALONE = frozenset({"interview.answer"})
SAYS: Mapping[str, Callable[[Filled, Ids], Said]] = {
    SITE_VISIT.id: said_of_site,
    FIRST_ACCOUNT_FORM.id: said_of_account,
    MISSION_DAY.id: said_of_day,
}
#: What may be wrong with one answer while the others are taken over.
_UNFIT = (VocabularyError, DateError, PlaceError)


@dataclass(frozen=True, slots=True)
class Sender:
    """How a submission came: the method in words, and from which phone's account or which export."""

    method: str
    source: str


@dataclass(frozen=True, slots=True)
class Part:
    """Preserved bytes: the submission itself or a file sent with it, by the name it came under."""

    name: str
    sha256: str
    written: bool = False  #: by Embers, from a row of an export, not by the phone


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request: its item, what was new, what stands beside earlier values, which files lack."""

    instance: str
    item: str
    about: str
    new: bool
    files: int
    missing: tuple[str, ...]
    competing: int
    entries: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submission the case holds: its item, and what is said of it."""

    item: str
    instance: str
    replaces: str
    form: str
    answers: str
    files: tuple[str, ...]


def submissions(database: CaseDatabase) -> list[Submitted]:
    """Return every submission these tables hold, the oldest first."""
    # The predicate stands in the text: only so do the databases see that the small index of forms will do.
    sql = f"SELECT subject, value FROM case_assertion WHERE predicate = '{SUBMISSION}' ORDER BY rank"
    found = []
    for item, text in database.rows(sql):
        value = json.loads(text)
        files = tuple(value.get("files", ()))
        found.append(
            Submitted(
                str(item),
                value["instance"],
                value.get("replaces", ""),
                value["form"],
                value["answers"],
                files,
            )
        )
    return found


class Receiver:
    """Takes in submissions one after another. The tables must be current when each is begun.

    ``reads`` is the case as whoever sends reads it: records they do not find are none of the case for them.
    """

    def __init__(self, recorder: Recorder, database: CaseDatabase, *, reads: CaseView | None = None) -> None:
        self._recorder = recorder
        self._database = database
        self._view = ProjectedCase(database)
        self._reads = reads or self._view
        self._case = case_subject(recorder.journal)

    def receive(self, form: Filled, raw: Part, files: Sequence[Part], sender: Sender) -> Receipt:
        """Sign what is new of a submission and of its files, in one transaction; it is durable when this returns."""
        held = submissions(self._database)
        replaced = {one.instance: one.replaces for one in held if one.replaces}
        root = form.root or _first_of(form.replaces or form.instance, replaced)
        ids = SubmissionIds(self._case, root, self._recorder, self._view, self._reads)
        item = ids.item("submission", form.instance, form.digest)
        said = SAYS[form.form.id](form, ids)
        family = [one.item for one in held if _first_of(one.instance, replaced) == root and one.item != item]
        acts: list[Act] = []
        competing = 0
        new = not any(one.item == item for one in held)
        if new:
            again = any(one.instance == form.instance for one in held)
            competing, acts = self._first(
                form, raw, sender, ids=ids, item=item, said=said, family=family, again=again
            )
        record = self._view.subject(item)
        here = {str(value["name"]): str(value["item"]) for value in record.values(FILE)}
        arrived = 0
        for file in dict.fromkeys(files):
            act = self._file(form, file, sender, ids=ids, item=item, said=said)
            if act is not None:
                arrived += 1
                acts.append(act)
            here[recorded_name(file.name)[0]] = item
        entries = self._recorder.record_all(acts) if acts else []
        missing = tuple(name for name in form.files if recorded_name(name)[0] not in here)
        warnings = tuple(said.warnings) if new else ()
        return Receipt(
            form.instance, item, said.about, new, arrived, missing, competing, len(entries), warnings
        )

    # --- the submission itself ------------------------------------------------------------------

    def _first(
        self,
        form: Filled,
        raw: Part,
        sender: Sender,
        *,
        ids: SubmissionIds,
        item: str,
        said: Said,
        family: Sequence[str],
        again: bool,
    ) -> tuple[int, list[Act]]:
        """Draft the entries of a body that is new, and count the values that stand beside others."""
        self._look(form, said)
        if form.unknown:
            said.warn(f"It answers questions this version does not ask: {', '.join(form.unknown)[:300]}.")
        if again:
            said.warn(
                "Another body came under the same id before. Both are kept; what differs stands side by side."
            )
        values, competing = self._values(said, item, family)
        values += [
            self._say(Proposed("person.name", who, "person-code", code), item) for who, code in ids.new
        ]
        title = f"{form.form.title}: form filled in on a phone"
        origin = ItemOrigin(title, sender.source, f"{sender.method} of {said.operator}")
        taken = self._taken(raw, origin, item)
        value = filled(
            form=form.form.id,
            version=form.version or "not stated",
            instance=form.instance,
            answers=form.digest,
            replaces=form.replaces,
            files=tuple(recorded_name(name)[0] for name in form.files),
        )
        own = [*taken.assertions, self._recorder.new_assertion(item, SUBMISSION, value)]
        own += [self._recorder.new_assertion(item, "item-warning", text) for text in said.warnings]
        if said.testimony:
            link: JsonValue = {"item": item, "role": "transcript"}
            own.append(self._recorder.new_assertion(said.testimony, "interview-item", link))
        receive = Act(
            "form.receive", self._settled(own, form.form.marking), taken.objects, reason=sender.method
        )
        return competing, [receive, *self._packed(values)]

    def _look(self, form: Filled, said: Said) -> None:
        """Say what a page would have refused: the account was given, so it is kept, with a warning beside it."""
        if not said.testimony:
            return
        own = self._view.subject(said.testimony)
        if Account.of(own).closed:
            said.values = [one for one in said.values if one.predicate != "interview-answer"]
            said.warn(
                "The interview is closed: its answers were not taken over. Record what is new as a correction."
            )
        person = next((one.value for one in said.values if one.predicate == "interview-of"), "")
        earlier = [one for one in interviews_of(self._view, str(person)) if one.id != said.testimony]
        before = Preparation(
            form.get("heard_before") or "unknown", form.get("heard_by"), form.get("heard_needed")
        )
        try:
            require_may_begin(before, earlier)
        except FieldworkError as error:
            said.warn(error.message)
        code = next((one for one in said.values if one.predicate == "interview-code"), None)
        taken = (
            id != said.testimony and code is not None and one.text("interview-code") == code.value
            for id, one in self._view.kind("interview").items()
        )
        if code is not None and any(taken):
            said.values.remove(code)
            said.values.append(replace(code, value=f"{code.value}-{said.testimony[-4:]}"))
            said.warn("Another interview has this code; a part of the record's id was added to it.")

    def _values(
        self, said: Said, item: str, family: Sequence[str]
    ) -> tuple[list[tuple[str, Assertion]], int]:
        """Draft what an earlier body did not say; what it answered otherwise is disputed, and stays.

        What another submission says alike is said again: two teams that saw the same are two.
        """
        found: list[tuple[str, Assertion]] = []
        competing = 0
        records = self._view.subjects({one.subject for one in said.values})
        for one in said.values:
            live = records[one.subject].live(one.predicate)
            if any(held.value == one.value and _rests_on(held, family) for held in live):
                continue
            rivals = [held.id for held in live if _rests_on(held, family, one.at)]
            try:
                drafted = self._say(one, item, rivals)
            except _UNFIT:
                said.warn(f"The answer at {one.at.removeprefix('row=')!r} does not fit {one.predicate!r}.")
                continue
            if len(encode(drafted[1].to_json())) > _ENTRY_BYTES:
                said.warn(f"The answer at {one.at.removeprefix('row=')!r} is too long for an entry.")
                continue
            alone = self._recorder.vocabulary.predicate(one.predicate).cardinality == "one"
            competing += bool(rivals) or (alone and any(held.value != one.value for held in live))
            found.append(drafted)
        return found, competing

    def _say(self, one: Proposed, item: str, rivals: Sequence[str] = ()) -> tuple[str, Assertion]:
        said = self._recorder.new_assertion(
            one.subject,
            one.predicate,
            one.value,
            basis=[Basis(item=item, locator=one.at)],
            relations=[Relation("disputes", id) for id in rivals],
        )
        return one.act, self._named(said)

    # --- files ----------------------------------------------------------------------------------

    def _file(
        self, form: Filled, file: Part, sender: Sender, *, ids: SubmissionIds, item: str, said: Said
    ) -> Act | None:
        """Draft the entry of a file that is new: the item, what it is, and that it came with this submission."""
        name = recorded_name(file.name)[0]
        link = next((one for one in said.links if one.file == file.name), None)
        own = ids.item("file", name, file.sha256)
        record = self._view.subject(item)
        came = self._recorder.new_assertion(item, FILE, {"name": name, "item": own})
        if any(value == came.value for value in record.values(FILE)):
            return None
        marking = form.form.marking
        if self._view.subject(own).held:  # the same bytes came with an earlier body
            also = self._linked_otherwise(link, own, item) if link is not None else []
            return Act("form.file", self._settled([came, *also], marking), reason=sender.method)
        title = link.title if link else "File sent with a form"
        origin = ItemOrigin(title[:200], sender.source, f"{sender.method} of {said.operator}")
        taken = self._taken(file, origin, own)
        about = self._linked(link, own, item) if link is not None else []
        if file.name not in form.files:
            text = "No answer of the form names this file."
            about.append(self._recorder.new_assertion(own, "item-warning", text))
        if link is None and said.testimony:  # consent covers whatever came with an account
            given: JsonValue = {"item": own, "role": "given"}
            about.append(self._recorder.new_assertion(said.testimony, "interview-item", given))
        if any(value["name"] == name for value in record.values(FILE)):
            text = "Another file came under this name with the same form. Both are kept."
            about.append(self._recorder.new_assertion(own, "item-warning", text))
        said_all = self._settled([*taken.assertions, came, *about], marking)
        return Act("form.file", said_all, taken.objects, reason=sender.method)

    def _linked_otherwise(self, link: Link, own: str, item: str) -> list[Assertion]:
        """Draft what a later body says of a file, beside what an earlier one said of it."""
        live = self._view.subject(link.subject).live(link.predicate)
        before = [held for held in live if held.value.get("item") == own]
        if any(held.value == {**link.value, "item": own} for held in before):
            return []
        return self._linked(link, own, item, [held.id for held in before])

    def _linked(self, link: Link, own: str, item: str, rivals: Sequence[str] = ()) -> list[Assertion]:
        value = {**link.value, "item": own}
        try:
            said = self._recorder.new_assertion(
                link.subject,
                link.predicate,
                value,
                basis=[Basis(item=item, locator=link.at)],
                relations=[Relation("disputes", id) for id in rivals],
            )
            return [said]
        except _UNFIT:
            text = f"What the form says of the file does not fit {link.predicate!r}; it stands in the submission."
            return [self._recorder.new_assertion(own, "item-warning", text)]

    def _taken(self, part: Part, origin: ItemOrigin, item: str) -> Act:
        known = self._database.rows(
            "SELECT 1 FROM case_storedobject WHERE sha256 = %s LIMIT 1", [part.sha256]
        )
        act = acquire_stored(
            self._recorder, part.sha256, origin, name=part.name, fresh=not known, item=item
        ).act
        if not part.written:
            return act
        said = tuple(
            replace(one, value={**one.value, "role": "derived"}) if one.predicate == "item-object" else one
            for one in act.assertions
        )
        return replace(act, assertions=said)

    # --- entries --------------------------------------------------------------------------------

    def _settled(self, said: Sequence[Assertion], marking: str) -> tuple[Assertion, ...]:
        """Return assertions under derived ids, each once, with the marking of the form where they are about an item."""
        marked = (replace(one, marking=marking) for one in said)
        return tuple({one.id: one for one in map(self._named, marked)}.values())

    def _named(self, said: Assertion) -> Assertion:
        content = encode({**said.to_json(), "id": ""}).decode()
        return replace(said, id=derived_id("form", self._case, content))

    def _packed(self, said: Sequence[tuple[str, Assertion]]) -> list[Act]:
        """Return acts of a size a log holds, one kind after the other, in the order in which they were said."""
        groups: dict[str, list[list[Assertion]]] = {}
        sizes: dict[str, int] = {}
        for name, one in {said_[1].id: said_ for said_ in said}.values():
            size = len(encode(one.to_json()))
            if name not in groups or name in _ALONE or sizes[name] + size > _ENTRY_BYTES:
                groups.setdefault(name, []).append([])
                sizes[name] = 0
            groups[name][-1].append(one)
            sizes[name] += size
        reason = "Said in a form filled in on a phone."
        return [Act(name, tuple(part), reason=reason) for name, parts in groups.items() for part in parts]


def _rests_on(held: Held, family: Sequence[str], at: str | None = None) -> bool:
    """Tell whether an assertion rests on an earlier body of the same submission, at one of its answers or anywhere."""
    return any(ground.target in family and at in {None, ground.locator} for ground in held.grounds)


def _first_of(instance: str, replaced: Mapping[str, str]) -> str:
    """Return the first submission in a row of edits; ``replaced`` is what each edit takes the place of."""
    seen: set[str] = set()
    while instance in replaced and instance not in seen:
        seen.add(instance)
        instance = replaced[instance]
    return instance
