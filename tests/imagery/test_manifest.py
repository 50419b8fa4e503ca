"""Products against their makers' manifests: the real ones, and ones made to do harm."""

import hashlib
import io
import os
import shutil
import struct
import tomllib
import zipfile
from pathlib import Path

import pytest

from embers.errors import ImageryError
from embers.imagery.manifest import check_manifest
from embers.imagery.safe_xml import MAX_BYTES, read_tree
from embers.surroundings import Surroundings

DEMO = Path(__file__).parents[2] / "demo" / "imagery"
S1A = next((DEMO / "safe").glob("S1A*.zip"))
S1B = next((DEMO / "safe").glob("S1B*.SAFE"))
HERE = Surroundings()
NAME = "S1A_IW_GRDH_1SDV_20210119T031653_20210119T031718_036201_043ED0_8255.SAFE"


def manifest_xml(
    files: dict[str, bytes], *, extra: str = "", size: str | None = None, sums: str = "MD5"
) -> str:
    kinds = {"MD5": hashlib.md5, "SHA3-256": hashlib.sha3_256}
    objects = "".join(
        f'<dataObject ID="d{i}"><byteStream size="{size if size is not None else len(data)}">'
        f'<fileLocation locatorType="URL" href="./{path}"/>'
        f'<checksum checksumName="{sums}">{kinds.get(sums, hashlib.md5)(data).hexdigest()}</checksum>'
        "</byteStream></dataObject>"
        for i, (path, data) in enumerate(files.items())
    )
    return (
        f'<?xml version="1.0"?>{extra}<X xmlns="urn:x"><dataObjectSection>{objects}</dataObjectSection></X>'
    )


def folder(base: Path, files: dict[str, bytes], manifest: str | None = None) -> Path:
    root = base / NAME
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    root.mkdir(exist_ok=True)
    (root / "manifest.safe").write_text(manifest or manifest_xml(files), encoding="utf-8")
    return root


def zipped(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def code_of(path: Path) -> str:
    with pytest.raises(ImageryError) as caught:
        check_manifest(path, HERE)
    assert caught.value.hint
    return caught.value.code


def test_demo_products_give_the_expected_outcome():
    items = tomllib.loads((DEMO / "case.toml").read_text(encoding="utf-8"))["item"]
    checked = 0
    for item in items:
        if item.get("check") == "maker-manifest":
            report = check_manifest(DEMO / item["path"], HERE)
            assert {"outcome": report.outcome, **report.counts} == item["expected"]
            checked += 1
    assert checked == 2


def test_the_zip_is_verified_in_part():
    report = check_manifest(S1A, HERE)
    assert report.product == S1A.stem
    assert (report.form, report.listed, report.verified_in_part) == ("zip", 11, True)
    assert [e.path.rpartition("/")[2][-4:] for e in report.entries if e.state == "missing"] == [
        "tiff",
        "tiff",
    ]
    assert any(text.startswith("Verified in part") for text in report.sentences)
    quick = next(e for e in report.entries if e.path == "preview/quick-look.png")
    with zipfile.ZipFile(S1A) as archive:
        data = archive.read(f"{NAME}/preview/quick-look.png")
    assert quick.our_sha256 == hashlib.sha256(data).hexdigest()
    assert quick.our_checksum == quick.their_checksum == hashlib.md5(data).hexdigest()


def test_the_altered_product_names_the_file_and_both_sizes():
    report = check_manifest(S1B, HERE)
    (wrong,) = [e for e in report.entries if e.state == "mismatch"]
    assert (wrong.our_size, wrong.their_size) == (434_506, 872_345_960)
    assert any("434,506" in text and "872,345,960" in text for text in report.sentences)
    assert not report.verified_in_part


def test_lone_manifest_is_said_to_be_only_that(tmp_path):
    alone = tmp_path / "manifest.safe"
    shutil.copy(S1B / "manifest.safe", alone)
    report = check_manifest(alone, HERE)
    assert (report.outcome, report.product, report.counts["missing"]) == ("manifest only", "", 13)


def test_complete_product_and_every_single_changed_byte(tmp_path):
    files = {"a/one.xml": b"<a/>", "two.bin": bytes(range(32))}
    root = folder(tmp_path, files)
    assert check_manifest(root, HERE).outcome == "complete"
    for path, data in files.items():
        for position in range(len(data)):
            changed = bytearray(data)
            changed[position] ^= 1
            (root / path).write_bytes(changed)
            report = check_manifest(root, HERE)
            assert (report.outcome, report.counts["mismatch"]) == ("altered", 1)
        (root / path).write_bytes(data)


def test_empty_file_is_a_mismatch(tmp_path):
    root = folder(tmp_path, {"a.bin": b"abc"})
    (root / "a.bin").write_bytes(b"")
    assert check_manifest(root, HERE).outcome == "altered"


def test_unlisted_file_is_reported_with_our_digest(tmp_path):
    root = folder(tmp_path, {"a.bin": b"abc"})
    (root / "extra.txt").write_bytes(b"hello")
    report = check_manifest(root, HERE)
    assert report.outcome == "complete"
    extra = report.entries[-1]
    assert (extra.state, extra.our_sha256) == ("unlisted", hashlib.sha256(b"hello").hexdigest())


def test_newer_checksum_kind_and_unknown_kind(tmp_path):
    files = {"a.bin": b"abc"}
    root = folder(tmp_path, files, manifest_xml(files, sums="SHA3-256"))
    assert check_manifest(root, HERE).outcome == "complete"
    (root / "manifest.safe").write_text(manifest_xml(files, sums="CRC-7"), encoding="utf-8")
    report = check_manifest(root, HERE)
    assert (report.outcome, report.entries[0].state) == ("incomplete", "unreadable")


def test_links_are_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"abc")
    root = folder(tmp_path, {"a.bin": b"abc"})
    (root / "a.bin").unlink()
    (root / "a.bin").symlink_to(secret)
    report = check_manifest(root, HERE)
    assert (report.entries[0].state, report.entries[0].our_sha256) == ("unreadable", "")
    os.mkfifo(root / "pipe")
    assert check_manifest(root, HERE).entries[-1].state == "unlisted"


@pytest.mark.parametrize(
    "extra",
    [
        '<!DOCTYPE X [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE X SYSTEM "file:///etc/passwd">',
        "<!DOCTYPE X>",
    ],
)
def test_document_types_are_refused(tmp_path, extra):
    files = {"a.bin": b"abc"}
    assert code_of(folder(tmp_path, files, manifest_xml(files, extra=extra))) == "imagery.manifest-doctype"


def test_oversized_deep_and_broken_xml_are_refused(tmp_path):
    for text, code in (
        (b"<a>" * 100 + b"</a>" * 100, "imagery.manifest-size"),
        (b"<a>" + b"<b/>" * 200_001 + b"</a>", "imagery.manifest-size"),
        (b" " * (MAX_BYTES + 1), "imagery.manifest-size"),
        (b"<a><b></a>", "imagery.manifest-xml"),
        (b"", "imagery.manifest-xml"),
        (b"\xff\xfe\x00", "imagery.manifest-xml"),
    ):
        with pytest.raises(ImageryError) as caught:
            read_tree(text, named="manifest.safe")
        assert caught.value.code == code
    root = folder(tmp_path, {})
    (root / "manifest.safe").write_bytes(b" " * (MAX_BYTES + 1))
    assert code_of(root) == "imagery.manifest-size"


@pytest.mark.parametrize(
    "href",
    ["../secret", "a/../../secret", "/etc/passwd", "http://host/x", "a\\b", "C:/x", "a//b", "", "a/&#10;b"],
)
def test_paths_out_of_the_product_are_refused(tmp_path, href):
    (tmp_path / "secret").write_bytes(b"abc")
    xml = manifest_xml({"PLACE": b"abc"}).replace("./PLACE", href)
    assert code_of(folder(tmp_path, {}, xml)) == "imagery.product-path"


@pytest.mark.parametrize("size", ["-1", "1e9", "99999999999999999999", "", "٣"])
def test_impossible_sizes_are_refused(tmp_path, size):
    files = {"a.bin": b"abc"}
    assert code_of(folder(tmp_path, files, manifest_xml(files, size=size))) == "imagery.manifest-entry"


def test_huge_but_possible_size_is_a_mismatch(tmp_path):
    files = {"a.bin": b"abc"}
    root = folder(tmp_path, files, manifest_xml(files, size="900000000000000"))
    assert check_manifest(root, HERE).outcome == "altered"


def test_contradicting_and_empty_lists_are_refused(tmp_path):
    one, two = manifest_xml({"a.bin": b"abc"}), manifest_xml({"a.bin": b"abd"})
    head, tail = one.split("</dataObjectSection>")
    both = (
        head
        + two.split("<dataObjectSection>")[1].split("</dataObjectSection>")[0]
        + "</dataObjectSection>"
        + tail
    )
    assert code_of(folder(tmp_path, {}, both)) == "imagery.manifest-entry"
    assert code_of(folder(tmp_path, {}, manifest_xml({}))) == "imagery.manifest-entry"


def test_zip_cut_off_anywhere_is_refused_or_seen(tmp_path):
    data = S1A.read_bytes()
    for length in (0, 10, len(data) // 2, len(data) - 30, len(data) - 1):
        cut = tmp_path / "cut.zip"
        cut.write_bytes(data[:length])
        assert code_of(cut) == "imagery.zip-damaged"


def test_damaged_member_is_unreadable_not_fatal(tmp_path):
    data = bytearray(S1A.read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo(f"{NAME}/preview/quick-look.png")
    start = info.header_offset + 30 + len(info.filename.encode()) + 200
    data[start : start + 50] = b"\0" * 50
    broken = tmp_path / "broken.zip"
    broken.write_bytes(data)
    report = check_manifest(broken, HERE)
    entry = next(e for e in report.entries if e.path == "preview/quick-look.png")
    assert (entry.state, report.outcome, report.counts["match"]) == ("unreadable", "incomplete", 8)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_double_names_in_a_zip_are_refused(tmp_path):
    manifest = manifest_xml({"a.bin": b"abc"}).encode()
    members = [("P.SAFE/manifest.safe", manifest), ("P.SAFE/a.bin", b"abc"), ("P.SAFE/a.bin", b"abd")]
    assert code_of(zipped(tmp_path / "p.zip", members)) == "imagery.zip-duplicate"


@pytest.mark.parametrize("name", ["../out.bin", "/abs.bin", "P.SAFE/../../x"])
def test_zip_member_names_out_of_the_product_are_refused(tmp_path, name):
    manifest = manifest_xml({"a.bin": b"abc"}).encode()
    path = zipped(tmp_path / "p.zip", [("P.SAFE/manifest.safe", manifest), (name, b"abc")])
    assert code_of(path) == "imagery.product-path"


def test_file_beside_the_product_folder_cannot_stand_in(tmp_path):
    manifest = manifest_xml({"a.bin": b"abc", "b.bin": b"b"}).encode()
    members = [("P.SAFE/manifest.safe", manifest), ("P.SAFE/b.bin", b"b"), ("a.bin", b"abc")]
    report = check_manifest(zipped(tmp_path / "p.zip", members), HERE)
    assert {e.path: e.state for e in report.entries} == {
        "a.bin": "missing",
        "b.bin": "match",
        "../a.bin": "unlisted",
    }


def test_zip_bomb_is_refused_before_unpacking(tmp_path):
    manifest = manifest_xml({"a.bin": b"abc"}).encode()
    members = [("P.SAFE/manifest.safe", manifest), ("P.SAFE/a.bin", b"\0" * 40_000_000)]
    assert code_of(zipped(tmp_path / "p.zip", members)) == "imagery.zip-size"


def test_zip_that_declares_too_little_is_read_no_further(tmp_path):
    manifest = manifest_xml({"a.bin": b"\0" * 100}).encode()
    path = zipped(
        tmp_path / "p.zip", [("P.SAFE/manifest.safe", manifest), ("P.SAFE/a.bin", b"\0" * 5_000_000)]
    )
    # Both headers are changed to claim 100 bytes; the stream still unpacks to five million.
    data = path.read_bytes().replace(struct.pack("<I", 5_000_000), struct.pack("<I", 100))
    path.write_bytes(data)
    report = check_manifest(path, HERE)
    assert report.outcome == "incomplete"
    assert report.entries[0].state == "unreadable"


def test_nothing_there_and_no_manifest(tmp_path):
    assert code_of(tmp_path / "absent.zip") == "imagery.product-missing"
    assert code_of(tmp_path) == "imagery.manifest-missing"
    assert code_of(zipped(tmp_path / "p.zip", [("x.txt", b"x")])) == "imagery.manifest-missing"
