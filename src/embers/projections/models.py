"""Tables computed from the journal. Nothing here is the truth; everything here can be thrown away.

Two groups: the generic tables hold every entry, assertion and link; the noun tables (incident, claim,
place, source, item ...) hold one row per subject in the shape pages and lists want. Rows are written by
projectors only, never by ``save()``.

``seen_by`` holds the bits of the classes of readers that may read a row (:mod:`embers.access.audience`). Where the
text of a noun depends on the reader, there are several rows with one id and no bit in common; readers come in
through views that leave them the one that is theirs (:mod:`embers.projections.readers`).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from embers.access.audience import EVERYBODY
from embers.vocabulary.relations import gathering


def _orders(table: str, columns: tuple[str, ...], last: str) -> list[models.Index]:
    """One index for each column a list can be ordered by, ending in what tells equal rows apart."""
    return [models.Index(fields=[column, last], name=f"{table}_by_{column}") for column in columns]


def _seen_by() -> models.BigIntegerField[int, int]:
    return models.BigIntegerField(default=EVERYBODY, help_text="Bits of the classes of readers.")


class ReaderClass(models.Model):
    """One class of readers, the standing it is for, and its bit."""

    name = models.CharField(primary_key=True, max_length=40)
    bit = models.BigIntegerField()
    level = models.SmallIntegerField(null=True, help_text="Nothing for the holder of the folder.")
    compartments = models.TextField(help_text="Their ids, separated by a space.")


class Kept(models.Model):
    """A record kept in a compartment."""

    id = models.CharField(primary_key=True, max_length=130)
    subject = models.CharField(max_length=60)
    compartment = models.CharField(max_length=60)
    seen_by = models.BigIntegerField(default=1, help_text="The holder of the folder alone.")


class Entry(models.Model):
    """One signed entry, without its assertions."""

    id = models.CharField(primary_key=True, max_length=64)
    log = models.CharField(max_length=80)
    seq = models.BigIntegerField()
    position = models.BigIntegerField(help_text="Order of arrival in this copy of the journal.")
    by = models.CharField(max_length=80)
    role = models.CharField(max_length=60)
    act = models.CharField(max_length=60)
    claimed_at = models.CharField(max_length=24)
    tz = models.CharField(max_length=10)
    clock = models.CharField(max_length=12)
    reason = models.TextField()
    seen = models.TextField(help_text="Sizes of the other logs when it was signed, as JSON by origin.")
    seen_by = _seen_by()
    reason_seen_by = models.BigIntegerField(
        default=EVERYBODY, help_text="Classes that may read every assertion of the entry, so also its reason."
    )

    class Meta:
        """One row for each place in a log; looked up by arrival for what is new."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["log", "seq"], name="entry_place")]
        indexes: ClassVar = [models.Index(fields=["position"], name="entry_arrival")]


class Assertion(models.Model):
    """One assertion, with its present status."""

    id = models.CharField(primary_key=True, max_length=36)
    entry_id = models.CharField(max_length=64, db_index=True)
    rank = models.CharField(max_length=110, help_text="Sort key: the same in every copy of the journal.")
    subject = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    predicate = models.CharField(max_length=40)
    value = models.TextField(help_text="Canonical JSON.")
    valid = models.CharField(max_length=80, null=True)
    confidence = models.CharField(max_length=20, null=True)
    marking = models.CharField(max_length=20, null=True)
    status = models.CharField(max_length=12, default="live")
    disputed = models.BooleanField(default=False)
    level = models.SmallIntegerField(default=0, help_text="Level of handling marking.")
    seen_by = _seen_by()

    class Meta:
        """Read by subject, or by kind for lists; what few bear has its own: kept from somebody, joining, forms."""

        indexes: ClassVar = [
            models.Index(fields=["subject", "rank"], name="assertion_subject"),
            models.Index(fields=["kind", "subject"], name="assertion_kind"),
            models.Index(
                fields=["subject", "seen_by"],
                name="assertion_restricted",
                condition=~models.Q(seen_by=EVERYBODY),
            ),
            models.Index(fields=["subject"], name="assertion_kept", condition=models.Q(predicate="kept-in")),
            models.Index(
                fields=["predicate", "rank"],
                name="assertion_form",
                condition=models.Q(predicate="form-submission"),
            ),
            models.Index(
                fields=["predicate", "rank"],
                name="assertion_gathering",
                condition=models.Q(predicate__in=sorted(gathering("incident"))),
            ),
        ]


class Link(models.Model):
    """From an assertion to what it names: a basis, a subject in its value, or another assertion."""

    id = models.BigAutoField(primary_key=True)
    assertion_id = models.CharField(max_length=36)
    ordinal = models.IntegerField()
    how = models.CharField(max_length=20, help_text="item, source, value, or a relation such as supersedes.")
    target = models.CharField(max_length=80)
    locator = models.CharField(max_length=200)
    seen_by = _seen_by()

    class Meta:
        """Walked in both directions."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assertion_id", "ordinal"], name="link_place")
        ]
        indexes: ClassVar = [
            models.Index(fields=["target", "how"], name="link_target"),
            models.Index(
                fields=["target", "seen_by"], name="link_restricted", condition=~models.Q(seen_by=EVERYBODY)
            ),
        ]


class StoredObject(models.Model):
    """An object some entry introduces."""

    id = models.BigAutoField(primary_key=True)
    entry_id = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media = models.CharField(max_length=120)
    seen_by = _seen_by()

    class Meta:
        """An entry introduces an object once."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["entry_id", "sha256"], name="object_once")]


class Subject(models.Model):
    """One subject of any kind with the label lists and search show."""

    pk = models.CompositePrimaryKey("id", "seen_by")
    id = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    first = models.CharField(max_length=110, help_text="Sort key of its first assertion.")
    code = models.CharField(max_length=60)
    label = models.TextField()
    seen_by = _seen_by()

    class Meta:
        """Looked up by code, and by kind in order of codes for near misses."""

        indexes: ClassVar = [
            models.Index(fields=["kind", "code"], name="subject_code_of"),
            models.Index(fields=["code"], name="subject_code"),
        ]


class Incident(models.Model):
    """One incident as lists and the map show it. Numbers are minimum and maximum over counted claims."""

    pk = models.CompositePrimaryKey("id", "seen_by")
    id = models.CharField(max_length=60)
    code = models.CharField(max_length=40)
    title = models.TextField()
    earliest = models.CharField(max_length=16)
    latest = models.CharField(max_length=16)
    month = models.CharField(max_length=7, help_text="In which it begins.")
    when = models.TextField(help_text="EDTF.")
    place = models.CharField(max_length=60)
    place_names = models.TextField()
    lat = models.IntegerField(null=True, help_text="Microdegrees.")
    lon = models.IntegerField(null=True, help_text="Microdegrees.")
    precision_m = models.IntegerField(null=True)
    position_method = models.TextField()
    alleged = models.CharField(max_length=40)
    conduct = models.TextField()
    weapon = models.TextField(help_text="Class of weapon as reported.")
    allegations = models.TextField(help_text="Separated by a semicolon.")
    corroboration = models.TextField()
    cell = models.BigIntegerField(null=True, help_text="Square of the map: embers.projections.grid.")
    killed_min = models.IntegerField(null=True)
    killed_max = models.IntegerField(null=True)
    killed_origins = models.IntegerField()
    injured_min = models.IntegerField(null=True)
    injured_max = models.IntegerField(null=True)
    injured_origins = models.IntegerField()
    claims = models.IntegerField()
    gaps = models.TextField(help_text="What is missing: embers.projections.gaps, separated by a semicolon.")
    unpinned = models.IntegerField(help_text="Claims without a pinpoint.")
    review = models.CharField(max_length=10, help_text="State of its review, or nothing.")
    seen_by = _seen_by()

    class Meta:
        """One index for each order of the list, for its counts and its gaps, and one for the map."""

        indexes: ClassVar = [
            *_orders(
                "incident",
                ("code", "earliest", "title", "alleged", "killed_max", "injured_max", "claims"),
                "id",
            ),
            models.Index(fields=["alleged", "earliest", "id"], name="incident_party"),
            models.Index(fields=["place", "earliest", "id"], name="incident_place"),
            models.Index(fields=["conduct", "earliest", "id"], name="incident_conduct"),
            models.Index(fields=["gaps", "earliest", "id"], name="incident_gaps_of"),
            models.Index(fields=["review", "earliest", "id"], name="incident_review"),
            models.Index(fields=["gaps", "review", "unpinned", "claims", "seen_by"], name="incident_gaps"),
            models.Index(
                fields=[
                    *("alleged", "month", "conduct", "weapon", "allegations", "corroboration"),
                    *("earliest", "gaps", "review", "seen_by"),
                ],
                name="incident_counts",
            ),
            models.Index(
                fields=["cell", "alleged", "earliest", "lat", "lon", "id", "seen_by"], name="incident_map"
            ),
            models.Index(fields=["earliest", "alleged", "cell", "seen_by"], name="incident_days"),
        ]


class Claim(models.Model):
    """One claim about an incident."""

    pk = models.CompositePrimaryKey("id", "seen_by")
    id = models.CharField(max_length=36)
    incident = models.CharField(max_length=60)
    rank = models.CharField(max_length=110)
    ref = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    operator = models.CharField(max_length=10)
    number = models.IntegerField(null=True)
    upper = models.IntegerField(null=True)
    unit = models.CharField(max_length=20)
    text = models.TextField()
    claimant = models.CharField(max_length=60)
    claimant_name = models.TextField()
    side = models.CharField(max_length=20)
    origins = models.TextField(help_text="Root origins, separated by a semicolon.")
    as_of = models.CharField(max_length=40)
    scope = models.CharField(max_length=12)
    reading = models.CharField(max_length=12)
    earlier = models.BooleanField()
    inferred = models.BooleanField()
    shown = models.BooleanField()
    source = models.CharField(max_length=60)
    words = models.TextField()
    seen_by = _seen_by()

    class Meta:
        """One index for each order of the list, for what it is filtered by, and for its counts."""

        indexes: ClassVar = [
            models.Index(fields=["incident", "field"], name="claim_field_of"),
            *_orders("claim", ("incident", "as_of"), "rank"),
            models.Index(fields=["field", "incident", "rank"], name="claim_field"),
            models.Index(fields=["side", "incident", "rank"], name="claim_side"),
            models.Index(fields=["source", "incident", "rank"], name="claim_source"),
            models.Index(fields=["field", "side", "seen_by"], name="claim_counts"),
        ]


class PlaceName(models.Model):
    """One name of one place."""

    pk = models.CompositePrimaryKey("id", "seen_by")
    id = models.CharField(max_length=36)
    place = models.CharField(max_length=60, db_index=True)
    name = models.TextField()
    lang = models.CharField(max_length=20)
    used_by = models.CharField(max_length=20)
    seen_by = _seen_by()


class Source(models.Model):
    """One source with how many claims were read in it."""

    pk = models.CompositePrimaryKey("id", "seen_by")
    id = models.CharField(max_length=60)
    code = models.CharField(max_length=40)
    title = models.TextField()
    publisher = models.TextField()
    published = models.CharField(max_length=40)
    type = models.CharField(max_length=30)
    side = models.CharField(max_length=20)
    relays = models.TextField()
    read = models.TextField()
    supports = models.TextField()
    claims = models.IntegerField()
    seen_by = _seen_by()

    class Meta:
        """One index for each order of the list, and one for its counts."""

        indexes: ClassVar = [
            *_orders("source", ("code", "published", "type", "side", "claims", "title"), "id"),
            models.Index(fields=["type", "side", "seen_by"], name="source_counts"),
        ]


class Item(models.Model):
    """One evidence item with its main object."""

    pk = models.CompositePrimaryKey("id", "seen_by")
    id = models.CharField(max_length=60)
    title = models.TextField()
    name = models.TextField()
    media = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField(null=True)
    role = models.CharField(max_length=20)
    custody_events = models.IntegerField()
    warnings = models.TextField()
    gaps = models.TextField(help_text="What is missing: embers.projections.gaps, separated by a semicolon.")
    seen_by = _seen_by()

    class Meta:
        """One index for each order of the list, and one for its counts."""

        indexes: ClassVar = [
            *_orders("item", ("title", "name", "media", "size", "custody_events"), "id"),
            models.Index(fields=["media", "role", "gaps", "seen_by"], name="item_counts"),
            models.Index(fields=["gaps", "seen_by"], name="item_gaps"),
        ]


class Sentence(models.Model):
    """One sentence of the newest text of a report."""

    pk = models.CompositePrimaryKey("id", "seen_by")
    id = models.CharField(max_length=160)
    report = models.CharField(max_length=60)
    sentence = models.CharField(max_length=80)
    number = models.CharField(max_length=40, db_index=True, help_text="As printed in the report: 12.2.11-15.")
    ordinal = models.IntegerField()
    section = models.TextField()
    kind = models.CharField(max_length=20)
    text = models.TextField()
    seen_by = _seen_by()

    class Meta:
        """A sentence id is unique within its report, for one reader."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "sentence", "seen_by"], name="sentence_once")
        ]


class SentenceBasis(models.Model):
    """An assertion a sentence rests on."""

    pk = models.CompositePrimaryKey("id", "seen_by")
    id = models.CharField(max_length=170)
    report = models.CharField(max_length=60)
    sentence = models.CharField(max_length=80)
    ordinal = models.IntegerField()
    assertion_id = models.CharField(max_length=36, db_index=True)
    seen_by = _seen_by()


class Task(models.Model):
    """One task. Times are claimed times; ``person`` is whose it is, ``giver`` who gave it."""

    pk = models.CompositePrimaryKey("id", "seen_by")
    id = models.CharField(max_length=60)
    about = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, help_text="Of the record it is about.")
    person = models.CharField(max_length=80)
    giver = models.CharField(max_length=80)
    word = models.CharField(max_length=20)
    text = models.TextField()
    due = models.CharField(max_length=10, null=True)
    given_at = models.CharField(max_length=24)
    state = models.CharField(max_length=8, help_text="open or done.")
    done_at = models.CharField(max_length=24)
    done_by = models.CharField(max_length=80)
    done_text = models.TextField()
    seen_by = _seen_by()

    class Meta:
        """One index for each order, one for a person's own, one for the counts."""

        indexes: ClassVar = [
            *_orders("task", ("due", "given_at"), "id"),
            models.Index(fields=["about"], name="task_about"),
            models.Index(fields=["person", "state", "due", "seen_by"], name="task_of_person"),
            models.Index(fields=["giver", "state", "seen_by"], name="task_of_giver"),
            models.Index(fields=["state", "word", "kind", "seen_by"], name="task_counts"),
        ]


class Review(models.Model):
    """One request for a review, with where it stands."""

    pk = models.CompositePrimaryKey("id", "seen_by")
    id = models.CharField(max_length=36)
    record = models.CharField(max_length=60, db_index=True)
    kind = models.CharField(max_length=20)
    whole = models.CharField(max_length=6, help_text="record or value.")
    state = models.CharField(max_length=10)
    asked_at = models.CharField(max_length=24)
    asker = models.CharField(max_length=80)
    reviewer = models.CharField(max_length=80, help_text="Who answered, or else who was asked.")
    answered_at = models.CharField(max_length=24)
    comments = models.IntegerField(help_text="Open threads on the record.")
    seen_by = _seen_by()

    class Meta:
        """One index for each order, one for a person's own, one for the counts."""

        indexes: ClassVar = [
            *_orders("review", ("asked_at", "answered_at"), "id"),
            models.Index(fields=["reviewer", "state", "asked_at", "seen_by"], name="review_of_person"),
            models.Index(fields=["state", "kind", "whole", "asked_at", "seen_by"], name="review_counts"),
        ]


class Reading(models.Model):
    """One reading of a protected record, as it was recorded before the page was shown."""

    pk = models.CompositePrimaryKey("id", "seen_by")
    id = models.CharField(max_length=36)
    subject = models.CharField(max_length=60, db_index=True)
    kind = models.CharField(max_length=20)
    reader = models.CharField(max_length=80)
    page = models.CharField(max_length=40)
    at = models.CharField(max_length=24)
    signed = models.CharField(max_length=6, help_text="reader or server: whose key recorded it.")
    seen_by = _seen_by()

    class Meta:
        """One index for the order, for a person's readings, and for the counts."""

        indexes: ClassVar = [
            *_orders("reading", ("at",), "id"),
            models.Index(fields=["reader", "at", "id"], name="reading_reader"),
            models.Index(fields=["reader", "page", "kind", "signed", "at", "seen_by"], name="reading_counts"),
        ]


class Meta(models.Model):
    """What these tables were computed from: schema digest, vocabulary digest, position, log heads."""

    key = models.CharField(primary_key=True, max_length=120)
    value = models.TextField()
