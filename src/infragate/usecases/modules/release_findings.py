"""Findings in the code before a plan: what the caller must change for another release, and what is too new for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infragate.adapters.modules import module_calls
from infragate.adapters.terraform import provider_source
from infragate.domain.finding import Finding
from infragate.domain.modules import pin_change
from infragate.domain.modules.module_interface import ModuleInterface
from infragate.domain.modules.pin_change import Interfaces
from infragate.domain.terraform import constraints
from infragate.usecases.modules.pin_selection import Selection
from infragate.usecases.stack import Stack


def of_code(stack: Stack, selection: Selection, interfaces: Interfaces) -> Iterator[Finding]:
    """Findings about inputs, outputs, providers and Terraform.

    Args:
        stack: in the draft, with the changed pins.

    Raises:
        BadInput: a file cannot be read. ToolFailed: no Terraform.
    """
    for pin in selection.pins:
        before, after = interfaces.before[pin.module], interfaces.after[pin.module]
        call, address = selection.calls[pin.module], pin.module.replace(".", ".module.")
        yield from pin_change.interface_findings(
            module=address,
            where=pin.where,
            arguments=call.arguments,
            before=before,
            after=after,
            tag=pin.tag,
        )
        for output in pin_change.gone_outputs(before, after):
            for reader in module_calls.readers(call.folder, call.name, output, relative_to=stack.root):
                yield pin_change.complaint(
                    "output-gone",
                    f"{pin.tag} has no output {output}, but {reader} uses it",
                    address=f"module.{address}.{output}",
                    where=reader,
                    fix=f"remove module.{call.name}.{output} from that file",
                )
    yield from _too_new(stack, ", ".join(sorted({pin.tag for pin in selection.pins})), interfaces.after)


def _too_new(stack: Stack, tag: str, after: Mapping[str, ModuleInterface]) -> Iterator[Finding]:
    """Providers and Terraform newer than an old release allows: they have already written the state."""
    locked = {address.rpartition("/")[2]: version for address, version in provider_source.locked(stack.folder).items()}
    terraform = stack.program.version
    for module, interface in sorted(after.items()):
        address = f"module.{module.replace('.', '.module.')}"
        for name, constraint in interface.providers.items():
            if name in locked and not _allows(constraint, locked[name], of_provider=True):
                yield pin_change.complaint(
                    "provider-too-new",
                    f"{tag} needs provider {name} {constraint}, but the state was written by {locked[name]}",
                    address=address,
                    fix="choose a release for this provider: a state cannot go back to an older provider's schema",
                )
        if not _allows(interface.terraform, terraform, of_provider=False):
            yield pin_change.complaint(
                "terraform-too-new",
                f"{tag} needs Terraform {interface.terraform}, but this is {terraform}",
                address=address,
                fix="choose a release for this Terraform",
            )


def _allows(constraint: str, version: str, *, of_provider: bool) -> bool:
    try:
        return constraints.allows(constraint, version, of_provider=of_provider)
    except ValueError:
        return True  # Terraform itself reports an invalid constraint
