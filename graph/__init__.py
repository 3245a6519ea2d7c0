"""The supervisor: recall, route, delegate, answer. It knows agents by their names and URLs only."""
