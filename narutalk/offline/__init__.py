"""The offline model: picks tools and writes answers by rules, without any LLM, and says so.

It knows nothing of any tool. What it needs to know lies beside each tool, as `OfflineHints`.
"""

from narutalk.offline.hints import Found, OfflineHints, hints_of
from narutalk.offline.model import OfflineChatModel

__all__ = ["Found", "OfflineChatModel", "OfflineHints", "hints_of"]
