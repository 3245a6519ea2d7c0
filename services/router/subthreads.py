"""What the agents keep of a conversation goes with it."""

from narutalk.identity import Identity
from narutalk.registry import AGENTS
from narutalk.threads import agent_thread_id
from services.router.resources import RouterResources


def agent_threads(conversation_id: str) -> dict[str, str]:
    """Return the ids of the agents' own threads in a conversation, by agent."""
    return {agent.name: agent_thread_id(conversation_id, agent.name) for agent in AGENTS}


async def delete_agent_thread(
    resources: RouterResources, agent: str, thread_id: str, identity: Identity
) -> bool:
    """Delete an agent's thread in its owner's name, and return whether it is gone, or never was."""
    return await resources.agents[agent].delete_thread(thread_id, identity)
