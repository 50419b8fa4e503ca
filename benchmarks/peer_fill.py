"""Gives a Bayanat the documents of ``incidents_at_scale.py``, past its own application: that takes an hour for 100,000.

    python benchmarks/peer_fill.py postgresql://bayanat@127.0.0.1/bayanat [--incidents 100000]

The database is an empty one, made and filled with its reference data by the peer's own commands (``peer_search.py``
says where they are told of). Every incident becomes what a person there would make of it: a bulletin with title,
description and day of publication, a marker at its point, and the snapshot its application keeps of each save.
Statistics are fresh afterwards, as they would be the next morning.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import islice

import psycopg
from incidents_at_scale import documents
from large_case import Corpus
from search_floors import Document

#: Its first user, who has made everything here.
_USER = 1
_BATCH = 5000
_TABLES: dict[str, tuple[str, ...]] = {
    "bulletin": (
        "id",
        "title",
        "description",
        "publish_date",
        "status",
        "user_id",
        "tags",
        "created_at",
        "updated_at",
    ),
    "geo_location": ("title", "main", "latlng", "bulletin_id", "created_at", "updated_at"),
    "bulletin_history": ("bulletin_id", "data", "user_id", "created_at", "updated_at"),
}


def rows_of(one: Document, now: str) -> Sequence[Sequence[object]]:
    """Return a row for each table of the peer."""
    id = one.number + 1
    point = f"SRID=4326;POINT({one.lon / 1e6:.6f} {one.lat / 1e6:.6f})"
    snapshot = {"id": id, "title": one.title, "description": one.account, "publish_date": one.day}
    return (
        (id, one.title, one.account, one.day, "Human Created", _USER, "{}", now, now),
        (one.title, True, point, id, now, now),
        (id, json.dumps(snapshot), _USER, now, now),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("address", help="the address of the peer's database")
    parser.add_argument("--incidents", type=int, default=100_000)
    options = parser.parse_args()
    with psycopg.connect(options.address, autocommit=True) as database:
        ((held,),) = database.execute("SELECT count(*) FROM bulletin").fetchall()
        if held:
            raise SystemExit(f"The peer holds {held} bulletins already; give it an empty database.")
        ((now,),) = database.execute("SELECT localtimestamp(0)::text").fetchall()
        every = (rows_of(one, now) for one, _ in documents(Corpus(), options.incidents))
        while batch := list(islice(every, _BATCH)):
            with database.transaction(), database.cursor() as cursor:
                for at, (table, columns) in enumerate(_TABLES.items()):
                    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                        for rows in batch:
                            copy.write_row(rows[at])
        database.execute("SELECT setval('bulletin_id_seq', %s)", [options.incidents])
        for table in _TABLES:
            database.execute(f"VACUUM ANALYZE {table}")


if __name__ == "__main__":
    main()
