"""The state account over http: moto behind one thread, so that conditional writes are as atomic as those of S3."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.environment import Project

KEYS = Credentials(access_key="AKIA", secret_key="x")


@dataclass
class StateAccount:
    """`loses`: whether the answer of a request is lost after it took effect; for its method and path."""

    url: str
    loses: Callable[[str, str], bool] = lambda _method, _path: False

    @property
    def cloud(self) -> Cloud:
        return Cloud(name="aws", endpoint=self.url, caller=KEYS)

    def s3(self, region: str) -> Any:
        config = Config(s3={"addressing_style": "path"})
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id="AKIA",
            aws_secret_access_key="x",
            config=config,
        )


class _Silent(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


@contextmanager
def serving(project: Project) -> Iterator[StateAccount]:
    """The account while the block runs, with the state bucket in it."""
    account = StateAccount(url="")
    application = DomainDispatcherApplication(create_backend_app)

    kept: dict[str, Any] = {}

    def answer(environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        content = list(application(environment, lambda *head: kept.update(head=head[:2])))
        if account.loses(environment["REQUEST_METHOD"], environment["PATH_INFO"]):
            start("503 Service Unavailable", [("Content-Length", "0")])
            return []
        start(*kept["head"])
        return content

    server = make_server("127.0.0.1", 0, answer, threaded=False, request_handler=_Silent)
    account.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        where = {"LocationConstraint": project.state.region}
        account.s3(project.state.region).create_bucket(Bucket=project.state.bucket, CreateBucketConfiguration=where)
        yield account
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        get_backend("s3").reset()  # moto keeps all in this process
