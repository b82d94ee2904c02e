"""What a Python process that we start must find: this package, also from a checkout that nobody installed."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path


def search_path() -> dict[str, str]:
    """Give ``PYTHONPATH`` for such a process, in full paths, since it starts in another folder; nothing if none is needed."""
    paths = [str(Path(path).resolve()) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    here = str(Path(__file__).resolve().parents[2])
    if here not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        paths.append(here)
    return {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))} if paths else {}
