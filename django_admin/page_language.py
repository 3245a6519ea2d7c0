"""The language in which a page is shown."""

from django.utils.translation import get_language

from narutalk.languages import Language


def page_language() -> Language:
    """Return the language of the request that is being answered; English where it is none of ours."""
    return Language.KO if (get_language() or "").startswith("ko") else Language.EN
