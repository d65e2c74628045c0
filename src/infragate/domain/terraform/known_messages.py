"""What known messages of Terraform, its providers, AWS and git mean: a table.

tests/unit/domain/test_known_messages.py holds it against messages that benchmarks/record_messages.py recorded from the
real programs. What no row knows is input: `terraform_messages.explain`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from infragate.domain.command import Advice, Command
from infragate.domain.errors import BadInput, InfragateError, Integrity, RemoteFailed, ToolFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A message and its meaning.

    Attributes:
        message: {host} is the server that git asked.
        fix: what to do before the run is repeated; a Command is the whole fix.
        detail: False to leave out Terraform's own words.
    """

    pattern: re.Pattern[str]
    kind: type[InfragateError]
    message: str
    fix: Advice
    detail: bool = True


def _known(pattern: str, kind: type[InfragateError], message: str, fix: Advice, *, detail: bool = True) -> Known:
    compiled = re.compile(pattern, re.IGNORECASE)
    return Known(pattern=compiled, kind=kind, message=message, fix=fix, detail=detail)


_SIGN_IN = "sign git in to {host} (docs/diagnostics.md, 'Private modules')"
_REF = "correct ?ref= in the module's source"

# Rows of each table: the first match decides; causes come before consequences.

# git, alone or called by Terraform to fetch a module.
GIT: Sequence[Known] = (
    _known(
        r"setting 'depth' requires 'ref'",
        BadInput,
        "depth= in a module's source takes a tag or a branch, not a commit id",
        "remove depth= from the module's source",
    ),
    _known(
        r"did not match any file\(s\) known to git|couldn't find remote ref|unknown revision"
        r"|reference is not a tree|Remote branch \S+ not found",
        BadInput,
        "a module's ref does not exist",
        _REF,
    ),
    _known(
        r"127\.0\.0\.1 port 9\b|127\.0\.0\.1:9\b",
        BadInput,
        "the sandbox reaches no other repository than the one that publishes modules/",
        "name a copy on this disk in INFRAGATE_SANDBOX_MODULES (docs/sandbox.md, 'Other module repositories')",
    ),
    _known(
        r"Authentication failed|could not read (Username|Password)|Permission denied \(|returned error: 40[13]\b"
        r"|Invalid username or (password|token)",
        RemoteFailed,
        "git cannot sign in to {host}",
        _SIGN_IN,
    ),
    _known(
        r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED",
        RemoteFailed,
        "ssh does not know the host key of {host}",
        "compare its fingerprint, then accept it once with: ssh -T git@{host}",
    ),
    _known(
        r"Repository not found|fatal: repository '[^']*' not found|does not appear to be a git repository"
        r"|returned error: 404\b",
        RemoteFailed,
        "no such repository on {host}, or git may not see it",
        "correct the module's source, or " + _SIGN_IN,
    ),
    _known(
        r"certificate verif|certificate problem|unable to get local issuer certificate|server certificate",
        RemoteFailed,
        "git does not trust the certificate of {host}",
        "name your CA in SSL_CERT_FILE, or with: git config --global http.sslCAInfo FILE",
    ),
    _known(
        r"early EOF|unexpected disconnect|RPC failed|Empty reply from server|Connection (closed|reset|timed out)"
        r"|remote end hung up|returned error: 5\d\d\b|Could not resolve|Failed to connect|Couldn't connect"
        r"|unable to connect|Operation timed out|Temporary failure in name resolution",
        RemoteFailed,
        "git lost the connection to {host}, or got none",
        "check network and proxy",
    ),
)

# The state backend; a resource may fail with the same words.
BACKEND: Sequence[Known] = (
    _known(
        r"Failed to (save|persist) state|errored\.tfstate",
        RemoteFailed,
        "the new state could not be saved in the bucket; it is in errored.tfstate",
        "keep that file; when the bucket can be reached again: terraform state push errored.tfstate",
        detail=False,
    ),
    _known(
        r"NoSuchBucket|S3 bucket \S+ does not exist|bucket does not exist",
        RemoteFailed,
        "the state bucket does not exist",
        Command("bootstrap-backend", ("--plan",)),
    ),
    _known(
        r"Error acquiring the state lock.*ResourceNotFoundException|(Unable to retrieve item|lock).*ResourceNotFound",
        RemoteFailed,
        "the lock table does not exist",
        Command("bootstrap-backend", ("--plan",)),
    ),
)

ANYTHING: Sequence[Known] = (
    _known(
        r"Provider configuration not present",
        BadInput,
        "the state still has resources of a provider block that was removed",
        "put the provider block back, apply without those resources, then remove it",
    ),
    _known(
        r"no space left on device|disk quota exceeded",
        BadInput,
        "the disk is full",
        ("free some space (", Command("doctor"), " shows the disk)"),
    ),
    _known(
        r"ExpiredToken|RequestExpired|token (included in the request )?is expired|SSO session .* expired",
        RemoteFailed,
        "the AWS credentials have expired",
        "sign in again (aws sso login)",
        detail=False,
    ),
    _known(
        r"No valid credential sources|InvalidClientTokenId|failed to refresh cached credentials",
        RemoteFailed,
        "Terraform has no valid AWS credentials",
        Command("doctor"),
    ),
    _known(
        r"AWS account ID not allowed|account ID not (allowed|permitted)",
        Integrity,
        "these credentials belong to another account",
        "account_id in the tfvars must be the one in infra/environments.yaml",
    ),
    _known(
        r"saved plan is stale|plan file can no longer be applied|was created (by|for) a different",
        Integrity,
        "the plan is stale: the state has changed since",
        "review the new one and apply that",
        detail=False,
    ),
    _known(
        r"AccessDenied|UnauthorizedOperation|not authorized to perform|AuthorizationError|StatusCode: 403",
        RemoteFailed,
        "AWS refused access",
        "docs/roles.md lists what each role may do",
    ),
    _known(
        r"(doesn't|does not) match any of the checksums|checksum (mismatch|list)",
        Integrity,
        "the provider lock file has no hash of this provider for this platform, or the provider was changed",
        Command("providers-lock"),
    ),
    _known(
        r"Inconsistent dependency lock file|Provider dependency changes detected"
        r"|does not match configured version constraint",
        Integrity,
        "the provider lock file does not match required_providers",
        ("correct required_providers, or, if the change is wanted: ", Command("providers-lock")),
    ),
    _known(
        r"Unsupported Terraform Core version",
        ToolFailed,
        "the configuration needs another version of Terraform",
        "correct required_version, or pin that version in policy/tools/tools.lock",
    ),
    _known(
        r"no available releases match the given constraints|was not found in any of the search locations"
        r"|registry \S+ does not have a provider named",
        BadInput,
        "no such provider, or no such version of it",
        "correct required_providers",
    ),
    _known(
        r"no such host|connection refused|network is unreachable|dial tcp|i/o timeout|TLS handshake"
        r"|Could not resolve host|Failed to (query available provider packages|connect to)"
        r"|could not connect to registry",
        RemoteFailed,
        "the network failed",
        "check network and proxy",
    ),
    _known(
        r"Failed to load plugin schemas|Could not load the schema|failed to instantiate provider"
        r"|plugin did not respond|Unrecognized remote plugin message|waiting for plugin to start"
        r"|Provider produced|panic:|\bbug in (the provider|Terraform)",
        ToolFailed,
        "a provider, or Terraform itself, crashed",
        "docs/diagnostics.md, 'A provider crashes'",
    ),
)

# An answer of AWS or of a provider about a resource.
ANSWER = re.compile(
    r"\bapi error\b|operation error|https response error|StatusCode: [45]|(timeout|error|while|^)\s*waiting (for|on)\b"
)
# Of those: AWS refuses a value, or what a data source looks for does not exist.
ANSWER_TO_INPUT = re.compile(
    r"\b(Validation(Error|Exception)?|Invalid\w+|Malformed\w+|MissingParameter)\b(?=[:.,]| )", re.IGNORECASE
)
NOTHING_THERE = re.compile(
    r"couldn't find|could not find|empty result|not ?found|NoSuch\w+|returned no results|does not exist"
    r"|no matching|no \S.* matched",
    re.IGNORECASE,
)
