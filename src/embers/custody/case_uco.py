"""The dossier's exhibits and custody as CASE/UCO JSON-LD (CASE 1.4 and later), for other forensic tools.

CASE: https://caseontology.org, UCO: https://unifiedcyberontology.org. Digest methods are plain strings, which every
version of the ontology accepts. Times are what devices claimed. Custody steps without a term of their own in CASE
are investigative actions; a bag or seal number stands in the description.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from embers import __version__
from embers.custody.chain import Chain, Step
from embers.custody.exhibit_row import ExhibitRow
from embers.ids import derived_id

_CONTEXT = {
    "kb": "urn:embers:kb:",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Node = dict[str, Any]


def case_export(title: str, rows: Sequence[ExhibitRow]) -> bytes:
    """Return the export as UTF-8 JSON-LD; the same rows give the same bytes."""
    people: dict[str, Node] = {}
    nodes: list[Node] = []
    actions: dict[str, Node] = {}
    for row in rows:
        nodes += _exhibit(row)
        for step in row.chain.steps:
            person = people.setdefault(step.signer, _person(step.signer))
            action = actions.setdefault(step.assertion, _action(step, person["@id"]))
            action["uco-action:object"].append({"@id": _id("file", row.number)})
    every = [*people.values(), *nodes, *actions.values()]
    bundle: Node = {
        "@id": _id("bundle", title),
        "@type": "uco-core:Bundle",
        "uco-core:name": title,
        "uco-core:description": f"Exhibits of an Embers dossier, exported by Embers {__version__}.",
    }
    if every:
        bundle["uco-core:object"] = [{"@id": node["@id"]} for node in every]
    graph = {"@context": _CONTEXT, "@graph": [bundle, *every]}
    return (json.dumps(graph, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _id(kind: str, *parts: str) -> str:
    return f"kb:{kind}-{derived_id('case-uco', kind, *parts)}"


def _person(code: str) -> Node:
    return {"@id": _id("identity", code), "@type": "uco-identity:Identity", "uco-core:name": code}


def _exhibit(row: ExhibitRow) -> Iterable[Node]:
    yield {
        "@id": _id("file", row.number),
        "@type": "uco-observable:File",
        "uco-core:name": row.title or row.name,
        "uco-core:hasFacet": [
            {
                "@id": _id("file-facet", row.number),
                "@type": "uco-observable:FileFacet",
                "uco-observable:fileName": row.name,
                "uco-observable:filePath": row.path,
                "uco-observable:sizeInBytes": {"@type": "xsd:integer", "@value": str(row.size)},
            },
            {
                "@id": _id("content", row.number),
                "@type": "uco-observable:ContentDataFacet",
                "uco-observable:mimeType": row.media,
                "uco-observable:sizeInBytes": {"@type": "xsd:integer", "@value": str(row.size)},
                "uco-observable:hash": {
                    "@id": _id("hash", row.number),
                    "@type": "uco-types:Hash",
                    "uco-types:hashMethod": "SHA256",
                    "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": row.sha256},
                },
            },
        ],
    }
    yield {
        "@id": _id("provenance", row.number),
        "@type": "case-investigation:ProvenanceRecord",
        "case-investigation:exhibitNumber": row.number,
        "uco-core:description": _provenance(row.chain, row),
        "uco-core:object": {"@id": _id("file", row.number)},
    }


def _provenance(chain: Chain, row: ExhibitRow) -> str:
    origin = f"Source: {row.source}. Method: {row.method}. " if row.source else ""
    return f"{origin}{chain.in_words()}"


def _action(step: Step, performer: str) -> Node:
    phase = f", {step.phase}" if step.phase else ""
    value = step.value
    marks = [
        f"{name} {value[name]}" for name in ("bag", "seal", "found", "place", "deviation") if name in value
    ]
    detail = "; ".join([str(value.get("detail", "")).rstrip("."), *marks]) + "."
    return {
        "@id": _id("action", step.assertion),
        "@type": "case-investigation:InvestigativeAction",
        "uco-core:name": f"{step.step}{phase}",
        "uco-core:description": f"{detail} PREMIS: {value.get('premis', '')}. Signed entry {step.entry}.",
        "uco-action:startTime": {"@type": "xsd:dateTime", "@value": step.claimed_at},
        "uco-action:performer": {"@id": performer},
        "uco-action:object": [],
    }
