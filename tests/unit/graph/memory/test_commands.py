"""Which messages ask something of the memory, in both languages, and which only sound like it."""

import time
from typing import Any

import pytest

from evals.examples import load_dataset
from graph.memory.commands import MAX_CHARS, command_in
from graph.memory.preferences import preference_in

REMEMBERED = [
    ("Remember that my sister's wedding is on December 12.", "my sister's wedding is on December 12."),
    ("remember: Hanbit's buyer prefers calls on Tuesdays", "Hanbit's buyer prefers calls on Tuesdays"),
    (
        "Keep in mind that Dr. Park drinks no coffee. He likes tea.",
        "Dr. Park drinks no coffee. He likes tea.",
    ),
    ("Can you remember that the review is due on the 5th?", "the review is due on the 5th"),
    ("remember to call Hanbit on Friday", "to call Hanbit on Friday"),
    ("The limit of my card is 2,000,000 won. Remember that.", "The limit of my card is 2,000,000 won."),
    ("From now on call me Sam", "From now on call me Sam"),
    ("한빛병원은 화요일에 전화해야 한다는 걸 기억해 줘", "한빛병원은 화요일에 전화해야 한다"),
    ("내 법인카드 한도는 200만원이야. 기억해 줘", "내 법인카드 한도는 200만원이야."),
    ("기억해줘: 새싹의원 원장님은 커피를 안 마셔", "새싹의원 원장님은 커피를 안 마셔"),
    ("새싹의원 원장님은 커피를 안 마셔, 기억해 둬", "새싹의원 원장님은 커피를 안 마셔"),
    ("우리 팀 회식은 매달 셋째 주 금요일이라고 기억해 줘", "우리 팀 회식은 매달 셋째 주 금요일"),
    ("앞으로 나를 샘이라고 불러줘", "앞으로 나를 샘이라고 불러줘"),
]
PREFERENCES = [
    ("I work in the Busan branch.", "region", "Busan"),
    ("i'm based in daegu", "region", "Daegu"),
    ("Our branch is Gwangju", "region", "Gwangju"),
    ("I'm on the Logistics team", "team", "Logistics team"),
    ("My team is Sales 2", "team", "Sales 2"),
    ("From now on answer in Korean", "language", "ko"),
    ("Please always reply in English.", "language", "en"),
    ("I prefer tables.", "format", "table"),
    ("I prefer answers as bullet points", "format", "bullets"),
    ("From now on keep your answers short.", "format", "short"),
    ("저는 부산 지점에서 일해요", "region", "부산"),
    ("나는 대구에서 근무해", "region", "대구"),
    ("내 지역은 광주야", "region", "광주"),
    ("저는 물류부 소속입니다", "team", "물류부"),
    ("우리 팀은 영업1팀이에요", "team", "영업1팀"),
    ("앞으로 한국어로 답해 줘", "language", "ko"),
    ("항상 영어로 대답해 주세요", "language", "en"),
    ("앞으로 모든 답변은 표로 정리해 주세요", "format", "table"),
    ("이제부터 글머리표로 답해줘", "format", "bullets"),
    ("짧은 답이 좋아", "format", "short"),
]
FORGOTTEN: list[tuple[str, dict[str, Any]]] = [
    ("forget that", {"latest": True}),
    ("Forget that, please.", {"latest": True}),
    ("forget it", {"latest": True, "firm": False}),
    ("forget my region", {"name": "region"}),
    ("forget everything about Hanbit", {"about": "Hanbit"}),
    ("forget about Hanbit", {"about": "Hanbit", "firm": False}),
    ("forget everything you know about me", {"everything": True}),
    ("delete my memories", {"everything": True}),
    ("그건 잊어줘", {"latest": True}),
    ("그거 잊어버려", {"latest": True}),
    ("잊어줘", {"latest": True, "firm": False}),
    ("내 지역 잊어줘", {"name": "region"}),
    ("한빛병원에 대해 전부 잊어줘", {"about": "한빛병원"}),
    ("전부 잊어줘", {"everything": True}),
    ("기억을 모두 삭제해 주세요", {"everything": True}),
]
LISTED: list[tuple[str, dict[str, Any]]] = [
    ("What do you remember about me?", {"everything": True}),
    ("show me my memories", {"everything": True}),
    ("what did I ask you to remember?", {"everything": True}),
    ("what is my region?", {"name": "region", "firm": False}),
    ("what do you remember about Hanbit?", {"about": "Hanbit", "firm": False}),
    ("나에 대해 뭘 기억하고 있어?", {"everything": True}),
    ("기억하는 것을 알려 주세요", {"everything": True}),
    ("내 지역이 어디야?", {"name": "region", "firm": False}),
]
OTHERS = """
do you remember the contract with Hanbit?
Do you remember what I asked first?
remember when we sold Gliptara?
remember the contract with Hanbit?
Remember what I asked about Busan
Can you remember the contract with Hanbit?
Forget it, show me the Busan sales instead
forget the discount, what is the price?
I forgot my password
answer in Korean
show me a table of clients
Who works in the Busan branch?
Do I work in the Busan branch?
Our team is great
Our team is meeting on Friday
our office is closed on Friday
We are in a team
we are in the same team
In the future, which contracts end?
Always show the price table of Gliptara
Always answer emails within a day, is that the policy?
delete it
add a note to Hanbit: prefers calls
what do you know about Hanbit Hospital?
한빛병원 계약 기억해?
아까 뭐라고 했는지 기억해?
비밀번호를 잊어버렸어
비밀번호 잊어버리면 어떻게 해?
앞으로 3개월 안에 만료되는 계약 알려줘
앞으로 만료될 계약을 표로 보여줘
표로 보여줘
부산 지점에서 일하는 사람은 누구야?
우리 팀은 몇 명이야?
우리 팀은 매달 셋째 주 금요일에 회식이야
우리 지점은 바쁘다
우리 지점은 대기업이야
나는 이 지점에서 일해
우리 지역은 매출이 얼마야?
한빛병원에 메모 남겨줘: 화요일에 전화
그 문서 삭제해줘
전부 지워줘
""".strip().splitlines()


@pytest.mark.parametrize(("message", "text"), REMEMBERED)
def test_what_is_to_be_remembered_is_taken_as_it_was_said(message: str, text: str) -> None:
    command = command_in(message)
    assert command is not None
    assert (command.action, command.rest) == ("remember", "")
    assert [(said.text, said.name) for said in command.said] == [(text, None)]


@pytest.mark.parametrize(("message", "name", "value"), PREFERENCES)
def test_a_preference_said_plainly_is_remembered(message: str, name: str, value: str) -> None:
    assert preference_in(message) == (name, value)
    command = command_in(message)
    assert command is not None
    [said] = command.said
    assert (said.text, said.name, said.value) == (message, name, value)


@pytest.mark.parametrize(
    ("message", "name", "value"),
    [
        ("Remember that I work in the Busan branch", "region", "Busan"),
        ("내가 부산 지점에서 일한다는 거 기억해줘", "region", "부산"),
        ("내 지역은 부산이라고 기억해줘", "region", "부산"),
    ],
)
def test_a_preference_may_be_asked_to_be_remembered(message: str, name: str, value: str) -> None:
    command = command_in(message)
    assert command is not None
    assert [(said.name, said.value) for said in command.said] == [(name, value)]


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        ("I work in the Busan branch. Which clients bought most?", "Which clients bought most?"),
        ("Remember that I work in the Busan branch. Show me my clients.", "Show me my clients."),
        ("저는 부산 지점에서 일해요. 우리 지역 매출 알려줘", "우리 지역 매출 알려줘"),
    ],
)
def test_a_question_beside_it_is_left_to_be_answered(message: str, rest: str) -> None:
    command = command_in(message)
    assert command is not None
    assert (command.action, len(command.said), command.rest) == ("remember", 1, rest)


@pytest.mark.parametrize(("message", "expected"), FORGOTTEN)
def test_what_is_to_be_forgotten(message: str, expected: dict[str, Any]) -> None:
    command = command_in(message)
    assert command is not None
    assert command.model_dump(exclude_defaults=True) == {"action": "forget", **expected}


@pytest.mark.parametrize(("message", "expected"), LISTED)
def test_what_is_to_be_listed(message: str, expected: dict[str, Any]) -> None:
    command = command_in(message)
    assert command is not None
    assert command.model_dump(exclude_defaults=True) == {"action": "list", **expected}


@pytest.mark.parametrize("message", ["Remember this.", "remember that", "이거 기억해줘"])
def test_it_may_not_say_what_to_remember(message: str) -> None:
    command = command_in(message)
    assert command is not None
    assert [said.text for said in command.said] == [""]


@pytest.mark.parametrize("message", OTHERS)
def test_other_messages_ask_nothing_of_the_memory(message: str) -> None:
    assert command_in(message) is None


def test_no_message_of_the_routing_set_asks_anything_of_the_memory() -> None:
    for example in load_dataset("routing").examples:
        for message in (example.inputs.message, *example.inputs.before):
            assert command_in(message) is None, message


@pytest.mark.parametrize(
    "part",
    [
        "forget about ",
        "remember ",
        "기억 ",
        " ",
        "ok, ",
        "앞으로 답은 ",
        "나에 대해 ",
        "a" * 50,
        "what you know ",
        ". ",
    ],
)
def test_no_message_takes_long(part: str) -> None:
    started = time.process_time()
    command_in((part * MAX_CHARS)[:MAX_CHARS] + "x")
    command_in("저는 " + (part * MAX_CHARS)[: MAX_CHARS - 4] + "!")
    assert time.process_time() - started < 1
