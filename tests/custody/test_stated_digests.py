from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.custody.stated_digests import compare, is_list_name, lists_beside, lists_in, read_list
from embers.surroundings import Surroundings

A = hashlib.sha256(b"a").hexdigest()
M = hashlib.md5(b"a").hexdigest()


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("SHA256SUMS", f"{A}  a.jpg\n", {"a.jpg": {"sha256": A}}),
        ("SHA256SUMS", f"{A} *./sub/a b.jpg\r\n", {"sub/a b.jpg": {"sha256": A}}),
        ("sub/md5sum.txt", f"{M.upper()}  a.jpg\n", {"sub/a.jpg": {"md5": M}}),
        ("checksums.txt", f"SHA256 (a.jpg) = {A}\nMD5 (a.jpg) = {M}\n", {"a.jpg": {"sha256": A, "md5": M}}),
        ("a.jpg.sha256", A + "\n", {"a.jpg": {"sha256": A}}),
        ("SHA256SUMS", f"\\{A}  a\\nb.jpg\n", {"a\\u000ab.jpg": {"sha256": A}}),
        ("manifest-sha256.txt", f"{A}  data/a%0Ab.jpg\n", {"data/a\\u000ab.jpg": {"sha256": A}}),
        ("SHA256SUMS", "not a digest  a.jpg\n# remark\n", {}),
        ("SHA256SUMS", f"{A[:50]}  a.jpg\n", {}),
    ],
)
def test_forms_of_lists(name, text, expected):
    assert is_list_name(name)
    assert read_list(name, text).digests == expected


@given(st.text(max_size=300))
def test_any_text_is_read_without_fault(text):
    read_list("SHA256SUMS", text)


@pytest.mark.parametrize("name", ["a.jpg", "sums.jpg", "notes.txt", "manifest.json"])
def test_other_files_are_no_lists(name):
    assert not is_list_name(name)


def test_a_comparison_names_what_differs_and_what_is_missing():
    stated = read_list("SHA256SUMS", f"{A}  same\n{A}  other\n{A}  gone\n")
    found = {"same": {"sha256": A}, "other": {"sha256": "0" * 64}, "new": {"sha256": A}, "SHA256SUMS": {}}
    outcome = compare(stated, found)
    assert (outcome.matching, outcome.differing, outcome.missing, outcome.extra) == (
        1,
        ("other",),
        ("gone",),
        1,
    )
    assert outcome.outcome == "differs"
    assert compare(read_list("SHA256SUMS", f"{A}  same\n"), found).outcome == "matches"
    assert compare(read_list("SHA256SUMS", f"{A}  same\n{A}  gone\n"), found).outcome == "matches in part"


def test_only_lists_that_speak_of_the_file_count(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"a")
    (tmp_path / "SHA256SUMS").write_text(f"{A}  a.jpg\n{A}  b.jpg\n")
    (tmp_path / "b.jpg.md5").write_text(M)
    (found,) = lists_beside(tmp_path / "a.jpg", Surroundings())
    assert found.digests == {"a.jpg": {"sha256": A}}
    assert lists_in([(tmp_path / "missing.md5", "missing.md5")], Surroundings()) == []
