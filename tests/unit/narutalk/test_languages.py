import pytest

from narutalk.languages import Language, detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How much did Kim Minsu sell?", Language.EN),
        ("김민수 지난달 매출", Language.KO),
        ("How much did 김민수 sell last month?", Language.EN),
        ("KPI 알려줘", Language.KO),
        ("", Language.EN),
        ("1234", Language.EN),
    ],
)
def test_language_of_a_question(text: str, language: Language) -> None:
    assert detect_language(text) is language
