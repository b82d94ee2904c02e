"""Takes out of a page what must not leave the machine: where things lie on it, and what looks like a secret.

Views have no business with either, and ours show neither. This is the second lock, for messages of errors, for
evidence that was pointed to by an absolute path, and for notebooks that others wrote. `report.py` passes every
section through it.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from decom_nb.escape import html

HIDDEN: Final = "•••"

_NAMED_SECRET: Final = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY", re.IGNORECASE
)
_SHORTEST_SECRET: Final = 8
_SECRETS: Final = (
    # One without an end goes as far as its text or its string does: to a tag, a quote or what is no line end in JSON.
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^<\"\\]|\\++[nrt/])*?"
        r"(?:-----END [A-Z ]*PRIVATE KEY-----|(?=[<\"]|\\++(?![nrt/])|\Z))"
    ),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}\b"),
    re.compile(r"\bgithub_pat_\w{30,}\b"),
    re.compile(r"\bxox[abprs]-[\w-]{10,}"),
    re.compile(r"\bdapi[0-9a-f]{32}\b"),
    re.compile(r"(?<![\w-])eyJ[\w-]{10,2000}\.eyJ[\w-]{10,}\.[\w-]+"),
    re.compile(r"(?<=://)[^\s/:@<>\"']{1,200}:[^\s/@<>\"']{1,200}(?=@)"),
    re.compile(r"(?i)(?:(?<=password=)|(?<=pwd=)|(?<=sharedaccesskey=))[^\s;,&<>\"'\\]+"),
)
# Where people's files lie. Deeper folders are cut, the file's own name stays.
_PLACES: Final = re.compile(
    r"(?<![\w/.+])(?:file://)?(?:"
    r"/(?:home|Users|root|private|tmp|mnt|media|Volumes|builds|workspace|var/folders)(?=/)(?:/+[\w.@%+~ -]*[\w.@%+~-])+"
    # One backslash as text, two in JSON, where another one begins an escape.
    r"|[A-Za-z]:(?P<slash>\\+)Users(?=\\)(?:(?:(?P=slash)|/+)[\w.@%+~ -]*[\w.@%+~-])+)"
)
_SEPARATOR: Final = r"(?:/+|(?:\\\\)+|\\)" if os.sep == "\\" else "/+"


class Scrubber:
    """Knows one engagement's place, this machine's places and this process's secrets."""

    def __init__(self, engagement: Path, env: Mapping[str, str] | None = None) -> None:
        own = {str(engagement.absolute()), str(engagement.resolve())}
        self._own = [_spelled(path) for path in sorted(own, key=len, reverse=True)]
        self._name = html(engagement.resolve().name)
        around = {
            str(Path(__file__).parent.parent): "",
            sys.prefix: "",
            sys.base_prefix: "",
            str(Path.home()): "~/",
            tempfile.gettempdir(): "",
            str(Path.cwd()): "",
            str(engagement.resolve().parent): "",
        }
        self._around = [(_spelled(path), short) for path, short in _longest_first(around) if len(Path(path).parts) > 1]
        values = env if env is not None else os.environ
        self._secrets = sorted(
            {value for name, value in values.items() if _NAMED_SECRET.search(name) and len(value) >= _SHORTEST_SECRET},
            key=len,
            reverse=True,
        )

    def __call__(self, text: str) -> str:
        """Give the text, which may be HTML, without this machine's places and without secrets."""
        for own in self._own:
            text = re.sub(own + _SEPARATOR, "", text)
            text = re.sub(own + r"(?![\w-])", self._name.replace("\\", r"\\"), text)
        for path, short in self._around:
            text = re.sub(path + _SEPARATOR, short, text)
        text = _PLACES.sub(lambda found: "…/" + re.split(r"[/\\]", found[0])[-1], text)
        for value in self._secrets:
            text = text.replace(value, HIDDEN).replace(str(html(value)), HIDDEN)
        for pattern in _SECRETS:
            text = pattern.sub(HIDDEN, text)
        return text


def _longest_first(paths: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(paths.items(), key=lambda item: len(item[0]), reverse=True)


def _spelled(path: str) -> str:
    """Give a pattern for a path as text, as HTML and as JSON write it, not in the middle of another path."""
    spellings = {path, str(html(path)), path.replace("\\", "\\\\")}
    no_end_tag = "(?<!<)" if len(Path(path).parts) == 2 else ""  # </code> is none of /code
    return (
        rf"(?<![\w/.+])(?:file://)?{no_end_tag}(?:"
        + "|".join(re.escape(each) for each in sorted(spellings, key=len, reverse=True))
        + ")"
    )
