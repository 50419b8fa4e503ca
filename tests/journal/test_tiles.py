from __future__ import annotations

import pytest

from embers.errors import JournalError
from embers.journal.proof import Proof, prove, read_proof
from embers.journal.tiles import bundle, export_folder, read_bundle, read_folder, tile_number, tile_path


@pytest.mark.parametrize(
    ("index", "text"), [(0, "000"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067")]
)
def test_tile_numbers_as_the_specification_writes_them(index, text):
    assert tile_number(index) == text


def test_tile_paths():
    assert tile_path(0, 273, 112) == "tile/0/273.p/112"
    assert tile_path("entries", 5) == "tile/entries/005"


def test_bundles_read_back_and_cut_ones_are_refused():
    data = bundle([b"", b"a", b"b" * 65_535])
    assert read_bundle(data) == [b"", b"a", b"b" * 65_535]
    for cut in (data[:-1], data[:3], b"\0"):
        with pytest.raises(JournalError, match="cut"):
            read_bundle(cut)


@pytest.fixture
def exported(small, tmp_path):
    small.journal.append_many([small.note(str(number)) for number in range(600)], small.person)
    folder = tmp_path / "log"
    assert export_folder(small.journal, small.origin, folder) == 605
    return folder


def entries(small, folder):
    return list(read_folder(folder, small.journal.logs()[0].vkey, small.around.disk))


@pytest.mark.parametrize("small", ["sqlite", "postgres"], indirect=True)
def test_an_exported_log_reads_back(small, exported):
    names = sorted(str(path.relative_to(exported)) for path in exported.rglob("*") if path.is_file())
    assert names == [
        "checkpoint",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/93",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/93",
    ]
    assert entries(small, exported) == [signed.raw for _, signed in small.journal.entries()]


def test_one_flipped_bit_in_any_exported_file_is_found_and_named(small, exported):
    for path in sorted(exported.rglob("*")):
        if path.is_file():
            kept = path.read_bytes()
            for place in (0, len(kept) // 2, len(kept) - 2):
                path.write_bytes(kept[:place] + bytes([kept[place] ^ 4]) + kept[place + 1 :])
                with pytest.raises(JournalError):
                    entries(small, exported)
            path.unlink()
            with pytest.raises(JournalError, match="missing"):
                entries(small, exported)
            path.write_bytes(kept)
    assert len(entries(small, exported)) == 605


@pytest.mark.parametrize("small", ["sqlite", "postgres"], indirect=True)
def test_a_proof_file_reads_back_and_proves_only_its_entry(small):
    small.journal.append_many([small.note(str(number)) for number in range(40)], small.person)
    vkey = small.journal.logs()[0].vkey
    for proof in prove(small.journal, small.origin, range(45)):
        again = read_proof(proof.text())
        assert again == proof
        leaf = small.journal.store.log_entries(small.origin, proof.index, proof.index + 1)[0].leaf
        assert again.proves(leaf, vkey)
        assert not again.proves(b"\0" * 32, vkey)
        assert not Proof((proof.index + 1) % 45, proof.path, proof.note).proves(leaf, vkey)


def test_an_extra_line_is_allowed_and_ignored(small):
    proof = prove(small.journal, small.origin, [2])[0]
    assert read_proof(proof.text().replace("index", "extra AAAA\nindex")) == proof


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"),
        ("index 2", "index 02"),
        ("index 2", "index -2"),
        ("index 2", "index two"),
        ("index 2", "index 2\nAAAA"),
        ("index 2", "index 2\n!"),
        ("\n\n", "\n"),
    ],
)
def test_malformed_proofs_are_refused(small, old, new):
    text = prove(small.journal, small.origin, [2])[0].text()
    with pytest.raises(JournalError, match="malformed"):
        read_proof(text.replace(old, new))
