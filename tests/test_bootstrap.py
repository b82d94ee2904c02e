"""start.py: what it installs, when it has nothing to do, and what it says where it cannot."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOP = Path(__file__).parent.parent


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """start.py as a module that believes to lie in an empty folder with our constraints and project file."""
    spec = importlib.util.spec_from_file_location("start", TOP / "start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("constraints.txt", "pyproject.toml"):
        shutil.copy(TOP / name, tmp_path / name)
    venv = tmp_path / ".venv"
    places = {
        "TOP": tmp_path,
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "OURS": venv / "decom_nb-made-this",
        "DONE": venv / "decom_nb-installed.json",
    }
    for name, place in places.items():
        monkeypatch.setattr(module, name, place)
    return module


@pytest.fixture
def installs(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parts that would have been installed, in order; nothing is."""
    done: list[str] = []

    def make_venv() -> None:
        (start.VENV / "bin").mkdir(parents=True, exist_ok=True)
        start.PYTHON.touch()
        (start.VENV / "pyvenv.cfg").write_text("version = 3.11")
        done.append("venv")

    monkeypatch.setattr(start, "make_venv", make_venv)
    monkeypatch.setattr(start, "install_pins", lambda parts, pip: done.extend(parts))
    monkeypatch.setattr(start, "install_project", lambda pip: done.append("project"))
    return done


def test_a_part_brings_the_parts_before_it(start: ModuleType, installs: list[str]) -> None:
    start.install("report")
    assert installs == ["venv", "fast", "build", "core", "report", "project"]


def test_a_second_run_has_nothing_to_do(start: ModuleType, installs: list[str]) -> None:
    start.install("report")
    installs.clear()
    start.install("report")
    start.install("core")
    assert installs == []


def test_more_is_added_to_what_is_there(start: ModuleType, installs: list[str]) -> None:
    start.install("core")
    installs.clear()
    start.install("all")
    assert installs == ["report", "all", "project"]
    installs.clear()
    start.install("core")
    assert installs == []


def test_other_pins_are_installed_anew(start: ModuleType, installs: list[str]) -> None:
    start.install("report")
    installs.clear()
    constraints = start.TOP / "constraints.txt"
    constraints.write_text(re.sub(r"^altair==.*?(?= \\)", "altair==99.0", constraints.read_text(), flags=re.MULTILINE))
    start.install("report")
    assert installs == ["report", "project"]


def test_settings_of_tools_are_no_reason_to_install(start: ModuleType, installs: list[str]) -> None:
    start.install("core")
    installs.clear()
    project = start.TOP / "pyproject.toml"
    project.write_text(project.read_text().replace("line-length = 120", "line-length = 121"))
    start.install("core")
    assert installs == []


def test_an_interrupted_install_begins_anew(
    start: ModuleType, installs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start.install("core")

    def interrupted(parts: list[str], pip: list[str]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(start, "install_pins", interrupted)
        with pytest.raises(KeyboardInterrupt):
            start.install("all")
    installs.clear()
    start.install("core")
    assert installs == ["venv", "fast", "build", "core", "project"]


def test_a_stamp_that_cannot_be_read_counts_for_nothing(start: ModuleType, installs: list[str]) -> None:
    start.install("core")
    start.DONE.write_text("{")
    installs.clear()
    start.install("core")
    assert installs[0] == "venv"


def test_somebody_elses_venv_is_left_alone(start: ModuleType) -> None:
    start.VENV.mkdir()
    (start.VENV / "pyvenv.cfg").write_text("mine")
    with pytest.raises(SystemExit, match="this script did not make it"):
        start.install("core")
    assert (start.VENV / "pyvenv.cfg").read_text() == "mine"


def test_a_python_without_venv_is_told_what_to_install(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "venv", None)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        start.install("core")
    assert not start.VENV.exists()


def test_without_ensurepip_and_pip_the_same_is_said(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    failed = subprocess.CompletedProcess([], 1, "", "No module named pip")
    monkeypatch.setattr(start, "run", lambda *_: failed)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        start.install("core")
    assert not start.VENV.exists()


@pytest.mark.slow
def test_an_old_python_is_told_which_one_is_needed(tmp_path: Path) -> None:
    script = (TOP / "start.py").read_text()
    shown = re.sub(r"^OLDEST = .*", "OLDEST = (9, 9)", script, flags=re.MULTILINE)
    (tmp_path / "start.py").write_text(shown)
    done = subprocess.run([sys.executable, tmp_path / "start.py", "demo"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("decom_nb needs Python 3.11 or newer; this is Python 3.")
    assert not (tmp_path / ".venv").exists()


def test_the_settings_of_pip_reach_uv(start: ModuleType) -> None:
    listing = "\n".join(
        (
            ":env:.index-url='https://mirror.example/simple'",
            ":env:.disable-pip-version-check='1'",
            "global.cert='/somewhere/ca.pem'",
            "global.extra-index-url='file:///one/simple\\nfile:///two/simple'",
            "global.index-url='https://other.example/simple'",
            "install.find-links='/wheels /more'",
            "freeze.timeout='3'",
        )
    )
    assert start.pip_settings(listing) == {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "file:///one/simple file:///two/simple",
        "UV_FIND_LINKS": "/wheels,/more",
        "SSL_CERT_FILE": "/somewhere/ca.pem",
    }


def test_what_is_started_compiles_and_installs_where_it_should(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PIP_TARGET"):
        monkeypatch.setenv(name, "1")
    environment = start.clean_environment()
    assert not {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PIP_TARGET"} & set(environment)
    assert environment["PIP_USER"] == "0"


def test_pip_takes_over_where_uv_fails(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (start.VENV / "bin").mkdir(parents=True)
    (start.VENV / "bin" / "uv").touch()
    asked: list[list[str]] = []

    def run(command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, command[0].endswith("uv"), "", "warning: slow\nerror: no route")

    monkeypatch.setattr(start, "run", run)
    start.install_pins(["core"], ["pip"])
    assert [command[0].rpartition("/")[2] for command in asked] == ["pip", "uv", "pip"]
    assert all("--require-hashes" in command for command in asked if "install" in command)
    assert "error: no route" in capsys.readouterr().out


def test_every_part_has_pins(start: ModuleType) -> None:
    for part in start.PARTS:
        assert "--hash=sha256:" in start.constraints_of(part)
    assert "altair==" in start.constraints_of("report")
    assert "jupyterlab==" not in start.constraints_of("report")


@pytest.mark.parametrize("arguments", [[], ["dmeo"], ["install", "everything"], ["demo", "now"]])
def test_a_wrong_command_line_is_explained(start: ModuleType, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        start.main(arguments)
    assert ended.value.code == 2


@pytest.mark.slow
def test_a_fresh_copy_is_set_up_and_audits_the_example(tmp_path: Path) -> None:
    """Really: a copy of the checkout, an empty .venv, this machine's package index, and no display library at all."""
    copy = tmp_path / "copy"
    left_out = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "audits", "reports")
    shutil.copytree(TOP, copy, ignore=left_out)
    done = subprocess.run(
        [sys.executable, "start.py", "install", "core"], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(json.loads((copy / ".venv/decom_nb-installed.json").read_text())) == {"fast", "build", "core"}
    audit = [str(copy / ".venv/bin/decom"), "audit", "examples/nordwind", "--json"]
    without_display = subprocess.run(audit, cwd=copy, capture_output=True, text=True, check=False)
    assert without_display.returncode == 0, without_display.stderr
    assert json.loads(without_display.stdout)["scorecard"]["high"] > 0
