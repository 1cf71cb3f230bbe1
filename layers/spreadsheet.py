"""Text in tables that people open in spreadsheets, which evaluate what looks like a formula."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Return text that a spreadsheet shows and does not evaluate."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_written(text: str) -> str:
    """Return the text that ``harmless`` was given."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text
