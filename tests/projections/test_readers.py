"""What a class of readers finds is what it would find if the rest of the case did not exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from circle_case import SECRET, Circle
from django.apps import apps
from django.test.utils import CaptureQueriesContext
from two_logs import rows_without_order

from embers.access.audience import EVERYBODY
from embers.access.policy import policy
from embers.access.standing import CONFIDENTIAL, INTERNAL, OPEN, Restriction, Standing
from embers.actions.case_folder import CaseFolder
from embers.actions.compartments import add_member, new_compartment, remove_member
from embers.actions.reviews import ask_review, comment, resolve
from embers.actions.tasks import finish_task, give_task
from embers.errors import ProjectionError
from embers.ids import new_subject
from embers.journal.assertion import Relation
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.engine import beside
from embers.projections.projector import Projector
from embers.projections.readers import views_for
from embers.projections.restriction import restricted_among
from embers.projections.search import kind_counts, page, read_query, search
from embers.projections.search_index import COUNT_BITS, RESTRICTED
from embers.projections.tables import columns_of
from embers.projections.trace import trace
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

AROUND = Surroundings()
#: Everything a connection can name without naming where the tables themselves lie.
NAMES = {
    "sqlite": "SELECT name FROM sqlite_temp_master UNION SELECT name FROM sqlite_master WHERE name LIKE 'case%'",
    "postgresql": "SELECT relname FROM pg_class WHERE relnamespace = current_schema::regnamespace",
}
DOCUMENTS = {
    "sqlite": "SELECT s.subject, s.kind, t.label, t.body, b.lat0, b.lon1 FROM search_subject s "
    "JOIN search_text t ON t.rowid = s.id LEFT JOIN search_box b ON b.id = s.id",
    "postgresql": "SELECT s.subject, s.kind, t.label, t.body, s.area::text FROM search_subject s "
    "JOIN search_text t ON t.id = s.id",
}
NOUNS = (
    *("subject", "incident", "claim", "placename", "source", "item", "sentence", "sentencebasis"),
    *("task", "review", "reading"),
)


def said_by_readers(database: CaseDatabase) -> dict[str, set[tuple[object, ...]]]:
    """Return the rows of every noun and document as this database's reader finds them, without masks."""
    found: dict[str, set[tuple[object, ...]]] = {}
    with database.connection.cursor() as cursor:
        for noun in NOUNS:
            names = columns_of(apps.get_model("case", noun))
            columns = ", ".join(f'"{name}"' for name in names if name != "seen_by")
            cursor.execute(f"SELECT {columns} FROM case_{noun}")
            rows = cursor.fetchall()
            assert len(rows) == len(set(rows)), f"a reader finds a {noun} twice"
            found[noun] = set(rows)
        cursor.execute(DOCUMENTS[database.connection.vendor])
        found["document"] = set(cursor.fetchall())
    return found


def only_for(
    folder: CaseFolder, standing: Standing, needed: Callable[[str, int, str], Restriction], word: str
) -> CaseDatabase:
    """Compute nouns from a copy of the tables out of which everything else was physically deleted."""
    place = beside(folder.projection_place, word)
    folder.rebuild(place)
    database = CaseDatabase(place)
    with database.connection.cursor() as cursor:
        cursor.execute("SELECT id, subject, level FROM case_assertion")
        gone = [
            (id,)
            for id, subject, level in cursor.fetchall()
            if not needed(id, level, subject).allows(standing)
        ]
        cursor.executemany("DELETE FROM case_assertion WHERE id = %s", gone)
        cursor.executemany("DELETE FROM case_link WHERE assertion_id = %s", gone)
        for noun in NOUNS:
            cursor.execute(f"DELETE FROM case_{noun}")
        for table in ("search_text", *database.engine.index.dumps, "search_subject"):
            if table != "search_box" or database.connection.vendor == "sqlite":
                cursor.execute(f"DELETE FROM {table}")
        cursor.execute("UPDATE case_assertion SET seen_by = -1")
        cursor.execute("UPDATE case_link SET seen_by = -1")
    # Sentences of reports rest on assertions elsewhere; the expectation leaves out those that rest on what is gone.
    Projector(database, folder.objects()).derive_all(folder.journal(read_only=True).roster().subjects)
    with database.connection.cursor() as cursor:
        hidden = [id for (id,) in gone]
        cursor.execute("CREATE TEMP TABLE hidden (id TEXT PRIMARY KEY)")
        cursor.executemany("INSERT INTO hidden VALUES (%s)", [(id,) for id in hidden])
        cursor.execute(
            "DELETE FROM case_sentence WHERE sentence IN "
            "(SELECT sentence FROM case_sentencebasis JOIN hidden ON hidden.id = assertion_id)"
        )
        cursor.execute(
            "DELETE FROM case_sentencebasis WHERE sentence NOT IN (SELECT sentence FROM case_sentence)"
        )
    database.close()
    return CaseDatabase(place, read_only=True)


def everything_reachable(database: CaseDatabase) -> str:
    """Return all text a connection of this reader can be made to give without naming the schema it may not use."""
    texts: list[str] = []
    with database.connection.cursor() as cursor:
        cursor.execute(NAMES[database.connection.vendor])
        for (name,) in cursor.fetchall():
            if not name.startswith("sqlite_") and "_" in name and not name.startswith("assertion_"):
                try:
                    cursor.execute(f'SELECT * FROM "{name}"')
                except Exception:  # an index is no table
                    continue
                texts += [repr(row) for row in cursor.fetchall()]
    return "\n".join(texts)


def ranges(database: CaseDatabase) -> tuple[int | None, int | None]:
    row = models.Incident.objects.using(database.alias).get(code="EX-1")
    return row.killed_min, row.killed_max


def test_a_record_kept_in_a_compartment_is_not_there_for_others(circle: Circle) -> None:
    circle.keep()
    for standing in (Standing(OPEN), Standing(INTERNAL), Standing(CONFIDENTIAL)):
        database = circle.as_read_by(standing)
        assert SECRET not in everything_reachable(database)
        assert search(database, "Lusaber") == []
        assert ranges(database) == ((3, 3) if standing.level == OPEN else (3, 5))
        assert ProjectedCase(database).subject(circle.item).held == ()
        assert ProjectedCase(database).held([circle.note]) == {}
        assert not models.Item.objects.using(database.alias).exists()
        with pytest.raises(ProjectionError, match="Nothing in this case"):
            trace(database, circle.item)
        assert search(database, "Testford") != []
    for standing in (circle.inside, None):
        database = circle.as_read_by(standing)
        assert {one.subject for one in search(database, "Lusaber")} == {circle.item}
        assert ranges(database) == (3, 9)
        assert ProjectedCase(database).held([circle.note])[circle.note].reason == f"from {SECRET}"
        assert trace(database, circle.item).kind == "item"


def test_an_unknown_record_and_a_forbidden_one_are_refused_in_the_same_words(circle: Circle) -> None:
    circle.keep()
    database = circle.as_read_by(Standing(INTERNAL))
    unknown = new_subject("item", AROUND.randomness)
    words = []
    for id in (circle.item, unknown):
        with pytest.raises(ProjectionError) as caught:
            trace(database, id)
        words.append(str(caught.value).replace(id, "ID"))
    assert words[0] == words[1]


def worked_on(circle: Circle) -> None:
    """Have tasks given, reviews asked for and comments made, on what everybody reads and on what few do."""
    first, people = circle.people.first, circle.people
    rules = policy(people.view, people.roster)
    own = people.persons["staff-01"]
    for about, text in ((circle.incident, "Look again"), (circle.item, f"Ask {SECRET}")):
        database = circle.folder.projection()
        task = give_task(first, rules, database, about, to=own, word="check", text=text)
        first.record(task)
        first.record(finish_task(first, rules, people.view, task.assertions[0].subject))
        first.record(ask_review(first, rules, people.view, about))
        first.record(comment(first, rules, people.view, about, text=f"About {text}"))
    first.record(ask_review(first, rules, people.view, circle.incident, values=[circle.note]))
    said = comment(first, rules, people.view, circle.incident, about=circle.note, text=f"{SECRET} said so?")
    first.record(said)
    first.record(resolve(first, rules, people.view, circle.incident, thread=said.assertions[0].id))
    hidden = next(h for h in people.view.subject(circle.place).held if h.marking == "confidential")
    first.record(comment(first, rules, people.view, circle.place, about=hidden.id, text="Which hill?"))


def test_every_class_finds_what_it_would_find_if_the_rest_were_deleted(
    circle: Circle,
) -> None:
    circle.keep()
    worked_on(circle)
    folder = circle.folder
    naming = {held.id for held in ProjectedCase(folder.projection()).naming(circle.item)}

    def needed(id: str, level: int, subject: str) -> Restriction:
        kept = subject == circle.item or id in naming
        return Restriction(level, frozenset({circle.compartment}) if kept else frozenset())

    standings = [Standing(level) for level in (OPEN, INTERNAL, CONFIDENTIAL)]
    standings += [circle.inside, Standing(CONFIDENTIAL, frozenset({circle.compartment}))]
    seen = []
    for number, standing in enumerate(standings):
        expected = said_by_readers(only_for(folder, standing, needed, f"only{number}"))
        found = said_by_readers(circle.as_read_by(standing))
        assert found == expected
        seen.append(found)
    assert len({repr(sorted(map(repr, one.items()))) for one in seen}) == len(standings), (
        "no two read the same"
    )


def test_the_demonstration_reads_to_each_level_as_if_the_rest_were_deleted(
    demo_copy: Callable[[], CaseFolder],
) -> None:
    folder = demo_copy()
    for level in (OPEN, INTERNAL):
        standing = Standing(level)
        expected = only_for(folder, standing, lambda _id, level, _subject: Restriction(level), f"only{level}")
        found = said_by_readers(folder.projection().as_read_by(standing))
        assert found == said_by_readers(expected)


def reads_secret(circle: Circle, standing: Standing) -> bool:
    return SECRET in everything_reachable(circle.as_read_by(standing))


def test_what_was_computed_before_follows_the_compartment(circle: Circle) -> None:
    assert reads_secret(circle, Standing(OPEN))
    circle.keep()
    assert not reads_secret(circle, Standing(CONFIDENTIAL))
    assert reads_secret(circle, circle.inside)
    people, wraps = circle.people, circle.folder.wraps()
    second = people.recorders["staff-02"]
    mission_b, founded = new_compartment(second, wraps, "Mission B", [people.member("staff-02")])
    second.record(founded)
    circle.say(circle.item, "kept-in", mission_b)
    assert not reads_secret(circle, circle.inside), "a reader must be a member of each compartment"
    both = Standing(INTERNAL, frozenset({circle.compartment, mission_b}))
    assert circle.as_read_by(both).reader == "internal", "nobody is in both, so there is no such class"
    own = people.ages["staff-02"]
    people.first.record(
        add_member(people.first, wraps, people.compartment("Mission B"), people.member("staff-01"), own=own)
    )
    assert not reads_secret(circle, both), (
        "staff-01 is no member and cannot let anybody in, not even themselves"
    )
    second.record(
        add_member(second, wraps, people.compartment("Mission B"), people.member("staff-01"), own=own)
    )
    assert reads_secret(circle, both)
    left = remove_member(second, wraps, people.compartment("Mission B"), people.persons["staff-01"], own=own)
    second.record(left)
    assert not reads_secret(circle, both)


def test_only_a_member_lets_a_record_out(circle: Circle) -> None:
    kept = circle.keep()
    back = (Relation("retracts", kept),)
    circle.say(circle.item, "note", "Not needed any more.", relations=back, by="staff-02")
    assert not reads_secret(circle, Standing(CONFIDENTIAL))
    circle.say(circle.item, "note", "The mission is over.", relations=back)
    assert reads_secret(circle, Standing(OPEN))


def test_any_order_of_arrival_gives_the_same_masks(circle: Circle) -> None:
    circle.keep()
    made = circle.made
    entries, place = made.signed(), circle.folder.projection_place
    straight = made.project(beside(place, "a"), entries, one_by_one=True)
    late = [entries[0], *reversed(entries[1:])]
    backwards = made.project(beside(place, "b"), late, one_by_one=True)
    assert rows_without_order(straight) == rows_without_order(backwards)
    circle.folder.rebuild(beside(place, "c"))
    fresh = circle.folder.tables(beside(place, "c"))
    assert rows_without_order(straight) == rows_without_order(fresh)


def test_a_class_that_is_gone_reads_nothing(circle: Circle) -> None:
    database = circle.as_read_by(circle.inside)
    assert models.Subject.objects.using(database.alias).exists()
    writer = circle.folder.tables()
    with writer.connection.cursor() as cursor:
        cursor.execute("DELETE FROM case_readerclass WHERE name = %s", [database.reader])
    assert not models.Subject.objects.using(database.alias).exists()
    assert not models.Assertion.objects.using(database.alias).exists()
    query = read_query("Testford")
    assert kind_counts(database, query) == ({}, True), "what a number tells is not told to them either"
    assert page(database, query).found == page(database, query, best=True).found == ()


def test_every_class_counts_what_it_finds(circle: Circle) -> None:
    circle.keep()
    told: dict[str, list[dict[str, int]]] = {}
    for standing in (Standing(OPEN), Standing(INTERNAL), Standing(CONFIDENTIAL), circle.inside, None):
        database = circle.as_read_by(standing)
        for words in ("Testford", "Lusaber", "Safehouse", "conversation", "date:2020"):
            query = read_query(words)
            counts, whole = kind_counts(database, query)
            assert whole
            assert counts == Counter(one.kind for one in page(database, query).found)
            told.setdefault(words, []).append(dict(counts))
    assert told["Lusaber"] == [{}, {}, {}, {"item": 1}, {"item": 1}]
    hill = {"place": 1, "incident": 1}
    assert told["Safehouse"] == [{}, {}, hill, {}, hill]


def test_numbers_say_who_may_read_and_how_many_there_are_of_a_day(circle: Circle) -> None:
    def restricted() -> dict[str, set[bool]]:
        circle.folder.projection()
        database, told, days = circle.folder.tables(), {}, Counter()
        for id, kind, seen_by in database.rows("SELECT id, kind, seen_by FROM search_subject"):
            assert bool(id & RESTRICTED) == (seen_by != EVERYBODY)
            told.setdefault(kind, set()).add(bool(id & RESTRICTED))
            days[id >> COUNT_BITS, seen_by] += 1
        assert {(day, mask): many for day, mask, many in database.rows("SELECT * FROM search_day")} == days
        return told

    before = restricted()
    assert before["item"] == {False}
    kept = circle.keep()
    assert restricted() == {**before, "item": {True}}
    circle.say(circle.item, "note", "No longer needed.", relations=(Relation("retracts", kept),))
    assert restricted() == before
    circle.say(circle.incident, "occurred", "2020-10-17")
    restricted()
    assert kind_counts(circle.as_read_by(None), read_query("date:2020-10"))[0] == {"incident": 1}
    assert kind_counts(circle.as_read_by(None), read_query("date:2020-11"))[0] == {}


def test_somebody_in_circles_without_a_class_reads_by_level_alone(circle: Circle) -> None:
    stranger = Standing(INTERNAL, frozenset({"compartment:0"}))
    assert circle.as_read_by(stranger).reader == "internal"


@pytest.mark.parametrize("name", ["", "open'; DROP TABLE x; --", "internal-XYZ", "open\n"])
def test_only_names_of_classes_get_into_the_views(name: str) -> None:
    with pytest.raises(ProjectionError, match="no class of readers"):
        list(views_for(name))


def test_readers_cannot_write_past_their_views(circle: Circle) -> None:
    database = circle.as_read_by(None)
    where = database.engine.tables
    in_file = where == "main"
    refusal = "readonly" if in_file else "read-only transaction"
    for statement, says in (
        ("DELETE FROM case_claim", "view" if in_file else refusal),
        (f"DELETE FROM {where}.case_claim", refusal),
        ("DROP VIEW temp.case_claim" if in_file else "DROP VIEW case_claim", refusal),
    ):
        with pytest.raises(Exception, match=says), database.connection.cursor() as cursor:
            cursor.execute(statement)


def test_who_may_read_a_much_named_item_is_told_without_walking_its_links(demo_case: CaseFolder) -> None:
    demo_case.projection().close()
    database = demo_case.tables()  # as the projector sees them
    named = [
        str(row[0])
        for row in database.rows("SELECT id FROM case_subject WHERE kind IN ('item', 'organisation')")
    ]
    with CaptureQueriesContext(database.connection) as asked:
        restricted_among(database, named[:3])
    plans = [str(database.rows(f"EXPLAIN QUERY PLAN {one['sql']}")) for one in asked.captured_queries]
    assert any("link_restricted" in plan for plan in plans), plans
    assert not any("link_target" in plan for plan in plans), plans
    database.close()
