"""Reading the review pages in tests."""

import re
from html import unescape

import httpx

from django_admin.conversations.models import Conversation
from tests.fakes.manager import CSRF_TOKEN

LIST = "/admin/conversations/conversation/"
ACCESS_LOG = "/admin/reviews/reviewaccess/"


def transcript_path(conversation: Conversation) -> str:
    return f"{LIST}{conversation.pk}/change/"


def listed(client: httpx.Client, query: str = "") -> list[str]:
    """Return the titles in the list of conversations, in its order."""
    response = client.get(f"{LIST}{query}")
    assert response.status_code == 200, response.headers.get("Location", response.text[:500])
    links = re.findall(
        rf'href="{LIST}[0-9a-f-]+/change/[^"]*"[^>]*>\s*(.*?)\s*</a>', response.text, re.DOTALL
    )
    return [unescape(re.sub(r"<[^>]+>", "", link)).strip() for link in links]


def write(
    client: httpx.Client, conversation: Conversation, what: str, query: str = "", **form: object
) -> httpx.Response:
    """Send one of the forms beside a transcript."""
    data = {"csrfmiddlewaretoken": CSRF_TOKEN, **{name: str(value) for name, value in form.items()}}
    return client.post(f"{LIST}{conversation.pk}/{what}/{query}", data=data)
