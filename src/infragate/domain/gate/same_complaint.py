"""The same complaint of several engines is one Finding, which names them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from infragate.domain.finding import Finding
from infragate.domain.plan_configuration import without_indices

# What tfsec and trivy call AWS-nnnn, and checkov's checks of the same thing.
_EQUAL = """
AWS-0001 CKV_AWS_76                AWS-0003 CKV_AWS_73                AWS-0005 CKV_AWS_206
AWS-0006 CKV_AWS_77 CKV_AWS_159    AWS-0007 CKV_AWS_82                AWS-0010 CKV_AWS_86
AWS-0011 CKV_AWS_68                AWS-0012 CKV_AWS_34                AWS-0013 CKV_AWS_174
AWS-0014 CKV_AWS_67                AWS-0015 CKV_AWS_35                AWS-0016 CKV_AWS_36
AWS-0017 CKV_AWS_158               AWS-0018 CKV_AWS_78                AWS-0020 CKV_AWS_85
AWS-0021 CKV_AWS_74                AWS-0022 CKV_AWS_182               AWS-0023 CKV_AWS_47
AWS-0024 CKV_AWS_28                AWS-0025 CKV_AWS_119               AWS-0026 CKV_AWS_3
AWS-0027 CKV_AWS_189               AWS-0028 CKV_AWS_79                AWS-0029 CKV_AWS_46
AWS-0030 CKV_AWS_163               AWS-0031 CKV_AWS_51                AWS-0032 CKV_AWS_32
AWS-0033 CKV_AWS_136               AWS-0034 CKV_AWS_65                AWS-0035 CKV_AWS_97
AWS-0037 CKV_AWS_42                AWS-0038 CKV_AWS_37                AWS-0039 CKV_AWS_58
AWS-0040 CKV_AWS_39                AWS-0041 CKV_AWS_38                AWS-0042 CKV_AWS_84
AWS-0043 CKV_AWS_6                 AWS-0045 CKV_AWS_29                AWS-0046 CKV_AWS_83
AWS-0047 CKV_AWS_103               AWS-0048 CKV_AWS_5                 AWS-0050 CKV_AWS_134
AWS-0051 CKV_AWS_30                AWS-0052 CKV_AWS_131               AWS-0054 CKV_AWS_2
AWS-0056 CKV_AWS_13                AWS-0058 CKV_AWS_11                AWS-0059 CKV_AWS_12
AWS-0060 CKV_AWS_14                AWS-0061 CKV_AWS_15                AWS-0062 CKV_AWS_9
AWS-0063 CKV_AWS_10                AWS-0064 CKV_AWS_43                AWS-0065 CKV_AWS_7
AWS-0066 CKV_AWS_50                AWS-0067 CKV_AWS_364               AWS-0070 CKV_AWS_197
AWS-0072 CKV_AWS_69                AWS-0074 CKV_AWS_80                AWS-0075 CKV_AWS_101
AWS-0076 CKV_AWS_44                AWS-0077 CKV_AWS_133               AWS-0078 CKV_AWS_354
AWS-0079 CKV_AWS_96                AWS-0080 CKV_AWS_16                AWS-0084 CKV_AWS_64
AWS-0086 CKV_AWS_53                AWS-0087 CKV_AWS_54                AWS-0088 CKV_AWS_19
AWS-0089 CKV_AWS_18                AWS-0090 CKV_AWS_21                AWS-0091 CKV_AWS_55
AWS-0092 CKV_AWS_20 CKV_AWS_57     AWS-0093 CKV_AWS_56                AWS-0094 CKV2_AWS_6
AWS-0095 CKV_AWS_26                AWS-0096 CKV_AWS_27                AWS-0097 CKV_AWS_72
AWS-0098 CKV_AWS_149               AWS-0099 CKV_AWS_23                AWS-0101 CKV_AWS_148
AWS-0104 CKV_AWS_382               AWS-0107 CKV_AWS_24 CKV_AWS_25     AWS-0124 CKV_AWS_23
AWS-0126 CKV_AWS_228               AWS-0131 CKV_AWS_8                 AWS-0132 CKV_AWS_145
AWS-0133 CKV_AWS_353               AWS-0162 CKV2_AWS_10               AWS-0164 CKV_AWS_130
AWS-0173 CKV2_AWS_12               AWS-0176 CKV_AWS_161               AWS-0177 CKV_AWS_293
AWS-0178 CKV2_AWS_11               AWS-0180 CKV_AWS_17                AWS-0343 CKV_AWS_139
"""


def _table() -> dict[str, str]:
    """The first name of each id; a check of checkov that equals two is the first of them."""
    first: dict[str, str] = {}
    name = ""
    for word in _EQUAL.split():
        name = word if word.startswith("AWS-") else name
        first.setdefault(word, name)
    return first


_FIRST = _table()


def others(name: str) -> frozenset[str]:
    """The ids of other engines for the same complaint.

    Several checks of checkov can equal one of trivy (public to read, public to write): none of them is another.
    """
    is_checkov = not name.startswith("AWS-")
    same = (other for other, first in _FIRST.items() if first == _FIRST.get(name))
    return frozenset(other for other in same if is_checkov == other.startswith("AWS-"))


def joined(findings: Iterable[Finding], *, resources: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Each complaint once, in the order of its first appearance.

    Findings of different engines are one complaint if their ids mean the same and they are about the same resource. An
    engine that reads code does not know `["a"]` of a resource with for_each: its complaint joins the instances that
    another engine names, if it names all of them. Several Findings of one engine stay several. None gets less severe.

    Args:
        resources: the addresses of the plan.
    """
    known: dict[str, set[str]] = {}
    for address in resources:
        known.setdefault(without_indices(address), set()).add(address)
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        subject = finding.address or f"{finding.source} {finding.file}:{finding.line}"
        groups.setdefault((_FIRST.get(finding.id, finding.id), subject), []).append(finding)
    instances: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for identity, address in groups:
        if (general := without_indices(address)) != address:
            instances.setdefault((identity, general), []).append((identity, address))
    for key in instances.keys() & groups.keys():
        if known.get(key[1], set()) - {address for _, address in instances[key]}:
            continue  # a waiver of the named ones must not lift it for the others
        for instance in instances[key]:
            groups[instance] += groups[key]
        del groups[key]
    return tuple(dict.fromkeys(finding for group in groups.values() for finding in _of_group(group)))


def _of_group(group: Sequence[Finding]) -> list[Finding]:
    """The Findings of the engine that names most, each with what the others add."""
    voices: dict[str, list[Finding]] = {}
    for finding in group:
        voices.setdefault(finding.source, []).append(finding)
    if len(voices) == 1:
        return _of_one_engine(group)
    voices = {source: _of_one_engine(voice) for source, voice in voices.items()}
    most = max(voices.values(), key=len)
    others = tuple(sorted(source for source, voice in voices.items() if voice is not most))
    return [_with(finding, group, others) for finding in most]


def _of_one_engine(voice: Sequence[Finding]) -> list[Finding]:
    """One engine has looked at the code and at the plan: what it said of both is one complaint."""
    in_code = [finding for finding in voice if finding.file]
    in_plan = [finding for finding in voice if not finding.file]
    if not in_code or not in_plan:
        return list(dict.fromkeys(voice))
    more, fewer = (in_code, in_plan) if len(in_code) >= len(in_plan) else (in_plan, in_code)
    return list(dict.fromkeys(_with(finding, fewer, ()) for finding in more))


def _with(finding: Finding, others: Sequence[Finding], engines: tuple[str, ...]) -> Finding:
    """A Finding as strict as all of them, with the most exact address and a place."""
    placed = next((other for other in (finding, *others) if other.file), finding)
    addresses = sorted({other.address or "" for other in (finding, *others)}, key=len)
    approvals = [other.approvals for other in (finding, *others)]
    return replace(
        finding,
        severity=max(other.severity for other in (finding, *others)),
        address=addresses[-1] or None,
        file=placed.file,
        line=placed.line,
        approvals=max(approvals) if all(approvals) else 0,
        engines=engines,
        link=finding.link or next((other.link for other in others if other.link), None),
        fix=finding.fix or next((other.fix for other in others if other.fix), None),
    )
