"""Every way to write a secret that the masker must know. The ways are written out here a second time, on purpose."""

from __future__ import annotations

import base64
import json
import textwrap
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples

from infragate.domain.redaction import Masker

TOKEN = 'kJ8"s\\nW&<2>ü/x+Q=z9${v}'
PEM = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(
    [*textwrap.wrap(base64.b64encode(bytes(range(256)) * 3).decode(), 64), "-----END PRIVATE KEY-----"]
)

WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in small letters": str.lower,
    "with its case swapped": str.swapcase,
    "reversed": lambda secret: secret[::-1],
    "in JSON": json.dumps,
    "in JSON of Unicode": lambda secret: json.dumps(secret, ensure_ascii=False),
    "in JSON in JSON": lambda secret: json.dumps(json.dumps([secret])),
    "in JSON in JSON in JSON": lambda secret: json.dumps(json.dumps(json.dumps([secret]))),
    "in JSON as Go writes it": lambda secret: (
        json.dumps(secret, ensure_ascii=False).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    ),
    "in HCL": lambda secret: json.dumps(secret, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{"),
    "in hex": lambda secret: secret.encode().hex(),
    "in hex with capitals": lambda secret: secret.encode().hex().upper(),
    "in hex with spaces": lambda secret: secret.encode().hex(" "),
    "in a URL": lambda secret: urllib.parse.quote(secret, safe=""),
    "in a URL with slashes": urllib.parse.quote,
    "in a form": urllib.parse.quote_plus,
    "in a URL with small digits": lambda secret: urllib.parse.quote(secret, safe="").lower(),
    "in a URL, every character": lambda secret: "".join(f"%{byte:02X}" for byte in secret.encode()),
    "in base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "in base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "in base64 in lines": lambda secret: base64.encodebytes(secret.encode()).decode(),
    "in base64 of JSON": lambda secret: base64.b64encode(json.dumps({"k": secret}).encode()).decode(),
    "in indented lines of 20": lambda secret: "\n".join("      " + line for line in _cut(secret, 20)),
    "in the frame of an error": lambda secret: "\n".join("│ " + line for line in _cut(secret, 8)),
    "in a list of parts": lambda secret: json.dumps(_cut(secret, 3), indent=2),
    "in a list of letters": lambda secret: json.dumps(list(secret)),
    "with invisible characters": lambda secret: "\u200b".join(secret),
    "with invisible characters, escaped": lambda secret: json.dumps("\u2060".join(secret)),
}


def _cut(text: str, size: int) -> list[str]:
    return [text[begin : begin + size] for begin in range(0, len(text), size)]


@pytest.mark.parametrize(
    "secret", [TOKEN, "hunter2hunter", "geheimes-Wort-für-Ü", PEM], ids=["token", "word", "ü", "pem"]
)
@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN.keys())
def test_a_secret_is_hidden_however_it_is_written(secret: str, written: Callable[[str], str]) -> None:
    shown = written(secret)
    masked = Masker([secret]).mask(f"before {shown} after")
    left = masked.removeprefix("before ").removesuffix(" after").replace("***", "")
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    # Of the base64 of another text around it, the letters that hold bytes of both stay.
    limit = len('{"k": ""}') * 2 + 3 if shown == base64.b64encode(json.dumps({"k": secret}).encode()).decode() else 0
    assert len([letter for letter in left if letter.isalnum()]) <= limit


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
@pytest.mark.parametrize("after", ["", "z", "zz", "zzz"])
def test_a_secret_is_hidden_at_every_place_of_a_longer_base64(
    encode: Callable[[bytes], bytes], before: str, after: str
) -> None:
    secret = "kJ8s?W>2>ü/x+Q=z9"
    masked = Masker([secret]).mask(encode(f"{before}{secret}{after}".encode()).decode())
    assert len(masked.replace("***", "")) <= len(before) * 2 + len(after) * 2 + 4


def test_each_line_of_a_key_is_a_secret_of_its_own() -> None:
    masker = Masker([PEM])
    lines = PEM.splitlines()[1:-1]
    assert [masker.mask(f"x {line} y") for line in lines] == ["x *** y"] * len(lines)
    assert masker.mask("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


@pytest.mark.parametrize("columns", [10, 64, 76])
def test_a_key_is_hidden_when_it_is_wrapped_anew(columns: int) -> None:
    body = "".join(PEM.splitlines()[1:-1])
    masked = Masker([PEM]).mask("\n".join(_cut(body, columns)))
    assert set(masked) <= set("*\n")


def test_begin_and_end_of_a_token_that_was_cut_are_hidden() -> None:
    token = "ghp_R4nd0mT0k3nOfAPersonWh0Tests1t"
    assert Masker([token]).mask(f"{token[:20]} ... {token[-15:]}") == f"***{token[12:20]} ... {token[-15:-12]}***"


def test_parts_of_a_name_or_an_address_are_no_secrets() -> None:
    masker = Masker(
        ["arn:aws:iam::111111111111:role/fileflow-dev-with-a-long-name", "postgres://user@host.example:5432/db"]
    )
    assert masker.mask("arn:aws:iam::111111111111:role/other") == "arn:aws:iam::111111111111:role/other"
    assert masker.mask("postgres://other@host.example:5432/db") == "postgres://other@host.example:5432/db"


def test_numbers_side_by_side_are_no_secret_of_digits() -> None:
    masker = Masker(["12345678"])
    assert masker.mask("ports 12, 34, 56, 78") == "ports 12, 34, 56, 78"
    assert masker.mask("pin 12345678") == "pin ***"


def test_a_number_beside_a_string_is_no_part_of_a_secret_of_digits() -> None:
    document = json.dumps([549, "0000000000000000000"], indent=2)
    assert json.loads(Masker(["00000000000000000009"]).mask(document)) == [549, "***"]
    document = json.dumps([38601489, "99999999909999999999"], indent=2)
    assert json.loads(Masker(["99999999909999999999"]).mask(document)) == [38601489, "***"]


@pytest.mark.parametrize("text", ["a \\u00e9hunter2hunter b", "a \\\\hunter2hunter\\n", "\\bhunter2hunter"])
def test_json_stays_json(text: str) -> None:
    document = '{"key": "' + text + '", "n": [1, 2]}'
    masked = json.loads(Masker(["hunter2hunter", "éhunter2hunter", "9hunter2hunter"]).mask(document))
    assert "***" in masked["key"]
    assert masked["n"] == [1, 2]


_LETTERS = st.text(st.sampled_from('abZ09"\\/&<é\u200b\n\t ,:%{$+='), min_size=8, max_size=30)


@given(secret=_LETTERS, entries=st.lists(_LETTERS | st.integers(), max_size=4), cut=st.integers(1, 7))
@examples(150)
def test_a_masked_document_can_be_read_whatever_the_secret(secret: str, entries: list[object], cut: int) -> None:
    document = {"whole": secret, "parts": _cut(secret, cut), "entries": entries, secret: entries}
    masked = json.loads(Masker([secret]).mask(json.dumps(document, indent=2, ensure_ascii=len(entries) % 2 == 0)))
    assert secret not in json.dumps(masked, ensure_ascii=False)
