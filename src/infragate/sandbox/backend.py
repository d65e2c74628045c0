"""The state backend and the pipeline's roles, created through the API from the templates of `infra/bootstrap`.

Terraform needs a minute and a half for the same (its provider waits 55 s for a lifecycle rule alone), too long before a
first plan. `bootstrap-backend` adopts the result as it adopts any existing backend.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import infragate
from infragate.adapters.aws import aws_api
from infragate.domain.bootstrap.bootstrap_inputs import bootstrap_tags
from infragate.domain.bootstrap.role_policies import (
    Templates,
    bucket_policy,
    environment_account,
    key_policy,
    state_account,
)
from infragate.domain.environment import PURPOSES, Environment, Project
from infragate.sandbox import account_roles
from infragate.sandbox.emulator_session import EmulatorSession, tag_list, tolerating

Enter = Callable[[str], EmulatorSession]
MISSING = ("404", "NoSuchBucket", "NotFound", "NotFoundException", "ResourceNotFoundException")
OLD_VERSIONS_KEPT = 20
PUBLIC_ACCESS_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def exists(project: Project, session: EmulatorSession) -> bool:
    """True if the state bucket exists, whoever created it."""
    head = partial(session.client("s3").head_bucket, Bucket=project.state.bucket)
    return aws_api.unless_absent(head, MISSING) is not None


def is_bootstrapped(project: Project, session: EmulatorSession) -> bool:
    """True if `bootstrap-backend` manages the backend: its own state is in the bucket then."""
    key = "bootstrap/state/terraform.tfstate"
    head = partial(session.client("s3").head_object, Bucket=project.state.bucket, Key=key)
    return aws_api.unless_absent(head, MISSING) is not None


def ensure(project: Project, templates: Templates, enter: Enter, workers: int) -> None:
    """Create the backend and all roles, or update them to the current templates; all accounts in parallel.

    Args:
        enter: returns an administrator's session in the account with that id.
    """
    with ThreadPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(_environment, project, environment, templates, enter(environment.account_id))
            for environment in project.environments
        ]
        jobs.append(pool.submit(_state, project, templates, enter(project.state.account_id)))
        for job in jobs:
            job.result()


def _environment(project: Project, environment: Environment, templates: Templates, session: EmulatorSession) -> None:
    prefix = environment.prefix
    spec = environment_account(project, environment, templates)
    descriptions = {
        policy.name: f"What the pipeline of {prefix} may do: {policy.name.removeprefix(f'{prefix}-pipeline-')}"
        for policy in spec.policies
    }
    descriptions[f"{prefix}-boundary"] = f"The most that roles of {prefix} can ever do"
    descriptions |= {f"{prefix}-{purpose}": f"Terraform of {prefix}: {purpose}" for purpose in PURPOSES}
    account_roles.ensure(spec, session, descriptions=descriptions, tags=_tags(project, environment.name))


def _state(project: Project, templates: Templates, session: EmulatorSession) -> None:
    tags = _tags(project, "state")
    key = _key(project, templates, session, tags)
    spec = state_account(project, templates, kms_key_arn=key)
    descriptions = {
        f"{environment.prefix}-state-{purpose}": f"State of {environment.name}: {purpose}"
        for environment in project.environments
        for purpose in PURPOSES
    }
    descriptions[project.drift_role] = "Records of drift"
    account_roles.ensure(spec, session, descriptions=descriptions, tags=tags)
    _lock_table(project, key, session, tags)
    _bucket(project, templates, key, session, tags)


def _key(project: Project, templates: Templates, session: EmulatorSession, tags: dict[str, str]) -> str:
    kms, alias = session.client("kms"), project.state.kms_alias
    policy = json.dumps(key_policy(project, templates))
    with tolerating(*MISSING):
        arn = str(kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"])
        kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=policy)
        return arn
    created = kms.create_key(
        Description=f"State of {project.service}",
        Policy=policy,
        Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()],
    )
    arn = str(created["KeyMetadata"]["Arn"])
    kms.create_alias(AliasName=alias, TargetKeyId=arn)
    kms.enable_key_rotation(KeyId=arn)
    return arn


def _lock_table(project: Project, key: str, session: EmulatorSession, tags: dict[str, str]) -> None:
    dynamodb, name = session.client("dynamodb"), project.state.lock_table
    with tolerating("ResourceInUseException"):
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
            DeletionProtectionEnabled=True,
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
            Tags=tag_list(tags),
        )
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def _bucket(project: Project, templates: Templates, key: str, session: EmulatorSession, tags: dict[str, str]) -> None:
    s3, bucket = session.client("s3"), project.state.bucket
    if not exists(project, session):
        region = project.state.region
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerEnforced", **location)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [_encryption(key)]})
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration=dict.fromkeys(PUBLIC_ACCESS_BLOCKS, True),
    )
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": lifecycle_rules(project.state.noncurrent_days)}
    )
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tag_list(tags)})
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(bucket_policy(project, templates, kms_key_arn=key)))


def _encryption(key: str) -> Mapping[str, Any]:
    """Without a bucket key: with one the encryption context is the bucket, so the key policy could not tell prefixes apart."""
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    return {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": False}


def lifecycle_rules(noncurrent_days: int) -> list[dict[str, Any]]:
    """The bucket's lifecycle rules: how long old versions of the state are kept."""
    return [
        {
            "ID": "old-versions",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {
                "NoncurrentDays": noncurrent_days,
                "NewerNoncurrentVersions": OLD_VERSIONS_KEPT,
            },
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        },
        {
            "ID": "unfinished-uploads",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
    ]


def _tags(project: Project, environment: str) -> dict[str, str]:
    return bootstrap_tags(project, environment=environment, version=infragate.__version__)
