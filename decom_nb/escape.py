"""Turns a stranger's text into text: for HTML, for Markdown and for chart labels. Whatever shows a client's words uses it."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup
from markupsafe import escape as _escape

# Controls that reorder, hide or look like neighbouring text (Unicode TR36, "bidirectional text spoofing"), and what looks
# like nothing: shown by name instead. A carriage return before a line feed is a line end, alone it overwrites the line.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\u3164"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]|\r(?!\n)"
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")


def visible(text: object) -> str:
    r"""Give the text with control and direction characters made visible.

    >>> visible("pay\u202eload")
    'pay⟨U+202E⟩load'
    """
    return _HIDDEN.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", str(text))


def html(text: object) -> Markup:
    """Give the text for HTML, in an element or a quoted attribute.

    >>> str(html("<script>"))
    '&lt;script&gt;'
    """
    return text if isinstance(text, Markup) else _escape(visible(text))


def markdown(text: object) -> str:
    r"""Give the text for Markdown on one line, with everything that Markdown or HTML would read as markup escaped.

    >>> markdown("a|b\n<i>")
    'a\\|b \\<i\\>'
    """
    return _MARKDOWN.sub(r"\\\1", " ".join(visible(text).split()))


def file_name(text: object) -> str:
    """Give a file name made of the text's letters and digits, lower case, never empty.

    >>> file_name("../Acme & Söhne")
    'acme-sohne'
    """
    plain = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "unnamed"


def jinja_safe(text: str) -> str:
    """Give a text that dbt's templates leave as it is.

    >>> jinja_safe("a {{ b }}"), jinja_safe("plain")
    ("a {{ '{{' }} b }}", 'plain')
    """
    if not any(each in text for each in ("{{", "{%", "{#")):
        return text
    marked = text.replace("{{", "\0").replace("{%", "\1").replace("{#", "\2")
    return marked.replace("\0", "{{ '{{' }}").replace("\1", "{{ '{%' }}").replace("\2", "{{ '{#' }}")
