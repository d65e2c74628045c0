"""What must be refused at the state: other Environments' objects and locks, versions, unencrypted writes, the key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.e2e.role_world import Row, World

OWN, OTHER = "fileflow/dev", "fileflow/prod"
STATE, OTHERS = f"{OWN}/terraform.tfstate", f"{OTHER}/terraform.tfstate"
PLAN, APPLY, EMERGENCY = "dev-state-plan", "dev-state-apply", "dev-state-break-glass"
RULE = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
# (what it is called, method, parameters) of what opens or empties a bucket
CONFIGURATION: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("rewrites the bucket policy", "put_bucket_policy", {"Policy": json.dumps({"Statement": []})}),
    ("removes the bucket policy", "delete_bucket_policy", {}),
    ("suspends versioning", "put_bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
    ("shortens the history", "put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": [RULE]}}),
    ("removes the lifecycle", "delete_bucket_lifecycle", {}),
    ("weakens the encryption", "put_bucket_encryption", {"ServerSideEncryptionConfiguration": ENCRYPTION}),
    ("removes the public access block", "delete_public_access_block", {}),
    ("removes the bucket", "delete_bucket", {}),
)


def _s3(who: str, method: str, key: str | None = None, **more: Any) -> Any:
    def call(w: World) -> object:
        sealed = w.encrypted() if method in ("put_object", "copy_object", "create_multipart_upload") else {}
        named = {"Key": key} if key else {}
        return getattr(w.client(who, "s3"), method)(**{"Bucket": w.bucket, **named, **sealed, **more})

    return call


def _row(who: str, what: str, method: str, key: str | None = None, **more: Any) -> Row:
    return Row(name=f"{who} {what}", call=_s3(who, method, key, **more))


def _plan_writes() -> Iterator[Row]:
    for what, key in (
        ("its state", STATE),
        ("a record", f"{OWN}/records/1.json"),
        ("a snapshot", f"{OWN}/snapshots/1"),
        ("a lock file", f"{STATE}.tflock"),
        ("prod's state", OTHERS),
        ("prod's lock file", f"{OTHERS}.tflock"),
    ):
        yield _row(PLAN, f"writes {what}", "put_object", key)
    yield _row(PLAN, "removes its state", "delete_object", STATE)
    yield _row(PLAN, "removes a lock file", "delete_object", f"{STATE}.tflock")
    yield _row(PLAN, "starts an upload in parts", "create_multipart_upload", STATE)
    yield _row(PLAN, "puts a tag on its state", "put_object_tagging", STATE, Tagging={"TagSet": []})
    yield _row(PLAN, "lists versions", "list_object_versions", Prefix=OWN)
    yield _row(PLAN, "reads the bucket policy", "get_bucket_policy")


def _others() -> Iterator[Row]:
    for who in (PLAN, APPLY, EMERGENCY):
        yield _row(who, "reads prod's state", "get_object", OTHERS)
        yield _row(who, "looks at prod's state", "head_object", OTHERS)
        yield _row(who, "reads an old version of prod's state", "get_object", OTHERS, VersionId="v1")
        yield _row(who, "lists prod's folder", "list_objects_v2", Prefix=f"{OTHER}/")
        yield _row(who, "reads bootstrap's state", "get_object", "bootstrap/state/terraform.tfstate")
        yield _row(who, "reads a neighbour's state", "get_object", "fileflow/dev-x/terraform.tfstate")
        yield Row(name=f"{who} copies prod's state to itself", call=_copies(who))
    for who in (APPLY, EMERGENCY):
        yield _row(who, "writes prod's state", "put_object", OTHERS)
        yield _row(who, "writes prod's record", "put_object", f"{OTHER}/records/1.json")
        yield _row(who, "removes prod's state", "delete_object", OTHERS)
        yield _row(who, "writes past its folder", "put_object", f"{OWN}/../prod/terraform.tfstate")
        yield _row(who, "writes bootstrap's state", "put_object", "bootstrap/dev/terraform.tfstate")
        yield _row(who, "lists prod's versions", "list_object_versions", Prefix=f"{OTHER}/")
    yield _row("prod-state-apply", "reads dev's state", "get_object", STATE)
    yield _row("prod-state-apply", "writes dev's state", "put_object", STATE)
    yield _row("prod-state-plan", "reads dev's state", "get_object", STATE)


def _copies(who: str) -> Any:
    def call(w: World) -> object:
        source = {"Bucket": w.bucket, "Key": OTHERS}
        return _s3(who, "copy_object", f"{OWN}/snapshots/stolen", CopySource=source)(w)

    return call


def _drift() -> Iterator[Row]:
    record = "fileflow/drift/dev.json"
    yield _row("drift", "reads dev's state", "get_object", STATE)
    yield _row("drift", "writes dev's state", "put_object", STATE)
    yield _row("drift", "writes a record of dev's applies", "put_object", f"{OWN}/records/1.json")
    yield _row("drift", "reads bootstrap's state", "get_object", "bootstrap/state/terraform.tfstate")
    yield _row("drift", "lists dev's folder", "list_objects_v2", Prefix=f"{OWN}/")
    yield _row("drift", "removes a record", "delete_object", record)
    yield _row("drift", "rewrites the bucket policy", "put_bucket_policy", Policy=json.dumps({"Statement": []}))
    yield _row("drift", "writes beside its folder", "put_object", "fileflow/drift.json")
    for who in (PLAN, APPLY, EMERGENCY, "admin-state", "atlantis"):
        yield _row(who, "reads what was told of drift", "get_object", record)
        yield _row(who, "writes what was told of drift", "put_object", record)
    yield Row(name="drift takes dev's lock", call=_drift_locks)
    yield Row(name="drift makes a data key itself", call=_kms("drift", "generate_data_key", {"KeySpec": "AES_256"}))


def _drift_locks(w: World) -> object:
    item = {"LockID": {"S": f"{w.bucket}/{STATE}"}}
    return w.client("drift", "dynamodb").put_item(TableName=w.table, Item=item)


def _own_limits() -> Iterator[Row]:
    yield _row(APPLY, "removes its state", "delete_object", STATE)
    yield _row(APPLY, "writes beside its state", "put_object", f"{OWN}/other.tfstate")
    yield _row(APPLY, "writes a lock file where locks are in the table", "put_object", f"{STATE}.tflock")
    yield _row(
        APPLY, "writes without encryption headers", "put_object", STATE, ServerSideEncryption="AES256", SSEKMSKeyId=""
    )
    yield Row(
        name=f"{APPLY} writes with the bucket's default only",
        call=lambda w: w.client(APPLY, "s3").put_object(Bucket=w.bucket, Key=STATE),
    )
    yield Row(
        name=f"{APPLY} writes under AWS's own key",
        call=lambda w: w.client(APPLY, "s3").put_object(Bucket=w.bucket, Key=STATE, ServerSideEncryption="aws:kms"),
    )
    yield Row(
        name=f"{APPLY} writes under a key of another account",
        call=lambda w: w.client(APPLY, "s3").put_object(
            Bucket=w.bucket, Key=STATE, **w.encrypted(w.made["platform-key"])
        ),
    )
    for who in (APPLY, "admin-state", "prod-state-break-glass"):
        yield Row(name=f"{who} removes an old version of dev's state", call=_removes_version(who))
    for who in (APPLY, "admin-state"):
        yield Row(name=f"{who} removes versions in a batch", call=_removes_batch(who))
    for who in (PLAN, APPLY, EMERGENCY):
        for what, method, more in CONFIGURATION:
            yield _row(who, what, method, **more)


def _removes_version(who: str) -> Any:
    return lambda w: w.client(who, "s3").delete_object(Bucket=w.bucket, Key=STATE, VersionId=w.made["dev-version"])


def _removes_batch(who: str) -> Any:
    def call(w: World) -> object:
        objects = [{"Key": STATE, "VersionId": w.made["dev-version"]}]
        answer = w.client(who, "s3").delete_objects(Bucket=w.bucket, Delete={"Objects": objects})
        return _first_error(answer)

    return call


def _first_error(answer: Any) -> object:
    """A batch answers with one error for each object; it is raised here as a single call would raise it."""
    from botocore.exceptions import ClientError

    if answer.get("Errors"):
        error = answer["Errors"][0]
        raise ClientError({"Error": {"Code": error["Code"], "Message": error.get("Message", "")}}, "DeleteObjects")
    return answer


def _strangers() -> Iterator[Row]:
    for who in (
        "dev-plan",
        "dev-apply",
        "dev-break-glass",
        "atlantis",
        "admin-state",
        "admin-dev",
        "oncall",
        "nobody",
        "task",
    ):
        yield _row(who, "reads dev's state past the state role", "get_object", STATE)
    for who in ("dev-apply", "admin-state", "admin-dev", "task"):
        yield _row(who, "writes dev's state past the state role", "put_object", STATE)
    yield _row("admin-state", "removes dev's state", "delete_object", STATE)
    yield _row("admin-dev", "rewrites the bucket policy", "put_bucket_policy", Policy=json.dumps({"Statement": []}))


def _locks() -> Iterator[Row]:
    def item(who: str, what: str, method: str, key: str, **more: Any) -> Row:
        def call(w: World) -> object:
            named = {"LockID": {"S": f"{w.bucket}/{key}"}}
            wanted: dict[str, Any] = {"Item": named} if method == "put_item" else {"Key": named}
            return getattr(w.client(who, "dynamodb"), method)(TableName=w.table, **wanted, **more)

        return Row(name=f"{who} {what}", call=call)

    change = {"AttributeUpdates": {"Info": {"Value": {"S": "x"}, "Action": "PUT"}}}
    yield item(PLAN, "takes its own lock", "put_item", STATE)
    yield item(PLAN, "removes its own lock", "delete_item", STATE)
    yield item(PLAN, "changes its own lock", "update_item", STATE, **change)
    yield item(PLAN, "rewrites its state's digest", "put_item", f"{STATE}-md5")
    yield item(APPLY, "changes its own lock in place", "update_item", STATE, **change)
    for who in (PLAN, APPLY, EMERGENCY):
        yield item(who, "looks at prod's lock", "get_item", OTHERS)
        yield item(who, "takes prod's lock", "put_item", OTHERS)
        yield item(who, "removes prod's lock", "delete_item", OTHERS)
        yield item(who, "removes prod's digest", "delete_item", f"{OTHERS}-md5")
    yield item(APPLY, "takes bootstrap's lock", "put_item", "bootstrap/state/terraform.tfstate")
    yield item("prod-state-apply", "removes dev's lock", "delete_item", STATE)
    for who in ("dev-plan", "dev-apply", "atlantis", "task"):
        yield Row(name=f"{who} looks at dev's lock past the state role", call=_across(who))
    for who in (PLAN, APPLY, EMERGENCY):
        yield from _table(who)


def _across(who: str) -> Any:
    """From another account a table is named by its ARN."""

    def call(w: World) -> object:
        state = w.project.state
        arn = f"arn:aws:dynamodb:{state.region}:{state.account_id}:table/{w.table}"
        return w.client(who, "dynamodb").get_item(TableName=arn, Key={"LockID": {"S": f"{w.bucket}/{STATE}"}})

    return call


def _table(who: str) -> Iterator[Row]:
    for what, method, more in (
        ("reads the whole lock table", "scan", {}),
        ("removes the lock table", "delete_table", {}),
        ("lifts the table's protection", "update_table", {"DeletionProtectionEnabled": False}),
    ):
        yield Row(name=f"{who} {what}", call=_on_table(who, method, more))
    yield Row(name=f"{who} takes both locks in a batch", call=_batch(who))


def _on_table(who: str, method: str, more: dict[str, Any]) -> Any:
    return lambda w: getattr(w.client(who, "dynamodb"), method)(TableName=w.table, **more)


def _batch(who: str) -> Any:
    def call(w: World) -> object:
        put = [{"PutRequest": {"Item": {"LockID": {"S": f"{w.bucket}/{key}"}}}} for key in (STATE, OTHERS)]
        return w.client(who, "dynamodb").batch_write_item(RequestItems={w.table: put})

    return call


def _key() -> Iterator[Row]:
    open_policy = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]})
    for who in (APPLY, EMERGENCY, "dev-apply"):
        for what, method, more in (
            ("opens data with the state key itself", "decrypt", {"CiphertextBlob": b"x" * 80}),
            ("makes a data key itself", "generate_data_key", {"KeySpec": "AES_256"}),
            ("orders the state key's deletion", "schedule_key_deletion", {"PendingWindowInDays": 7}),
            ("disables the state key", "disable_key", {}),
            ("stops the state key's rotation", "disable_key_rotation", {}),
            ("rewrites the state key's policy", "put_key_policy", {"PolicyName": "default", "Policy": open_policy}),
            (
                "grants the state key to somebody",
                "create_grant",
                {"GranteePrincipal": "arn:aws:iam::111111111111:root", "Operations": ["Decrypt"]},
            ),
        ):
            yield Row(name=f"{who} {what}", call=_kms(who, method, more))
    yield Row(
        name="the state account's administrator opens data with the state key itself",
        call=_kms("admin-state", "generate_data_key", {"KeySpec": "AES_256"}),
    )


def _kms(who: str, method: str, more: dict[str, Any]) -> Any:
    return lambda w: getattr(w.client(who, "kms"), method)(KeyId=w.made["state-key"], **more)


ROWS = [*_plan_writes(), *_others(), *_drift(), *_own_limits(), *_strangers(), *_locks(), *_key()]
