"""Judges `repos.yaml` of an Atlantis server: each setting that lets a pull request past the checks is a complaint.

Every entry is judged by itself: Atlantis takes each setting from the last entry that matches, so one careless entry
undoes what the others require.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infragate.domain.finding import Finding
from infragate.domain.front_doors import atlantis_files
from infragate.domain.front_doors.atlantis_files import POLICY_SET, REQUIREMENTS, SERVER_FILE

SOURCE = "atlantis-settings"
_Keys = tuple[str, ...]
_Complaint = tuple[str, _Keys, str, str]  # name, place, message, fix


def complaint(name: str, message: str, *, fix: str, address: str, file: str | None = None, line: int = 0) -> Finding:
    """A Finding about a setting of the server."""
    return Finding(
        id=f"atlantis/{name}", source=SOURCE, message=message, address=address, file=file, line=line or None, fix=fix
    )


def of_file(
    document: Any, *, file: str = SERVER_FILE, line_of: Callable[[_Keys], int] = lambda _keys: 1
) -> tuple[Finding, ...]:
    """The complaints about a decoded `repos.yaml`.

    Args:
        line_of: the line of a key, given as its path.
    """
    return tuple(
        complaint(name, message, fix=fix, address=".".join(place), file=file, line=line_of(place))
        for name, place, message, fix in _complaints(document)
    )


def has_policy_check(document: Any) -> bool:
    """True if the file has Atlantis' own policy check, in whatever form."""
    return isinstance(document, dict) and "policies" in document


def _complaints(document: Any) -> Iterator[_Complaint]:
    entries = document.get("repos") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        message = "no entry for the repository: Atlantis runs its own steps then, and requires nothing"
        yield "no-entry", (), message, "write it with infragate render"
        return
    workflows = document.get("workflows")
    workflows = workflows if isinstance(workflows, dict) else {}
    for number, entry in enumerate(entries):
        yield from _of_entry(entry if isinstance(entry, dict) else {}, ("repos", str(number)), workflows)
        yield from _of_policy_check(entry, ("repos", str(number)), on=has_policy_check(document))
    for name, workflow in workflows.items():
        for stage, commands in atlantis_files.stages(policy_check=has_policy_check(document)).items():
            yield from _of_stage(_stage(workflow, stage), commands, ("workflows", str(name), stage))
    if has_policy_check(document) and not _is_our_set(document["policies"]):
        message = f"the policy sets are not the one that the step answers for, {POLICY_SET}, with owners of its own"
        yield "policy-sets", ("policies",), message, "write it with infragate render"


def _of_policy_check(entry: Any, place: _Keys, *, on: bool) -> Iterator[_Complaint]:
    """Without `custom_policy_check` Atlantis cannot read the step, and anybody clears that error."""
    entry = entry if isinstance(entry, dict) else {}
    meant = {"custom_policy_check": True} if on else {}
    given = {
        name: entry[name] for name in ("policy_check", "custom_policy_check") if entry.get(name) not in (None, False)
    }
    if given != meant:
        message = "Atlantis' own policy check is not the rendered one"
        fix = (
            "repeat in every entry: custom_policy_check: true" if on else "remove policy_check and custom_policy_check"
        )
        yield "policy-check", (*place, "custom_policy_check"), message, fix


def _is_our_set(policies: Any) -> bool:
    """True for the rendered form: one set, one approval, not the author's, and owners of this set alone."""
    sets = policies.get("policy_sets") if isinstance(policies, dict) and set(policies) == {"policy_sets"} else None
    only = sets[0] if isinstance(sets, list) and len(sets) == 1 and isinstance(sets[0], dict) else {}
    owners = only.get("owners")
    if not isinstance(owners, dict) or not owners or not set(owners) <= {"users", "teams"}:
        return False
    named = all(isinstance(names, list) and names and all(map(_is_name, names)) for names in owners.values())
    rest = {name: value for name, value in only.items() if name != "owners"}
    # In Python 1 == True, and approve_count: true is no number for Atlantis.
    fits = rest == {"name": POLICY_SET, "approve_count": 1, "prevent_self_approve": True}
    return named and fits and only["approve_count"] is not True and only["prevent_self_approve"] is True


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and bool(name.strip())


def _of_entry(entry: Mapping[str, Any], place: _Keys, workflows: Mapping[str, Any]) -> Iterator[_Complaint]:
    yield from _of_requirements(entry, place)
    yield from _of_overrides(entry, place)
    name = entry.get("id")
    if not isinstance(name, str) or not name or name.startswith("/"):
        message = f"the entry is not for exactly one repository: {name!r}"
        yield "repository", (*place, "id"), message, "name the repository: host/owner/name"
    if _takes_any(entry.get("branch")):
        message = "pull requests into every branch are applied, also into those that nobody protects"
        yield "branch", (*place, "branch"), message, "name the protected branch: branch: /^main$/"
    workflow = entry.get("workflow")
    if not isinstance(workflow, str) or workflow not in workflows:
        message = "names no workflow of this file, so Atlantis runs its own steps over the pull request's code"
        yield "workflow", (*place, "workflow"), message, "name the workflow whose steps are infragate's"


def _takes_any(branch: Any) -> bool:
    """True for no branch, and for an expression that matches a name which nobody chose."""
    try:
        return not isinstance(branch, str) or re.search(branch.strip("/"), "a-branch/of.nobody") is not None
    except (re.error, RecursionError):
        return True


def _of_requirements(entry: Mapping[str, Any], place: _Keys) -> Iterator[_Complaint]:
    required = entry.get("apply_requirements")
    missing = [name for name in REQUIREMENTS if name not in (required if isinstance(required, list) else ())]
    if missing:
        what = "drops what entries before it require" if place[1] != "0" else "lets a pull request be applied"
        message = f"does not require {', '.join(missing)}: it {what}"
        fix = f"repeat in every entry: apply_requirements: [{', '.join(REQUIREMENTS)}]"
        yield "apply-requirements", (*place, "apply_requirements"), message, fix


def _of_overrides(entry: Mapping[str, Any], place: _Keys) -> Iterator[_Complaint]:
    if overrides := entry.get("allowed_overrides"):
        names = ", ".join(map(str, overrides)) if isinstance(overrides, list) else str(overrides)
        message = f"the pull request's own atlantis.yaml may set {names}"
        yield "allowed-overrides", (*place, "allowed_overrides"), message, "write allowed_overrides: []"
    if entry.get("allow_custom_workflows", False) is not False:
        message = "the pull request's own atlantis.yaml may define the commands that the server runs"
        fix = "write allow_custom_workflows: false"
        yield "custom-workflows", (*place, "allow_custom_workflows"), message, fix


def _stage(workflow: Any, stage: str) -> Any:
    content = workflow.get(stage) if isinstance(workflow, dict) else None
    return content.get("steps") if isinstance(content, dict) else None


def _of_stage(steps: Any, commands: tuple[str, ...], place: _Keys) -> Iterator[_Complaint]:
    if steps != [{"run": command} for command in commands]:
        meant = f"only the step run: {commands[0]}" if commands else "steps: []"
        did = "runs other steps than infragate's" if isinstance(steps, list) else "leaves Atlantis' own steps"
        yield "steps", place, f"the stage {place[-1]} {did}, outside of every check", f"write {meant}"
    for step in steps if isinstance(steps, list) else ():
        yield from _of_output(step, place)


def _of_output(step: Any, place: _Keys) -> Iterator[_Complaint]:
    inner = [value for value in step.values() if isinstance(value, dict)] if isinstance(step, dict) else []
    for holder in (step, *inner):
        output = holder.get("output") if isinstance(holder, dict) else None
        forms = output if isinstance(output, list) else [output]
        if "hide" in forms:
            message = "output: hide shows all output when the step fails"
            yield "hidden-output", place, message, "remove it: infragate hides secrets in its output"
        if _hides_nothing(output, forms):
            message = "filter_regex in this form hides nothing"
            yield "filter-regex", place, message, "remove it: infragate hides secrets in its output"


def _hides_nothing(output: Any, forms: list[Any]) -> bool:
    """True for a map where Atlantis reads a list of maps, and for a list of expressions."""
    regexes = [form["filter_regex"] for form in forms if isinstance(form, dict) and "filter_regex" in form]
    return bool(regexes) and (isinstance(output, dict) or not all(isinstance(regex, str) for regex in regexes))
