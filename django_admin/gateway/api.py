"""The API that programs and the chat page call. Every operation needs a login; docs are at `/api/docs`."""

from typing import Any

import orjson
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.parser import Parser

from django_admin.gateway import (
    chat,
    conversations,
    document_routes,
    feedback,
    import_routes,
    memories,
    report_routes,
    services,
)
from django_admin.gateway.auth import LOGINS
from django_admin.gateway.errors import install_error_handlers


class JsonParser(Parser):
    """Strict JSON: no NaN, and no half of a surrogate pair, which no database would store."""

    def parse_body(self, request: HttpRequest) -> Any:
        return orjson.loads(request.body)


api = NinjaAPI(
    title="NaruTalk",
    version="1",
    description="Ask the company's assistant, and read what it answered. Programs send an API key: "
    "`Authorization: Bearer nk_…`.",
    urls_namespace="api",
    auth=list(LOGINS),
    parser=JsonParser(),
    docs_url="/docs",
)
install_error_handlers(api)
api.add_router("", chat.router)
api.add_router("", conversations.router)
api.add_router("", document_routes.router)
api.add_router("", feedback.router)
api.add_router("", import_routes.router)
api.add_router("", memories.router)
api.add_router("", report_routes.router)
api.add_router("", services.router)
