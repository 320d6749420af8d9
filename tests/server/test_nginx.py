"""The file for Nginx, with a certificate of its own, before an API that tells what it is told."""

import json
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from tools.local.settings import LOOPBACK
from tools.local.sockets import listen, port_of

from errand_testkit.certificates import certificate_in
from errand_testkit.stack import ROOT

HOST = "errand.example.com"


class Told(BaseHTTPRequestHandler):
    """Answers the headers that came."""

    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def free_port() -> int:
    with listen(LOOPBACK, 0, variable="") as bound:
        return port_of(bound)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "errand.log"


@pytest.fixture
def client(tmp_path: Path, log: Path) -> Iterator[httpx.Client]:
    upstream = ThreadingHTTPServer((LOOPBACK, 0), Told)
    Thread(target=upstream.serve_forever, daemon=True).start()
    certificate = certificate_in(tmp_path, HOST)
    port, plain = free_port(), free_port()
    text = (ROOT / "self-hosting/nginx.conf").read_text()
    for pattern, local in {
        r"\S+/fullchain\.pem": str(certificate),
        r"\S+/privkey\.pem": str(certificate),
        r"listen \[::\]:\d+[^;]*;": "",
        r"listen 80;": f"listen {LOOPBACK}:{plain};",
        r"listen 443": f"listen {LOOPBACK}:{port}",
        r"/var/log/nginx/errand\.log": str(log),
        r"127\.0\.0\.1:8000": f"{LOOPBACK}:{upstream.server_port}",
    }.items():
        text = re.sub(pattern, local, text)
    (tmp_path / "errand.conf").write_text(text)
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; "
        f"events {{}} http {{ include {tmp_path}/errand.conf; }}"
    )
    checked = subprocess.run(
        ["nginx", "-t", "-c", main], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    nginx = subprocess.Popen(["nginx", "-c", main])
    verify = ssl.create_default_context(cafile=str(certificate))
    extensions = {"sni_hostname": HOST}
    with httpx.Client(
        base_url=f"https://{LOOPBACK}:{port}", verify=verify, headers={"Host": HOST}
    ) as made:
        made.event_hooks["request"].append(lambda request: request.extensions.update(extensions))
        while not answers(port):
            assert nginx.poll() is None
            time.sleep(0.05)
        yield made
    nginx.terminate()
    nginx.wait(10)
    upstream.shutdown()
    upstream.server_close()


def test_address_is_that_of_the_client_whatever_it_says(client: httpx.Client) -> None:
    told = client.get("/tasks", headers={"X-Forwarded-For": "203.0.113.9"}).json()
    assert told["X-Forwarded-For"] == LOOPBACK
    assert told["X-Forwarded-Proto"] == "https"
    assert told["Host"] == HOST


def test_no_secret_is_logged(client: httpx.Client, log: Path) -> None:
    client.get("/calendar/a-secret.ics", params={"also": "a-secret"})
    client.get("/tasks", params={"q": "a-secret"})
    while log.read_text().count("\n") < 2:
        time.sleep(0.05)
    first, second = map(json.loads, log.read_text().splitlines())
    assert (first["path"], second["path"]) == ("/calendar/", "/tasks")
    assert "a-secret" not in log.read_text()
    assert LOOPBACK not in log.read_text()


def test_flood_is_told_to_come_back(client: httpx.Client) -> None:
    statuses = {client.get("/tasks").status_code for _ in range(400)}
    assert statuses == {200, 429}


def test_large_body_is_refused(client: httpx.Client) -> None:
    assert client.post("/tasks", content=b"x" * 3_000_000).status_code == 413
