"""What is skipped while jsonschema is imported is only skipped, for nobody else and not for good."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAMS = {
    "afterwards anybody may import it": """
import sys
import decom_nb.quick_import
assert "jsonschema" in sys.modules
assert "rfc3987_syntax" not in sys.modules
""",
    "a jsonschema that is there stays as it is": """
import sys
import jsonschema
before = dict(jsonschema.FormatChecker.checkers), "rfc3987_syntax" in sys.modules
import decom_nb.quick_import
assert before == (jsonschema.FormatChecker.checkers, "rfc3987_syntax" in sys.modules)
""",
    "without jsonschema nothing happens": """
import sys
sys.modules["jsonschema"] = None
import decom_nb.quick_import
assert sys.modules["jsonschema"] is None
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_in_a_process_of_its_own(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True)
