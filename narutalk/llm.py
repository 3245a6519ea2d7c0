"""The only place that builds a chat model."""

from langchain_core.language_models import BaseChatModel

from narutalk.offline.model import OfflineChatModel
from narutalk.settings import Settings

MAX_RETRIES = 2


def build_chat_model(settings: Settings) -> BaseChatModel:
    """Return ChatOpenAI when a provider is configured, and the offline model when none is.

    ChatOpenAI speaks to OpenAI, or to whatever `OPENAI_BASE_URL` names that speaks its API.
    """
    if not settings.uses_llm:
        return OfflineChatModel()
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=settings.model,
        api_key=settings.openai_api_key,
        base_url=settings.openai_base_url,
        timeout=settings.llm_timeout_seconds,
        max_retries=MAX_RETRIES,
        streaming=True,
        stream_usage=True,
    )
