"""What the intent model looks at: e5 embeddings, and character and word n-grams.

Names say what kind of thing a question is about, not which one: they are put to a stand-in for both.
"""

import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"[a-z]+|[가-힣]+|\d")
_PERSON_STAND_IN = {"en": "Kim Minsu", "ko": "김민수"}
_CLIENT_STAND_IN = {"en": "Hanbit Hospital", "ko": "한빛병원"}
_SURNAMES = (
    "Kim|Lee|Park|Choi|Jung|Jeong|Kang|Cho|Jo|Yoon|Yun|Jang|Lim|Im|Han|Oh|Seo|Shin|Sin|Kwon|Hwang|Ahn|An|Song|Ryu|"
    "Yoo|Yu|Hong|Jeon|Ko|Go|Moon|Mun|Yang|Son|Bae|Baek|Heo|Nam|Sim|Noh|No|Ha|Kwak|Gwak|Sung|Seong|Cha|Joo|Ju|Woo|U|"
    "Koo|Gu|Min|Jin|Na|Ji|Um|Eom|Chae|Won|Chun|Cheon|Bang|Gong|Hyun|Hyeon|Ham|Byun|Byeon|Yeom|Yeo|Chu|Do|So|Seok"
)
_LATIN_PERSON = re.compile(
    rf"\b(?:{_SURNAMES})\s[A-Z][a-z]+(?:-?[a-z]+)?\b|\b(?:Mr|Ms|Mrs)\.?\s[A-Z][a-z]+\b"
)
_KOREAN_PERSON = re.compile(
    r"(?<![가-힣])[가-힣]{2,4}(?=\s?(?:사원|대리|과장|차장|부장|팀장|이사|씨|님)(?![가-힣]{3}))"
)
_LATIN_CLIENT = re.compile(
    r"\b(?:[A-Z][\w'-]*\s){1,3}(?:Hospital|Clinic|Pharmacy|Pharm|Medical (?:Center|Supply)|Health Logistics|"
    r"Pharma Distribution|Wholesale|Medicals?|Pharma)\b"
)
_KOREAN_CLIENT = re.compile(
    r"(?<![가-힣])(?!거래|담당|어느|우리|전체|상위|모든|종합|대학|지역)[가-힣A-Za-z]{2,12}"
    r"(?:병원|의원|약국|약품유통|약품|의료원|의료상사|메디컬서플라이|헬스로지스|메디칼|메디컬|팜|클리닉|의약|도매)"
)
CHARACTER_NGRAMS = (1, 2, 3, 4)
WORD_NGRAMS = (1, 2)


def neutral(text: str) -> str:
    """Return the text with stand-ins for the names of people and clients."""
    text = _LATIN_CLIENT.sub(_CLIENT_STAND_IN["en"], text)
    text = _KOREAN_CLIENT.sub(_CLIENT_STAND_IN["ko"], text)
    text = _LATIN_PERSON.sub(_PERSON_STAND_IN["en"], text)
    return _KOREAN_PERSON.sub(_PERSON_STAND_IN["ko"], text)


def ngrams(text: str) -> Counter[str]:
    """Return the counts of character n-grams (within words) and of word n-grams.

    Digits all count as one character, so that no date or amount is learnt by heart.
    """
    words = ["0" if word.isdigit() else word for word in _WORD.findall(text.lower())]
    counts: Counter[str] = Counter()
    for word in words:
        padded = f" {word} "
        for size in CHARACTER_NGRAMS:
            for start in range(len(padded) - size + 1):
                counts[f"c:{padded[start : start + size]}"] += 1
    for size in WORD_NGRAMS:
        counts.update("w:" + " ".join(words[start : start + size]) for start in range(len(words) - size + 1))
    return counts


def vocabulary(texts: Sequence[str], *, min_count: int) -> list[str]:
    """Return the n-grams that occur in at least ``min_count`` texts, sorted."""
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(set(ngrams(text)))
    return sorted(ngram for ngram, count in seen.items() if count >= min_count)
