"""The callers in the sandbox: the users and roles that an organisation has before it uses infragate.

In the state account (or the account in their ARN in `callers`): the Atlantis task role, a platform administrator, an
engineer on call with an MFA device. In every account: the bootstrap role, which only the administrator may assume.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infragate.adapters.aws import aws_api
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.command import Command
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput
from infragate.sandbox.emulator_session import EXISTS, EmulatorSession, tolerating

# The user that may assume the roles below; it stands for a laptop's or a container's identity.
DOOR = "infragate-sandbox"
PLATFORM_ADMIN = "platform-admin"
ON_CALL = "on-call"  # the name of its keys in keys.json; the user's name comes from `callers`
TOKEN_CODE = "123456"  # noqa: S105 - the emulator shares no secret with the device: any six digits are accepted
# Accepted while the emulator does not enforce IAM.
NOBODY = Credentials(access_key="AKIASANDBOXSANDBOX00", secret_key="none")  # noqa: S106 - no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The callers of `infra/environments.yaml`, by ARN."""

    state_account: str
    atlantis: str
    on_call: str | None
    bootstrap_role: str
    accounts: tuple[str, ...]

    @property
    def platform_admin(self) -> str:
        """The role that may assume the bootstrap roles."""
        return f"arn:aws:iam::{self.state_account}:role/{PLATFORM_ADMIN}"

    @property
    def on_call_device(self) -> str:
        """Serial number of the MFA device of the engineer on call."""
        user = self.on_call or ""
        return f"{user.partition(':user/')[0]}:mfa/{user.rpartition('/')[2]}"

    @property
    def door(self) -> str:
        """The user that may assume the Atlantis and the administrator's role."""
        return f"arn:aws:iam::{self.state_account}:user/{DOOR}"

    def bootstrap(self, account: str) -> str:
        return f"arn:aws:iam::{account}:role/{self.bootstrap_role}"


def names(project: Project) -> Names:
    """The callers of a project; the engineer on call is the first user pattern with `*` replaced by `kim`."""
    users = [arn for arn in project.callers.break_glass_principals if ":user/" in arn]
    atlantis = project.callers.atlantis_task_role_arn
    accounts = [
        project.state.account_id,
        *(environment.account_id for environment in project.environments),
        atlantis.split(":")[4],
    ]
    return Names(
        state_account=project.state.account_id,
        atlantis=atlantis,
        on_call=users[0].replace("*", "kim") if users else None,
        bootstrap_role=project.callers.bootstrap_role_name,
        accounts=tuple(dict.fromkeys(accounts)),
    )


def make(project: Project, cloud: Cloud) -> dict[str, Any]:
    """Create all callers; returns the users' keys, by name. IAM must not be enforced meanwhile."""
    who = names(project)
    iam = {account: _unenforced(cloud, project.region, account).client("iam") for account in who.accounts}
    home = iam[who.state_account]
    keys = {DOOR: _user(home, DOOR, _may_assume(who.atlantis, who.platform_admin))}
    if who.on_call is not None:
        keys[ON_CALL] = _on_call(iam[who.on_call.split(":")[4]], who, project)
    pipeline = [environment.role_arn(purpose) for environment in project.environments for purpose in ("plan", "apply")]
    pipeline.append(project.drift_role_arn)
    atlantis = iam[who.atlantis.split(":")[4]]
    _role(atlantis, who.atlantis.rpartition("/")[2], trusted=who.door, policy=_may_assume(*pipeline))
    _role(home, PLATFORM_ADMIN, trusted=who.door, policy=_may_assume(*map(who.bootstrap, who.accounts)))
    for account in who.accounts:
        _role(iam[account], who.bootstrap_role, trusted=who.platform_admin, policy=_document("*", "*"))
    return keys


def _unenforced(cloud: Cloud, region: str, account: str) -> EmulatorSession:
    """A session in an account, of a role that does not exist: allowed while IAM is not enforced."""
    role = f"arn:aws:iam::{account}:role/nobody"
    keys = aws_api.assume_role(role, cloud=cloud, region=region, session_name="seeding", credentials=NOBODY)
    return EmulatorSession(cloud=cloud, region=region, credentials=keys)


def _on_call(iam: Any, who: Names, project: Project) -> dict[str, str]:
    name = who.on_call_device.rpartition("/")[2]
    keys = _user(iam, name, _may_assume(*(environment.role_arn("break-glass") for environment in project.environments)))
    with tolerating(EXISTS):
        iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
        iam.enable_mfa_device(
            UserName=name, SerialNumber=who.on_call_device, AuthenticationCode1="123456", AuthenticationCode2="654321"
        )
    return keys


def _user(iam: Any, name: str, policy: str) -> dict[str, str]:
    with tolerating(EXISTS):
        iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="roles", PolicyDocument=policy)
    for lost in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:  # nobody has their secrets any more
        iam.delete_access_key(UserName=name, AccessKeyId=lost["AccessKeyId"])
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}


def _role(iam: Any, name: str, *, trusted: str, policy: str) -> None:
    trust = _document(["sts:AssumeRole", "sts:SetSourceIdentity"], None, Principal={"AWS": trusted})
    with tolerating(EXISTS):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, MaxSessionDuration=43200)
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)


def _may_assume(*roles: str) -> str:
    return _document(["sts:AssumeRole", "sts:SetSourceIdentity"], list(roles))


def _document(actions: str | list[str], resources: str | list[str] | None, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": actions, **({"Resource": resources} if resources else {}), **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def credentials(keys: Mapping[str, Any], name: str) -> Credentials:
    """A user's long-term keys."""
    entry = keys.get(name)
    if not isinstance(entry, Mapping) or not {"access_key", "secret_key"} <= set(entry):
        raise BadInput(
            f"the sandbox has no user {name!r}",
            where="sandbox",
            fix=(Command("sandbox-down", ("--wipe",)), "; ", Command("sandbox-up")),
        )
    return Credentials(access_key=str(entry["access_key"]), secret_key=str(entry["secret_key"]))


def administrator(cloud: Cloud, project: Project, keys: Mapping[str, Any], account_id: str) -> Credentials:
    """A session of the account's bootstrap role, assumed by the platform administrator."""
    who = names(project)
    if account_id not in who.accounts:
        raise BadInput(f"the sandbox has no account {account_id}", where="sandbox", fix=Command("sandbox-status"))
    session = credentials(keys, DOOR)
    for role in (who.platform_admin, who.bootstrap(account_id)):
        session = aws_api.assume_role(
            role, cloud=cloud, region=project.region, session_name=PLATFORM_ADMIN, credentials=session
        )
    return session
