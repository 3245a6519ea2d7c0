"""The services, their health and requests, and the logs of all processes."""
