"""The demo files are the ones their README speaks of."""

import hashlib
import tomllib
from pathlib import Path

DEMO = Path(__file__).parents[2] / "demo" / "imagery"


def test_every_demo_file_is_listed_and_unchanged():
    lines = (DEMO / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {path: digest for digest, path in (line.split("  ", 1) for line in lines)}
    found = {
        path.relative_to(DEMO).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in DEMO.rglob("*")
        if path.is_file() and path.parent != DEMO
    }
    assert found == listed
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < 12 * 1024**2


def test_case_file_points_at_real_items_and_covers_every_file():
    case = tomllib.loads((DEMO / "case.toml").read_text(encoding="utf-8"))
    items = {item["key"]: DEMO / item["path"] for item in case["item"]}
    assert all(path.exists() for path in items.values())
    assert {scene["item"] for scene in case["scene"]} == set(items)
    scenes = {scene["key"] for scene in case["scene"]}
    assert all({panel["before"], panel["after"]} <= scenes for panel in case["panel"])
    for item in case["item"]:
        assert all(item[field] for field in ("title", "origin", "licence", "attribution", "method"))
    data = [path for path in DEMO.rglob("*") if path.is_file() and path.parent != DEMO]
    assert all(any(path == item or item in path.parents for item in items.values()) for path in data)
