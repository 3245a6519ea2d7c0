"""The words that the scripts of the import page show, in the language of the page."""


def import_strings() -> dict[str, str]:
    """Return the words by the names that the scripts use."""
    return {}
