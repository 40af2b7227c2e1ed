"""Servers on the loopback address that stand for the Hugging Face hub and for Google Drive.

The hub's paths are those that ``huggingface_hub`` asks for when ``HF_ENDPOINT`` names the server. gdown's host cannot
be chosen, so Drive is reached as behind a company's proxy: ``HTTPS_PROXY`` names a proxy that ends TLS itself, with a
certificate for Drive's hosts of an authority that ``REQUESTS_CA_BUNDLE`` names.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import socket
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme
from forking import COMMAND, Fork, fetching

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NOBODY = "http://127.0.0.1:9"
"""An address at which nothing answers."""
CONFIRM = (
    '<!DOCTYPE html><html><body><form id="download-form" action="https://drive.usercontent.google.com/download" '
    'method="get"><input type="hidden" name="id" value="{id}"><input type="hidden" name="confirm" value="t"></form>'
)
QUOTA = """<!DOCTYPE html><html><body><p class="uc-error-caption">Sorry</p>
<p class="uc-error-subcaption">Too many users have viewed or downloaded this file recently.</p></body></html>"""


@dataclass
class Sites:
    """What the servers hold, and what they were asked."""

    folder: Path
    hub: dict[str, bytes] = field(default_factory=dict)
    """Content by ``[datasets/]OWNER/NAME/FILE``."""
    drive: dict[str, bytes] = field(default_factory=dict)
    """Content by ID; ``b""`` is a file whose quota is used up."""
    web: dict[str, bytes] = field(default_factory=dict)
    """Content by path; one that begins with ``<`` is sent as a web page."""
    gated: set[str] = field(default_factory=set)
    """Files of the hub that want a login."""
    cuts: list[int] = field(default_factory=list)
    """After how many bytes the next answers break off, one each."""
    stated: dict[str, tuple[str, int]] = field(default_factory=dict)
    """SHA-256 and size that the hub states of a file, where they are not the true ones."""
    asked: list[str] = field(default_factory=list)
    """Method, path and range of every request."""
    sent: threading.Event = field(default_factory=threading.Event)
    """Set when an answer has broken off."""
    slow: bool = False
    """True to hold an answer that breaks off open, until the client goes."""

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._authority = trustme.CA()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._authority.cert_pem.write_to_path(self.folder / "authority.pem")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert("drive.google.com", "drive.usercontent.google.com").configure_cert(self._context)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """End them."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Of the hub, and of the paths of ``web``."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def environment(self, home: Path) -> dict[str, str]:
        """Variables of a process that has an empty home, and meets these servers only."""
        dropped = ("http_proxy", "https_proxy", "all_proxy", "HF_", "XDG_", "IQABENCH_WEIGHTS")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        return kept | {
            "HOME": str(home),
            **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "CACHE", "DATA")},
            "HF_ENDPOINT": self.address,
            "HTTPS_PROXY": self.address,
            "HTTP_PROXY": NOBODY,
            "NO_PROXY": "127.0.0.1,localhost",
            "REQUESTS_CA_BUNDLE": str(self.folder / "authority.pem"),
            "PIP_INDEX_URL": f"{NOBODY}/simple/",
            "COLUMNS": "400",
        }

    def run(self, home: Path, *words: str | Path, **variables: str) -> CompletedProcess[str]:
        """What ``iqabench WORDS`` does in a process that imports the hub's client, which is set then."""
        return fetching().run([COMMAND, *words], 240, home, self.environment(home) | variables)

    def begin(self, home: Path, *words: str | Path) -> Fork:
        """The same, not waited for; nobody reads its output."""
        with open(os.devnull, "r+b") as nothing:  # noqa: PTH123
            return fetching().start([COMMAND, *words], (nothing.fileno(),) * 3, home, self.environment(home))


def _handler(sites: Sites) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test output clean."""

        def do_CONNECT(self) -> None:
            """As a proxy that looks into what passes."""
            sites.asked.append(f"CONNECT {self.path}")
            if self.path.partition(":")[0] not in ("drive.google.com", "drive.usercontent.google.com"):
                self.send_error(403)
                return
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                inner = sites._context.wrap_socket(self.connection, server_side=True)
                _handler(sites)(inner, self.client_address, sites._server)
                inner.close()
            self.close_connection = True

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            parts = urlsplit(self.path)
            sites.asked.append(f"{self.command} {self.path} {self.headers.get('Range', '')}".strip())
            if (self.headers.get("Host") or "").endswith("google.com"):
                self._drive(parts.path, parse_qs(parts.query).get("id", [""])[0])
            elif parts.path.startswith("/cdn/"):
                self._content(sites.hub[parts.path.removeprefix("/cdn/")], body)
            elif match := re.fullmatch(r"/(.+?)/resolve/main/(.+)", parts.path):
                self._hub(f"{match[1]}/{match[2]}")
            elif parts.path in sites.web:
                content = sites.web[parts.path]
                kind = "text/html" if content.startswith(b"<") else "application/octet-stream"
                self._content(content, body, {"Content-Type": kind})
            else:
                self._content(b"", body, status=404)

        def _hub(self, name: str) -> None:
            """What the hub says of a large file: its digest and size, and where it lies."""
            if name in sites.gated:
                headers = {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."}
                self._content(b"", False, headers, status=401)
                return
            if name not in sites.hub:
                self._content(b"", False, {"X-Error-Code": "EntryNotFound"}, status=404)
                return
            content = sites.hub[name]
            digest, size = sites.stated.get(name, (hashlib.sha256(content).hexdigest(), len(content)))
            headers = {
                "X-Repo-Commit": COMMIT,
                "X-Linked-Etag": f'"{digest}"',
                "X-Linked-Size": str(size),
                "Location": f"http://localhost:{sites._server.server_port}/cdn/{name}",
            }
            self._content(b"", False, headers, status=302)

        def _drive(self, path: str, name: str) -> None:
            content = sites.drive.get(name)
            if content is None:
                self._content(b"", True, status=404)
            elif not content:
                self._content(QUOTA.encode(), True, {"Content-Type": "text/html; charset=utf-8"})
            elif path == "/uc":
                self._content(CONFIRM.format(id=name).encode(), True, {"Content-Type": "text/html; charset=utf-8"})
            else:
                kind = {"Content-Type": "application/octet-stream", "ETag": '"one"'}
                self._content(content, True, kind | {"Content-Disposition": 'attachment; filename="its-name.zip"'})

        def _content(
            self, content: bytes, body: bool, headers: dict[str, str] | None = None, status: int = 200
        ) -> None:
            start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            first = int(start[1]) if start and status == 200 else 0
            sent = content[first:]
            self.send_response(206 if first else status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if first:
                self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            if not body:
                return
            cut = sites.cuts.pop(0) if sites.cuts and len(sent) > 1000 else None
            with contextlib.suppress(OSError):
                self.wfile.write(sent if cut is None else sent[:cut])
                self.wfile.flush()
            if cut is not None:
                sites.sent.set()
                with contextlib.suppress(OSError):
                    if sites.slow:
                        self.connection.recv(1)
                    self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True

    return Handler
