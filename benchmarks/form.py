"""What a form costs in the kernel, against the same number of bare ipywidgets in the same run.

    python benchmarks/form.py

Widgets talk to a comm that packs every message as the kernel would and throws it away. Ratios are what counts; the
times are those of this machine today. The exit code is 1 if a limit is missed.
"""

from __future__ import annotations

import gc
import itertools
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import comm
import ipywidgets
from comm.base_comm import BaseComm
from jupyter_client.session import Session

sys.path.insert(0, str(Path(__file__).parents[1]))

from decom_nb.form import Form
from tests.form.models import BRIEF, Consumer, Long, sixty_fields

SESSION = Session()


class PackingComm(BaseComm):
    """Does what a kernel does with a message, up to the socket."""

    sent = 0

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        """Pack and sign the message."""
        type(self).sent += 1
        content = {"data": data or {}, "comm_id": self.comm_id, **keys}
        SESSION.serialize(SESSION.msg(msg_type, content=content, metadata=metadata))


comm.create_comm = PackingComm


def seconds(act: Callable[[], Any], repeat: int = 15) -> float:
    """Give the middle of several runs."""
    times = []
    for _ in range(repeat):
        gc.collect()
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def bare_fields() -> ipywidgets.VBox:
    """Build sixty inputs, each with a line of help, as one would without a form."""
    rows = []
    for place in range(60):
        kind = (ipywidgets.Text, ipywidgets.Text, ipywidgets.Text, ipywidgets.RadioButtons, ipywidgets.Dropdown)[
            place % 5
        ]
        options = {"options": ["yes", "no", "not known"]} if place % 5 > 2 else {}
        made = kind(description=f"Field {place}", **options)
        rows.append(ipywidgets.VBox([made, ipywidgets.HTML(f"what field {place} means")]))
    return ipywidgets.VBox(rows)


def bare_list() -> ipywidgets.VBox:
    """Build a heading and four inputs for each entry, as one would without laziness; for a tenth of the entries."""
    return ipywidgets.VBox(
        [
            ipywidgets.VBox([ipywidgets.Button(description=f"team {place}"), *(ipywidgets.Text() for _ in range(4))])
            for place in range(100)
        ]
    )


def main() -> int:
    """Print each figure and say which limits are kept."""
    sixty = sixty_fields()
    consumers = tuple(Consumer(team=f"team {place}", use_case="analytics") for place in range(1_000))
    long = Long(consumers=consumers)
    Form(sixty)
    bare_fields()

    bare = seconds(bare_fields)
    form = seconds(lambda: Form(sixty))
    PackingComm.sent = 0
    Form(sixty)
    messages = PackingComm.sent
    PackingComm.sent = 0
    bare_fields()
    print(f"60 fields: form {form * 1e3:.1f} ms, {messages} messages; bare ipywidgets {bare * 1e3:.1f} ms, ", end="")
    print(f"{PackingComm.sent} messages; ratio {form / bare:.2f}")

    all_rows = seconds(bare_list, 3) * 10
    opened = seconds(lambda: Form(long), 5)
    print(f"1,000 entries: form {opened * 1e3:.1f} ms; all rows as bare ipywidgets {all_rows * 1e3:.0f} ms; ", end="")
    print(f"ratio {opened / all_rows:.3f}")

    texts = itertools.cycle(["one", "two"])
    whole = Form(BRIEF)
    box = whole._root.views["project_name"].input  # type: ignore[attr-defined]  # the input a person would type into
    line = ipywidgets.Text()
    plain = seconds(lambda: setattr(line, "value", next(texts)), 300)
    change = seconds(lambda: setattr(box, "value", next(texts)), 300)
    wrong = itertools.cycle(["3", "many"])
    size = whole._root.views["constraints"].views["team_size"].input  # type: ignore[attr-defined]  # the same
    mistake = seconds(lambda: setattr(size, "value", next(wrong)), 300)
    print(f"a change: {change * 1e3:.2f} ms, with a mistake coming and going {mistake * 1e3:.2f} ms; ", end="")
    print(f"bare ipywidget {plain * 1e3:.2f} ms; ratio {change / plain:.1f}")

    big = Form(long)
    big._root.views["consumers"].turn(0)  # type: ignore[attr-defined]  # the same
    team = big._root.find(("consumers", 0, "team")).input  # type: ignore[attr-defined]  # the same
    among = seconds(lambda: setattr(team, "value", next(texts)), 100)
    move = seconds(lambda: (big.move(("consumers", 0), 1), big.move(("consumers", 1), -1)), 30) / 2
    print(f"among 1,000 entries: a change {among * 1e3:.2f} ms, a move {move * 1e3:.2f} ms")

    limits = {
        "60 fields within 120 ms": form < 0.120,
        "60 fields no dearer than bare ipywidgets": form < bare,
        "1,000 entries within 120 ms": opened < 0.120,
        "a change within 2 ms": change < 0.002,
    }
    for what, kept in limits.items():
        print(f"{'kept' if kept else 'MISSED'}: {what}")
    return 0 if all(limits.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
