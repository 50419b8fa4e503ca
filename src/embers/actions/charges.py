"""Testing charges against incidents: propositions, the evidence for and against, and routes to elements.

For a published set this is done by rule, the same for every party. The strike on Ganja of 17 October 2020 uses the
worked example of the legal study instead, with its assumed pieces marked as assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from embers import dates
from embers.actions.published.facts import NUMBERS, FactsImport
from embers.actions.published.tables import Row
from embers.actions.recorder import Act
from embers.errors import ActionError
from embers.ids import derived_id
from embers.journal.assertion import Assertion, Basis, JsonValue, Relation
from embers.law.examples import Example, load_example
from embers.law.library import Charge, load_law
from embers.law.templates import Topic, bare_topic, charges_to_test, load_templates
from embers.vocabulary.loader import load_vocabulary

#: Incidents of the published sets that are worked out in full in the legal study.
WORKED_EXAMPLES = {"ganja": "ganja"}
_SCHEMES = {"state organ": "sch.official", "media": "sch.report", "ngo": "sch.report"}
_CLASSIFICATION = "cls.iac"


@dataclass(slots=True)
class _Drafting:
    """Assertions about one incident, drafted with derived ids so that a second run finds them."""

    facts: FactsImport
    row: Row
    profile: str
    said: list[Assertion] = field(default_factory=list)

    @property
    def incident(self) -> str:
        return self.facts.subject("incident", self.row["id"])

    def subject(self, kind: str, name: str) -> str:
        return self.facts.subject(kind, f"{self.row['id']} {name}")

    def say(
        self,
        subject: str,
        predicate: str,
        value: JsonValue,
        *,
        basis: Sequence[Basis] = (),
        relations: Sequence[Relation] = (),
    ) -> None:
        id = derived_id(self.facts.key, subject, predicate, repr(value), repr(basis))
        self.said.append(
            self.facts.recorder.new_assertion(
                subject, predicate, value, basis=basis, relations=relations, id=id
            )
        )


def draft_charges(facts: FactsImport, *, profile: str) -> Iterator[Act]:
    """Draft one act per incident that tests its charges."""
    claims: dict[str, list[Row]] = {}
    for claim in facts.tables.claims:
        claims.setdefault(claim["incident_id"], []).append(claim)
    for row in facts.tables.incidents:
        draft = _Drafting(facts, row, profile)
        allegations = [part for part in row["allegation_ids"].split(";") if part]
        example = next((WORKED_EXAMPLES[a] for a in allegations if a in WORKED_EXAMPLES), None)
        if example:
            _worked_example(draft, load_example(example), allegations)
        else:
            _by_rule(draft, allegations, claims.get(row["id"], []))
        if draft.said:
            yield Act(
                "charge.test",
                tuple(draft.said),
                reason="Charges of the first allegation, by the rule of the case.",
            )


def _charge(draft: _Drafting, charge: str) -> str:
    subject = draft.subject("charge", charge)
    draft.say(subject, "charge-incident", draft.incident)
    draft.say(subject, "charge-rule", charge)
    draft.say(subject, "charge-author", draft.row["alleged_party"])
    draft.say(subject, "charge-classification", _CLASSIFICATION)
    draft.say(subject, "charge-profile", draft.profile)
    return subject


def _proposition(draft: _Drafting, key: str, text: str, *, topic: str, searched: bool) -> str:
    subject = draft.subject("proposition", key)
    draft.say(subject, "proposition-incident", draft.incident)
    draft.say(subject, "proposition-key", key)
    draft.say(subject, "proposition-text", text)
    draft.say(subject, "proposition-topic", topic)
    draft.say(subject, "proposition-searched", searched)
    return subject


def _route(
    draft: _Drafting, charge: str, rule: str, *, element: str, route: Sequence[str], warrant: str
) -> None:
    link = draft.subject("element-link", f"{rule} {element}")
    draft.say(link, "link-charge", charge)
    draft.say(link, "link-element", element)
    draft.say(link, "link-route", list(route))
    draft.say(link, "link-warrant", warrant)


# --- by rule ------------------------------------------------------------------------------------------


def _by_rule(draft: _Drafting, allegations: list[str], claims: Sequence[Row]) -> None:
    tested, _ = charges_to_test(allegations)
    known: dict[str, str] = {}
    for rule in tested:
        charge = load_law().charge(rule)
        subject = _charge(draft, rule)
        for element in charge.elements:
            topic = load_templates().topic(element)
            route = [_ensure(draft, topic.id, known, claims, element_text=element.text)]
            if _needs_author(charge, element.key, element.role):
                route.append(_ensure(draft, "attribution", known, claims, element_text=""))
            _route(
                draft,
                subject,
                rule,
                element=element.key,
                route=route,
                warrant="Drawn by rule from the topic of the element; see law/data/published_topics.toml.",
            )


def _needs_author(charge: Charge, key: str, role: str) -> bool:
    """A crime's first conduct element must be shown to be the alleged author's, not only to have happened."""
    return charge.id.startswith(("rome:", "crime:")) and role == "conduct" and key == "1"


def _ensure(
    draft: _Drafting, topic_id: str, known: dict[str, str], claims: Sequence[Row], *, element_text: str
) -> str:
    """Draft the proposition of a topic once per incident, premises first."""
    if topic_id in known:
        return known[topic_id]
    templates = load_templates()
    topic = templates.topics.get(topic_id) or bare_topic(topic_id, element_text)
    premises = [_ensure(draft, name, known, claims, element_text="") for name in topic.premises]
    evidence = _evidence(draft, topic, claims)
    blocks = templates.blocks.get(topic.block, ())
    subject = _proposition(
        draft,
        topic_id,
        topic.sentence.format(**_words(draft)),
        topic=topic_id,
        searched=bool(evidence or blocks or premises),
    )
    known[topic_id] = subject
    if premises:
        draft.say(subject, "proposition-premises", premises)
        for rival in templates.rivals if topic_id in {"intent_target", "aim"} else ():
            draft.say(subject, "rival-explanation", {"text": rival, "state": "open"})
    for value, basis, claim in evidence:
        draft.say(subject, "evidence", value, basis=basis, relations=[Relation("derived-from", claim)])
    for piece in blocks:
        draft.say(subject, "evidence", {**piece, "direction": "for"})
    return subject


def _words(draft: _Drafting) -> Mapping[str, str]:
    row = draft.row
    names = [row["place_az"].partition(" (")[0], row["place_hy"]]
    alleged = load_vocabulary().label("side", row["alleged_party"])
    return {
        "place": " / ".join(dict.fromkeys(name for name in names if name)) or "a place that is not public",
        "when": dates.describe(dates.parse(draft.facts.occurred(row))),
        "alleged": alleged if row["alleged_party"] != "unknown" else "an author not named",
    }


def _direction(topic: Topic, claim: Row, accused: str) -> str:
    predicate = claim["field"].replace("_", "-").replace("conduct", "conduct-claimed")
    own = claim["claimant_side"] in accused.split("/")
    if predicate in topic.against:
        return "against"
    if predicate == "military-objective" and topic.objectives:
        says_none = claim["value"].lower().startswith("none")
        flipped = {"for": "against", "against": "for"}
        return flipped[topic.objectives] if says_none else topic.objectives
    if predicate not in topic.claims or own or claim["inferred_by_us"] == "yes":
        return ""
    nobody_hurt = claim["field"] in NUMBERS and claim["value"] == "0"
    return "" if nobody_hurt else "for"


def _evidence(
    draft: _Drafting, topic: Topic, claims: Sequence[Row]
) -> list[tuple[dict[str, JsonValue], list[Basis], str]]:
    accused = draft.row["alleged_party"]
    if topic.id == "attribution" and accused == "unknown":
        return []
    found = []
    for claim in claims:
        direction = _direction(topic, claim, accused)
        if direction:
            claimant = draft.facts.tables.claimants[claim["claimant"]]
            relayed = claim["reading"] == "secondary"
            value: dict[str, JsonValue] = {
                "piece": claim["claim_id"],
                "direction": direction,
                "kind": "documentary",
                "rank": "derived",
                "origins": [o for o in claimant["origin_key"].split(";") if o],
                "scheme": _SCHEMES.get(claimant["kind"], "sch.report"),
                "gates": "ok" if direction == "against" or not (relayed or topic.provisional) else "open",
                "text": f"{claim['claimant']}: {claim['statement'] or claim['value']}",
            }
            basis = [
                Basis(item=None, source=draft.facts.subject("source", claim["source_id"])),
                Basis(item=draft.facts.items["claims.csv"], source=None, locator=f"row={claim['claim_id']}"),
            ]
            found.append((value, basis, draft.facts.claim_id(claim["claim_id"])))
    return found


# --- the worked example -------------------------------------------------------------------------------


def _worked_example(draft: _Drafting, example: Example, allegations: list[str]) -> None:
    data = example.data
    keys = {row["id"]: draft.subject("proposition", row["id"]) for row in data["proposition"]}
    for row in data["proposition"]:
        _proposition(draft, row["id"], row["text"], topic=row["topic"], searched=row["searched"])
        subject = keys[row["id"]]
        if row.get("from"):
            draft.say(subject, "proposition-premises", [keys[id] for id in row["from"]])
        for rival in row.get("alternatives", ()):
            draft.say(subject, "rival-explanation", {"text": rival["text"], "state": rival["state"]})
    for item in data["item"]:
        if not item.get("what_if"):
            _example_piece(draft, item, keys)
    charges = dict.fromkeys([example.charge, *(row.get("charge", example.charge) for row in data["element"])])
    subjects = {rule: _charge(draft, rule) for rule in charges}
    for row in data["element"]:
        rule = row.get("charge", example.charge)
        for route in row["routes"]:
            _route(
                draft,
                subjects[rule],
                rule,
                element=row["id"].removeprefix("e"),
                route=[keys[id] for id in route],
                warrant=row.get("note", "Route of the worked example of the legal study."),
            )
    if example.charge not in charges_to_test(allegations)[0]:
        raise ActionError(
            "example", f"{example.charge} is not a charge of {allegations}.", "Mend seed_map.toml."
        )


def _example_piece(draft: _Drafting, item: Mapping[str, Any], keys: Mapping[str, str]) -> None:
    assumed = "assumed" in item["text"].lower()
    for link in item["links"]:
        value: dict[str, JsonValue] = {
            "piece": item["id"],
            "direction": link["d"],
            "kind": item["kind"],
            "rank": item["rank"],
            "origins": list(item["origins"]),
            "scheme": item["scheme"],
            "gates": item["gates"],
            "text": item["text"],
        }
        if item.get("depends_on"):
            value["depends_on"] = list(item["depends_on"])
        if assumed:
            value["assumed"] = True
        draft.say(keys[link["p"]], "evidence", value, basis=_example_basis(draft, item))


def _example_basis(draft: _Drafting, item: Mapping[str, Any]) -> list[Basis]:
    """The source of the published set with the same address, or the press release the example starts from."""
    address = str(item["source"]).partition(" ")[0]
    codes = [row["id"] for row in draft.facts.tables.sources if row["url"] == address]
    if not codes and item["source"] == "seed press release":
        codes = [row["id"] for row in draft.facts.tables.sources if row["id"] == "S01"]
    return [Basis(item=None, source=draft.facts.subject("source", code)) for code in codes]
