"""Secrets at the sensitive places of generated plans, states, errors and logs come out of no sink, in no form.

Nearly two hundred examples; INFRAGATE_TEST_CANARIES=10000 for the large run.
"""

from __future__ import annotations

import base64
import json
import os
import textwrap
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit import gate_sinks, sinks
from tests.unit.domain.test_secret_forms import WRITTEN
from tests.unit.examples import examples
from tests.unit.plan_documents import plan, resource

from infragate.domain import plan as plans
from infragate.domain import sensitive_values
from infragate.domain.plan import Plan
from infragate.domain.redaction import Masker
from infragate.report import plan_summary
from infragate.report.printer import Printer

EXAMPLES = int(os.environ.get("INFRAGATE_TEST_CANARIES", "180"))
LARGE = settings(examples(EXAMPLES // 3, suppress_health_check=list(HealthCheck)), database=None)

_BYTES = st.binary(min_size=16, max_size=60)
_TOKENS = _BYTES.map(lambda data: base64.b64encode(data).decode().rstrip("="))
_WORDS = st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9), min_size=3, max_size=5).map("-".join)
_MARKS = st.text(st.sampled_from('abcXYZ0189"\\/<>&$%{}+=:;@!ü'), min_size=12, max_size=40).filter(
    lambda t: len(set(t)) > 7
)
_KEYS = st.binary(min_size=150, max_size=300).map(
    lambda data: "\n".join(
        ["-----BEGIN KEY-----", *textwrap.wrap(base64.b64encode(data).decode(), 64), "-----END KEY-----"]
    )
)
CANARIES = st.one_of(_TOKENS, _TOKENS, _WORDS, _MARKS, _KEYS)
FORMS = st.sampled_from(sorted(WRITTEN))
_MARKED = st.sampled_from([{"password": True}, {"password": True, "deep": True}, {"deep": [{"key": True}]}, True])
_AROUND = st.sampled_from(
    ["{}", "password {} is too short", "a\n  {}\nb", '{{"k": "{}"}}', "https://x/?k={}&b", "::error::{}"]
)


def squeezed(text: str) -> str:
    """Without what wraps, quotes and indents."""
    lowered = text.lower().replace("\\n", "").replace("│", "")
    return "".join(letter for letter in lowered if not letter.isspace() and letter not in "\"',\\\u200b\u2060")


def forms(canary: str) -> set[str]:
    """What may not be in an output, squeezed; the first and the last line of a key are no secret."""
    lines = [line for line in canary.splitlines() if len(line) >= 12 and not line.startswith("-----")]
    found = {squeezed(write(part)) for part in {canary, *lines} for write in WRITTEN.values()}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + canary.encode()).decode()[4:-4]
        found |= {squeezed(encoded), squeezed(encoded.replace("+", "-").replace("/", "_"))}
    return {form for form in found if len(form) > 7}


def leaks(held: dict[str, str], canary: str) -> list[tuple[str, str]]:
    outputs = {name: squeezed(text) for name, text in held.items()}
    return [(name, form) for form in forms(canary) for name, output in outputs.items() if form in output]


def gate_files(text: str, masker: Masker, plan: Plan | None = None) -> dict[str, str]:
    """The reports of the gate, as they are and as they are read."""
    held = gate_sinks.files(text, masker, plan)
    return {**held, **{f"{name}, read": told for name, told in gate_sinks.read(held).items()}}


@LARGE
@given(canary=CANARIES, form=FORMS, around=_AROUND)
def test_a_known_secret_in_an_error_or_a_log_comes_out_of_no_sink(canary: str, form: str, around: str) -> None:
    text, masker = around.format(WRITTEN[form](canary)), Masker([canary])
    assert leaks(sinks.all_sinks(text, masker) | gate_files(text, masker), canary) == []


@LARGE
@given(data=st.data(), canary=CANARIES, form=FORMS, full=st.booleans())
def test_what_a_plan_marks_comes_out_of_no_sink_wherever_it_is_repeated(
    data: st.DataObject, canary: str, form: str, full: bool
) -> None:
    document = _plan(data, canary, WRITTEN[form](canary))
    masker = Masker(sensitive_values.of_plan(document))
    read = plans.read(json.loads(json.dumps(document)))

    def show(printer: Printer) -> None:
        plan_summary.show(read, title="T", headline="H", changes=True, drift=False, printer=printer, full=full)

    text = f"provider said {canary}"
    held = sinks.all_sinks(text, masker, result=plan_summary.document(read), show=show)
    assert leaks(held | gate_files(text, masker, read), canary) == []


def _plan(data: st.DataObject, canary: str, repeated: str) -> dict[str, Any]:
    """A plan with the canary at one or more marked places, and repeated where nothing is marked."""
    secret: dict[str, Any] = {"password": canary, "deep": [{"key": canary}]}
    marks: Any = data.draw(
        st.sampled_from([{"password": True}, {"password": True, "deep": True}, {"deep": [{"key": True}]}, True])
    )
    if marks is not True:
        secret = {name: value for name, value in secret.items() if name in marks}
    action = data.draw(st.sampled_from(["create", "update", "delete", "replace"]))
    open_values = {
        "output": repeated,
        "list": [repeated, "x"],
        "tags": {"Name": repeated},
        "policy": json.dumps({"a": repeated}),
    }
    sides: dict[str, Any] = {}
    for side in ("before", "after"):
        if (side, action) not in (("before", "create"), ("after", "delete")):
            sides[side] = {**secret, "name": side}
            sides[f"{side}_sensitive"] = marks
    other = resource("update", "terraform_data.copy", before={"output": "old", "list": []}, after=open_values)
    told = {
        "actions": ["update"],
        "before": "old",
        "after": repeated,
        "before_sensitive": False,
        "after_sensitive": False,
    }
    return plan(resource(action, "aws_db_instance.main", **sides), other, output_changes={"open": told})


@LARGE
@given(canary=CANARIES, form=FORMS, as_output=st.booleans())
def test_what_a_state_marks_comes_out_of_no_sink(canary: str, form: str, as_output: bool) -> None:
    instance = {"attributes": {"p": canary}, "sensitive_attributes": [[{"type": "get_attr", "value": "p"}]]}
    state = (
        {"outputs": {"p": {"value": canary, "sensitive": True}}}
        if as_output
        else {"resources": [{"instances": [instance]}]}
    )
    held = sinks.all_sinks(f"error: {WRITTEN[form](canary)}", Masker(sensitive_values.of_state(state)))
    assert leaks(held, canary) == []
