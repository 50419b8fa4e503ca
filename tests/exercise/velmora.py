"""An invented case in the invented country of Velmora, recorded through the ordinary actions. Nobody in it exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from embers.access.policy import policy
from embers.actions.acts import Claimant, claim_value, involve, locate, record_act, state_objective
from embers.actions.case_folder import CaseFolder
from embers.actions.cases import CaseProfile, case_subject, describe_case, name_party, open_case
from embers.actions.grants import give_role
from embers.actions.people import link_family, name_person, register_person, say_of_person
from embers.actions.recorder import Act, Recorder
from embers.actions.units import command, control, position, register_unit, subordinate
from embers.ids import derived_subject, new_id, new_subject
from embers.journal.assertion import Basis, Relation
from embers.journal.journal import key_assertion
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

AROUND = Surroundings()
VEL, OST = derived_subject("party", "velmora", "VEL"), derived_subject("party", "velmora", "OST")
PLACES = {
    "karsel": [("Karsel", "en"), ("Карсель", "ru"), ("Կարսել", "hy")],
    "dunmarsh": [("Dunmarsh", "en"), ("Дунмарш", "ru")],
    "tevri": [("Tevri", "en"), ("Теври", "ru"), ("Թևրի", "hy")],
    "karsel-district": [("Karsel district", "en")],
}
PROFILE = CaseProfile(
    title="Exercise: Velmora",
    scope="An invented conflict between the Velmoran army and the Ostrine Administration.",
    period="2031-05-01/2031-06-30",
    naming="Both names side by side.",
    profile="standard",
    notices=("Exercise. Nothing here happened.",),
    exercise=True,
)


@dataclass
class Velmora:
    folder: CaseFolder
    recorder: Recorder
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def view(self) -> ProjectedCase:
        return ProjectedCase(self.folder.projection())

    def record(self, act: Act) -> str:
        """Record an act; return the id of its last assertion."""
        return self.recorder.record(act).entry.assertions[-1].id

    def basis(self, source: str = "S1", locator: str = "page=3") -> tuple[Basis, ...]:
        return (Basis(source=self.ids[source], locator=locator),)

    def say(self, subject: str, predicate: str, value: object, *relations: Relation) -> str:
        said = self.recorder.new_assertion(
            subject, predicate, value, basis=self.basis() if "S1" in self.ids else (), relations=relations
        )
        return self.record(Act("note.add", (said,), reason="said in a test"))

    def new(self, name: str, kind: str) -> str:
        self.ids[name] = new_subject(kind, AROUND.randomness)
        return self.ids[name]

    def claim(self, incident: str, field_: str, n: int | None, by: str, **more: object) -> str:
        op = str(more.pop("op", "eq"))
        is_: dict[str, object] = {"op": op, "unit": str(more.pop("unit", "persons"))}
        if n is not None:
            is_["n"] = n
        value = claim_value(is_, Claimant(self.ids[by], "independent", str(more.pop("as_of", "2031-06-01"))))
        return self.say(self.ids[incident], field_, value | more)


def velmora(path: Path) -> Velmora:
    """The country: parties, places, sources, bodies. Nothing has happened yet."""
    folder = CaseFolder(path / "case", path / "keys", AROUND)
    recorder = open_case(folder, staff="staff-01", role="lead")
    made = Velmora(folder, recorder)
    case = case_subject(recorder.journal)
    recorder.record_all(
        [
            describe_case(recorder, case, PROFILE),
            name_party(recorder, "VEL", "Velmoran army", key="velmora"),
            name_party(recorder, "OST", "Ostrine Administration", key="velmora"),
        ]
    )
    for code, title in (("S1", "Field notes"), ("S2", "Bulletin of the army"), ("S3", "Monitors' report")):
        source = made.new(code, "source")
        made.say(source, "source-code", code)
        made.say(source, "source-title", {"text": title, "lang": "en"})
    for key, names in PLACES.items():
        place = made.new(key, "place")
        for name, lang in names:
            made.say(place, "place-name", {"name": name, "lang": lang, "used_by": "international"})
    made.say(made.ids["karsel"], "place-within", made.ids["karsel-district"])
    for body, name, origin in (
        ("army", "Velmoran army press office", "vel_gov"),
        ("ministry", "Velmoran ministry", "vel_gov"),
        ("monitors", "Independent monitors", "monitors"),
        ("administration", "Ostrine Administration", "ost_gov"),
    ):
        organisation = made.new(body, "organisation")
        made.say(organisation, "organisation-name", {"text": name, "lang": "en"})
        made.say(organisation, "root-origin", origin)
    return made


def incident(made: Velmora, code: str, title: str, *, day: str, place: str, party: str) -> str:
    subject = made.new(code, "incident")
    for predicate, value in (
        ("incident-code", code),
        ("incident-title", {"text": title, "lang": "en"}),
        ("occurred", day),
        ("incident-place", made.ids[place]),
        ("alleged-party", party),
    ):
        made.say(subject, predicate, value)
    return subject


def person(made: Velmora, code: str, *, level: str = "sealed", pseudonym: str = "") -> str:
    subject, act = register_person(
        made.recorder, made.view, code, level=level, reasons="as in the exercise", pseudonym=pseudonym
    )
    made.record(act)
    made.ids[code] = subject
    return subject


def units(made: Velmora) -> None:
    """Two units of the army and one of the administration around Karsel, with what is known and what is not."""
    basis = made.basis("S2")
    for code, party, level, names in (
        ("V-GS", VEL, "general-staff", [("General staff", "en")]),
        ("V-11", VEL, "brigade", [("11th brigade", "en"), ("11-я бригада", "ru")]),
        ("V-112", VEL, "battalion", [("2nd battalion of the 11th brigade", "en")]),
        ("O-3", OST, "regiment", [("3rd regiment", "en")]),
    ):
        unit, act = register_unit(
            made.recorder, made.view, code, party=party, names=names, level=level, basis=basis
        )
        made.ids[code] = unit
        made.record(act)
    ids, recorder = made.ids, made.recorder
    for code, names in (
        ("C-01", [("Aren Dovik", "en"), ("Арен Довик", "ru")]),
        ("C-02", [("Ilva Sarn", "en")]),
    ):
        person(made, code, level="public-role")
        made.record(name_person(recorder, made.view, ids[code], names, basis=basis))
    for act in (
        subordinate(recorder, ids["V-112"], ids["V-11"], when="2031-05-01/2031-05-20", basis=basis),
        subordinate(recorder, ids["V-11"], ids["V-GS"], when="2031-01-01/..", basis=basis),
        command(recorder, ids["V-11"], ids["C-01"], post="commander", when="2031-04-01/", basis=basis),
        command(
            recorder,
            ids["V-112"],
            ids["C-02"],
            post="commander",
            when="2031-05-05/2031-05-09",
            rank="major",
            basis=basis,
        ),
        position(
            recorder,
            ids["V-112"],
            ids["karsel"],
            presence="stationed",
            when="2031-05-03/2031-05-12",
            basis=basis,
        ),
        position(
            recorder, ids["O-3"], ids["karsel"], presence="firing-position", when="2031-05-01", basis=basis
        ),
        control(
            recorder, ids["karsel"], VEL, degree="held", when="2031-05-02/2031-05-12", basis=made.basis("S1")
        ),
        control(
            recorder, ids["karsel"], OST, degree="held", when="2031-05-12/2031-05-20", basis=made.basis("S3")
        ),
    ):
        made.record(act)


def happenings(made: Velmora) -> None:
    """Four incidents with figures, named victims, an act and who took part, one that cannot be located."""
    incident(made, "V-1", "Shelling of the market of Karsel", day="2031-05-07", place="karsel", party="VEL")
    incident(made, "V-2", "Strike on the clinic of Tevri", day="2031-05-09", place="tevri", party="OST")
    incident(made, "V-3", "Men taken from Dunmarsh", day="2031-06-02", place="dunmarsh", party="OST")
    incident(made, "V-4", "Recording of an unknown place", day="2031-06-03", place="tevri", party="VEL")
    made.claim("V-1", "killed", 4, "army", as_of="2031-05-07")
    made.claim("V-1", "killed", 6, "ministry", as_of="2031-05-09")
    made.claim("V-1", "killed", 8, "monitors", as_of="2031-05-20")
    made.claim("V-1", "killed", 2, "monitors", as_of="2031-05-20", age="child", status="civilian")
    made.claim("V-1", "injured", None, "monitors", op="some")
    made.claim("V-2", "killed", 0, "monitors")
    made.claim("V-2", "injured", 3, "administration", op="gte")
    made.claim("V-3", "missing", 5, "monitors", op="approx")
    basis, ids, recorder = made.basis(), made.ids, made.recorder
    for code in ("W-001", "W-002", "W-003"):
        person(made, code, pseudonym=f"a resident of Karsel ({code})")
    harm = {"incident": ids["V-1"], "status": "civilian", "cause": "explosive-munitions"}
    for code, value in (
        ("W-001", {"harm": "injured"} | harm),
        ("W-001", {"harm": "killed", "age": "adult"} | harm),
        ("W-002", {"harm": "killed", "age": "child"} | harm),
        ("W-003", {"harm": "injured"} | harm),
    ):
        made.record(say_of_person(recorder, ids[code], "person-harm", value, basis=basis))
    made.record(link_family(recorder, ids["W-002"], ids["W-001"], "parent", basis=basis))
    act, drafted = record_act(
        recorder,
        ids["V-1"],
        "attack",
        summary="Shells fell on the market.",
        times=[{"when": "2031-05-07T10:20+04:00", "role": "began"}, {"when": "2031-05-07", "role": "ended"}],
        places=[
            {"place": ids["karsel"], "role": "happened"},
            {"place": ids["tevri"], "role": "launched-from"},
        ],
        basis=basis,
    )
    ids["act"] = act
    made.record(drafted)
    for degree, level, who, modes in (
        ("victim", "person", ids["W-002"], ()),
        ("alleged-direct", "party", VEL, ()),
        ("commanded-then", "person", ids["C-01"], ("mode:28.a",))
        if "C-01" in ids
        else ("present", "none", "", ()),
    ):
        _, one = involve(recorder, act, degree, level=level, who=who, modes=modes, basis=basis)
        made.record(one)
    made.record(
        locate(
            recorder,
            ids["V-4"],
            "cannot-be-located",
            day="2031-06-10",
            method="No landmark in the recording could be matched.",
            basis=basis,
        )
    )
    for kind, by, more in (
        ("claimed-by-attacker", "army", {"what": "a command post beside the market"}),
        ("searched-none-found", "monitors", {"method": "The market and 300 m around it were walked."}),
    ):
        claimant = Claimant(ids[by], "independent", "2031-05-20")
        made.record(state_objective(recorder, ids["V-1"], kind, claimant, **more, basis=basis))


def analyst(made: Velmora, code: str, *, level: str) -> str:
    """Enrol somebody who judges records and reads up to a level; return the person."""
    subject = new_subject("person", AROUND.randomness)
    key = made.folder.keyring().create_person(code)
    said = (
        key_assertion(new_id(AROUND.randomness), subject, key),
        made.recorder.new_assertion(subject, "staff-code", code),
    )
    made.record(Act("device.enrol", said))
    rules = policy(made.view, made.recorder.journal.roster())
    made.record(give_role(made.recorder, rules, subject, "analyst", level=level))
    return subject


def with_account(made: Velmora, code: str, password: str, *, level: str = "internal") -> None:
    """Give an analyst an account on the server of the case."""
    from embers.web.serve import prepare_django

    prepare_django()
    from embers.web.accounts.registry import Accounts

    accounts = Accounts.of(made.folder)
    accounts.accept(accounts.invite(analyst(made, code, level=level)), code, password)
    made.folder.projection().close()
