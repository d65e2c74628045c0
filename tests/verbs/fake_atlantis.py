"""Stands in for the program `atlantis`: it starts a child, answers, and ends as FAKE_ATLANTIS says."""

import http.server
import os
import subprocess
import sys
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer(b'{"in_progress_operations": 0}')

    def do_POST(self) -> None:
        self.answer(b"Processing...")
        if os.environ.get("FAKE_ATLANTIS") == "ends with the first event":
            os._exit(1)

    def answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if sys.argv[1] == "version":
    sys.stdout.write("atlantis 0.47.1 (commit: 0000000) (build date: 2026-01-01)\n")
elif os.environ.get("FAKE_ATLANTIS") == "ends at once":
    sys.exit("Error: initializing server: no such thing")
else:
    child = subprocess.Popen(["sleep", "300"])
    (Path.home() / "child.pid").write_text(str(child.pid))
    port = int(sys.argv[sys.argv.index("--port") + 1])
    http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
