#!/usr/bin/env python3
"""Set decom_nb up beside this file and use it. Needs Python 3.11 or newer and nothing else.

    python3 start.py demo             audit the example, build its report, say the score and where the report lies
    python3 start.py test [ARGS …]    everything the build checks; ARGS go to pytest
    python3 start.py install [PART]   only set up: core, report, all (every face, the default) or dev

The parts are those of constraints.txt. Everything goes into .venv beside this file, from the index that your pip is
configured for, each file checked against its hash. A second run finds the work done and starts at once.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parent
VENV = TOP / ".venv"
PYTHON = VENV / "bin" / "python"
OURS = VENV / "decom_nb-made-this"
DONE = VENV / "decom_nb-installed.json"
OLDEST = (3, 11)
PARTS = ("fast", "build", "core", "report", "all", "dev")
UV_SETTINGS = {
    # pip's setting: the variable that tells uv the same, and what stands between several values
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
}
NO_VENV = (
    "This Python comes without venv or ensurepip, which set up a place to install into.\n"
    "On Debian and Ubuntu: sudo apt-get install python3-venv. Then run this command again."
)
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


def say(text: str) -> None:
    """Print a line now, whatever the commands that follow print."""
    print(text, flush=True)


def clean_environment() -> dict[str, str]:
    """Give the environment for what we start: nothing in it that changes what Python imports or where pip installs."""
    unwanted = {"PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}


def run(command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout and keep what it says."""
    environment = clean_environment() if environment is None else environment
    return subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)


def last_words(done: subprocess.CompletedProcess[str], lines: int = 12) -> str:
    """Give the end of what a command said."""
    return "\n".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-lines:])


def newer_python() -> str | None:
    """Find a Python on the PATH that is new enough, for machines where `python3` is an old one."""
    ask = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    for minor in range(19, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.run([found, "-c", ask], capture_output=True, check=False).returncode == 0:
            return found
    return None


def fingerprint(part: str) -> str:
    """Name what an install of this part depends on; the same name means there is nothing to do."""
    import tomllib  # absent before 3.11, where this script only explains itself

    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    named = [project["project"], project["build-system"], project.get("tool", {}).get("hatch", {})]
    place = [str(VENV), (VENV / "pyvenv.cfg").read_text(encoding="utf-8")]
    return hashlib.sha256(json.dumps([named, constraints_of(part), place], sort_keys=True).encode()).hexdigest()


def constraints_of(part: str) -> str:
    """Cut one part out of constraints.txt."""
    text = (TOP / "constraints.txt").read_text(encoding="utf-8")
    return text.partition(f"# part: {part}\n")[2].partition("# part: ")[0]


def installed() -> dict[str, str]:
    """Give the fingerprint of each part that is installed completely; nothing if an install was interrupted."""
    try:
        stamp = json.loads(DONE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if PYTHON.exists() and isinstance(stamp, dict) else {}


def make_venv() -> None:
    """Make a fresh .venv, where need be without a pip of its own."""
    try:
        import venv  # noqa: F401 - some systems ship Python without it
    except ImportError:
        raise SystemExit(NO_VENV) from None
    if VENV.exists() and any(VENV.iterdir()) and not OURS.exists():
        raise SystemExit(
            f"{VENV} is there and this script did not make it. Move it away, or use it: activate it and run\n"
            "    pip install --no-deps -r constraints.txt && pip install --no-deps --no-build-isolation -e ."
        )
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    OURS.touch()
    options = []
    try:
        import ensurepip  # noqa: F401 - Debian ships it apart, in python3-venv
    except ImportError:
        options = ["--without-pip"]
        if run([sys.executable, "-m", "pip", "--python", sys.executable, "--version"]).returncode:
            shutil.rmtree(VENV)
            raise SystemExit(NO_VENV) from None
    made = run([sys.executable, "-m", "venv", *options, str(VENV)])
    if made.returncode:
        raise SystemExit(f"A virtual environment could not be made.\n{last_words(made)}\n{NO_VENV}")


def pip_command() -> list[str]:
    """Give the command that is pip in .venv: its own, or that of the Python that made it."""
    own = (VENV / "bin" / "pip").exists()
    return [str(PYTHON), "-m", "pip"] if own else [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def pip_settings(listing: str) -> dict[str, str]:
    """Read what `pip config list` says into the variables that make uv use the same index, mirrors and certificates."""
    found: dict[str, str] = {}
    ranked = sorted(listing.splitlines(), key=lambda line: (line.startswith(":env:"), line.startswith("install.")))
    for line in ranked:  # the environment comes last because it wins
        place, _, value = line.partition("=")
        section, _, setting = place.rpartition(".")
        if section not in {"global", "install", ":env:"} or setting not in UV_SETTINGS:
            continue
        variable, between = UV_SETTINGS[setting]
        found[variable] = between.join(str(ast.literal_eval(value)).split())
    return found


def install_pins(parts: list[str], pip: list[str]) -> None:
    """Install parts from their pins, with uv where it works and with pip where it does not."""
    wanted = VENV / "wanted.txt"
    wanted.write_text("".join(constraints_of(part) for part in parts), encoding="utf-8")
    arguments = ["install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(wanted)]
    uv = VENV / "bin" / "uv"
    if uv.exists():
        settings = pip_settings(run([*pip, "config", "list"]).stdout)
        environment = {**settings, **clean_environment(), "UV_INDEX_STRATEGY": "unsafe-best-match"}
        quick = run([str(uv), "pip", *arguments, "--python", str(PYTHON), "--compile-bytecode"], environment)
        if quick.returncode == 0:
            return
        said = [line for line in quick.stderr.splitlines() if line.startswith("error")] or [last_words(quick, 1)]
        say(f"  uv could not ({said[0]}), so pip does it now.")
    done = run([*pip, *arguments, "--compile"])
    if done.returncode and parts != ["fast"]:
        raise SystemExit(f"{', '.join(parts)} could not be installed. pip says:\n{last_words(done)}")


def install_project(pip: list[str]) -> None:
    """Put the checkout itself into .venv, built with what is there already."""
    done = run([*pip, "install", "--no-deps", "--no-build-isolation", "--editable", str(TOP)])
    if done.returncode:
        raise SystemExit(f"decom_nb itself could not be installed. pip says:\n{last_words(done)}")
    compileall.compile_dir(TOP / "decom_nb", quiet=1)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one run of this script install at a time; the lock ends with the process, however it ends."""
    import fcntl  # absent on Windows, where this script only explains itself

    with (TOP / "constraints.txt").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def install(upto: str) -> None:
    """Bring .venv to hold all parts up to this one; at once if it does already."""
    with alone():
        install_missing(upto)


def install_missing(upto: str) -> None:
    """Install what the stamp does not vouch for."""
    began = time.monotonic()
    present = installed()
    if not present:
        say(f"Setting up {VENV.relative_to(TOP)} with Python {sys.version.split()[0]} ...")
        make_venv()
    wanted = {part: fingerprint(part) for part in PARTS[: PARTS.index(upto) + 1]}
    missing = [part for part in wanted if present.get(part) != wanted[part]]
    if not missing:
        return
    pip = pip_command()
    DONE.unlink(missing_ok=True)  # from here until it is written again, .venv counts as broken
    if "fast" in missing:
        install_pins(["fast"], pip)
    say(f"Installing {', '.join(part for part in missing if part != 'fast')} ...")
    install_pins([part for part in missing if part != "fast"], pip)
    install_project(pip)
    unfinished = DONE.with_suffix(".tmp")
    unfinished.write_text(json.dumps({**present, **wanted}, indent=2), encoding="utf-8")
    unfinished.replace(DONE)
    say(f"Set up in {time.monotonic() - began:.0f} s.")


def use(*command: str) -> int:
    """Run a command out of .venv and let it speak for itself."""
    program = [str(VENV / "bin" / command[0]), *command[1:]]
    path = os.pathsep.join((str(VENV / "bin"), os.environ.get("PATH", "")))
    environment = {**clean_environment(), "VIRTUAL_ENV": str(VENV), "PATH": path}
    return subprocess.run(program, cwd=TOP, env=environment, check=False).returncode


def demo() -> int:
    """Audit the example and build its report."""
    install("report")
    return use("decom", "report", "examples/nordwind")


def test(arguments: list[str]) -> int:
    """Run every check, the tests last; fail if one failed."""
    install("dev")
    failed = []
    for check in CHECKS:
        say(f"$ {' '.join(check)}")
        if use(*check):
            failed.append(" ".join(check))
    if failed:
        say(f"Failed: {', '.join(failed)}")
    arguments = arguments or ["--numprocesses", "2"]  # as many as the smallest machine has cores; ARGS say it otherwise
    say(" ".join(["$ pytest", *arguments]))
    return use("pytest", *arguments) or bool(failed)


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("demo", "test", "install"))
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.verb == "test":
        return test(chosen.rest)
    if chosen.verb == "demo" and not chosen.rest:
        return demo()
    if chosen.verb == "install" and len(chosen.rest) <= 1 and set(chosen.rest) <= set(PARTS[2:]):
        install(chosen.rest[0] if chosen.rest else "all")
        say(f"Ready: {VENV.relative_to(TOP)}/bin/decom --help")
        return 0
    return parser.error(f"{chosen.verb} does not take {' '.join(chosen.rest)}")


if __name__ == "__main__":
    if os.name == "nt":
        sys.exit("This script sets up Linux and macOS. On Windows use it in WSL, or: pip install .[all]")
    if sys.version_info < OLDEST:
        newer = newer_python()
        if newer is None:
            sys.exit("decom_nb needs Python 3.11 or newer; this is Python " + sys.version.split()[0] + ".")
        os.execv(newer, [newer, *sys.argv])
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Stopped. The same command begins where it can.")
