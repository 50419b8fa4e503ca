"""Each benchmark runs to its end with tiny sizes; what it measures depends on the machine and is not judged."""

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[1]
RUNS = {
    "journal_entries": (
        ["--entries", "100"],
        {"append_per_s", "floor_fsync_per_s", "floor_ed25519_sign_per_s"},
    ),
    "verification": (["--entries", "100"], {"raw_ed25519_verify_per_s", "one_process_verify_per_s"}),
    "crash_campaign": (["--only", "append", "--sample", "2", "--torn", "1"], {"append"}),
    "long_log": (["--entries", "1000"], {"1,000: grown_per_s", "1,000: proofs_sound", "1,000: disk_mib"}),
    "rebuild": (["--assertions", "200"], {"rebuild_assertions_per_s", "rebuild_peak_mib"}),
    "workplace": (
        ["--incidents", "60", "--claims", "240", "--items", "20", "--calls", "2", "--postgres"],
        {
            "PostgreSQL: search, text + box + date",
            "others: search, text + box + date",
            "start page",
            "items, nobody verified",
            "incidents, deep page",
            "search, text + box + date",
            "map, first view",
            "floor: 50 incidents by date",
        },
    ),
    "acquisition": (
        ["--megabytes", "2", "--files", "20"],
        {
            "large_mb_per_s",
            "small_files_per_s",
            "floor_cp_then_openssl_mb_per_s",
            "floor_cp_r_and_sync_files_per_s",
        },
    ),
    "sealing": (
        ["--megabytes", "2", "--wraps", "20"],
        {"seal_mb_per_s", "open_mb_per_s", "rewrapped_per_s", "unlock_seconds"},
    ),
    "vault": (
        ["--megabytes", "4", "--object-megabytes", "1"],
        {"vault_mb_per_s", "floor_raw_sha256_mb_per_s", "floor_openssl_mb_per_s"},
    ),
    "sync_broken_link": (
        ["--megabytes", "25", "--kills", "2"],
        {"arrived_whole", "at_most_one_piece_for_each_break", "sender_killed", "pieces_sent_again"},
    ),
    "search_quality": (["--json"], {"queries", "all", "known", "held", "last"}),
    "incidents_at_scale": (
        ["--incidents", "40", "--claims", "200", "--calls", "4", "--postgres"],
        {
            "incidents: rows imported",
            "claims: rows imported",
            "claims: assertions resolved and indexed",
            "resolution: stale figures found, claims",
            "combined: a page of Embers",
            "combined: the API of Embers over HTTP",
            "combined: floor, SQLite",
            "combined: floor, PostgreSQL",
            "others: combined",
        },
    ),
    "large_table": (["--megabytes", "1"], {"rows_per_s", "peak_mib", "rows_wrong", "floor_csv_rows_per_s"}),
    "sync_simulation": (["--seeds", "2"], {"entries", "exchanges", "receipted", "receipted_objects"}),
    "ingest": (["--megabytes", "2"], {"store_mb_per_s", "openssl_sha256_mb_per_s", "store_peak_mib"}),
    "team_stores": (
        ["--entries", "100", "--megabytes", "20"],
        {"append_per_s", "floor_raw_commit_per_s", "s3_ingest_mb_per_s", "floor_raw_put_mb_per_s"},
    ),
}
#: Campaigns with a short form of their own in other tests, or below.
ELSEWHERE = {
    "crash_campaign",
    "ten_editors",
    "api_fuzz",
    "ten_tasks",
    "interview_tutorial",
    "search_names",
    "peer_fill",
}


#: What benchmarks are made of.
PARTS = {
    "results",
    "large_case",
    "editors",
    "served",
    "name_world",
    "search_floors",
    "api_search",
    "peer_search",
}


def run(name: str, *options: str) -> dict[str, object]:
    command = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", RUNS)
def test_runs_and_prints_figures_with_machine(name):
    options, expected = RUNS[name]
    found = run(name, *options)
    assert expected <= found.keys()
    assert all(found[figure] for figure in expected)
    assert found["machine"]


def test_the_verification_benchmark_verifies_a_sound_journal():
    found = run("verification", "--entries", "100")
    assert [value for name, value in found.items() if name.endswith("_problems")] == [0, 0]


def test_memory_stays_the_same_for_a_table_eight_times_as_long():
    """A short form of the table of 10 GB; the peak is that of the process that reads it."""
    small, large = (run("large_table", "--megabytes", size) for size in ("1", "8"))
    assert large["rows"] >= 7 * small["rows"]
    assert large["rows_wrong"] == large["rows"] // 10_000 + 1
    assert large["peak_mib"] < small["peak_mib"] + 8


def test_ten_editors_lose_nothing_and_see_no_error():
    found = run("ten_editors", "--editors", "10", "--seconds", "8", "--incidents", "20")
    assert found["acknowledged"] > 10
    assert found["acknowledged"] == found["in_journal"]
    assert [found[name] for name in ("lost", "server_errors", "refused", "differences")] == [0, 0, 0, 0]


def test_a_search_is_measured_without_a_case():
    found = run("incidents_at_scale", "--search-only", "--incidents", "200", "--calls", "4")
    assert {"incidents indexed", "combined: Embers, with counts", "combined: floor, SQLite"} <= found.keys()
    assert not any("page" in name for name in found)


def test_every_benchmark_is_run_here():
    scripts = {path.stem for path in (ROOT / "benchmarks").glob("*.py")}
    assert scripts == {*RUNS, *ELSEWHERE, *PARTS}


def test_the_peer_gets_the_documents_once(postgres):
    address = postgres.address(postgres.database())
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(
            "CREATE TABLE bulletin (id serial PRIMARY KEY, title text, description text, publish_date timestamp, "
            "status text, user_id int, tags text[], created_at timestamp, updated_at timestamp)"
        )
        server.execute(
            "CREATE TABLE geo_location (title text, main boolean, latlng text, bulletin_id int, created_at timestamp, "
            "updated_at timestamp)"
        )
        server.execute(
            "CREATE TABLE bulletin_history (bulletin_id int, data json, user_id int, created_at timestamp, "
            "updated_at timestamp)"
        )
        command = [sys.executable, str(ROOT / "benchmarks" / "peer_fill.py"), address, "--incidents", "40"]
        subprocess.run(command, check=True, timeout=300)
        held = server.execute(
            "SELECT count(*), count(DISTINCT b.id), min(length(description)) > 100, bool_and(data->>'title' = b.title) "
            "FROM bulletin b JOIN geo_location g ON g.bulletin_id = b.id "
            "JOIN bulletin_history h ON h.bulletin_id = b.id"
        ).fetchone()
        assert held == (40, 40, True, True)
        again = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert "holds 40 bulletins already" in again.stderr
        assert server.execute("SELECT nextval('bulletin_id_seq')").fetchone() == (41,)
