"""What this room makes for use as it is: the tests that dbt projects lack, and plans of backfills."""

from __future__ import annotations

import re

from decom_nb.escape import file_name
from decom_nb.phases.testing.backfill_plan import Plan
from decom_nb.phases.testing.backfill_text import communication, plan_page, scripts
from decom_nb.phases.testing.dbt_checklist import Checklist
from decom_nb.phases.testing.dbt_yaml import missing_tests

TESTS_FOLDER = "dbt_tests"
"""Where generated tests lie among an engagement's deliverables, in a folder for each project, laid out as the project is."""


def dbt_tests(checklist: Checklist) -> dict[str, str]:
    """Give the files with missing tests, by their path below the deliverables."""
    return {
        f"{TESTS_FOLDER}/{file_name(project.manifest.project)}/{_safe(path)}": text
        for project in checklist.projects
        for path, text in missing_tests(project).items()
    }


def _safe(path: str) -> str:
    """Give a path that stays below its folder, whatever the manifest says of it.

    >>> _safe("models/../../etc/marts/tests.yml")
    'models/etc/marts/tests.yml'
    """
    parts = (part for part in path.replace("\\", "/").split("/") if part.strip(". "))
    return "/".join(re.sub(r"[^\w.-]", "_", part) for part in parts)


BACKFILLS_FOLDER = "backfills"
"""Where plans and records of backfills lie among the deliverables, in a folder for each request."""


def backfill_folder(name: str) -> str:
    """Give the folder of a backfill below the deliverables."""
    return f"{BACKFILLS_FOLDER}/{file_name(name)}"


def backfill_files(plan: Plan) -> dict[str, str]:
    """Give the files of a backfill's plan: the plan in words, what consumers are told, the SQL."""
    return {"plan.md": plan_page(plan), "communication.md": communication(plan), **scripts(plan)}
