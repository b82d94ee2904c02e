"""As much of S3 as a reader needs, on loopback: GET with ranges, HEAD, and a listing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_TAG = '"tag"'


@dataclass
class Bucket:
    """What is stored, by ``bucket/key``, and what was asked for."""

    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path, and the header that signs the request."""
    endpoint: str = ""


@contextmanager
def storage(objects: dict[str, bytes]) -> Iterator[Bucket]:
    """Serve the objects for a while."""
    bucket = Bucket(objects)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer()

        def do_HEAD(self) -> None:
            self.answer()

        def answer(self) -> None:
            url = urlsplit(self.path)
            bucket.asked.append((self.command, url.path, self.headers.get("Authorization", "")))
            path, query = unquote(url.path).lstrip("/"), parse_qs(url.query)
            if "list-type" in query:
                return self.send(200, listing(bucket.objects, path.rstrip("/"), query.get("prefix", [""])[0]))
            content = bucket.objects.get(path)
            if content is None:
                return self.send(404, b"<Error><Code>NoSuchKey</Code></Error>")
            wanted = self.headers.get("Range", "").removeprefix("bytes=")
            if not wanted:
                return self.send(200, content)
            start, _, end = wanted.partition("-")
            last = min(int(end or len(content)), len(content) - 1)
            part = content[int(start) : last + 1]
            return self.send(206, part, f"bytes {start}-{last}/{len(content)}")

        def send(self, status: int, content: bytes, part: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("ETag", _TAG)
            self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
            if part:
                self.send_header("Content-Range", part)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    bucket.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def listing(objects: dict[str, bytes], bucket: str, prefix: str) -> bytes:
    """The answer to ListObjectsV2."""
    found = "".join(
        f"<Contents><Key>{escape(key.removeprefix(f'{bucket}/'))}</Key><Size>{len(content)}</Size>"
        f"<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>{escape(_TAG)}</ETag></Contents>"
        for key, content in sorted(objects.items())
        if key.startswith(f"{bucket}/{prefix}")
    )
    name = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f'<ListBucketResult xmlns="{name}"><IsTruncated>false</IsTruncated>{found}</ListBucketResult>'.encode()
