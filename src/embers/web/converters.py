"""What stands in an address for a code of the case: whatever somebody wrote, with slashes and line ends in it too."""

from __future__ import annotations

from django.urls import register_converter


class AnyText:
    """Any text but none. A list whose links cannot be written would be lost with the one record of such a code."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        """Return the text as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """Return the text as it stands; Django writes it for an address."""
        return value


register_converter(AnyText, "text")
