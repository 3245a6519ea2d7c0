"""Invented names of people and clients, each in Korean and in Latin letters."""

from random import Random
from typing import NamedTuple

_INITIALS = str.split("g,kk,n,d,tt,r,m,b,pp,s,ss,,j,jj,ch,k,t,p,h", ",")
_VOWELS = str.split("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_FINALS = str.split(",k,k,k,n,n,n,t,l,k,m,l,l,l,p,l,m,p,p,t,t,ng,t,t,k,t,p,t", ",")
_FIRST_SYLLABLE = 0xAC00

# Family names as people write them, which is rarely the Revised Romanization.
FAMILY_NAMES = dict(
    pair.split(":")
    for pair in str.split(
        """
    김:Kim 이:Lee 박:Park 최:Choi 정:Jung 강:Kang 조:Cho 윤:Yoon 장:Jang 임:Lim 한:Han 오:Oh 서:Seo
    신:Shin 권:Kwon 황:Hwang 안:Ahn 송:Song 류:Ryu 홍:Hong 전:Jeon 고:Ko 문:Moon 양:Yang 손:Son
    배:Bae 백:Baek 허:Heo 남:Nam 심:Shim 노:Noh 하:Ha 곽:Kwak 차:Cha 주:Joo 우:Woo 구:Koo 민:Min
    나:Na 지:Ji 엄:Eom 방:Bang
    """
    )
)
_COMMON_FAMILIES = 12
_FIRST_SYLLABLES = str.split(
    "민 서 지 도 예 하 준 현 수 태 은 유 재 승 시 가 나 소 채 건 동 성 영 진 상 혜 다 규 찬 보"
)
_SECOND_SYLLABLES = str.split(
    "준 연 우 윤 현 서 호 진 영 아 은 훈 희 원 율 빈 석 수 린 정 미 경 혁 규 겸 범 철"
)


class Name(NamedTuple):
    ko: str
    en: str


def romanise(hangul: str) -> str:
    """Return Hangul syllables in the Revised Romanization, without sound changes between them (as for names).

    Source: Romanization of Korean, National Institute of Korean Language, notice 2000-8, 3.4.
    """
    letters = []
    for syllable in hangul:
        index = ord(syllable) - _FIRST_SYLLABLE
        letters.append(_INITIALS[index // 588] + _VOWELS[index % 588 // 28] + _FINALS[index % 28])
    return "".join(letters).capitalize()


def person_name(family: str, given: str) -> Name:
    """Return a person's name: family name first, the given name in one word."""
    return Name(family + given, f"{FAMILY_NAMES[family]} {romanise(given)}")


def person_names(random: Random, count: int, taken: frozenset[Name] = frozenset()) -> list[Name]:
    """Return names of which no two are the same, in Korean or in Latin letters, nor one of ``taken``."""
    seen = {part for name in taken for part in name}
    families = list(FAMILY_NAMES)
    names: list[Name] = []
    while len(names) < count:
        pool = families[:_COMMON_FAMILIES] if random.random() < 0.6 else families
        first, second = random.choice(_FIRST_SYLLABLES), random.choice(_SECOND_SYLLABLES)
        name = person_name(random.choice(pool), first + second)
        if first != second and not seen.intersection(name):
            seen.update(name)
            names.append(name)
    return names


_BRANDS = tuple(
    Name(word, romanise(word))
    for word in str.split(
        """
    한빛 새온 다솜 푸른솔 가람누리 나래온 미르샘 아라온 하늘샘 별하 달빛내 솔마루 참나루 온새미 늘품
    해솔 이든샘 라온빛 고운내 보람샘 든든솔 새벽별 별마루 바른결 은가람 큰나래 한울새 도담 슬기샘
    가온길 누리봄 물빛솔 윤슬 단비내 여울빛 초롱별 새나루 은하솔 봄내음 시나브로 햇살마루 다온누리
    소담 아람솔 잎새 예그리나 마루한 너울 나린 혜윰 비나리 온누비 하람 미리내
    """
    )
)
_SUFFIXES: dict[str, tuple[Name, ...]] = {
    "hospital": (
        Name("중앙병원", "Central Hospital"),
        Name("종합병원", "General Hospital"),
        Name("재활병원", "Rehabilitation Hospital"),
        Name("요양병원", "Care Hospital"),
        Name("어린이병원", "Children's Hospital"),
        Name("정형외과병원", "Orthopedic Hospital"),
    ),
    "clinic": (
        Name("내과의원", "Internal Medicine Clinic"),
        Name("소아과의원", "Pediatric Clinic"),
        Name("이비인후과의원", "ENT Clinic"),
        Name("피부과의원", "Dermatology Clinic"),
        Name("정형외과의원", "Orthopedic Clinic"),
        Name("가정의학과의원", "Family Clinic"),
        Name("신경과의원", "Neurology Clinic"),
        Name("안과의원", "Eye Clinic"),
        Name("여성의원", "Women's Clinic"),
        Name("연합의원", "Associated Clinic"),
    ),
    "pharmacy": (
        Name("약국", "Pharmacy"),
        Name("중앙약국", "Central Pharmacy"),
        Name("열린약국", "Open Pharmacy"),
        Name("역전약국", "Station Pharmacy"),
        Name("시장약국", "Market Pharmacy"),
        Name("공원약국", "Park Pharmacy"),
        Name("정문약국", "Main Gate Pharmacy"),
    ),
    "wholesaler": (
        Name("약품유통", "Pharma Distribution"),
        Name("메디컬서플라이", "Medical Supply"),
        Name("헬스로지스", "Health Logistics"),
    ),
}


def client_names(random: Random, client_type: str, count: int) -> list[Name]:
    """Return unique names of clients of a type, such as "한빛중앙병원 / Hanbit Central Hospital"."""
    every = [
        Name(brand.ko + suffix.ko, f"{brand.en} {suffix.en}")
        for brand in _BRANDS
        for suffix in _SUFFIXES[client_type]
    ]
    first = [name for name in every if name.ko == "한빛중앙병원"]
    rest = [name for name in every if name.ko != "한빛중앙병원"]
    return (first + random.sample(rest, len(rest)))[:count]
