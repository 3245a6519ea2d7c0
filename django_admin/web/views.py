"""The chat page. What it shows, it fetches from the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse

from django_admin.accounts.roles import may_import
from django_admin.gateway.state import gateway_of
from django_admin.page_language import page_language
from django_admin.web.examples import EXAMPLES
from django_admin.web.strings import page_strings
from narutalk.registry import AGENTS


async def chat(request: HttpRequest, conversation_id: UUID | None = None) -> HttpResponse:
    """The chat page, empty or with a conversation; whose it is, the API checks."""
    language = page_language()
    user = await request.auser()
    config: dict[str, Any] = {
        "csrfToken": get_token(request),
        "language": language.value,
        "conversationId": str(conversation_id) if conversation_id else None,
        "maxMessageChars": gateway_of(request).settings.max_message_chars,
        "agents": {agent.name: agent.titles[language] for agent in AGENTS},
        "strings": page_strings(),
    }
    context = {
        "config": config,
        "examples": EXAMPLES[language],
        "signed_in": user,
        "may_import": may_import(user),
        "home": reverse("chat"),
    }
    return render(request, "web/chat.html", context)
