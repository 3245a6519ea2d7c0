"""Two graphs to serve: one that is compiled here, and one that is made anew for everyone who asks."""

from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from langgraph_sdk.runtime import ServerRuntime
from typing_extensions import TypedDict


class Order(TypedDict, total=False):
    item: str
    note: str


async def check(order: Order) -> Order:
    return {"note": f"{order['item']} is in stock"}


async def approve(order: Order) -> Order:
    answer = interrupt({"question": f"Order {order['item']}?"})
    return {"note": "ordered" if answer == "yes" else "not ordered"}


orders = StateGraph(Order)
orders.add_node("check", check)
orders.add_node("approve", approve)
orders.add_edge(START, "check")
orders.add_edge("check", "approve")
orders.add_edge("approve", END)


class Greeting(TypedDict, total=False):
    text: str


def make_greeter(runtime: ServerRuntime) -> StateGraph[Greeting]:
    """Return a graph for the person who asks: it is made for every call."""
    name = runtime.ensure_user().display_name

    async def greet(_greeting: Greeting) -> Greeting:
        return {"text": f"Hello, {name}!"}

    greeter = StateGraph(Greeting)
    greeter.add_node("greet", greet)
    greeter.add_edge(START, "greet")
    greeter.add_edge("greet", END)
    return greeter
