"""The pages over a small and a larger edition of the same invented case: as many queries, pages of bounded weight."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from answers import Get, reader
from django.db import connections
from django.test.utils import CaptureQueriesContext
from large_case_here import large_case

from embers.actions.case_folder import CaseFolder
from embers.web.serve import application

PAGES = (
    "/",
    "/incidents",
    "/incidents?missing=second-source&party=RED",
    "/incidents?missing=position&review=accepted&sort=-killed",
    "/items?missing=verification",
    "/tasks?of=all",
    "/reviews?state=asked",
    "/readings",
    "/incidents?party=RED&month=2035-10&sort=-killed",
    "/incidents?q=bridge&conduct=shelling",
    "/incidents?box=38000000,42000000,-35000000,-30000000",
    "/incidents?before=end",
    "/incidents/X-000003",
    "/incidents/X-9",
    "/claims",
    "/claims?field=killed&side=RED&sort=-as_of",
    "/claims?incident=X-000003",
    "/items?sort=-size",
    "/sources?side=RED",
    "/search?q=hospital",
    "/search?q=hospital&order=best&kind=incident",
    "/search?q="
    + quote("hospital party:RED date:2035-10..2035-11")
    + "&box=38000000,42000000,-35000000,-30000000",
    "/records",
    "/records/place?sort=label",
    "/records/organisation?before=end",
    "/records/choose?for=b0&kinds=item+source&b0.words=bul",
    "/map",
    "/map.geojson",
    "/map.days",
    "/map.groups",
    "/graph/X-000003",
)
#: Bytes of one answer without media.
HEAVIEST = 300_000


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> tuple[CaseFolder, CaseFolder]:
    return tuple(large_case(tmp_path_factory.mktemp(f"of-{size}"), size) for size in (60, 420))


def queries(folder: CaseFolder, path: str) -> tuple[int, int]:
    get = reader(application(folder))
    get(path)
    with CaptureQueriesContext(connections[folder.database().as_read_by(None).alias]) as captured:
        answer = get(path)
    assert answer.status == (404 if path == "/incidents/X-9" else 200), path
    return len(captured), len(answer.body)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_more_of_a_larger_case(cases, path):
    (few, _), (many, weight) = (queries(folder, path) for folder in cases)
    # Squares stand for incidents where there are many: one statement less than for single records.
    assert few - 1 <= many <= few <= 22, path
    assert weight < HEAVIEST


@pytest.fixture
def get(cases) -> Get:
    return reader(application(cases[1]))


def codes(text: str) -> list[str]:
    return re.findall(r'row"><a class="num" href="/incidents/([^"]+)"', text)


def follow(text: str, words: str) -> str:
    return re.search(rf'<a (?:rel="\w+" )?href="([^"]+)">{words}', text)[1].replace("&amp;", "&")


def test_pages_forward_and_back_show_the_same_rows_and_keep_the_filters(get):
    first = get("/incidents?party=RED&sort=-when").text
    second = get("/incidents" + follow(first, "Further rows")).text
    assert not set(codes(first)) & set(codes(second))
    again = get("/incidents" + follow(second, "Earlier rows")).text
    assert codes(again) == codes(first)
    assert "First rows" not in first
    assert codes(get("/incidents" + follow(second, "First rows")).text) == codes(first)
    last = get("/incidents" + follow(first, "Last rows")).text
    assert "Further rows" not in last
    assert 'aria-current="true">RED' in second


def test_an_empty_list_says_what_to_loosen_and_how_many_there_would_be(get):
    text = get("/incidents?party=RED&conduct=nothing-of-the-kind").text
    total = re.search(r"role=\"status\">([\d,]+) incidents", get("/incidents?party=RED").text)[1]
    assert "No incident matches" in text
    assert re.search(rf"Without “Kind of conduct: nothing-of-the-kind”</a> \({total}\)", text)
    assert "Without “Alleged author: RED”</a> (0)" in text


@pytest.mark.parametrize(
    "path",
    [
        "/incidents?after=zzz",
        "/incidents?before=W10",
        "/incidents?box=1,2,3",
        "/incidents?from=soon",
        "/search?q=date:soon",
        "/search?q=kind:nonsense",
        "/map.geojson?box=x",
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(get, path):
    answer = get(path)
    assert answer.status == 400
    assert 'class="lead"' in answer.text


@pytest.mark.parametrize("query", ["q=hospital&kind=item", "q=kind:item+hospital"])
def test_a_search_narrowed_to_a_kind_counts_what_it_shows(get, query):
    everything, text = get("/search?q=hospital").text, get(f"/search?{query}").text
    items = re.search(r">Item</a> <span class=\"num\">([\d,+]+)<", text)[1]
    assert f"<h2>{items} result" in text
    assert f"<h2>{items} result" not in everything
    assert 'aria-current="true">Item' in text
    assert 'aria-current="true">all kinds' not in text


def test_the_search_says_why_each_record_was_found(get):
    text = get("/search?q=hospital").text
    results = text.partition('class="found"')[2].partition("</ul>")[0].split("<li>")[1:]
    assert len(results) == 30
    assert all("<mark>" in one for one in results)
    page = get("/search?q=hospital&kind=item").text
    assert "In its name" in page
    assert 'aria-current="true">Item' in page


def test_the_map_sends_squares_for_many_and_records_for_few(get):
    many = json.loads(get("/map.geojson").body)
    assert many["embers"]["squares"] is True
    assert sum(one["properties"]["count"] for one in many["features"]) == many["embers"]["total"]
    bars = json.loads(get("/map.days").body)
    assert bars["total"] == many["embers"]["total"]
    day = bars["bars"][0]
    few = json.loads(get(f"/map.geojson?from={day['span']}&to={day['span']}").body)
    assert len(few["features"]) == day["count"]
    assert all(one["properties"]["precision_m"] > 0 for one in few["features"])
    turned = json.loads(get("/map.geojson?zoom=3&box=-90000000,90000000,-500000000,500000000").body)
    assert turned["embers"]["total"] == many["embers"]["total"]
