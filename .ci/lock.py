"""Write the constraints files anew: `python .ci/lock.py`, with uv on the PATH or in the environment that runs this.

`constraints.txt` is cut into parts by lines such as `# part: report`. Each package stands in the first part that needs
it, with the hashes of its files for every platform, so `start.py` installs a part and the ones before it and resolves
nothing.
No index is named: where packages come from is the business of whoever installs.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parent.parent
PARTS = {
    "fast": ["--group", "pyproject.toml:fast"],
    "build": ["--group", "pyproject.toml:build"],
    "core": ["pyproject.toml"],
    "report": ["pyproject.toml", "--extra", "report"],
    "all": ["pyproject.toml", "--all-extras"],
    "dev": ["pyproject.toml", "--all-extras", "--group", "dev", "--group", "build", "--group", "fast"],
}
HEAD = """\
# Versions and hashes of everything {what}, for every platform from Python 3.11 on.
# Written by: python .ci/lock.py
"""


def resolve(arguments: list[str], *more: str) -> list[str]:
    """Ask uv for the pinned packages, one text block each: the pin and, below it, its hashes."""
    command = [sys.executable, "-m", "uv", "pip", "compile", *arguments, "--universal", "--python-version", "3.11"]
    command += ["--no-emit-index-url", "--no-annotate", "--no-header", "--quiet", *more]
    found = subprocess.run(command, cwd=TOP, check=True, capture_output=True, text=True).stdout
    return re.findall(r"^\S.*(?:\n .*)*", found, flags=re.MULTILINE)


def pin(block: str) -> str:
    """Give the first line of a block without its continuation: `name==version ; marker`."""
    return block.splitlines()[0].rstrip(" \\")


def name(block: str) -> str:
    """Give the `name==version` of a block."""
    return pin(block).partition(" ")[0]


def write_parts(path: Path) -> None:
    """Write the constraints of the project, part by part."""
    everything = resolve(PARTS["dev"], "--generate-hashes")
    whole = path.with_suffix(".tmp")
    whole.write_text("\n".join(pin(block) for block in everything) + "\n")
    lines, placed = [HEAD.format(what="the project needs")], set[str]()
    try:
        for part, arguments in PARTS.items():
            needed = {name(block) for block in resolve(arguments, "--constraint", str(whole))}
            blocks = [block for block in everything if name(block) in needed - placed]
            placed |= needed
            lines += [f"# part: {part}", *blocks, ""]
    finally:
        whole.unlink()
    path.write_text("\n".join(lines))
    print(f"{path.name}: {len(placed)} packages")


def write_dbt(path: Path) -> None:
    """Write the constraints of the dbt that the example is made with."""
    blocks = resolve(["--group", "pyproject.toml:example"], "--generate-hashes")
    head = (
        HEAD.format(what="that regenerating the example needs")
        + "# Install: pip install -r examples/constraints-dbt.txt\n"
    )
    path.write_text(head + "\n".join(blocks) + "\n")
    print(f"{path.name}: {len(blocks)} packages")


def write_spark(path: Path, constraints: Path) -> None:
    """Write the constraints of the environment in which checks are tried on Spark: the project's own pins, and PySpark."""
    pins = constraints.with_suffix(".tmp")
    pins.write_text("\n".join(re.findall(r"^[a-z0-9][^\\\n]*", constraints.read_text(), flags=re.MULTILINE)) + "\n")
    wanted = ["pyproject.toml", "--extra", "pushdown", "--group", "pyproject.toml:spark"]
    try:
        blocks = resolve(wanted, "--generate-hashes", "--constraint", str(pins))
    finally:
        pins.unlink()
    path.write_text(HEAD.format(what="that trying checks on Spark needs") + "\n".join(blocks) + "\n")
    print(f"{path.name}: {len(blocks)} packages")


if __name__ == "__main__":
    write_parts(TOP / "constraints.txt")
    write_dbt(TOP / "examples" / "constraints-dbt.txt")
    write_spark(TOP / "constraints-spark.txt", TOP / "constraints.txt")
