"""The judge of code: what a configuration must not hold before Terraform may run any of it (docs/code-rules.md).

Pure: parsed configuration -> Findings. Nothing is believed that was not read; what is not known is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infragate.domain.finding import Finding
from infragate.domain.terraform import code_paths, static_values
from infragate.domain.terraform.code_blocks import Argument, CodeBlock, CodeFile
from infragate.domain.terraform.code_module import CodeModule
from infragate.domain.terraform.code_policy import BUILT_IN, CodePolicy, address_of
from infragate.domain.terraform.static_values import Elements, Piece, Scope

_TOP = frozenset(
    "terraform provider variable locals output module resource data ephemeral moved import check removed".split()
)
_OF_TERRAFORM = frozenset(("backend", "cloud", "required_providers", "provider_meta"))
# The s3 backend settings allowed in the code: location and locking of the state. Any other could redirect it (endpoints)
# or change the identity (assume_role, access_key).
BACKEND_SETTINGS = frozenset(
    "bucket key region encrypt kms_key_id profile use_lockfile dynamodb_table max_retries retry_mode".split()
)
_ALWAYS = frozenset(("alias", "version"))  # Terraform's own arguments of a provider block


def of_module(module: CodeModule, policy: CodePolicy) -> Iterator[Finding]:
    """All complaints about one module's code, except for the sources of the modules that it calls."""
    for file in module.files:
        if file.unreadable:
            yield module.finding(
                "unreadable",
                f"cannot read it as Terraform does: {file.unreadable}",
                at=(file, file.line),
                fix=f"terraform fmt -check {file.name}",
            )
    sources = _sources(module)
    suspects = {file.name for file in module.files if code_paths.is_suspect(file, policy)}
    for file, block in module.blocks:
        address = module.address(*_names(block))
        yield from _of_kind(module, policy, file, block, address)
        if file.name in suspects or (block.labels and block.labels[0] in policy.path_arguments):
            yield from _of_expressions(module, policy, file, block, address)
    yield from _of_providers(module, policy, sources)


def _names(block: CodeBlock) -> tuple[str, ...]:
    """The parts of a block's address."""
    return block.labels if block.kind == "resource" else (block.kind, *block.labels)


def _of_kind(
    module: CodeModule, policy: CodePolicy, file: CodeFile, block: CodeBlock, address: str
) -> Iterator[Finding]:
    if block.kind not in _TOP:
        yield module.finding(
            "unknown-block",
            f"the block {block.kind!r} is not known here, so it cannot be judged",
            at=(file, block.line),
            address=address,
            fix="correct its name, or update infragate",
        )
    elif block.kind == "terraform":
        yield from _of_terraform(module, file, block)
    elif block.kind in ("data", "ephemeral"):
        yield from _of_data(module, policy, file, block, address)
    elif block.kind in ("resource", "removed"):
        yield from _of_resource(module, file, block, address)
    elif block.kind == "check":
        for inner in block.blocks:
            if inner.kind == "data":
                yield from _of_data(module, policy, file, inner, module.address("data", *inner.labels))


def _of_terraform(module: CodeModule, file: CodeFile, block: CodeBlock) -> Iterator[Finding]:
    for inner in block.blocks:
        at = (file, inner.line)
        if inner.kind not in _OF_TERRAFORM:
            yield module.finding(
                "unknown-block",
                f"terraform has a block {inner.kind!r} that is not known here, so it cannot be judged",
                at=at,
                fix="correct its name, or update infragate",
            )
        elif inner.kind == "cloud":
            yield module.finding(
                "backend",
                "the code stores its state in HCP Terraform (cloud)",
                at=at,
                fix='remove it and write backend "s3" (docs/state-backend.md)',
            )
        elif inner.kind == "backend" and not module.key:
            yield from _of_backend(module, file, inner)


def _of_backend(module: CodeModule, file: CodeFile, block: CodeBlock) -> Iterator[Finding]:
    """Settings by name, each a plain value; which values are right is judged against environments.yaml."""
    wrong = sorted({item.name for item in block.arguments} - BACKEND_SETTINGS | {inner.kind for inner in block.blocks})
    if block.labels != ("s3",):
        wrong = [f"the type {'.'.join(block.labels)}"]
    if wrong:
        yield module.finding(
            "backend",
            f"settings of the backend that are not allowed in the code: {', '.join(wrong)}",
            at=(file, block.line),
            fix="remove them: infragate passes profile and lock on the command line",
        )


def _of_data(
    module: CodeModule, policy: CodePolicy, file: CodeFile, block: CodeBlock, address: str
) -> Iterator[Finding]:
    if block.labels and block.labels[0] in policy.refused_data:
        yield module.finding(
            "data-source",
            f"{block.kind} {block.labels[0]} runs a program, reads another state or fetches an address during a plan",
            at=(file, block.line),
            address=address,
            fix=f"pass the value as a variable, or look it up in AWS; {policy.file} lists what is refused",
        )


def _of_resource(module: CodeModule, file: CodeFile, block: CodeBlock, address: str) -> Iterator[Finding]:
    for inner in block.blocks:
        if inner.kind in ("provisioner", "connection"):
            yield module.finding(
                "provisioner",
                f"{' '.join([inner.kind, *inner.labels])} runs a program on this machine or connects to another one",
                at=(file, inner.line),
                address=address,
                fix="do it in the image, in user data or in a pipeline step; Terraform itself advises against it",
            )


def _of_expressions(
    module: CodeModule, policy: CodePolicy, file: CodeFile, block: CodeBlock, address: str
) -> Iterator[Finding]:
    scope = each(module.scope, block)
    if block.kind == "resource":
        yield from code_paths.of_path_arguments(module, policy, file, block, scope, address)
    for argument, inner in _scoped(block, scope):
        yield from code_paths.of_argument(module, policy, file, argument, inner, address)


def each(scope: Scope, block: CodeBlock) -> Scope:
    """The scope inside a block, with what `each` is."""
    argument = block.argument("for_each")
    if argument is None:
        return scope
    return scope.naming(each=static_values.elements(argument.tokens, scope.anew()))


def _scoped(block: CodeBlock, scope: Scope) -> Iterator[tuple[Argument, Scope]]:
    """All arguments of a block, with the names that dynamic blocks around them define."""
    for argument in block.arguments:
        yield argument, scope
    for inner in block.blocks:
        if not inner.repeated:
            yield from _scoped(inner, _iterating(scope, inner))


def _iterating(scope: Scope, block: CodeBlock) -> Scope:
    if block.kind != "dynamic" or not block.labels:
        return scope
    for_each, iterator = block.argument("for_each"), block.argument("iterator")
    name = iterator.tokens[0].text if iterator else block.labels[-1]
    known = static_values.elements(for_each.tokens, scope.anew(), numbered=True) if for_each else Elements(None, None)
    return scope.naming(**{name: known})


# ---- providers ---------------------------------------------------------------------------------------------------


def _sources(module: CodeModule) -> Mapping[str, set[str | None]]:
    """The addresses of each local provider name, as `required_providers` has them; None is not a plain string."""
    sources: dict[str, set[str | None]] = {}
    for _, block in module.blocks:
        for inner in block.blocks if block.kind == "terraform" else ():
            for entry in inner.arguments if inner.kind == "required_providers" else ():
                sources.setdefault(entry.name, set()).update(_source(entry, module.scope))
    return sources


def _source(entry: Argument, scope: Scope) -> set[str | None]:
    written = static_values.entries(Piece(entry.tokens, scope))
    if entry.literal is not None:  # the old form: only a version
        return {address_of(entry.name)}
    values = [value for key, value in written or () if "source" in (static_values.strings(*key) or ("source",))]
    plain = [static_values.strings(value.tokens, scope) for value in values]
    if written is None or any(text is None for text in plain):
        return {None}
    return {address_of(text) for texts in plain for text in texts or ()} or {address_of(entry.name)}


def _of_providers(module: CodeModule, policy: CodePolicy, sources: Mapping[str, set[str | None]]) -> Iterator[Finding]:
    """Each provider that the code needs must be allowed, and each configuration may set allowed arguments only."""
    complained: set[str] = set()
    for file, line, name in _uses(module):
        for source in sorted(sources.get(name) or {_implied(name)}, key=str):
            if source not in policy.providers and name not in complained:
                complained.add(name)
                yield module.finding(
                    "provider",
                    f"the provider {name} ({source or 'its source is not a plain string'}) is not allowed",
                    at=(file, line),
                    address=module.address("provider", name),
                    fix=f"do without it, or have its owners add it to {policy.file}",
                )
    for file, block in module.blocks:
        if block.kind == "provider" and block.labels:
            addresses = sources.get(block.labels[0]) or {_implied(block.labels[0])}
            yield from _of_configuration(module, policy, file, block, addresses)


def _of_configuration(
    module: CodeModule, policy: CodePolicy, file: CodeFile, block: CodeBlock, addresses: set[str | None]
) -> Iterator[Finding]:
    allowed = _ALWAYS.union(*(policy.providers.get(address or "", frozenset()) for address in addresses))
    places = {item.name: item.line for item in block.arguments}
    for inner in block.blocks:
        name = inner.labels[0] if inner.kind == "dynamic" and inner.labels else inner.kind
        places[name] = inner.line
        places.pop("dynamic", None)
    for name, line in sorted(places.items(), key=lambda place: place[1]):
        if name not in allowed:
            yield module.finding(
                "provider-argument",
                f"provider {block.labels[0]} sets {name}: it may start a program, read a file, or change where or as "
                "whom the provider speaks",
                at=(file, line),
                address=module.address("provider", block.labels[0]),
                fix=f"remove {name}: infragate gives the provider its role and region; {policy.file} lists what is allowed",
            )


def _implied(name: str) -> str:
    return BUILT_IN if name == "terraform" else address_of(name)


def _uses(module: CodeModule) -> Iterator[tuple[CodeFile, int, str]]:
    """The places that need a provider, with its local name."""
    for file in module.files:
        has_namespaces = not file.text or "::" in file.text
        for block in file.blocks:
            yield from ((file, line, name) for line, name in _used(block))
            for argument in block.all_arguments if has_namespaces else ():
                yield from ((file, argument.line, name) for name in _namespaces(argument))


def _used(block: CodeBlock) -> Iterator[tuple[int, str]]:
    """The local names of providers that a block needs."""
    named = block.argument("provider")
    if block.kind in ("resource", "data", "ephemeral") and block.labels:
        yield block.line, _local_name(named) if named else block.labels[0].partition("_")[0]
    elif block.kind == "import" and named:
        yield named.line, _local_name(named)
    elif block.kind == "provider" and block.labels:
        yield block.line, block.labels[0]
    elif block.kind == "module" and (passed := block.argument("providers")):
        names = {token.text.partition(".")[0] for token in passed.tokens if token.kind in ("name", "text")}
        after_dot = {passed.tokens[i + 1].text for i, token in enumerate(passed.tokens[:-1]) if token.text == "."}
        yield from ((passed.line, name) for name in sorted(names - after_dot))
    elif block.kind == "terraform":
        for inner in block.blocks:
            if inner.kind == "required_providers":
                yield from ((entry.line, entry.name) for entry in inner.arguments)
            elif inner.kind == "provider_meta" and inner.labels:
                yield inner.line, inner.labels[0]
    elif block.kind == "check":
        for inner in block.blocks:
            yield from _used(inner)


def _local_name(argument: Argument) -> str:
    """`aws` of `aws.west`, which JSON syntax has as a string."""
    return (argument.literal or argument.tokens[0].text).partition(".")[0]


def _namespaces(argument: Argument) -> Iterator[str]:
    """The providers whose functions are called: NAME of `provider::NAME::function()`."""
    tokens = argument.tokens
    for index, token in enumerate(tokens[:-2]):
        if token.kind == "name" and token.text == "provider" and tokens[index + 1].text == "::":
            yield tokens[index + 2].text
