"""How a report is asked for in a sentence: that one is, in which format, and in which language."""

import re
from collections.abc import Mapping, Sequence

from narutalk.languages import Language, detect_language
from narutalk.offline.finders import choice
from narutalk.offline.hints import ArgumentFinder, Found

FORMAT = "pdf to read and to send, xlsx (Excel) to compute with, html for the browser."
LANGUAGE = "Of the report: the language of the question, unless the person asks for another."

_FORMATS: Mapping[str, Sequence[str]] = {
    "pdf": (
        *("PDF 파일로", "PDF 형식으로", "PDF로", "PDF 파일"),
        *("in PDF format", "as a PDF file", "as a PDF", "as PDF", "in PDF", "PDF"),
    ),
    "xlsx": (
        *(
            "엑셀 파일로",
            "엑셀 형식으로",
            "엑셀로",
            "엑셀 파일",
            "엑셀",
            "XLSX로",
            "xlsx 파일로",
            "스프레드시트로",
        ),
        *("as an Excel file", "as an Excel workbook", "in Excel format", "in Excel", "as Excel", "Excel"),
        *("as a spreadsheet", "spreadsheet", "as an xlsx", "as XLSX", "in XLSX", "XLSX"),
    ),
    "html": (
        *("HTML 파일로", "HTML로", "웹페이지로", "웹 페이지로"),
        *("as an HTML file", "as HTML", "in HTML", "HTML", "as a web page", "web page"),
    ),
}
_ANOTHER_LANGUAGE: Mapping[Language, Sequence[str]] = {
    Language.KO: ("in Korean", "한국어로", "국문으로", "한글로"),
    Language.EN: ("in English", "영어로", "영문으로"),
}
_NOT_A_REQUEST = re.compile(
    r"^\W*(?:how|what|when|where|which|who|why|whom|is|are|was|were|does|did|do|has|have)\b", re.IGNORECASE
)
_FORMAT_WORD = r"(?:pdf|xlsx|excel|html|spreadsheet|엑셀)"
_ASKED_FOR = re.compile(
    # "make me a report", "I'd like a written report"
    r"\b(?:make|create|generate|prepare|write|produce|build|compile|draft|export|give|send|get|need|want|like)\b"
    r"[^.?!]*\breports?\b"
    # "sales of Busan as a PDF", "a report … in Excel"
    rf"|\b(?:as|in|into|to)\s+(?:an?\s+)?{_FORMAT_WORD}\b"
    rf"|\breport\b[^.?!]*\b{_FORMAT_WORD}\b|\b{_FORMAT_WORD}\s+report\b"
    # "보고서를 만들어 줘", "보고서 부탁드립니다", "매출을 엑셀로 뽑아 줘"
    r"|(?:보고서|리포트)\S*\s*(?:\S+\s+){0,3}?(?:만들|작성|생성|뽑|준비|출력|정리|내려|다운|보내|필요|부탁|줘|주세요|주십시오)"
    rf"|(?:{_FORMAT_WORD}|스프레드시트)\s*(?:파일|형식|문서)?(?:로|으로|을|를)?\s*(?:\S+\s+){{0,2}}?"
    r"(?:만들|작성|생성|뽑|준비|출력|정리|내려|다운|보내|받|저장|줘|주세요)",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(r"\bpublish|게시|발행|공개", re.IGNORECASE)


def asks_for_report(sentence: str) -> bool:
    """Whether a sentence asks to make a report for the one who asks, not to publish one for all."""
    if _NOT_A_REQUEST.search(sentence) or _PUBLISHED.search(sentence):
        return False
    return bool(_ASKED_FOR.search(sentence))


find_format: ArgumentFinder = choice(_FORMATS)

_find_named_language = choice(_ANOTHER_LANGUAGE)


def find_language(sentence: str) -> Found | None:
    """Find the language that is named; else that of the sentence, which takes up none of its words."""
    return _find_named_language(sentence) or Found(detect_language(sentence), 0, 0)
