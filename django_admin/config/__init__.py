"""How the manager is put together: Django settings, URLs, middleware and the ASGI application."""
