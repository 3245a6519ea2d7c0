"""The only place that builds a chat model."""

from typing import Any

from langchain_core.language_models import BaseChatModel

from narutalk.offline.model import OfflineChatModel
from narutalk.settings import Settings

MALFORMED_CALLS = "malformed_calls"
"""In a streamed message's `response_metadata`: the arguments that are no JSON object, by the call's id."""


def build_chat_model(settings: Settings, *, http_client: Any = None) -> BaseChatModel:
    """Return a chat model of the configured provider, and the offline model when there is none.

    The provider is OpenAI, or whatever `OPENAI_BASE_URL` names that speaks its API. Its only error is
    `LlmFailed`, for which the caller has the offline model.

    Args:
        settings: Name the provider, the model, and how long it may be silent.
        http_client: An ``openai.DefaultAsyncHttpxClient`` that the caller closes; by default one that
            LangChain keeps for all models of the process.
    """
    if not settings.uses_llm:
        return OfflineChatModel()
    from narutalk.provider import ProviderChatModel

    return ProviderChatModel(
        model=settings.model,
        api_key=settings.openai_api_key,
        base_url=settings.openai_base_url,
        timeout=settings.llm_timeout_seconds,
        stream_chunk_timeout=settings.llm_timeout_seconds,
        max_retries=0,
        streaming=True,
        stream_usage=True,
        http_async_client=http_client,
    )
