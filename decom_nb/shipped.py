"""Where shipped notebooks and templates lie: in a checkout at its top, in a wheel inside the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Give the folder of the shipped `notebooks` or `templates`."""
    installed = _PACKAGE / "shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def theme(name: str) -> Path:
    """Give a file or folder of the page theme."""
    return _PACKAGE / "theme" / name
