"""What a caller of other releases must write, and what is too new for them: read from the code before it is planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from infragate.adapters.modules import module_calls
from infragate.adapters.terraform import provider_source
from infragate.domain.finding import Finding
from infragate.domain.modules import pin_change
from infragate.domain.modules.module_interface import ModuleInterface
from infragate.domain.modules.pin_change import Interfaces, PinEdit
from infragate.domain.terraform import constraints
from infragate.usecases import tools_install
from infragate.usecases.stack import StackRequest


def of_code(request: StackRequest, tag: str, pins: Sequence[PinEdit], interfaces: Interfaces) -> Iterator[Finding]:
    """Inputs, outputs, providers and Terraform.

    Args:
        request: its root is the draft, where the pins have been changed already.

    Raises:
        BadInput: a file cannot be read. ToolFailed: no Terraform.
    """
    place, stack = request.root, request.folder
    calls = {call.name: call for call in module_calls.read(stack, relative_to=place)}
    for pin in pins:
        before, after = interfaces.before[pin.module], interfaces.after[pin.module]
        yield from pin_change.interface_findings(
            module=pin.module,
            where=pin.where,
            arguments=calls[pin.module].arguments,
            before=before,
            after=after,
            tag=tag,
        )
        for output in pin_change.gone_outputs(before, after):
            for reader in module_calls.readers(stack, pin.module, output, relative_to=place):
                yield pin_change.complaint(
                    "output-gone",
                    f"{tag} has no output {output}, and {reader} reads it",
                    address=f"module.{pin.module}.{output}",
                    where=reader,
                    fix=f"do without module.{pin.module}.{output} there",
                )
    yield from _too_new(request, tag, interfaces.after)


def _too_new(request: StackRequest, tag: str, after: Mapping[str, ModuleInterface]) -> Iterator[Finding]:
    """Providers and Terraform that an old release was not written for: they have written the state already."""
    locked = {
        address.rpartition("/")[2]: version for address, version in provider_source.locked(request.folder).items()
    }
    terraform = tools_install.ready("terraform", request.root, say=request.say).version
    for module, interface in sorted(after.items()):
        address = f"module.{module.replace('.', '.module.')}"
        for name, constraint in interface.providers.items():
            if name in locked and not _allows(constraint, locked[name], of_provider=True):
                yield pin_change.complaint(
                    "provider-too-new",
                    f"{tag} needs provider {name} {constraint}, and the state was written by {locked[name]}",
                    address=address,
                    fix="choose a release for this provider: a state cannot go back to an older provider's schema",
                )
        if not _allows(interface.terraform, terraform, of_provider=False):
            yield pin_change.complaint(
                "terraform-too-new",
                f"{tag} needs Terraform {interface.terraform}, and this is {terraform}",
                address=address,
                fix="choose a release for this Terraform",
            )


def _allows(constraint: str, version: str, *, of_provider: bool) -> bool:
    try:
        return constraints.allows(constraint, version, of_provider=of_provider)
    except ValueError:
        return True  # Terraform reads it itself, and says more than we could
