"""A small OCI registry on this machine that serves one artifact, as `conftest push` writes it."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

REGO = "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass
class Registry:
    """What the registry serves.

    Attributes:
        parts: kind and bytes, by digest.
        artifact: `oci://...@sha256:...`.
    """

    parts: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    artifact: str = ""

    def add(self, kind: str, content: bytes, **annotations: str) -> dict[str, Any]:
        """Add a part; its descriptor."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.parts[digest] = (kind, content)
        named = {f"org.opencontainers.image.{name}": text for name, text in annotations.items()}
        return {"mediaType": kind, "digest": digest, "size": len(content), "annotations": named}

    def tamper(self) -> None:
        """Change the bytes of the first policy under its old digest."""
        digest = next(name for name, (kind, _) in self.parts.items() if kind == REGO)
        kind, content = self.parts[digest]
        self.parts[digest] = (kind, content.replace(b"deny", b"dont"))


@contextmanager
def serving(policies: Mapping[str, str]) -> Iterator[Registry]:
    """A registry with one artifact of these files."""
    registry = Registry()
    layers = [registry.add(REGO, text.encode(), title=name) for name, text in policies.items()]
    config = registry.add("application/vnd.unknown.config.v1+json", b"{}")
    manifest = json.dumps({"schemaVersion": 2, "config": config, "layers": layers}).encode()
    digest = registry.add(MANIFEST, manifest)["digest"]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            if name not in registry.parts:
                self.send_error(404)
                return
            kind, content = registry.parts[name]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Docker-Content-Digest", name)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_parts: Any, **_more: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        registry.artifact = f"oci://127.0.0.1:{server.server_port}/team/rules@{digest}"
        yield registry
        server.shutdown()
