"""Callers with a session of their own, which has an end, and jobs of GitHub Actions, which take roles by a token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.e2e import product, role_world
from tests.e2e.product import Product, stored

from github_emulator import job_tokens
from infragate.adapters.aws import aws_api
from infragate.adapters.local import clock
from infragate.domain.environment import Purpose
from infragate.domain.errors import RemoteFailed
from infragate.usecases import apply
from infragate.usecases.session import Keys, Session
from infragate.usecases.stack import Stack


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product.checkout(tmp_path_factory.mktemp("own") / "small", small=stored("one")) as made:
        made.ok("plan", "--env", "dev", "--sandbox")
        yield made


class Job:
    """A job whose variables hold a session of dev's apply role."""

    def __init__(self, checkout: Product, monkeypatch: pytest.MonkeyPatch) -> None:
        cloud, self.environment, self.checkout = checkout.cloud(), checkout.dev, checkout
        self.cloud = replace(cloud, caller=None)
        keys = aws_api.assume_role(
            self.environment.role_arn("apply"),
            cloud=cloud,
            region=self.environment.region,
            session_name="job",
            source_identity="job",
            external_id=self.environment.external_id,
        )
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
        monkeypatch.setenv("AWS_SESSION_TOKEN", keys.token or "")
        monkeypatch.delenv("AWS_CREDENTIAL_EXPIRATION", raising=False)
        self.monkeypatch = monkeypatch

    def ends_in(self, minutes: int) -> Job:
        self.monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", (clock.now() + timedelta(minutes=minutes)).isoformat())
        return self

    def session(self) -> Session:
        return replace(self.checkout.session("apply"), cloud=self.cloud)

    def keys(self) -> Keys:
        return self.session().keys

    def apply(self) -> apply.ApplyResult:
        with self.session() as session:
            stack = Stack(session=session, root=self.checkout.root)
            return apply.run(apply.ApplyRequest(stack=stack, plan=None, watch=lambda _plan: lambda _event: None))


@pytest.fixture
def job(checkout: Product, monkeypatch: pytest.MonkeyPatch) -> Job:
    return Job(checkout, monkeypatch)


def test_the_end_of_one_s_own_session_is_known_where_the_environment_tells_it(job: Job) -> None:
    found = job.ends_in(50).keys()
    assert not found.renewable
    assert found.provider.expires is not None
    assert abs(found.provider.expires - clock.now() - timedelta(minutes=50)) < timedelta(minutes=1)


def test_without_that_the_end_is_not_made_up(job: Job) -> None:
    assert job.keys().provider.expires is None


def test_an_apply_with_too_little_time_left_is_refused_and_leaves_nothing(job: Job, checkout: Product) -> None:
    with pytest.raises(RemoteFailed, match="too soon for an apply"):
        job.ends_in(10).apply()
    assert (checkout.lock_items(), checkout.record_keys()) == ([], [])


def test_an_expired_session_is_told_as_such_without_asking_anybody(checkout: Product, tmp_path: Path) -> None:
    passed = (clock.now() - timedelta(minutes=1)).isoformat()
    keys = {"AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "x"}
    done = checkout.run("plan", "--env", "dev", AWS_CREDENTIAL_EXPIRATION=passed, **keys)
    assert done.code == 5, done.err
    assert "the credentials have expired" in done.error[0]


class TokenJob:
    """A job of GitHub Actions without AWS keys, that GitHub vouches for as `subject`."""

    def __init__(self, checkout: Product, monkeypatch: pytest.MonkeyPatch) -> None:
        self.checkout, self.monkeypatch = checkout, monkeypatch

    def keys(self, purpose: Purpose, subject: str) -> Keys:
        with job_tokens.serving(job_tokens.granted(role_world.token(subject))) as tokens:
            for name, value in tokens.variables.items():
                self.monkeypatch.setenv(name, value)
            with replace(self.checkout.session(purpose), cloud=replace(self.checkout.cloud(), caller=None)) as session:
                return session.keys


@pytest.fixture
def token_job(checkout: Product, monkeypatch: pytest.MonkeyPatch) -> TokenJob:
    return TokenJob(checkout, monkeypatch)


@pytest.mark.parametrize(
    ("purpose", "end"), [("plan", "pull_request"), ("plan", "environment:dev"), ("apply", "environment:dev")]
)
def test_a_job_takes_each_role_that_trusts_it_and_can_renew_it(token_job: TokenJob, purpose: Purpose, end: str) -> None:
    keys = token_job.keys(purpose, f"repo:acme/fileflow:{end}")

    assert keys.renewable
    assert keys.ends is not None
    assert keys.ends > clock.now() + timedelta(minutes=50)


def test_a_pull_request_s_job_does_not_get_the_apply_role(token_job: TokenJob) -> None:
    with pytest.raises(RemoteFailed, match="cannot assume arn:aws:iam::111111111111:role/fileflow-dev-apply: refused"):
        token_job.keys("apply", "repo:acme/fileflow:pull_request")
