"""The http server: which method is asked, which fault hits, what is answered."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from github_emulator.faults import Fault
from slack_emulator.slack import TOKEN, WEBHOOK, Said, Slack

NEEDS = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.list": "channels:read",
}
BLOCKS, SECTION = 50, 3000  # the most blocks of a message, and characters of a section


@contextmanager
def serving() -> Iterator[Slack]:
    slack = Slack()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(slack)) as server:
        server.daemon_threads = True
        slack.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield slack
        finally:
            server.shutdown()
            thread.join()


def bot_environment(slack: Slack) -> dict[str, str]:
    """The variables of a client with the bot's token."""
    return {"INFRAGATE_SLACK_TOKEN": TOKEN, "INFRAGATE_SLACK_API": f"{slack.url}/api"}


def webhook_environment(slack: Slack) -> dict[str, str]:
    """The variables of a client with the webhook."""
    return {"INFRAGATE_SLACK_WEBHOOK": f"{slack.url}{WEBHOOK}"}


def _handler(slack: Slack) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with slack.guard:
                slack.asked.append((self.path, dict(self.headers.items())))
                fault = slack.fault(self.path) or Fault()
            time.sleep(fault.delay)
            status, headers, body = 200, dict[str, str](), b""
            if fault.took_effect or not fault.replaces_answer:
                with slack.guard:
                    status, body = _answer(slack, self.path, self.headers, content)
            if fault.cut:
                self.close_connection = True
                return
            if fault.status is not None:
                status, headers, body = fault.status, fault.headers, fault.body or fault.message.encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _answer(slack: Slack, path: str, headers: Any, content: bytes) -> tuple[int, bytes]:
    if not path.startswith("/api/"):
        return _webhook(slack, path, content)
    method = path.removeprefix("/api/")
    body = json.loads(content) if "json" in headers.get("Content-Type", "") else dict(parse_qsl(content.decode()))
    if headers.get("Authorization") != f"Bearer {TOKEN}":
        return 200, _json(error="invalid_auth")
    if NEEDS[method] not in slack.scopes:
        return 200, _json(error="missing_scope", needed=NEEDS[method])
    return 200, _METHODS[method](slack, body)


def _webhook(slack: Slack, path: str, content: bytes) -> tuple[int, bytes]:
    body = json.loads(content)
    if path != WEBHOOK:
        return 404, b"no_service"
    if _unfit(body):
        return 400, b"invalid_payload"
    slack.messages.append(Said(channel="", ts=slack.stamp(), text=body["text"], blocks=body["blocks"]))
    return 200, b"ok"


def _post(slack: Slack, body: dict[str, Any]) -> bytes:
    channel = _channel(slack, body["channel"])
    if channel is None:
        return _json(error="channel_not_found")
    if _unfit(body):
        return _json(error="invalid_blocks")
    if (thread := body.get("thread_ts")) and thread not in {one.ts for one in slack.messages}:
        return _json(error="thread_not_found")
    said = Said(
        channel=channel,
        ts=slack.stamp(),
        text=body["text"],
        blocks=body["blocks"],
        metadata=body.get("metadata", {}),
        thread=body.get("thread_ts", ""),
    )
    slack.messages.append(said)
    return _json(channel=channel, ts=said.ts)


def _update(slack: Slack, body: dict[str, Any]) -> bytes:
    for said in slack.messages:
        if (said.channel, said.ts) == (body["channel"], body["ts"]):
            if _unfit(body):
                return _json(error="invalid_blocks")
            said.text, said.blocks, said.edits = body["text"], body["blocks"], said.edits + 1
            return _json(channel=said.channel, ts=said.ts)
    return _json(error="message_not_found")


def _history(slack: Slack, body: dict[str, Any]) -> bytes:
    """The messages of a channel, or of a thread, the newest first, in pages of two."""
    thread = body.get("ts", "")
    rows = [
        {"ts": said.ts, "text": said.text, "metadata": said.metadata}
        for said in reversed(slack.messages)
        if said.channel == body["channel"] and said.thread == thread and float(said.ts) >= float(body["oldest"])
    ]
    return _page("messages", rows, body)


def _list(slack: Slack, body: dict[str, Any]) -> bytes:
    rows = [{"id": number, "name": name.removeprefix("#")} for number, name in slack.channels.items()]
    return _page("channels", rows, body)


def _page(name: str, rows: list[dict[str, Any]], body: dict[str, Any]) -> bytes:
    begin = int(body.get("cursor") or 0)
    following = str(begin + 2) if begin + 2 < len(rows) else ""
    return _json(**{name: rows[begin : begin + 2], "response_metadata": {"next_cursor": following}})


def _channel(slack: Slack, named: str) -> str | None:
    return next((number for number, name in slack.channels.items() if named in (number, name)), None)


def _unfit(body: dict[str, Any]) -> bool:
    """Whether Slack refuses the blocks."""
    blocks = body.get("blocks") or []
    texts = [block["text"]["text"] for block in blocks if "text" in block]
    return not body.get("text") or len(blocks) > BLOCKS or any(not 0 < len(text) <= SECTION for text in texts)


def _json(**values: Any) -> bytes:
    return json.dumps({"ok": "error" not in values, **values}).encode()


_METHODS = {
    "chat.postMessage": _post,
    "chat.update": _update,
    "conversations.history": _history,
    "conversations.replies": _history,
    "conversations.list": _list,
}
