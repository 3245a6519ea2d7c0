"""Finds what reads like the name of a client that is none, so that a tool can say so.

Otherwise "how much did Seoul Grand Hospital buy?" would be answered for all hospitals in Seoul, and a client
that somebody may not see for another one whose name begins alike.
"""

import re
from collections.abc import Collection

from narutalk.offline.hints import Found
from tools.clients.name_index import own_word

_LATIN = re.compile(
    r"(?:\b[A-Z][\w'’&-]* ){1,4}(?:Hospital|Clinic|Pharmacy|Drugstore|Wholesaler|Distribution|Supply"
    r"|Logistics|Healthcare|Pharma|Medical (?:Center|Centre))\b"
)
_KOREAN = re.compile(
    r"(?<![가-힣])[가-힣]{2,}(?:병원|의원|약국|약품유통|약품|메디컬서플라이|헬스로지스|헬스케어|메디컬센터|의료원)(?![가-힣]{2})"
)
_NO_NAME = frozenset(
    str.split(
        """
        a about all and any are at by can compare did do does for from give has have how in is list me of our
        show tell that the these this to was were what when where which who whose with
        """
    )
)
_NO_NAME_KO = re.compile(
    r"(?:모든|전체|전국|주요|신규|기존|우리|일반|대형|중형|소형|중소|동네|상위|하위|활성|휴면|거래|해당|다른|그|이|저|각)+"
)


def unknown_client(sentence: str, regions: Collection[str]) -> Found | None:
    """Return the words of a sentence that read like a client's whole name.

    Args:
        sentence: In which no whole name of a client stands.
        regions: Names of regions, in lower case: "Seoul Hospital" may mean the hospitals there.
    """
    for match in _LATIN.finditer(sentence):
        words = match[0].split()
        while words and words[0].lower().removesuffix("'s") in _NO_NAME:
            words.pop(0)
        name = " ".join(words)
        own = own_word(name)
        if own and not (own in regions and len(words) < 3):
            return Found(name, match.end() - len(name), match.end())
    for match in _KOREAN.finditer(sentence):
        own = own_word(match[0])
        if own and own not in regions and not _NO_NAME_KO.fullmatch(own):
            return Found(match[0], match.start(), match.end())
    return None
