"""The judge's rules for functions: which files code may read, and which functions it may call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from infragate.domain.finding import Finding, Severity
from infragate.domain.terraform import code_module, code_tokens, static_values
from infragate.domain.terraform.code_blocks import Argument, CodeBlock, CodeFile
from infragate.domain.terraform.code_module import Call, CodeModule
from infragate.domain.terraform.code_policy import CodePolicy
from infragate.domain.terraform.code_tokens import Token, Unreadable
from infragate.domain.terraform.static_values import Scope

_FILES = frozenset(
    "file filebase64 fileexists filemd5 filesha1 filesha256 filesha512 filebase64sha256 filebase64sha512".split()
)
_TEMPLATE, _SET, _HOME = "templatefile", "fileset", "pathexpand"
# Files with none of these words are not looked at any further.
_WORDS = re.compile(rf"\b(?:{'|'.join([*sorted(_FILES), _TEMPLATE, _SET, _HOME, 'nonsensitive'])})\b")
_INSIDE = 'name a file of this folder: "${path.module}/NAME", or a value that the code alone decides'


def of_argument(
    module: CodeModule, policy: CodePolicy, file: CodeFile, argument: Argument, scope: Scope, address: str
) -> Iterator[Finding]:
    """The complaints about one argument's expression."""
    for call in code_module.calls(argument, file, scope):
        yield from _of_call(module, policy, call, (file, call.line), address)


def is_suspect(file: CodeFile, policy: CodePolicy) -> bool:
    """False if no expression of the file can call a function that is judged."""
    if not file.text:
        return True
    return _has_word(file.text) or any(name in file.text for name in policy.refused_functions)


@lru_cache(maxsize=512)  # the same files are judged several times in a run
def _has_word(text: str) -> bool:
    return _WORDS.search(text) is not None


def of_path_arguments(
    module: CodeModule, policy: CodePolicy, file: CodeFile, block: CodeBlock, scope: Scope, address: str
) -> Iterator[Finding]:
    """The complaints about arguments of a resource that name a file: a provider reads it at apply."""
    for name in sorted(policy.path_arguments.get(block.labels[0], ()) if block.labels else ()):
        for argument in block.arguments:
            if argument.name == name and argument.tokens[0].text != "null":
                about = f"{name} of {block.labels[0]}"
                at = (file, argument.line)
                yield from _of_path(module, "path-argument", about, (argument.tokens, scope), at, address)


def _of_call(
    module: CodeModule, policy: CodePolicy, call: Call, at: tuple[CodeFile, int], address: str
) -> Iterator[Finding]:
    given = call.arguments[0] if call.arguments else ()
    if call.name in policy.refused_functions:
        yield module.finding(
            "function",
            f"{call.name}() is refused by {policy.file}",
            at=at,
            address=address,
            fix="do without it, or ask the owners of that file",
        )
    elif call.name in _FILES or call.name == _TEMPLATE:
        yield from _of_path(module, "function-path", f"{call.name}()", (given, call.scope), at, address)
        if call.name == _TEMPLATE:
            yield from _of_template(module, policy, static_values.strings(given, call.scope.anew()), at, address)
    elif call.name == _SET:
        yield from _of_set(module, call, at, address)
    elif call.name == _HOME:
        yield from _of_path(module, "function-path", "pathexpand()", (given, call.scope), at, address)
    elif call.name == "nonsensitive":
        yield module.finding(
            "nonsensitive",
            "nonsensitive() shows a value that was marked as a secret, in plans and in the state",
            at=at,
            address=address,
            fix="a reviewer must agree that the value is not a secret; else remove the call",
            severity=Severity.MEDIUM,
        )


def _of_path(
    module: CodeModule,
    rule: str,
    about: str,
    path: tuple[Sequence[Token], Scope],
    at: tuple[CodeFile, int],
    address: str,
) -> Iterator[Finding]:
    texts = static_values.strings(path[0], path[1].anew())
    why = "whose path is built from values that are not known before the plan" if texts is None else ""
    for text in sorted(texts or ()):
        kind = module.disk.kind_of(text)
        if kind not in ("file", "missing"):
            why = {
                "outside": f"outside of the checkout: {text}",
                "folder": f"that is a folder: {text}",
                "special": f"that is no regular file: {text}",
            }[kind]
            break
    if why:
        yield module.finding(rule, f"{about} reads a file {why}", at=at, address=address, fix=_INSIDE)


def _of_set(module: CodeModule, call: Call, at: tuple[CodeFile, int], address: str) -> Iterator[Finding]:
    values = [static_values.strings(argument, call.scope.anew()) for argument in call.arguments[:2]]
    if len(values) < 2 or values[0] is None or values[1] is None:
        why = "whose name or pattern is built from values that are not known before the plan"
    elif any(module.disk.kind_of(folder) not in ("folder", "missing") for folder in values[0]):
        why = "outside of the checkout"
    elif any(call.scope.files_in(folder, pattern) is None for folder in values[0] for pattern in values[1]):
        why = "with too many files, or a link, or a pattern that leads out of it"
    else:
        return
    yield module.finding("function-path", f"fileset() lists a folder {why}", at=at, address=address, fix=_INSIDE)


def _of_template(
    module: CodeModule, policy: CodePolicy, paths: frozenset[str] | None, at: tuple[CodeFile, int], address: str
) -> Iterator[Finding]:
    """The calls in template files; their variables are not known, and `path` is not defined in them."""
    for path in sorted(paths or ()):
        if module.disk.kind_of(path) != "file":
            continue
        template = _template(module.disk.text_of(path))
        if isinstance(template, str):
            message = f"the template {path} cannot be read: {template}"
            yield module.finding("unreadable", message, at=at, address=address, fix=_READ)
            continue
        nested = Scope(paths={}, files_in=module.scope.files_in)
        for call in code_module.calls(template, CodeFile(name=path), nested):
            for finding in _of_call(module, policy, call, at, address):
                yield module.finding(
                    finding.id.partition("/")[2],
                    f"in the template {path}: {finding.message}",
                    at=at,
                    address=address,
                    fix="pass the content to the template as a variable",
                    severity=finding.severity,
                )


def _template(text: str | None) -> Argument | str:
    """The expression of a template file, or why it cannot be read."""
    if text is None:
        return "not UTF-8 text"
    try:
        return Argument(name="", tokens=tuple(code_tokens.of_template(text)), line=1)
    except Unreadable as error:
        return error.why


_READ = "correct it until Terraform renders it; a file that is not UTF-8 text cannot be a template"
