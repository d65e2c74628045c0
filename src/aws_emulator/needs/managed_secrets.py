"""RDS stores the master password in Secrets Manager with the caller's permissions.

Source: RDS user guide, "Password management with Amazon RDS and AWS Secrets Manager".
"""

from __future__ import annotations

from aws_emulator.calls import Call
from aws_emulator.needs.need import Need
from aws_emulator.needs.service_keys import key_need

_OPERATIONS = ("CreateDBInstance", "ModifyDBInstance", "RestoreDBInstanceFromDBSnapshot")


def needs(call: Call, account: str, _: list[Need]) -> list[Need]:
    if call.service != "rds" or call.operation not in _OPERATIONS:
        return []
    arn = call.arn(account, "secret:rds!db-*", "secretsmanager")
    actions = []
    if call.parameters.get("ManageMasterUserPassword"):
        actions += ["CreateSecret", "TagResource"]
    if call.parameters.get("RotateMasterUserPassword"):
        actions.append("RotateSecret")
    required = [Need(action=f"secretsmanager:{action}", resource=arn) for action in actions]
    key = call.parameters.get("MasterUserSecretKmsKeyId")
    if actions and key:
        required += key_need(call, account, str(key), ("DescribeKey",))
        required += key_need(call, account, str(key), ("GenerateDataKey", "Decrypt"), via="secretsmanager")
    return required
