"""The manager: users, conversations, the gateway to the agents, the chat page and the admin."""
