"""What a dossier carries beside exhibits and proofs: custody sheets, CASE export, load file, completeness, drafts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from embers import __version__
from embers.actions.case_folder import CaseFolder
from embers.case_view import CaseView, Record
from embers.custody.case_uco import case_export
from embers.custody.chain import Chain, chain_of_record, staff_codes
from embers.custody.completeness import Completeness, LeftOut, account
from embers.custody.declarations import draft_declarations
from embers.custody.exhibit_row import ExhibitRow
from embers.custody.load_file import field_map, load_file
from embers.custody.names import portable_name
from embers.fieldwork.consented_view import ConsentedView
from embers.journal.entry import SEALED_MEDIA
from embers.journal.erasure import erased_objects
from embers.journal.journal import Journal
from embers.reporting.blocks import Notice
from embers.reporting.custody_sheet import SheetItem, custody_document
from embers.reporting.dossier import ExhibitObject
from embers.reporting.exhibits import number_exhibits
from embers.reporting.notices import EXERCISE, notices_of
from embers.reporting.typst_render import render_pdf
from embers.surroundings import utc_text


@dataclass(slots=True)
class HandOver:
    """Everything known when a dossier is written; each method makes one of its parts.

    ``view`` is what consent lets go along. Only the account of what is left out reads the ``whole`` case, and it tells
    of that nothing but ids, digests and reasons. ``draft`` is printed on every page where nobody approved the release.
    """

    folder: CaseFolder
    view: ConsentedView
    whole: CaseView
    journal: Journal
    exhibits: Sequence[ExhibitObject]
    entries: Sequence[str]
    receivers: Sequence[str] = ("generic",)
    others: Mapping[str, bytes] = field(default_factory=dict)
    draft: str = ""

    def files(self) -> dict[str, bytes]:
        """Return every file by its path below ``data``."""
        codes = staff_codes(self.view)
        items = {id: item for id, item in self.view.kind("item").items() if not self.view.item_withheld(id)}
        chains = {id: chain_of_record(self.view, record, codes=codes) for id, record in items.items()}
        numbers = number_exhibits(self.view)
        rows = [_row(shown, chains[shown.item.id], numbers) for shown in self.exhibits]
        complete = self.completeness()
        complete.require_whole()
        title = self.view.subject(self.view.case).text("case-title") or "case"
        maps = [field_map(receiver) for receiver in self.receivers]
        return {
            "custody/custody-sheets.pdf": self._sheets(title, items, chains),
            "custody/chains.json": _chains(chains, numbers),
            "case.jsonld": case_export(title, rows),
            **{f"loadfile/{map.file_name}": load_file(map, rows) for map in maps},
            "completeness/completeness.json": complete.to_bytes(),
            "completeness/completeness.txt": self._marked(complete.to_text()),
            **{
                f"declarations/{name}": self._marked(data.decode())
                for name, data in self._drafts(title, items, chains).items()
            },
        }

    def _marked(self, text: str) -> bytes:
        """Put the mark of an exercise before a text that people read by itself."""
        case = self.view.subject(self.view.case)
        return (f"{EXERCISE}\n\n{text}" if case.value("case-exercise") else text).encode()

    def _sheets(self, title: str, items: Mapping[str, Record], chains: Mapping[str, Chain]) -> bytes:
        numbers = number_exhibits(self.view)
        sheets = [SheetItem(numbers.get(id, ""), record, chains[id]) for id, record in items.items()]
        case = self.view.subject(self.view.case)
        day = utc_text(self.folder.surroundings.clock.now())[:10]
        sheet = custody_document(title, day, sheets, notices=notices_of(case))
        if self.draft:
            sheet = replace(sheet, notices=(Notice("draft", self.draft), *sheet.notices))
        return render_pdf(sheet, {})

    def completeness(self) -> Completeness:
        """Account for every item and object of the case."""
        items = self.whole.kind("item")
        objects = self._objects()
        included = {shown.held.value["sha256"] for shown in self.exhibits}
        included |= {hashlib.sha256(data).hexdigest() for data in self.others.values()}
        shown_items = {shown.item.id for shown in self.exhibits}
        erased = erased_objects(self.journal.store).keys()
        left = account(
            ((sha256, entry) for sha256, (entry, _) in objects.items()), included, self._why(items, objects)
        )
        left += [
            LeftOut(id, "consent" if self.view.item_withheld(id) else _why_item(record, erased))
            for id, record in items.items()
            if id not in shown_items
        ]
        return Completeness(
            items=len(items),
            items_included=len(shown_items),
            objects=len(objects),
            objects_included=len(objects.keys() & included),
            entries=sum(head.size for head in self.journal.heads()),
            entries_included=len(self.entries),
            left_out=tuple(left),
        )

    def _objects(self) -> dict[str, tuple[str, str]]:
        """Return every object of the case with the first entry that introduces it and its media type."""
        with self.folder.projection_to_read().connection.cursor() as cursor:
            cursor.execute(
                "SELECT o.sha256, o.entry_id, o.media FROM case_storedobject o JOIN case_entry e ON e.id = o.entry_id "
                "ORDER BY e.claimed_at DESC, e.log DESC, e.seq DESC"
            )
            return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}

    def _why(self, items: Mapping[str, Record], objects: Mapping[str, tuple[str, str]]) -> dict[str, str]:
        why: dict[str, str] = {}
        for record in items.values():
            why |= {
                held.value["sha256"]: "superseded" for held in record.held if held.predicate == "item-object"
            }
            why |= {held.value["sha256"]: "sheet" for held in record.held if held.predicate == "item-sheet"}
            photos = (held.value.get("photo") for held in record.held if held.predicate == "custody-event")
            why |= {photo: "photograph" for photo in photos if photo}
        reports = {held.entry for record in self.whole.kind("report").values() for held in record.held}
        why |= {sha256: "report" for sha256, (entry, _) in objects.items() if entry in reports}
        stamps = self.view.subject(self.view.case).values("time-stamp")
        why |= {part: "time" for stamp in stamps for part in stamp.values() if part in objects}
        why |= {sha256: "sealed" for sha256, (_, media) in objects.items() if media == SEALED_MEDIA}
        why |= dict.fromkeys(self.view.withheld_objects(), "consent")
        return why | dict.fromkeys(erased_objects(self.journal.store), "erased")

    def _drafts(
        self, title: str, items: Mapping[str, Record], chains: Mapping[str, Chain]
    ) -> dict[str, bytes]:
        numbers = number_exhibits(self.view)
        deviations, stated = [], []
        for id, record in items.items():
            name = numbers.get(id, record.text("item-title") or id)
            deviations += [f"{name}: {text}" for text in (*chains[id].gaps, *chains[id].discrepancies)]
            stated += [
                f"{name}, {one['what']}: {one['outcome']}. {one['detail']}"
                for one in record.values("item-check")
            ]
        originals = sum(shown.held.value["role"] == "original" for shown in self.exhibits)
        facts = {
            "title": title,
            "date": utc_text(self.folder.surroundings.clock.now()),
            "version": __version__,
            "entries": len(self.entries),
            # The package is refused unless every exhibit has its recorded digest.
            "exhibits": len(self.exhibits),
            "originals": originals,
            "derived": len(self.exhibits) - originals,
            "matching": originals,
            "deviations": _listed(deviations),
            "stated": _listed(stated),
        }
        return draft_declarations(facts)


def _why_item(record: Record, erased: Collection[str]) -> str:
    """Return the reason code of an item of which nothing is in the dossier."""
    if any(held.value["sha256"] in erased for held in record.held if held.predicate == "item-object"):
        return "erased"
    return "physical" if record.live("item-physical") else "superseded"


def _row(shown: ExhibitObject, chain: Chain, numbers: Mapping[str, str]) -> ExhibitRow:
    record, value = shown.item, shown.held.value
    origin: Mapping[str, Any] = next(iter(record.values("item-origin")), {})
    parents = [numbers.get(one["item"], one["item"]) for one in record.values("derived-from")]
    return ExhibitRow(
        number=shown.number,
        item=record.id,
        path=f"data/exhibits/{shown.number}/{portable_name(value['name'])}",
        name=value["name"],
        title=record.text("item-title"),
        media=value["media"],
        size=value["size"],
        sha256=value["sha256"],
        role=value["role"],
        entry=shown.held.entry,
        chain=chain,
        source=origin.get("source", ""),
        method=origin.get("method", ""),
        licence=origin.get("licence", ""),
        warnings=tuple(record.values("item-warning")),
        parents=tuple(parents),
    )


def _listed(lines: Sequence[str]) -> str:
    found = list(dict.fromkeys(lines))
    return "".join(f"\n     {line}" for line in found) if found else " none is recorded."


def _chains(chains: Mapping[str, Chain], numbers: Mapping[str, str]) -> bytes:
    """Return the chains for machines: each event as it was signed, with the entry that proves it."""
    value = [
        {
            "exhibit": numbers.get(id, ""),
            "item": id,
            "unbroken": chain.unbroken,
            "holder": chain.holder,
            "gaps": list(chain.gaps),
            "discrepancies": list(chain.discrepancies),
            "events": [
                {
                    "assertion": one.assertion,
                    "entry": one.entry,
                    "claimed_at": one.claimed_at,
                    "signed_by": one.signer,
                    "event": dict(one.value),
                }
                for one in chain.steps
            ],
        }
        for id, chain in chains.items()
    ]
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
