from graph import answer
from graph.state import AgentResult
from narutalk.events import Chart, Citation
from narutalk.languages import Language


def document(index: int, title: str) -> Citation:
    return Citation(index=index, title=title, source=f"{title}.md", document_id=title)


def test_one_agents_answer_is_forwarded_as_it_is() -> None:
    result = AgentResult(agent="employee", status="success", text="42 [1]", citations=[document(1, "a")])
    assert answer.forward(result, Language.EN) == ("42 [1]", [document(1, "a")])


def test_several_answers_keep_every_figure_and_number_their_sources_anew() -> None:
    results = [
        AgentResult(agent="client", status="success", text="7 clients [1]", citations=[document(1, "c")]),
        AgentResult(
            agent="document",
            status="success",
            text="15 days [1], unless [2]",
            citations=[document(1, "a"), document(2, "b")],
        ),
    ]
    text, citations = answer.combine(results, Language.EN)
    assert text == "### Documents\n\n15 days [1], unless [2]\n\n### Clients\n\n7 clients [3]"
    assert [(citation.index, citation.title) for citation in citations] == [(1, "a"), (2, "b"), (3, "c")]


def test_a_failed_part_is_named_and_the_others_stay() -> None:
    results = [
        AgentResult(agent="employee", status="timeout"),
        AgentResult(agent="document", status="success", text="15일"),
    ]
    text, _citations = answer.combine(results, Language.KO)
    assert "15일" in text
    assert "**직원** 부분이 빠져 있습니다: 서비스가 제시간에 응답하지 않았습니다" in text


def test_links_are_not_taken_for_citation_marks() -> None:
    results = [
        AgentResult(agent="document", status="success", text="a [1]", citations=[document(1, "a")]),
        AgentResult(agent="client", status="success", text="[1](http://x) [1]", citations=[document(1, "c")]),
    ]
    assert "[1](http://x) [2]" in answer.combine(results, Language.EN)[0]


def test_charts_stand_in_the_order_of_the_parts_and_a_failed_part_has_none() -> None:
    first, second, third = (Chart(title=title, spec={"mark": title}) for title in "abc")
    results = [
        AgentResult(agent="client", status="success", text="7", charts=[third]),
        AgentResult(agent="employee", status="success", text="42", position=1, charts=[second]),
        AgentResult(agent="employee", status="success", text="41", charts=[first]),
        AgentResult(agent="document", status="error", charts=[Chart(title="d", spec={})]),
    ]
    assert answer.charts(results) == [first, second, third]
