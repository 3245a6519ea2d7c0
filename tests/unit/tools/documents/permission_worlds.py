"""Generated companies: documents, the groups that may read them, and people in groups."""

from typing import NamedTuple

from hypothesis import strategies as st

from narutalk.identity import Identity, Role

GROUPS = ["sales", "hr", "region:SEO", "board"]
TOPICS = ["annual leave", "salary bands", "cold chain", "연차 휴가", "반품 규정"]


class Written(NamedTuple):
    """A document before it is indexed; `secret` stands in its text and title, and nowhere else."""

    secret: str
    topic: str
    groups: frozenset[str]

    @property
    def file_name(self) -> str:
        return f"{self.secret}.md"

    @property
    def content(self) -> bytes:
        return f"# {self.secret} {self.topic}\n\nThe rule on {self.topic} is {self.secret}.".encode()

    def may_read(self, person: Identity) -> bool:
        """Say who may read it, in other words than the product's."""
        return (
            not self.groups
            or "everyone" in self.groups
            or Role.ADMIN in person.roles
            or any(group in person.groups for group in self.groups)
        )


class World(NamedTuple):
    """A company; `moves` are later changes of a document's groups, by its number."""

    documents: list[Written]
    people: list[Identity]
    moves: list[tuple[int, frozenset[str]]]


groups = st.frozensets(st.sampled_from([*GROUPS, "everyone"]), max_size=2)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Return a company of a few documents and people."""
    topics = draw(st.lists(st.tuples(st.sampled_from(TOPICS), groups), min_size=2, max_size=7))
    documents = [Written(f"zx{number:03}q", topic, own) for number, (topic, own) in enumerate(topics)]
    memberships = draw(st.lists(st.frozensets(st.sampled_from(GROUPS)), min_size=2, max_size=3))
    people = [Identity(user_id=f"p{n}", username=f"p{n}", groups=own) for n, own in enumerate(memberships)]
    people.append(Identity(user_id="admin", username="admin", roles=frozenset({Role.ADMIN})))
    moves = st.lists(st.tuples(st.integers(0, len(documents) - 1), groups), max_size=3)
    return World(documents, people, draw(moves))
