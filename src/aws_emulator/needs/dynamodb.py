"""DynamoDB: tables and indexes, ``dynamodb:LeadingKeys`` of item calls, and the key of an encrypted table.

A transaction needs the permissions of all its parts. PartiQL statements, and key conditions other than
``name = :value``, are not modelled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aws_emulator import stores
from aws_emulator.calls import Call
from aws_emulator.denials import Unjudgeable
from aws_emulator.iam.conditions import ContextValue, as_list
from aws_emulator.needs.need import Need, action_of, tag_context
from aws_emulator.needs.service_keys import key_need

_ITEM_CALLS = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem")
_PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_WITHOUT_RESOURCE = ("ListTables", "DescribeLimits", "DescribeEndpoints")
_KEY_CONDITION = re.compile(r"\s*\(?\s*(#?[\w.-]+)\s*=\s*(:\w+)\s*\)?\s*(AND\b.*)?\Z", re.IGNORECASE | re.DOTALL)


def needs(call: Call, account: str) -> list[Need]:
    if call.operation in _ITEM_CALLS:
        return _items(call, account)
    if call.operation in ("TransactWriteItems", "TransactGetItems"):
        return _transaction(call, account)
    if "Statement" in call.parameters or "Statements" in call.parameters or "TransactStatements" in call.parameters:
        raise Unjudgeable(f"{action_of(call)}: PartiQL is not modelled")
    table = call.parameters.get("TableName") or call.parameters.get("ResourceArn") or call.parameters.get("TableArn")
    if table is None:
        return [Need(action=action_of(call))] if call.operation in _WITHOUT_RESOURCE else []
    return [Need(action=action_of(call), resource=_table_arn(call, account, str(table)), context=tag_context(call))]


def _table_arn(call: Call, account: str, name: str) -> str:
    return name if name.startswith("arn:") else call.arn(account, f"table/{name}")


def _key_name(arn: str) -> str | None:
    """Name of the partition key; None for a table that does not exist, which has no items to protect."""
    _, _, _, region, account, rest = arn.split(":", 5)
    return stores.table_hash_key(account, region, rest.removeprefix("table/"))


def _leading(values: list[str]) -> dict[str, ContextValue]:
    return {"dynamodb:LeadingKeys": list(dict.fromkeys(values)) or None}


def _attribute(key_name: str, item: Mapping[str, Any]) -> str:
    """The value of the partition key, as text: AWS compares it as text whatever its type."""
    value = item.get(key_name)
    if not isinstance(value, Mapping) or not value:
        raise Unjudgeable(f"dynamodb: the request does not name the partition key {key_name}")
    return str(next(iter(value.values())))


def _items(call: Call, account: str) -> list[Need]:
    action = action_of(call)
    if call.operation.startswith("Batch"):
        tables: Mapping[str, Any] = call.parameters.get("RequestItems") or {}
    else:
        tables = {str(call.parameters.get("TableName", "")): call.parameters}
    required = []
    for name, request in tables.items():
        arn = _table_arn(call, account, name)
        keys = _keys(call, arn, request)
        resource = f"{arn}/index/{request['IndexName']}" if _has_index(request) else arn
        required.append(Need(action=action, resource=resource, context={**_leading(keys), **_attributes(call)}))
        required += _table_key(call, arn)
    return required


def _has_index(request: Any) -> bool:
    return isinstance(request, Mapping) and bool(request.get("IndexName"))


def _attributes(call: Call) -> dict[str, ContextValue]:
    return {
        "dynamodb:ReturnValues": call.parameters.get("ReturnValues"),
        "dynamodb:Select": call.parameters.get("Select"),
    }


def _keys(call: Call, arn: str, request: Any) -> list[str]:
    """Partition keys that a call names; a scan names none."""
    if call.operation == "Scan":
        return []
    name = _key_name(arn)
    if name is None:
        return []
    if call.operation == "Query":
        return [_queried(name, request)]
    if call.operation == "BatchGetItem":
        return [_attribute(name, key) for key in as_list(request.get("Keys"))]
    if call.operation == "BatchWriteItem":
        parts = [part.get("PutRequest", {}).get("Item") or part["DeleteRequest"]["Key"] for part in as_list(request)]
        return [_attribute(name, part) for part in parts]
    return [_attribute(name, request.get("Item") or request.get("Key") or {})]


def _queried(key_name: str, request: Mapping[str, Any]) -> str:
    match = _KEY_CONDITION.match(str(request.get("KeyConditionExpression", "")))
    names, values = request.get("ExpressionAttributeNames") or {}, request.get("ExpressionAttributeValues") or {}
    if match is None or names.get(match[1], match[1]) != key_name or match[2] not in values:
        raise Unjudgeable("dynamodb:Query: only key conditions that begin with PARTITION_KEY = :value are modelled")
    return _attribute(key_name, {key_name: values[match[2]]})


def _transaction(call: Call, account: str) -> list[Need]:
    required = []
    for item in as_list(call.parameters.get("TransactItems")):
        for part, request in item.items():
            action = "GetItem" if part == "Get" else _PARTS[part]
            arn = _table_arn(call, account, str(request["TableName"]))
            name = _key_name(arn)
            keys = [_attribute(name, request.get("Item") or request.get("Key") or {})] if name else []
            required.append(Need(action=f"dynamodb:{action}", resource=arn, context=_leading(keys)))
            required += _table_key(call, arn)
    return required


def _table_key(call: Call, arn: str) -> list[Need]:
    """kms:Decrypt on the customer key of an encrypted table."""
    _, _, _, region, account, rest = arn.split(":", 5)
    name = rest.removeprefix("table/")
    key = stores.table_key(account, region, name)
    pairs = {"aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": account}
    return key_need(call, account, key, ("Decrypt",), pairs) if key else []
