"""Writes a large invented case into an ordinary signed journal: the same bytes of text for the same numbers.

The war, its two parties RED and BLUE, its land in the middle of an ocean and all its words are invented, and the
case is marked as an exercise. The text follows the corpus the nearest peer was measured with: 20,000 pseudo-words
by Zipf (1.07), 100 to 160 words an account, one word in ten out of the field's own, one in fifty a place; one
account in twenty has thirty words in Cyrillic or Armenian letters. Points scatter (0.04 degrees) round 60 centres;
dates run over 44 days.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, islice

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import CaseProfile, case_subject, describe_case, open_case
from embers.ids import new_id, new_subject
from embers.journal.assertion import Assertion, Basis, JsonValue
from embers.journal.entry import ClaimedTime, EntryDraft
from embers.surroundings import Surroundings

PARTIES = ("RED", "BLUE")
FIELD_WORDS = [
    *("shelling", "rocket", "cluster", "bomb", "drone", "prisoner", "camp", "school"),
    *("hospital", "bridge", "market", "road", "village", "column", "ambulance", "crater"),
    *("fragment", "fuse", "grad", "launcher", "convoy", "trench", "basement", "roof"),
    *("window", "civilian", "wounded", "evacuation", "curfew", "siren", "witness", "phone"),
    *("video", "photograph", "satellite", "report", "ministry", "spokesperson", "doctor", "teacher"),
    *("farmer", "church", "mosque", "cemetery", "library", "kindergarten", "pipeline", "power"),
    *("station", "water", "bakery"),
]
CONDUCT = (
    "shelling",
    "air strike",
    "drone strike",
    "detention",
    "destruction of property",
    "attack on medical care",
)
WEAPONS = (
    "rocket artillery",
    "tube artillery",
    "cluster munition",
    "loitering munition",
    "small arms",
    "unknown",
)
ALLEGATIONS = (
    "indiscriminate attack",
    "attack on civilians",
    "no advance warning",
    "ill-treatment of prisoners",
)
PRECISIONS = (50, 200, 1000, 2000, 5000)
CENTRES, PLACES, SOURCES, CLAIMANTS = 60, 600, 500, 40
#: West and south corner of the invented land and its extent, in microdegrees.
WEST, SOUTH, WIDE, HIGH = -34_800_000, 38_400_000, 4_700_000, 2_800_000
_CYRILLIC = str.maketrans("abdefgiklmnoprstuvz", "абдефгиклмнопрстувз")
_ARMENIAN = str.maketrans("abdefgiklmnoprstvz", "աբդեֆգիկլմնոպրստվզ") | {ord("u"): "ու"}
AT = ClaimedTime("2035-12-01T08:00:05Z")
#: Entries signed in one transaction.
_AT_ONCE = 100
#: Assertions in one entry, give or take one subject.
PER_ENTRY = 100


@dataclass
class Corpus:
    """Words and places drawn from one seed."""

    seed: int = 7
    chance: random.Random = field(init=False)
    words: list[str] = field(init=False)
    weights: list[float] = field(init=False)
    places: list[str] = field(init=False)
    centres: list[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        """Draw the vocabulary, the names of places and the centres."""
        draw = self.chance = random.Random(self.seed)
        syllables = [one + two for one in "bdfgklmnprstvz" for two in "aeiou"]
        found: dict[str, None] = {}
        while len(found) < 20_000:
            found["".join(draw.choices(syllables, k=draw.randint(2, 4)))] = None
        self.words = list(found)
        self.weights = list(accumulate(1 / rank**1.07 for rank in range(1, 20_001)))
        self.places = ["".join(draw.choices(syllables, k=3)).capitalize() + "or" for _ in range(PLACES)]
        self.centres = [(SOUTH + draw.randrange(HIGH), WEST + draw.randrange(WIDE)) for _ in range(CENTRES)]

    def account(self) -> str:
        """Return one account of 100 to 160 words."""
        draw = self.chance
        words = draw.choices(self.words, cum_weights=self.weights, k=draw.randint(100, 160))
        for place in range(len(words)):
            lot = draw.random()
            if lot < 0.10:
                words[place] = draw.choice(FIELD_WORDS)
            elif lot < 0.12:
                words[place] = draw.choice(self.places)
        if draw.random() < 0.05:
            letters = _CYRILLIC if draw.random() < 0.5 else _ARMENIAN
            words += [word.translate(letters) for word in draw.choices(self.words, k=30)]
        return " ".join(words)

    def point(self) -> dict[str, JsonValue]:
        """Return a position near one of the centres, with its precision."""
        draw = self.chance
        lat, lon = draw.choice(self.centres)
        return {
            "lat": lat + int(draw.gauss(0, 40_000)),
            "lon": lon + int(draw.gauss(0, 40_000)),
            "method": "settlement centroid",
            "precision_m": draw.choice(PRECISIONS),
        }


def names_of(name: str) -> list[dict[str, JsonValue]]:
    """Return the names both invented parties use for a place, in two scripts."""
    low = name.lower()
    return [
        {"name": name, "lang": "en", "used_by": "unknown"},
        {"name": low.translate(_CYRILLIC).capitalize(), "lang": "ru", "used_by": "RED"},
        {"name": low.translate(_ARMENIAN).capitalize(), "lang": "hy", "used_by": "BLUE"},
    ]


class LargeCase:
    """What is said in the case, subject by subject."""

    def __init__(self, around: Surroundings, *, incidents: int, claims: int, items: int) -> None:
        self.corpus = Corpus()
        self.around = around
        self.incidents, self.items = incidents, items
        self.claims_each = max(1, round(claims / incidents))
        new = lambda kind, many: [new_subject(kind, around.randomness) for _ in range(many)]  # noqa: E731
        self.places, self.sources = new("place", PLACES), new("source", SOURCES)
        self.claimants = new("organisation", CLAIMANTS)

    def say(self, subject: str, predicate: str, value: JsonValue, row: str) -> Assertion:
        """Return one assertion resting on a row of a source."""
        basis = (Basis(source=self.sources[self.corpus.chance.randrange(SOURCES)], locator=row),)
        return Assertion(new_id(self.around.randomness), subject, predicate, value, basis)

    def subjects(self) -> Iterator[list[Assertion]]:
        """Yield what is said of each subject."""
        for number, subject in enumerate(self.sources):
            yield [
                self.say(subject, "source-code", f"S{number:03d}", "code"),
                self.say(
                    subject, "source-title", {"lang": "en", "text": f"Exercise bulletin {number}"}, "title"
                ),
                self.say(subject, "source-side", ("RED", "BLUE", "independent")[number % 3], "side"),
                self.say(subject, "source-published", f"2035-11-{1 + number % 28:02d}", "date"),
            ]
        for number, subject in enumerate(self.claimants):
            name = {"lang": "en", "text": f"Exercise press office {number}"}
            yield [self.say(subject, "organisation-name", name, "name")]
        for subject, name in zip(self.places, self.corpus.places, strict=True):
            yield [self.say(subject, "place-name", one, "name") for one in names_of(name)]
        for number in range(self.items):
            yield self.item(number)
        for number in range(self.incidents):
            yield self.incident(number)

    def item(self, number: int) -> list[Assertion]:
        """Return one item; its bytes are not stored, since no page of the benchmark opens them."""
        subject = new_subject("item", self.around.randomness)
        kind = ("image/jpeg", "video/mp4", "application/pdf", "text/plain")[number % 4]
        stored = {
            "sha256": hashlib.sha256(b"%d" % number).hexdigest(),
            "size": 1000 + number * 37 % 900_000,
            "media": kind,
            "role": "original",
            "name": f"EX_{number:06d}",
        }
        draw = self.corpus.chance
        title = f"Exercise {draw.choice(FIELD_WORDS)} {draw.choice(self.corpus.places)} {number}"
        return [
            self.say(subject, "item-title", {"lang": "en", "text": title}, "title"),
            self.say(subject, "item-object", stored, "object"),
        ]

    def incident(self, number: int) -> list[Assertion]:
        """Return one incident with its claims."""
        draw, subject = self.corpus.chance, new_subject("incident", self.around.randomness)
        place = draw.randrange(PLACES)
        word = draw.choice(FIELD_WORDS)
        title = f"Exercise: {word} at {self.corpus.places[place]}"
        day = draw.randrange(44)
        date = f"2035-09-{27 + day}" if day < 4 else f"2035-1{(day - 4) // 31}-{1 + (day - 4) % 31:02d}"
        facts: list[tuple[str, JsonValue]] = [
            ("incident-code", f"X-{number:06d}"),
            ("incident-title", {"lang": "en", "text": title}),
            ("incident-account", self.corpus.account()),
            ("occurred", date),
            ("incident-place", self.places[place]),
            ("alleged-party", PARTIES[number % 2]),
            ("conduct", draw.choice(CONDUCT)),
            ("weapon-class-reported", draw.choice(WEAPONS)),
            ("allegation", draw.choice(ALLEGATIONS)),
        ]
        if number % 20:
            facts.append(("incident-position", self.corpus.point()))
        said = [self.say(subject, *fact, f"row={number}") for fact in facts]
        for place in range(self.claims_each):
            told = {
                "is": {"op": "eq", "n": draw.randrange(17), "unit": "persons"},
                "claimant": self.claimants[draw.randrange(CLAIMANTS)],
                "side": ("RED", "BLUE", "independent")[draw.randrange(3)],
                "as_of": date,
                "scope": "incident",
                "reading": "direct",
                "words": " ".join(draw.choices(FIELD_WORDS, k=6)),
            }
            said.append(
                self.say(subject, "killed" if place % 2 else "injured", told, f"row={number}.{place}")
            )
        return said


def write_case(folder: CaseFolder, *, incidents: int, claims: int, items: int) -> int:
    """Write the journal of such a case; return how many assertions it holds."""
    recorder = open_case(folder, staff="staff-01", role="researcher")
    profile = CaseProfile(
        title="Exercise Atlantic",
        scope="An invented war between RED and BLUE, for measuring.",
        period="2035-09-27/2035-11-09",
        naming="Both names.",
        profile="prof.rgb",
        notices=["Invented for measuring."],
        limits=["Nothing in it happened."],
        exercise=True,
    )
    recorder.record(describe_case(recorder, case_subject(recorder.journal), profile))
    recorder.journal.close()
    person = folder.keyring().load_person("staff-01")
    journal = folder.journal()
    told = LargeCase(folder.surroundings, incidents=incidents, claims=claims, items=items)
    written = 0
    drafts = _drafts(told)
    while batch := list(islice(drafts, _AT_ONCE)):
        journal.append_many(batch, person)
        written += sum(len(draft.assertions) for draft in batch)
    journal.close()
    return written


def _drafts(told: LargeCase) -> Iterator[EntryDraft]:
    said: list[Assertion] = []
    for about in told.subjects():
        said += about
        if len(said) >= PER_ENTRY:
            yield EntryDraft("facts.import", "researcher", AT, tuple(said), reason="invented for measuring")
            said = []
    yield EntryDraft("facts.import", "researcher", AT, tuple(said), reason="invented for measuring")
