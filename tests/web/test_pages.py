"""Every page over a real case: content, both directions of the trace, and a bounded number of queries."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from showcase import HOSTILE, NOTICE

from embers.projections.database import CaseDatabase


def pages_of(showcase) -> list[str]:
    return [
        "/",
        "/incidents",
        "/incidents/K20-33",
        "/map",
        "/claims",
        f"/claims/{showcase.ganja_claim}",
        "/sources",
        "/sources/S28",
        "/items",
        f"/items/{showcase.table_item.partition(':')[2]}",
        f"/items/{showcase.hostile_item.partition(':')[2]}",
        "/law",
        "/report",
        "/trace",
        f"/trace/{showcase.sentence}",
        "/trace/K20-33",
        "/search?q=gence",
    ]


def test_every_page_has_frame_title_and_notice(get, showcase):
    titles = set()
    for path in pages_of(showcase):
        answer = get(path)
        assert answer.status == 200, path
        assert answer.text.count("<h1") == 1, path
        assert 'href="#main"' in answer.text
        assert NOTICE in answer.text, path
        assert "Exercise." not in answer.text
        titles.add(re.search("<title>(.*?)</title>", answer.text, re.S)[1])
    assert len(titles) >= len(pages_of(showcase)) - 1


def test_pages_ask_a_bounded_number_of_queries(get, showcase):
    alias = CaseDatabase(showcase.folder.projection_path, read_only=True).alias
    for path in pages_of(showcase):
        get(path)
        with CaptureQueriesContext(connections[alias]) as queries:
            get(path)
        assert len(queries) <= 30, (path, len(queries))


def test_the_ganja_strike_shows_ranges_origins_answer_and_both_names(get):
    text = get("/incidents/K20-33").text
    assert "Gəncə" in text
    assert 'data-label="contested"' in text
    assert "relays" in text
    assert 'id="answer"' in text
    assert "None was found in what was read." not in text
    assert "by" in text
    assert "origins" in text
    # one group per origin: fewer groups than claims
    killed = text.partition('id="field-killed"')[2].partition("</section>")[0]
    assert "Killed: <bdi>13 to 21</bdi>" in text
    assert "Killed: 21" not in text
    assert 1 < killed.count("<tbody>") <= killed.count("<tr>") - 1


def test_incident_list_filters_and_sorts(get):
    everything = set(re.findall(r'href="/incidents/(K20-\d+)"', get("/incidents").text))
    one = set(re.findall(r'href="/incidents/(K20-\d+)"', get("/incidents?party=AZE").text))
    other = set(re.findall(r'href="/incidents/(K20-\d+)"', get("/incidents?party=ARM/NKR").text))
    assert len(everything) == 41
    assert len(one) == len(other) == 20
    assert not one & other
    found = [
        set(re.findall(r"/incidents/(K20-\d+)", get(f"/incidents?q={q}").text)) for q in ("gence", "Ganja")
    ]
    assert "K20-33" in found[0] & found[1]
    down = re.findall(r'row"><a class="num" href="/incidents/(K20-\d+)"', get("/incidents?sort=-code").text)
    assert down == sorted(down, reverse=True)
    assert len(down) == 41
    october = get("/incidents?month=2020-10").text
    assert "K20-33" in october
    assert "No incident matches" in get("/incidents?q=zzzzqqq").text


def test_claims_filter_and_lead_to_their_page(get, showcase):
    assert showcase.ganja_claim in get("/claims?incident=K20-33").text
    assert showcase.ganja_claim not in get("/claims?incident=K20-33&field=weapon").text
    assert "No claim matches" in get("/claims?incident=K20-99").text
    text = get(f"/claims/{showcase.ganja_claim}").text
    assert "it holds for a key registered in this case" in text
    assert "Checked now: the entry is in the log" in text
    assert "row=C161" in text
    assert f'href="/trace/{showcase.sentence}"' in text


def test_trace_walks_down_to_custody_and_back_up(get, showcase):
    down = get(f"/trace/{showcase.sentence}").text
    assert f"/claims/{showcase.ganja_claim}" in down
    assert f"/items/{showcase.table_item.partition(':')[2]}" in down
    assert "row=C161" in down
    assert "signature and place checked now" in down
    assert "Taken in from a file" in down
    assert re.search(r'class="digest">[0-9a-f]{64}<', down)
    up = get(f"/items/{showcase.table_item.partition(':')[2]}").text
    assert f'href="/trace/{showcase.sentence}"' in up


@pytest.mark.parametrize("given", ["C161", "K20-33"])
def test_trace_accepts_codes(get, showcase, given):
    answer = get(f"/trace?id={given}")
    assert answer.status == 302
    walked = get(answer.headers["Location"])
    assert walked.status == 200
    assert f'href="/trace/{showcase.sentence}"' in walked.text


def test_report_links_every_sentence(get, showcase):
    text = get("/report").text
    assert f'href="/trace/{showcase.sentence}"' in text
    assert 'data-sentence="ganja.2"' in text
    assert "style=" not in text
    assert ".report" in get("/report.css").text


def test_map_data_is_geojson_with_precision(get):
    answer = get("/map.geojson")
    assert answer.headers["Content-Type"] == "application/geo+json"
    features = json.loads(answer.body)["features"]
    assert features
    assert all(feature["properties"]["precision_m"] > 0 for feature in features)
    one = json.loads(get("/map.geojson?incident=K20-33").body)["features"]
    assert [feature["id"] for feature in one] == ["K20-33"]


def test_search_crosses_scripts(get):
    for words in ("gence", "Гянджа", "Գյանջա", "Gəncə"):
        from urllib.parse import quote

        assert "/incidents/K20-33" in get(f"/search?q={quote(words)}").text, words


def test_addresses_show_only_their_host(get, showcase):
    for code in ("S28", "S01", "S03"):
        text = get(f"/sources/{code}").text
        assert "://" not in text.replace("http://www.w3.org", "")


def test_hostile_text_stays_text(get, showcase):
    for path in [
        "/items",
        f"/items/{showcase.hostile_item.partition(':')[2]}",
        f"/trace/{showcase.hostile_item}",
        "/report",
        "/search?q=script",
        "/trace/ganja.2",
    ]:
        text = get(path).text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
    assert "&lt;script&gt;" in get("/items").text
    assert HOSTILE not in get("/search?q=%3Cscript%3Ealert(%22x%22)%3C/script%3E").text


def test_one_of_something_is_one_and_sentences_stand_by_section_with_their_number(get):
    text = get("/sources/S22").text
    assert "1 person<" in text
    assert "exactly" not in text
    assert "1 persons" not in text


def test_a_list_of_records_shows_no_column_that_only_repeats_the_other(get):
    text = get("/records/place").text
    assert ">Code<" not in text
    heads = len(re.findall('scope="col"', text))
    row = re.search("<tbody>(<tr>.*?</tr>)", text, re.S)
    assert row
    assert len(re.findall("<t[hd]", row[1])) == heads == 2


def test_whoever_is_not_logged_in_is_told_so_and_how_tasks_are_given(get):
    text = get("/tasks").text
    assert "Nobody is logged in here" in text
    assert "Your key is locked" not in text
    assert "A task is given on the page" in text


def test_figures_and_words_of_the_case_keep_their_direction_in_arabic(get):
    text = get("/incidents/K20-33", HTTP_ACCEPT_LANGUAGE="ar").text
    assert re.search(r"<bdi>\d+ to \d+</bdi>", text)
    assert f"<bdi>{NOTICE}" in text
