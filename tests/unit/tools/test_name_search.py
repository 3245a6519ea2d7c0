"""Names found by what people type: spelling, spacing, hyphens and script are theirs."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.name_search import NameSearch, name_key
from tools.romanization import plain, romanized, rough, sound

PEOPLE = (
    "김민수 Kim Minsu",
    "김민서 Kim Minseo",
    "이서연 Lee Seo-yeon",
    "박지훈 Park Ji-hoon",
    "정하은 Jung Ha-eun",
)
CLIENTS = (
    "한빛중앙병원 Hanbit Central Hospital",
    "한빛내과의원 Hanbit Internal Medicine Clinic",
    "새온약국 Saeon Pharmacy",
    "다솜약국 Dasom Pharmacy",
    "Frédérique Citeaux",
)


def found(names: tuple[str, ...], text: str) -> list[str]:
    search = NameSearch([name.split(" ", 1) if name[0] >= "가" else [name] for name in names])
    return [names[position].split(" ")[0] for position in search.find(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("김민수", ["김민수"]),
        ("김 민수", ["김민수"]),
        ("kim min-su", ["김민수"]),
        ("KIMMINSU", ["김민수"]),
        ("minsu kim", ["김민수"]),
        ("Kim Min-soo", ["김민수"]),
        ("Gim Minsoo", ["김민수"]),
        ("김민", ["김민수", "김민서"]),
        ("Yi Seoyeon", ["이서연"]),
        ("Lee Suh-yun", ["이서연"]),
        ("Pak Jihun", ["박지훈"]),
        ("Chung Haeun", ["정하은"]),
        ("김민슈", ["김민수", "김민서"]),
        ("Nobody at all", []),
        ("", []),
        ("!?", []),
    ],
)
def test_people(text: str, names: list[str]) -> None:
    assert found(PEOPLE, text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("hanbit", ["한빛중앙병원", "한빛내과의원"]),
        ("han-bit", ["한빛중앙병원", "한빛내과의원"]),
        ("한빛 병원", ["한빛중앙병원"]),
        ("병원 한빛", ["한빛중앙병원"]),
        ("한빗중앙병원", ["한빛중앙병원"]),
        ("한빛중앙벙원", ["한빛중앙병원"]),
        ("Hanbit Jungang Byeongwon", ["한빛중앙병원"]),
        ("Hanbit Centrel Hospitl", ["한빛중앙병원"]),
        ("Hospital Hanbit", ["한빛중앙병원"]),
        ("Sae-on Farmacy", ["새온약국"]),
        ("사에온약국", ["새온약국"]),
        ("다솜 약국", ["다솜약국"]),
        ("Tasom", ["다솜약국"]),
        ("frederique", ["Frédérique"]),
        ("FRÉDÉRIQUE citeaux", ["Frédérique"]),
        ("bakery", []),
    ],
)
def test_clients(text: str, names: list[str]) -> None:
    assert found(CLIENTS, text) == names


@pytest.mark.parametrize(
    ("latin", "korean"),
    [
        ("Choi Yujin", "최유진"),
        ("Ahn Jung-hwan", "안정환"),
        ("Ryu Hyun-jin", "류현진"),
        ("Yoo Jae-suk", "유재석"),
        ("Roh Moo-hyun", "노무현"),
        ("Oh Se-hoon", "오세훈"),
        ("Paik Seung-hee", "백승희"),
        ("Koo Hye-sun", "구혜선"),
        ("Hwang Eui-jo", "황의조"),
        ("Shin Woo-jin", "신우진"),
        ("Hur Jae", "허재"),
    ],
)
def test_the_usual_spellings_sound_like_the_korean_name(latin: str, korean: str) -> None:
    assert rough(sound(latin)) == rough(sound(korean))
    assert found((f"{korean} x",), latin) == found((f"{korean} x",), korean) == [korean]


def test_different_names_do_not_sound_alike() -> None:
    assert sound("김민수") != sound("김민서")
    assert rough(sound("김민수")) != rough(sound("김민지"))


def test_romanization_follows_the_revised_rules() -> None:
    assert romanized("한빛 중앙병원, 김민수 꽃닭") == "hanbit jungangbyeongwon, gimminsu kkotdak"


@given(st.text(max_size=30))
def test_whatever_is_typed_has_a_key_and_a_sound(text: str) -> None:
    assert name_key(text) == name_key(plain(text))
    assert set(name_key(text)) <= {c for c in name_key(text) if c.isascii() or "가" <= c <= "힣"}
    assert rough(sound(text)).isascii()
    found(CLIENTS, text)


@given(st.text("가나다라마바사한빛", min_size=1, max_size=6), st.integers(0, 6))
def test_spaces_and_letters_taken_apart_change_nothing(name: str, place: int) -> None:
    """As macOS writes Hangul in file names."""
    spaced = f"{name[:place]} {name[place:]}"
    assert name_key(unicodedata.normalize("NFD", spaced)) == name_key(name)
    assert found((f"{name} x",), unicodedata.normalize("NFD", spaced)) == [name]
