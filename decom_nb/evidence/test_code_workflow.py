"""Reads CI workflow files: what starts each job, and which of its lines run tests. `test_code_files.py` calls it.

GitHub Actions and GitLab CI are understood as far as they say it themselves: conditions that are computed, included files and
schedules that are set up elsewhere are not.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from decom_nb.errors import InputError
from decom_nb.evidence.json_file import NotReadableError, mapping, sequence, text
from decom_nb.evidence.test_code import Command, Job, Trigger, Workflow
from decom_nb.yaml_text.file import MAX_BYTES, parse

_GITHUB_EVENTS = {
    "pull_request": "pull_request", "pull_request_target": "pull_request", "merge_group": "merge_queue", "push": "push",
    "schedule": "schedule", "release": "release", "workflow_dispatch": "manual", "repository_dispatch": "manual",
    "workflow_call": "call",
}  # fmt: skip
_GITLAB_SOURCES = {
    "merge_request_event": "pull_request", "push": "push", "schedule": "schedule", "web": "manual", "api": "manual",
    "trigger": "manual", "merge_requests": "pull_request", "schedules": "schedule", "tags": "tag", "branches": "push",
}  # fmt: skip
_GITLAB_WORDS = frozenset(
    {
        "after_script", "before_script", "cache", "default", "image", "include", "pages", "services", "spec", "stages",
        "types", "variables", "workflow",
    }
)  # fmt: skip
_TOOLS = frozenset(
    {
        "pytest", "py.test", "unittest", "dbt", "soda", "great_expectations", "decom", "behave", "locust", "tox", "nox",
        "make", "just", "task", "invoke", "mvn", "gradle", "gradlew", "sbt", "go", "cargo", "npm", "yarn", "jest",
    }
)  # fmt: skip
_SAME_TOOL = {"py.test": "pytest", "gradlew": "gradle"}
_OF_MANY_PURPOSES = frozenset({"make", "just", "task", "invoke", "mvn", "gradle", "sbt", "go", "cargo", "npm", "yarn"})
"""Programs that run tests only where one of their words says so."""
_WRAPPERS = frozenset(
    {
        "command", "compose", "coverage", "docker", "docker-compose", "env", "exec", "hatch", "npx", "pdm", "pipenv",
        "poetry", "python", "python3", "run", "rye", "sudo", "time", "timeout", "uv", "uvx", "xvfb-run",
    }
)  # fmt: skip
_TAKES_A_VALUE = frozenset({"--with", "--extra", "--group", "--project", "--env-file", "-e", "--python", "-p"})
_ACTIONS = {"soda-github-action": "soda"}
_CONDITION = re.compile(r"github\.event_name\s*(==|!=)\s*'([a-z_]+)'")
_SOURCE = re.compile(r"""\$CI_PIPELINE_SOURCE\s*==\s*["']([a-z_]+)["']""")
_SECRET = re.compile(r"(?i)((?:token|secret|passw\w*|api_?key)\w*[=\s]+)\S+")
_STEPS = re.compile(r"&&|\|\||;|\n|(?<!\|)\|(?!\|)")
_DEEPEST = 10
"""How far ``extends`` is followed."""


def github(data: bytes, path: str) -> Workflow:
    """Read a workflow of GitHub Actions; raises `NotReadableError`."""
    content = _content(data, path)
    triggers = tuple(_github_triggers(content.get("on")))
    jobs = [
        job
        for name, told in mapping(content.get("jobs")).items()
        if isinstance(told, dict)
        for job in _github_job(str(name), told, triggers)
    ]
    if not jobs:
        raise NotReadableError("a workflow without jobs")
    return Workflow(path, "GitHub Actions", text(content.get("name")) or PurePosixPath(path).stem, tuple(jobs))


def gitlab(data: bytes, path: str) -> Workflow:
    """Read a pipeline of GitLab CI; raises `NotReadableError`."""
    content = _content(data, path)
    whole = tuple(_gitlab_rules(mapping(content.get("workflow")).get("rules")))
    jobs = []
    for name, told in content.items():
        if isinstance(told, dict) and name not in _GITLAB_WORDS and not str(name).startswith("."):
            job = _extended(told, content)
            commands = tuple(_commands(_lines(job.get("before_script")) + _lines(job.get("script"))))
            own = tuple(_gitlab_triggers(job))
            services = tuple(_service(each) for each in sequence(job.get("services")))
            environment = job.get("environment")
            jobs.append(
                Job(
                    name=str(name),
                    triggers=own or whole or (Trigger("push"), Trigger("tag")),
                    commands=commands,
                    services=services,
                    environment=text(mapping(environment).get("name")) or text(environment),
                    optional=job.get("allow_failure") is True,
                )
            )
    if not jobs:
        raise NotReadableError("a pipeline without jobs")
    return Workflow(path, "GitLab CI", PurePosixPath(path).name, tuple(jobs))


def with_callers(workflows: Iterable[Workflow]) -> tuple[Workflow, ...]:
    """Give workflows in which what calls another one starts the other one's jobs too."""
    known = tuple(workflows)
    callers: dict[str, list[Trigger]] = {}
    for workflow in known:
        for job in workflow.jobs:
            for command in job.commands:
                if command.tool == "workflow":
                    callers.setdefault(PurePosixPath(command.words[0]).name, []).extend(job.triggers)
    return tuple(
        replace(
            workflow,
            jobs=tuple(_called(job, callers.get(PurePosixPath(workflow.path).name, ())) for job in workflow.jobs),
        )
        for workflow in known
    )


def _called(job: Job, callers: Iterable[Trigger]) -> Job:
    if not any(each.on == "call" for each in job.triggers):
        return job
    return replace(job, triggers=tuple(dict.fromkeys((*job.triggers, *callers))))


def _content(data: bytes, path: str) -> Mapping[str, Any]:
    """Give the mappings of a file's documents as one; what GitLab's ``!reference`` points at is not followed."""
    if len(data) > MAX_BYTES:
        raise NotReadableError(f"more than {MAX_BYTES // 1_000_000} MB of YAML")
    found: dict[str, Any] = {}
    for part in re.split(rb"(?m)^---.*$", re.sub(rb"!reference\b", b"", data)):
        if part.strip():
            try:
                found.update(mapping(parse(part, path, pass_repeated=True).root.plain()))
            except InputError as error:
                first = error.mistakes[0]
                raise NotReadableError(
                    f"not YAML that can be read here: {first.key} {first.what}".strip(), first.line
                ) from None
    return found


def _github_triggers(told: Any) -> Iterator[Trigger]:
    events = told if isinstance(told, dict) else dict.fromkeys(told if isinstance(told, list) else [told])
    for event, settings in events.items():
        name = _GITHUB_EVENTS.get(str(event), str(event))
        if name == "schedule":
            yield from (Trigger("schedule", text(mapping(each).get("cron"))) for each in sequence(settings))
        elif name == "push":
            only_tags = "tags" in mapping(settings) and "branches" not in mapping(settings)
            only_branches = "branches" in mapping(settings) and "tags" not in mapping(settings)
            if not only_tags:
                yield Trigger("push")
            if not only_branches:
                yield Trigger("tag")
        elif event is not None:
            yield Trigger(name)


def _github_job(name: str, told: Mapping[str, Any], triggers: tuple[Trigger, ...]) -> Iterator[Job]:
    """Give the job; steps with conditions of their own on what started the workflow come as a job beside it."""
    started = _under(text(told.get("if")), triggers)
    by_triggers: dict[tuple[Trigger, ...], list[Command]] = {started: []}
    if called := text(told.get("uses")):
        by_triggers[started].append(Command("workflow", (called.partition("@")[0],), called))
    for step in sequence(told.get("steps")):
        step = mapping(step)
        those = _under(text(step.get("if")), started)
        action = text(step.get("uses")).partition("@")[0].rpartition("/")[2]
        found = [*_commands(_split(text(step.get("run"))))]
        if action in _ACTIONS:
            found.append(Command(_ACTIONS[action], (), text(step.get("uses"))))
        by_triggers.setdefault(those, []).extend(found)
    environment = told.get("environment")
    for which, commands in by_triggers.items():
        if commands or which == started:
            yield Job(
                name=name,
                triggers=which,
                commands=tuple(commands),
                services=tuple(map(str, mapping(told.get("services")))),
                environment=text(mapping(environment).get("name")) or text(environment),
                optional=told.get("continue-on-error") is True,
            )


def _under(condition: str, triggers: tuple[Trigger, ...]) -> tuple[Trigger, ...]:
    """Give the triggers that a condition lets through; one that says nothing of events lets all through."""
    told = _CONDITION.findall(condition)
    if not told:
        return triggers
    named = {_GITHUB_EVENTS.get(event, event) for _, event in told}
    if "push" in named:
        named.add("tag")
    wanted = told[0][0] == "=="
    return tuple(each for each in triggers if (each.on in named) is wanted)


def _gitlab_triggers(job: Mapping[str, Any]) -> Iterator[Trigger]:
    yield from _gitlab_rules(job.get("rules"))
    only = job.get("only")
    refs = mapping(only).get("refs") if isinstance(only, dict) else only
    for each in refs if isinstance(refs, list) else [refs] if refs else []:
        yield Trigger(_GITLAB_SOURCES.get(str(each), "push"))


def _gitlab_rules(rules: Any) -> Iterator[Trigger]:
    for rule in sequence(rules):
        rule = mapping(rule)
        condition = text(rule.get("if"))
        if rule.get("when") == "never":
            continue
        if rule.get("when") == "manual":
            yield Trigger("manual")
            continue
        for source in _SOURCE.findall(condition):
            yield Trigger(_GITLAB_SOURCES.get(source, source))
        if "$CI_MERGE_REQUEST" in condition:
            yield Trigger("pull_request")
        if "$CI_COMMIT_TAG" in condition:
            yield Trigger("tag")
        if "$CI_COMMIT_BRANCH" in condition or not condition:
            yield Trigger("push")


def _extended(job: Mapping[str, Any], content: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Give a job with what it takes over by ``extends`` and by merged anchors."""
    found: dict[str, Any] = {}
    for told in job["<<"] if isinstance(job.get("<<"), list) else [job.get("<<")]:
        found.update(mapping(told))
    names = job.get("extends")
    for name in names if isinstance(names, list) else [names] if names else []:
        if depth < _DEEPEST:
            found.update(_extended(mapping(content.get(str(name))), content, depth + 1))
    found.update({key: value for key, value in job.items() if key not in ("<<", "extends")})
    return found


def _service(told: Any) -> str:
    return (text(mapping(told).get("name")) or text(told)).rpartition("/")[2].partition(":")[0]


def _lines(told: Any) -> list[str]:
    """Give the commands of a script, which may be nested lists."""
    if isinstance(told, list):
        return [line for each in told for line in _lines(each)]
    return _split(told) if isinstance(told, str) else []


def _split(script: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", " ", script)
    return [line.strip() for line in _STEPS.split(joined) if line.strip() and not line.strip().startswith("#")]


def _commands(lines: Iterable[str]) -> Iterator[Command]:
    for line in lines:
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            words = line.split()
        if (found := _command(words)) is not None:
            yield Command(found[0], tuple(found[1]), _SECRET.sub(r"\1•••", line)[:200])


def _command(words: list[str]) -> tuple[str, list[str]] | None:
    """Give the program that runs tests and its words, if a line does so.

    >>> _command("poetry run pytest tests/unit -q".split()), _command("pip install pytest".split())
    (('pytest', ['tests/unit', '-q']), None)
    """
    in_container, value_follows = False, False
    for at, word in enumerate(words):
        name = word.rpartition("/")[2]
        if value_follows or word.startswith("-") or ("=" in word and not word.startswith("=")):
            value_follows = word in _TAKES_A_VALUE
            continue
        if name in _TOOLS:
            tool, rest = _SAME_TOOL.get(name, name), words[at + 1 :]
            if tool in _OF_MANY_PURPOSES and not any(re.search(r"test|check|verify|\bci\b", each) for each in rest):
                return None
            return tool, rest
        in_container = in_container or name in ("docker", "docker-compose")
        if not (name in _WRAPPERS or in_container or re.fullmatch(r"python3?(\.\d+)?|\d+[smh]?", name)):
            return None
    return None
