"""A document with every kind of block, for the renderers' tests. Invented country, invented events."""

from __future__ import annotations

import hashlib
import struct
import zlib

from sentence_words import (
    SentenceWriter,
    cell,
    code,
    digest,
    emphasis,
    label,
    link,
    place,
    quote,
    section_ref,
    sentence_ref,
    strong,
)

from embers.reporting import blocks as b

A1, A2 = "6f1c2a34-0000-4000-8000-000000000001", "6f1c2a34-0000-4000-8000-000000000002"
HOSTILE = (
    '#import "@preview/evil:1.0.0" #{ panic() } $x^2$ \\ `raw` @ref <label> = head /* c */ // d '
    "<script>alert(1)</script> &amp; \" ' [link](x) ~ -- \u202eevil\u202c \U0001f600 "
    "a\u0301\u0323 ح\u0301 \x07 "
)
SCRIPTS = {
    "hy": "Գանձակ քաղաքը հարվածի տակ էր",
    "az": "Gəncə şəhəri İğdır ıssız",
    "ru": "Город был обстрелян ночью",
    "uk": "Ґрунт, їжа, єдність",
    "ar": "قصفت المدينة ليلا",
    "ka": "ქალაქი დაიბომბა",
    "el": "Ελληνικά γράμματα",
}


def png(width: int = 480, height: int = 240) -> bytes:
    """Return a small grey picture with a grid, as PNG bytes."""
    rows = b"".join(
        b"\x00" + bytes(150 if x % 40 == 0 or y % 40 == 0 else 215 - (x * y) % 23 for x in range(width))
        for y in range(height)
    )

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="160" viewBox="0 0 400 160">'
    b'<rect width="400" height="160" fill="#eceae6"/>'
    b'<path d="M20 120 L120 60 L220 90 L380 30" fill="none" stroke="#555" stroke-width="3"/></svg>'
)
PNG = png()
FIGURES = {hashlib.sha256(data).hexdigest(): data for data in (PNG, SVG)}
TRACED = ("incident-1", "incident-2")


def sample(*, rows: int = 70) -> b.Document:
    """Return the document; ``rows`` is the length of its long table."""
    return b.Document(
        title="Strikes on Varda during the Northern Campaign",
        subtitle="Findings on the conduct of hostilities, 1 to 20 March 2031",
        short_title="Strikes on Varda",
        date="2031-06-01",
        notices=(
            b.Notice(
                "exercise", "Everything in this report is invented. No such country, city or war exists."
            ),
            b.Notice("imagery-gap", "No satellite scene of the affected places was at hand for this report."),
        ),
        meta=(
            ("Case", "exercise-2031"),
            (
                "Journal checkpoint",
                "41 entries, root 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            ),
            ("Terms of use", "Public; quote with the number of the sentence."),
        ),
        sections=(_summary(), _method(), _incident(), _annex(rows)),
    )


def _summary() -> b.Section:
    w = SentenceWriter("summary")
    return b.Section(
        "summary",
        "Summary",
        (
            b.Paragraph(
                (
                    w.fact(
                        "Between 1 and 20 March 2031 four strikes or more hit residential quarters of Varda.",
                        basis=[A1],
                    ),
                    w.fact(
                        "Sources differ on the number of people killed: between 7 and 21.", basis=[A1, A2]
                    ),
                    w.method(
                        "Ranges are stated where sources differ, and none is settled; see section ",
                        section_ref("method"),
                        ".",
                    ),
                )
            ),
        ),
        numbered=False,
    )


def _method() -> b.Section:
    w = SentenceWriter("method")
    hostile = SentenceWriter("hostile")
    long_word = SentenceWriter("scripts")
    return b.Section(
        "method",
        "Method and standard of proof",
        (
            b.Paragraph(
                (
                    w.method(
                        "Every sentence of fact carries a small number that leads to its evidence in annex ",
                        section_ref("annex"),
                        ".",
                    ),
                    w.method(
                        "The rules applied are those of ",
                        emphasis("customary"),
                        " international humanitarian law, as in the ",
                        link(
                            "study of customary rules", url="https://ihl-databases.icrc.org/en/customary-ihl"
                        ),
                        "; each is quoted with its number and the date it was consulted.",
                    ),
                    w.note("The three steps were these."),
                )
            ),
            b.BulletList(
                (
                    (w.method("Collect published reports and record each figure as a claim of its author."),),
                    (w.method("Find which reports relay which, so that one origin counts once."),),
                    (
                        w.method(
                            "Ask of every incident the same questions, whoever is alleged to be responsible."
                        ),
                    ),
                ),
                ordered=True,
            ),
        ),
        (
            b.Section(
                "scripts",
                "Names and scripts",
                (
                    b.BulletList(
                        tuple(
                            (long_word.method(strong(tag), ": ", place(text, language=tag), "."),)
                            for tag, text in SCRIPTS.items()
                        )
                    ),
                    b.Paragraph(
                        (
                            long_word.method(
                                quote("ночью", language="ru"), " means ", emphasis("at night"), "."
                            ),
                        )
                    ),
                ),
                (
                    b.Section(
                        "hostile",
                        HOSTILE,
                        (
                            b.Paragraph(
                                (
                                    hostile.fact(HOSTILE, basis=[A1]),
                                    hostile.method(
                                        HOSTILE,
                                        code(HOSTILE),
                                        place(HOSTILE, language="../x"),
                                        digest("ab" * 32),
                                    ),
                                )
                            ),
                            b.Paragraph((hostile.method("W" * 10_000),)),
                        ),
                    ),
                ),
            ),
        ),
    )


def _incident() -> b.Section:
    w = SentenceWriter("incident")
    return b.Section(
        "incidents",
        "Attacks on residential quarters",
        (
            b.Paragraph(
                (
                    w.fact(
                        "At 01:40 on 4 March a missile struck the Mill Street quarter of Varda (",
                        place("Վարդա", language="hy"),
                        ", ",
                        place("Vərdə", language="az"),
                        "), destroying or damaging some forty houses.",
                        basis=[A1, A2],
                    ),
                    w.fact("People were asleep in most of them.", basis=[A2]),
                    w.fact(
                        "The quarter lies 1.9 km from the nearest object that a source calls military.",
                        basis=[A1],
                    ),
                )
            ),
            b.PageBreak(),
        ),
        (
            b.Section(
                "mill-street",
                "Mill Street, 4 March 2031",
                (
                    b.KeyValues(
                        (
                            b.KeyValue("Date", cell(w.fact("4 March 2031, 01:40 local time", basis=[A1]))),
                            b.KeyValue("Place", cell("Mill Street, Varda ", code("40.6828, 46.3606"))),
                            b.KeyValue(
                                "Weapon", cell(w.fact("Ballistic missile, type contested", basis=[A1]))
                            ),
                        )
                    ),
                    b.Paragraph(
                        (
                            w.fact("Three sources describe one impact, a fourth two.", basis=[A1]),
                            w.method(
                                "As noted in ", sentence_ref("incident-1"), ", the hour is not disputed."
                            ),
                        )
                    ),
                    b.Callout(
                        "contested",
                        "Number of people killed",
                        (
                            w.fact("The city gives 7, the ministry 13 and a news agency 21.", basis=[A1]),
                            w.method("The three figures may count different days."),
                        ),
                    ),
                    b.Callout(
                        "denial",
                        "",
                        (w.fact("The Northern Army denied having fired at the city.", basis=[A2]),),
                    ),
                    _ranges(w),
                    b.Figure(
                        hashlib.sha256(PNG).hexdigest(),
                        "image/png",
                        w.fact("Mill Street with the impact points that sources describe.", basis=[A1]),
                        "A grey grid standing in for a map.",
                        80,
                    ),
                    _support(w),
                    b.Callout("gap", "Imagery", (w.method("No scene from before the strike was at hand."),)),
                    b.Callout("caution", "Translation", (w.method("Quotations are our own translations."),)),
                    b.Figure(
                        hashlib.sha256(SVG).hexdigest(),
                        "image/svg+xml",
                        w.method("Reports per day."),
                        "A line that rises from left to right.",
                    ),
                ),
            ),
        ),
    )


def _ranges(w: SentenceWriter) -> b.RangeTable:
    def claim(who: str, value: str, group: str, relay: str = "") -> b.RangeClaim:
        return b.RangeClaim(
            cell(who), w.fact(value, basis=[A1]), "2031-03-05", group, cell(relay) if relay else b.Cell()
        )

    return b.RangeTable(
        w.note("Figures and who gives them."),
        (
            b.RangeRow(
                "Killed",
                w.fact("7 to 21", basis=[A1]),
                (
                    claim("City administration", "7", "city"),
                    claim("Ministry of Emergency Situations", "13", "ministry"),
                    claim(
                        "Daily Courier",
                        "at least 13",
                        "ministry",
                        "the ministry's statement of the same morning",
                    ),
                    claim("Northern News Agency", "21", "agency"),
                ),
            ),
            b.RangeRow(
                "Injured",
                w.fact("35 to 52", basis=[A1]),
                (
                    claim("City administration", "35", "city"),
                    claim("Ministry of Emergency Situations", "52", "ministry"),
                ),
            ),
        ),
    )


def _support(w: SentenceWriter) -> b.SupportTable:
    labels = ("supported", "thin", "contested", "unsupported", "not_examined", "refuted")
    return b.SupportTable(
        w.law("Attack directed against civilian objects: elements and what supports them."),
        tuple(
            b.SupportRow(
                f"E{number}",
                w.law("The object of the attack was a civilian object, that is, not a military objective."),
                b.Run("Elements of Crimes, art. 8(2)(b)(ii)", "link", "https://www.icc-cpi.int/publications"),
                name,  # type: ignore[arg-type]
                name.replace("_", " ").capitalize(),
                cell(
                    w.fact(
                        "The houses struck were inhabited and none is described as used by armed forces.",
                        basis=[A1],
                    )
                ),
                (b.Count("components", 3), b.Count("first-hand", 1), b.Count("kinds", 2)),
                (w.fact("A statement of 5 March speaks of a depot in the quarter.", basis=[A2]),)
                if number == 3
                else (),
            )
            for number, name in enumerate(labels, start=1)
        ),
        (
            b.SupportGap(("E1", "E2"), (w.method("Inspect the site."), w.method("Find the battery's crew."))),
            b.SupportGap(("E5",), (w.method("Log a search."),)),
        ),
    )


def _annex(rows: int) -> b.Section:
    columns = (
        b.Column("Sentence", "start", 0),
        b.Column("Exhibit", "start", 2),
        b.Column("Digest", "start", 3),
        b.Column("Bytes", "end", 0),
    )
    traced = tuple(
        b.Row(
            (
                cell(sentence_ref(name)),
                cell("Published report of the city administration"),
                cell(digest("0123456789abcdef" * 4)),
                cell("48,213"),
            ),
            trace_of=name,
        )
        for name in TRACED
    )
    plain = tuple(
        b.Row(
            (
                cell(str(n)),
                cell(f"Exhibit {n}: a page captured from a news site, with its pictures"),
                cell(digest(hashlib.sha256(bytes([n % 256])).hexdigest())),
                cell(str(n * 977)),
            )
        )
        for n in range(rows)
    )
    return b.Section(
        "annex",
        "Sentences and their evidence",
        (b.Table(label("Evidence of each sentence."), columns, traced + plain),),
        number="A",
    )
