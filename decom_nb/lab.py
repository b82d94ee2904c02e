"""`decom lab`: JupyterLab on an engagement's own notebooks, for this computer only, behind a token, without the net."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import typer

from decom_nb.errors import need
from decom_nb.escape import file_name
from decom_nb.own_notebooks import FOLDER, Copy, copies
from decom_nb.serving.access import new_token
from decom_nb.serving.search_path import search_path

START = "00_start.ipynb"
HINT = "In a notebook: Run → Run All Cells. Ctrl-C here ends it."


def lab(
    engagement: Path,
    *,
    refresh: bool = False,
    open_browser: bool = True,
    port: int = 8888,
    say: Callable[[str], object] = typer.echo,
) -> None:
    """Open JupyterLab on the engagement's notebooks, until Ctrl-C.

    The notebooks are copied into the engagement the first time; `refresh` brings them up to this version and keeps what
    a person wrote in them.
    """
    import decom_nb.quick_import  # noqa: F401 - before JupyterLab imports jsonschema

    labapp = need("jupyterlab.labapp", "lab", "Opening notebooks")
    need("ipywidgets", "lab", "Filling in forms")
    engagement = engagement.resolve()
    for line in _told(copies(engagement, refresh=refresh)):
        say(line)
    token = new_token()
    with _settings() as settings:
        os.environ.update(_environment(settings))
        with warnings.catch_warnings(record=True):  # JupyterLab's parts about each other, not about us
            options = _options(engagement, token, port=port, open_browser=open_browser)
            server = labapp.LabApp.initialize_server(argv=options)
        address = f"{server.connection_url.rstrip('/')}{_page(engagement)}?token={token}"
        # In the loop, for before that nobody listens yet.
        server.io_loop.add_callback(say, f"The notebooks of {engagement.name}: {address}\n{HINT}")
        server.start()
        _dismiss_threads()


def _dismiss_threads() -> None:
    """End the threads that AnyIO keeps for Jupyter's loop: now and then the loop ends without them."""
    for thread in threading.enumerate():
        if type(thread).__module__.startswith("anyio.") and hasattr(thread, "stop"):
            thread.stop()


def _options(engagement: Path, token: str, *, port: int, open_browser: bool) -> list[str]:
    """Give the options as JupyterLab's command line takes them, for those win over the user's own configuration."""
    return [
        f"--ServerApp.root_dir={engagement}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.allow_remote_access=False",
        f"--ServerApp.port={port}",
        f"--ServerApp.open_browser={open_browser}",
        "--ServerApp.answer_yes=True",  # Ctrl-C ends it, with no question back
        "--ServerApp.allow_root=True",  # as in a container; what a person types is run with their rights anyhow
        f"--IdentityProvider.token={token}",
        f"--LabApp.default_url={_page(engagement)}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",  # the other one asks PyPI
        "--LanguageServerManager.autodetect=False",  # it starts node to look around, and holds up the end meanwhile
        *(["--KernelManager.transport=ipc"] if os.name == "posix" else []),  # files that only this user can open
        "--Application.log_level=ERROR",
    ]


def _page(engagement: Path) -> str:
    """Give the address of the start notebook, in a workspace of this engagement's own, apart from others' tabs."""
    workspace = f"{file_name(engagement.name)}-{hashlib.sha256(str(engagement).encode()).hexdigest()[:8]}"
    return f"/lab/workspaces/{workspace}/tree/{FOLDER}/{quote(START)}"


@contextlib.contextmanager
def _settings() -> Iterator[Path]:
    """Make a folder of settings for this run: its kernel is this Python and imports nothing from beside a notebook."""
    with tempfile.TemporaryDirectory(prefix="decom-lab-") as name:
        kernel = Path(name) / "kernels" / "python3"
        kernel.mkdir(parents=True)
        command = [
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--InteractiveShellApp.ignore_cwd=True",
        ]
        spec = {
            "argv": command,
            "display_name": "Python 3 (decom)",
            "language": "python",
            "metadata": {"debugger": True},
        }
        (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
        pages = Path(name) / "labconfig"
        pages.mkdir()
        off = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
        (pages / "page_config.json").write_text(json.dumps(off), encoding="utf-8")
        yield Path(name)


def _environment(settings: Path) -> dict[str, str]:
    """Give what JupyterLab and its kernels find in their environment."""
    return {
        **search_path(),
        "DECOM_FACE": "lab",
        "JUPYTER_RUNTIME_DIR": str(settings / "runtime"),
        "JUPYTER_PATH": os.pathsep.join(filter(None, [str(settings), os.environ.get("JUPYTER_PATH", "")])),
        "JUPYTER_CONFIG_PATH": os.pathsep.join(
            filter(None, [str(settings), os.environ.get("JUPYTER_CONFIG_PATH", "")])
        ),
    }


def _told(made: tuple[Copy, ...]) -> Iterator[str]:
    counts = {state: sum(copy.state == state for copy in made) for state in ("made", "refreshed", "behind")}
    words = {
        "made": "made in notebooks/",
        "refreshed": "brought up to date; what you wrote in them is still there",
        "behind": "from another version of decom_nb; --refresh brings them up to date and keeps what you wrote",
    }
    for state, count in counts.items():
        if count:
            yield f"{count} notebook{'' if count == 1 else 's'} {words[state]}."
