from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain import requirements_lock
from infragate.domain.errors import BadInput

DIGEST = "--hash=sha256:" + "a" * 64
GOOD = f"""\
# made by a command
demo-tool==1.2.3 \\
    {DIGEST} \\
    {DIGEST}
numpy==2.4.6 ; python_full_version < '3.12' \\
    {DIGEST}
numpy==2.5.5 ; python_full_version >= '3.12' \\
    {DIGEST}
"""


def packages(text: str) -> dict[str, str]:
    return requirements_lock.packages(text, place=lambda line: f"requirements.lock:{line}")


def test_every_pin_is_read() -> None:
    assert packages(GOOD) == {"demo-tool": "1.2.3", "numpy": "2.5.5"}


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("demo==1.2.3", 1),
        (f"demo>=1.2.3 {DIGEST}", 1),
        (f"demo @ https://evil.example.com/demo.whl {DIGEST}", 1),
        (f"./demo.whl {DIGEST}", 1),
        (f"-e . {DIGEST}", 1),
        ("--index-url https://evil.example.com/simple", 1),
        ("--extra-index-url=https://evil.example.com/simple", 1),
        ("-r other.txt", 1),
        ("demo==1.2.3 --hash=md5:" + "a" * 32, 1),
        (f"demo==1.2.3 {DIGEST} --index-url=https://evil.example.com", 1),
        (f"demo==1.2.3 ; no marker {DIGEST}", 1),
        (f"{GOOD}demo==1.2.3 \\", 9),
        (f"demo==1.2.3 \\\n--no-binary :all: \\\n{DIGEST}", 1),
    ],
)
def test_anything_but_a_pin_with_digests_is_refused_with_its_line(line: str, where: int) -> None:
    with pytest.raises(BadInput) as caught:
        packages(line)
    assert caught.value.where == f"requirements.lock:{where}"


@given(st.text())
def test_any_text_is_either_pins_or_bad_input(text: str) -> None:
    try:
        packages(text)
    except BadInput as error:
        assert error.where
