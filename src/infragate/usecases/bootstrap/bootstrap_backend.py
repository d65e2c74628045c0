"""`bootstrap-backend`: the state backend and every account's roles, made or adopted; safe to run again at any time.

The state account comes first: where the backend does not stand yet, its root is applied with a local state, which then
moves into the bucket. After that all roots are planned, and nothing is applied anywhere while one existing thing differs
from the standard, unless the differences are accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from infragate.adapters.aws import aws_api, state_store
from infragate.adapters.local import files
from infragate.domain.bootstrap.backend_standard import Difference
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.finding import Finding
from infragate.domain.terraform import state_file
from infragate.usecases.bootstrap import bootstrap_root, bootstrap_session
from infragate.usecases.bootstrap.bootstrap_root import Prepared, Root, Workplace
from infragate.usecases.bootstrap.bootstrap_session import Backend, BootstrapRequest, BootstrapSession

RootStatus = Literal["unchanged", "planned", "done", "blocked", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RootResult:
    """What came of one account.

    Attributes:
        status: `waiting` is a root that was left alone because another one is blocked.
        state: where bootstrap's own state of the root lies.
        headline: Terraform's `Plan: ...` line, or "".
    """

    name: str
    account_id: str
    status: RootStatus
    state: str
    created: tuple[str, ...] = ()
    adopted: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    headline: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapResult:
    """All accounts, the state account first."""

    roots: tuple[RootResult, ...]
    plan_only: bool

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The differences that stopped the run."""
        return tuple(d.finding for root in self.roots if root.status == "blocked" for d in root.differences)

    @property
    def blocked(self) -> bool:
        """True if differences stopped the run."""
        return bool(self.findings)

    @property
    def changes(self) -> bool:
        """Whether anything was, or would be, changed."""
        return any(root.status in ("planned", "done") for root in self.roots)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Of all accounts."""
        return tuple(difference for root in self.roots for difference in root.differences)


def run(request: BootstrapRequest) -> BootstrapResult:
    """Set up the backend and the roles.

    Raises:
        BadInput: no such Environment, a bucket name that is taken, or nobody confirmed.
        Blocked: bucket, key or table would have to go.
        Integrity: the local state of an interrupted run and the one in the bucket are strangers.
        InfragateError: by what AWS or Terraform said. Whatever was done is recorded; run it again.
    """
    return BootstrapResult(roots=_roots(request), plan_only=request.plan_only)


def _roots(request: BootstrapRequest) -> tuple[RootResult, ...]:
    state, environments = bootstrap_session.roots(request)
    with bootstrap_session.opened(request) as session:
        places = [session.workplace(root) for root in (state, *environments)]
        backend = _standing(session, state)
        local = backend is None or _first_run_unfinished(session, places[0])
        if local and request.plan_only:
            return tuple(_planned(request, _prepare(request, place, None)) for place in places)
        done: list[RootResult] = []
        if local:
            done.append(_first_run(request, session, places.pop(0)))
            if done[0].status == "blocked":
                return (*done, *(_waiting(request, place.root) for place in places))
            backend = _standing(session, state)
        if backend is None:
            raise _backend_missing(_address(request, state))
        prepared = [_prepare(request, place, session.backend(backend, place.root)) for place in places]
        done += _settle(request, prepared)
        if request.project.state.lock == "s3" and backend.has_table and not request.plan_only:
            _forget_digests(request, session, done)
        return tuple(done)


def _forget_digests(request: BootstrapRequest, session: BootstrapSession, done: Sequence[RootResult]) -> None:
    """Delete digests in an unused lock table: they are no longer updated, and wrong once the table is used again."""
    state = request.project.state
    if all(root.status in ("done", "unchanged") for root in done):
        keys = session.administrators[bootstrap_session.profile(state.account_id)]
        count = state_store.forget_digests(state.lock_table, cloud=request.cloud, region=state.region, credentials=keys)
        if count:
            request.say(f"removed {count} digests from {state.lock_table}: with lock: s3 they are not updated")


def _standing(session: BootstrapSession, state: Root) -> Backend | None:
    """The existing backend; None if it cannot hold states yet.

    The table alone may be missing if bootstrap's own state is in the bucket: the backend was created before, and
    Terraform decides about the table.
    """
    expected = session.request.project.state
    inventory = session.inventory(expected.account_id, expected.region)
    with aws_api.reported("look for the state backend"):
        key = inventory.key(expected.kms_alias)
        if key is None or not inventory.has("aws_s3_bucket", expected.bucket):
            return None
        has_table = inventory.has("aws_dynamodb_table", expected.lock_table)
        if not has_table and inventory.object(expected.bucket, state.state_key) is None:
            return None
    return Backend(key_arn=str(key["Arn"]), has_table=has_table)


def _backend_missing(address: str) -> Integrity:
    return Integrity("the backend was created but does not exist", where=address, fix="run it again")


def _first_run_unfinished(session: BootstrapSession, place: Workplace) -> bool:
    """True if an interrupted first run left a local state that is not yet in the bucket."""
    local = state_file.addresses(files.read(place.local_state), where=str(place.local_state))
    if not local:
        return False
    remote = _remote_state(session, place)
    if remote is None:
        return True
    if not local <= remote:
        raise Integrity(
            "the local state of an interrupted run has resources that the state in the bucket does not have",
            where=str(place.local_state),
            fix="somebody else has bootstrapped since: move that file away and run it again; existing resources are adopted",
        )
    _forget_local(place)
    return False


def _remote_state(session: BootstrapSession, place: Workplace) -> frozenset[str] | None:
    root, bucket = place.root, session.request.project.state.bucket
    with aws_api.reported("read bootstrap's own state"):
        content = session.inventory(root.account_id, root.region).object(bucket, root.state_key)
    return state_file.addresses(content, where=f"s3://{bucket}/{root.state_key}")


def _prepare(request: BootstrapRequest, place: Workplace, backend: dict[str, str] | None) -> Prepared:
    return bootstrap_root.prepare(place, backend, locked=not request.plan_only)


def _first_run(request: BootstrapRequest, session: BootstrapSession, place: Workplace) -> RootResult:
    """The state account's first run: apply with a local state, then move the state into the bucket."""
    prepared = _prepare(request, place, None)
    (result,) = _settle(request, [prepared])
    if result.status == "blocked":
        return result
    request.say(f"{place.root.label}: moving bootstrap's own state into the bucket")
    backend = _standing(session, place.root)
    if backend is None:
        raise _backend_missing(result.state)
    local = state_file.addresses(files.read(place.local_state), where=str(place.local_state))
    bootstrap_root.connect(place, session.backend(backend, place.root))
    place.terraform.state_push(place.local_state)
    remote = _remote_state(session, place)
    if local is None or remote != local:
        raise Integrity(
            "the state in the bucket differs from the local state, which was kept",
            where=str(place.local_state),
            fix="run it again",
        )
    _forget_local(place)
    return result


def _forget_local(place: Workplace) -> None:
    for path in (place.local_state, place.local_state.with_name(place.local_state.name + ".backup")):
        path.unlink(missing_ok=True)


def _settle(request: BootstrapRequest, prepared: list[Prepared]) -> tuple[RootResult, ...]:
    """Apply all plans, or none of them."""
    is_stopped = any(_stops(request, root) for root in prepared)
    if is_stopped or request.plan_only:
        return tuple(_planned(request, root, waiting=is_stopped) for root in prepared)
    changing = [root for root in prepared if root.planned is not None]
    if changing and not request.confirm([line for root in changing for line in _announced(root)]):
        raise BadInput("nothing was changed: you did not say yes", where="command line", fix="add --yes")
    for root in changing:
        bootstrap_root.apply(root)
    return tuple(_result(request, root, "unchanged" if root.planned is None else "done") for root in prepared)


def _stops(request: BootstrapRequest, prepared: Prepared) -> bool:
    judgement = prepared.judgement
    return bool(judgement.refused or (judgement.differences and not request.accept_differences))


def _planned(request: BootstrapRequest, prepared: Prepared, *, waiting: bool = False) -> RootResult:
    prepared.workplace.plan_file.unlink(missing_ok=True)
    if _stops(request, prepared):
        return _result(request, prepared, "blocked")
    if prepared.planned is None:
        return _result(request, prepared, "unchanged")
    return _result(request, prepared, "waiting" if waiting and not request.plan_only else "planned")


def _announced(prepared: Prepared) -> list[str]:
    root, judgement = prepared.workplace.root, prepared.judgement
    parts = (("create", judgement.created), ("adopt", judgement.adopted), ("change", judgement.differences))
    return [f"{root.label}: {verb} {len(entries)}" for verb, entries in parts if entries]


def _result(request: BootstrapRequest, prepared: Prepared, status: RootStatus) -> RootResult:
    root, judgement = prepared.workplace.root, prepared.judgement
    return RootResult(
        name=root.name,
        account_id=root.account_id,
        status=status,
        state=_address(request, root),
        created=judgement.created,
        adopted=judgement.adopted,
        differences=judgement.differences,
        headline=prepared.planned.headline if prepared.planned else "",
    )


def _waiting(request: BootstrapRequest, root: Root) -> RootResult:
    return RootResult(name=root.name, account_id=root.account_id, status="waiting", state=_address(request, root))


def _address(request: BootstrapRequest, root: Root) -> str:
    return f"s3://{request.project.state.bucket}/{root.state_key}"
