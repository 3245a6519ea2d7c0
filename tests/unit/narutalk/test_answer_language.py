"""In which language the last question is to be answered."""

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from narutalk.languages import Language
from narutalk.quoting import answer_language, answered_in, quoted

ENGLISH = "How many apples are there?"
KOREAN = "사과 몇 개 있어?"


@pytest.mark.parametrize(
    ("messages", "language"),
    [
        ([], Language.EN),
        ([HumanMessage(KOREAN), AIMessage("3개")], Language.KO),
        ([HumanMessage(KOREAN), AIMessage("3개"), HumanMessage(ENGLISH)], Language.EN),
        ([HumanMessage(ENGLISH, **answered_in(Language.KO))], Language.KO),
        ([HumanMessage(KOREAN, **answered_in(Language.EN)), AIMessage("3")], Language.EN),
        ([HumanMessage(KOREAN, **answered_in(None))], Language.KO),
        ([HumanMessage(KOREAN, additional_kwargs={"answer_language": "xx"})], Language.KO),
        ([HumanMessage(KOREAN, additional_kwargs={"answer_language": ["en"]})], Language.KO),
        ([HumanMessage(quoted(KOREAN, "Much is known already, and all of it is English."))], Language.KO),
    ],
)
def test_it_is_the_preferred_one_else_the_questions(messages: list[AnyMessage], language: Language) -> None:
    assert answer_language(messages) is language
