"""The agent server through its public interface, served by a real uvicorn."""
