"""Files of real programs, old encodings, and broken ones: what must come out of each.

`tests/data/documents/make.py` says how they were made.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tools.documents.blocks import UnreadableDocument
from tools.documents.chunking import MAX_PASSAGE_CHARS, Chunk, chunk
from tools.documents.conversion import Converter

FILES = Path("tests/data/documents/files")


class Finds(NamedTuple):
    """A passage that holds a text, and where it says that it stands."""

    text: str
    page: int | None = None
    section: str | None = None
    cells: str | None = None


REPORT = "Cold chain report"
DEVIATIONS = f"{REPORT} › Deviations"
MEASURES = f"{REPORT} › Measures"
DEPOTS = "| Depot | Deviations |\n| --- | --- |\n| Busan | 2 |\n| Daejeon | 1 |"
TRAVEL_KO = "출장비 규정 › 숙박비"
REGIONS_KO = "| 지역 | 상한 |\n| --- | --- |\n| 서울 | 120,000원 |\n| 부산 | 90,000원 |"
STAFF = (
    "| 이름 | 부서 | 내선 |\n| --- | --- | --- |\n| 김민수 | 영업부 | 1234 |\n| 이서연 | 품질관리부 | 5678 |"
)
PRICES = (
    "| Product | Price | Pieces | Total |\n| --- | --- | --- | --- |\n| Thermometer | 12,500 | 4 | 50,000 |"
)
DECK = "Sales kick-off"

READABLE: dict[str, list[Finds]] = {
    "writer-report.docx": [
        Finds("Vaccines travel at 2 to 8 degrees", section=REPORT),
        Finds("**Deviations**\n\nThree deliveries were", section=REPORT),
        Finds(DEPOTS, section=REPORT),
        Finds("- Loggers are read every hour.\n- Drivers carry spare ice packs."),
    ],
    "writer-report.pdf": [
        Finds("Vaccines travel at 2 to 8 degrees", 1, REPORT),
        Finds(DEPOTS, 1, DEVIATIONS),
        Finds("Drivers carry spare ice packs.", 2, MEASURES),
    ],
    "writer-korean.docx": [
        Finds("국내 출장의 일비는 하루 삼만 원으로 한다.", section="출장비 규정"),
        Finds(REGIONS_KO, section=TRAVEL_KO),
    ],
    "writer-korean.pdf": [
        Finds("국내 출장의 일비는 하루 삼만 원으로 한다.", 1, "출장비 규정"),
        Finds(REGIONS_KO, 1, TRAVEL_KO),
    ],
    "writer-export.html": [
        Finds("Vaccines travel at 2 to 8", section=REPORT),
        Finds(DEPOTS, section=REPORT),
    ],
    "writer-utf16.txt": [Finds("Three deliveries were too warm")],
    "writer-tracked.docx": [
        Finds(
            "Employees retire at the age of sixty-five years. (Drivers of lorries retire earlier.)",
            section="Retirement",
        ),
        Finds("A box beside the text names the pension fund Haneul.", section="Retirement"),
        Finds("Notice is given six months ahead.", section="Retirement › Notice"),
    ],
    "python-docx-tables.docx": [
        Finds(
            "| Car and plate |  | Seats |\n| --- | --- | --- |\n| Kia Ray | 12가 3456 | 4 |\n"
            "| Hyundai Staria |  |  |",
            section="Vehicles",
        ),
        Finds("- Refuel before you return it.\n- Note the mileage.", section="Vehicles"),
    ],
    "python-pptx-deck.pptx": [
        Finds("Gangnam, January 2026", 1, DECK),
        Finds("Clinics grow by nine percent.\n\nMention the award for Mrs Oh.", 2, f"{DECK} › Targets"),
        Finds("| Region | Visits |\n| --- | --- |\n| Jeju | 140 |", 3, f"{DECK} › Regions"),
        Finds("|  | Revenue |\n| --- | --- |\n| Q1 | 31.5 |\n| Q2 | 42.25 |", 3, f"{DECK} › Regions"),
        Finds("Grouped: call back", 4, f"{DECK} › Slide 4"),
        Finds("Thank you", 5, DECK),
    ],
    "impress-deck.pptx": [
        Finds("Gangnam, January 2026", 1, DECK),
        Finds("Mention the award for Mrs Oh.", 2, "Targets"),
        Finds("| Jeju | 140 |", 3, "Regions"),
        Finds("| Q2 | 42.25 |", 3, "Regions"),
        Finds("Grouped: call back", 4),
    ],
    "impress-deck.pdf": [Finds("Clinics grow by nine percent.", 2), Finds("Grouped: call back", 4)],
    "python-pptx-korean.pptx": [Finds("혈당 측정기를 삼월에 출시합니다.", 1, "신제품 출시")],
    "calc-formulas.xlsx": [Finds(PRICES, section="prices", cells="prices!A1:D3")],
    "calc-formulas.pdf": [Finds("Thermometer", 1)],
    "calc-semicolons.csv": [Finds("| Thermometer | 12500 | 4 | 50000 |", cells="A1:D3")],
    "openpyxl-sheets.xlsx": [
        Finds("Targets of the first quarter", section="Q1 targets", cells="'Q1 targets'!B2:E8"),
        Finds("| 서울 | 1,250,000 | 42.5% | 2026-01-01 |", cells="'Q1 targets'!B2:E8"),
        Finds("| Busan \\| Ulsan | 830,000 | 20% |", cells="'Q1 targets'!B2:E8"),
        Finds("Approved by the board.", cells="'Q1 targets'!B2:E8"),
        Finds("| 2019 | 77 |", section="Archive", cells="Archive!A1:B2"),
    ],
    "openpyxl-wide.xlsx": [
        Finds("Column 1 |", cells="Sheet!A1:KN1"),
        Finds("| value 300 |", cells="Sheet!A2:KN2"),
    ],
    "openpyxl-far-corner.xlsx": [
        Finds("| Near | both |"),
        Finds("the far corner", section="Sheet", cells="Sheet!A1:XFD1048576"),
    ],
    "reportlab-columns.pdf": [
        Finds("Shelves are numbered from the door.", 1, "Chapter 1"),
        Finds("Ladders stay behind the gate.", 2, "Chapter 2"),
    ],
    "pypdf-no-password-to-open.pdf": [Finds("Drivers carry spare ice packs.", 2, MEASURES)],
    "iconv-cp949.txt": [
        Finds("재택근무는 주 이틀까지 가능합니다.\n팀장에게 전날까지"),
        Finds("똠방각하 펲시콜라"),
    ],
    "iconv-euc-kr.csv": [Finds(STAFF, cells="A1:C3")],
    "iconv-utf16.csv": [Finds(STAFF, cells="A1:C3")],
    "iconv-utf16be-no-mark.txt": [Finds("재택근무는 주 이틀까지 가능합니다.")],
    "iconv-utf16le-english.txt": [Finds("Keys are kept at the reception.")],
    "iconv-cp1252.txt": [Finds("Le café “Déjà vu” est fermé le dimanche, et l’été aussi.")],
    "iconv-shift-jis.txt": [Finds("東京の倉庫は月曜日に休みます。")],
    "iconv-euc-kr.html": [Finds("재택근무는 주 이틀까지 가능합니다.", section="공지")],
    "utf8-mark-crlf.txt": [Finds("First line\n\n두 번째 문단")],
    "cut-in-a-character.txt": [Finds("회의록 회의록")],
    "quoted.csv": [
        Finds("| Gloves, blue | Two lines: size M \\| L |\n| Mask | none |", cells="A1:B3"),
    ],
    "fences.md": [
        Finds("Intro.\n\n```sh\n# no heading\nmake run\n```", section="Setext title"),
        Finds(
            "- one\n\n  # not a heading either\n\n[link]: http://example.org", section="Setext title › Part"
        ),
    ],
    "scripts.html": [
        Finds("The canteen opens at 11:30.", section="Portal & news"),
        Finds("| Day | Menu |\n| --- | --- |\n| Mon | Bibimbap |"),
        Finds("- First\n- inner"),
        Finds("keep\n    this"),
    ],
    "nested.html": [Finds("At the bottom")],
    "unclosed.html": [Finds("one\n\ntwo\n\n| a | b |\n| --- | --- |\n| c | d |", section="Open")],
}
REFUSED = {
    "archive.zip": "document_unsupported",
    "binary.txt": "document_encoding",
    "bomb.xlsx": "document_unsafe",
    "empty.docx": "document_empty",
    "empty.pptx": "document_empty",
    "empty.txt": "document_empty",
    "empty.xlsx": "document_empty",
    "entities-utf16.pptx": "document_unsafe",
    "entities.docx": "document_unsafe",
    "legacy-renamed.docx": "document_unsupported",
    "legacy.doc": "document_unsupported",
    "legacy.ppt": "document_unsupported",
    "legacy.xls": "document_unsupported",
    "missing-part.docx": "document_unreadable",
    "noending": "document_unsupported",
    "pdf-renamed.docx": "document_unreadable",
    "picture.png": "document_unsupported",
    "pillow-scan.pdf": "document_scanned",
    "pypdf-blank.pdf": "document_empty",
    "pypdf-locked.pdf": "document_encrypted",
    "spaces.md": "document_empty",
    "too-deep.html": "document_unsafe",
    "truncated.docx": "document_unreadable",
    "truncated.pdf": "document_unreadable",
    "uno-password.docx": "document_encrypted",
    "uno-password.pptx": "document_encrypted",
    "uno-password.xlsx": "document_encrypted",
    "word-renamed.xlsx": "document_unreadable",
}
NEVER = {
    "fences.md": ["alert"],
    "scripts.html": ["steal", "color:red", "ignore all", "invisible", "onclick", "Home Menu"],
    "writer-tracked.docx": ["sixty-three"],
    "reportlab-columns.pdf": ["Handbook of the warehouse", "Page 1"],
    "entities.docx": ["haha"],
}


@pytest.fixture(scope="module")
def converter() -> Iterator[Converter]:
    made = Converter(limit_seconds=100)
    yield made
    made.close()


def read(converter: Converter, name: str) -> list[Chunk]:
    return chunk(converter.read_blocks((FILES / name).read_bytes(), name))


def test_every_file_has_its_entry() -> None:
    names = {path.name for path in FILES.iterdir()}
    assert names == READABLE.keys() | REFUSED.keys()
    assert len(names) >= 40


@pytest.mark.parametrize("name", READABLE)
def test_what_comes_out(converter: Converter, name: str) -> None:
    parts = read(converter, name)
    for finds in READABLE[name]:
        holders = [part for part in parts if finds.text in part.text]
        assert holders, (finds.text, [part.text for part in parts])
        found = holders[0]
        assert finds.page is None or finds.page == found.page
        assert finds.section is None or finds.section == found.section
        assert finds.cells is None or (found.cells and found.cells.reference()) == finds.cells
    assert all(len(part.text) <= MAX_PASSAGE_CHARS for part in parts)
    whole = "\n".join(f"{part.section}\n{part.text}" for part in parts)
    assert [word for word in NEVER.get(name, []) if word in whole] == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_why(converter: Converter, name: str) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        read(converter, name)
    assert refused.value.code == REFUSED[name]
    assert name in refused.value.message
