"""The server under test and its development helpers, as plain functions over HTTP."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import requests

ACCESS_KEY = "poolhouse"
SECRET_KEY = "poolhouse-dev"
REGION = "us-east-1"
START_TIMEOUT_SECONDS = 30
# Where there is `setpriv`, the kernel ends a server together with a test run that was killed.
TIED = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []


def free_port():
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running server: its endpoint, and what only a development server offers."""

    def __init__(self, endpoint):
        self.endpoint = endpoint.rstrip("/")

    def messages(self, pool, **filters):
        """Messages sent to users of a pool, newest first."""
        answer = requests.get(
            f"{self.endpoint}/_poolhouse/dev/messages", params={"pool": pool, **filters}, timeout=10
        )
        answer.raise_for_status()
        return answer.json()

    def code(self, pool, **filters):
        """The code in the newest message that the filters let through."""
        found = self.messages(pool, **filters)
        assert found, f"no message was sent to {filters} in pool {pool}"
        return found[0]["code"]

    def advance_clock(self, seconds):
        """Moves the server's clock forward. Signed requests to this server may fail afterwards."""
        answer = requests.post(
            f"{self.endpoint}/_poolhouse/dev/clock", json={"advance_seconds": seconds}, timeout=10
        )
        answer.raise_for_status()


class OwnServer(Server):
    """A server started from the binary, with a data folder of its own; use it in a `with`.

    In production mode it has the root credentials of development, and no other of its helpers.
    """

    def __init__(self, *arguments, production=False, port=None):
        port = port or free_port()
        super().__init__(f"http://127.0.0.1:{port}")
        self.data = tempfile.TemporaryDirectory(prefix="poolhouse-conformance-")
        self.log = Path(self.data.name, "server.log").open("ab")
        self.command = [binary(), "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", self.data.name, *arguments]
        self.environment = dict(os.environ)
        if production:
            self.environment.update(
                POOLHOUSE_ROOT_ACCESS_KEY_ID=ACCESS_KEY, POOLHOUSE_ROOT_SECRET_ACCESS_KEY=SECRET_KEY
            )
        else:
            self.command.append("--dev")
        self.start()

    def start(self):
        """Starts the process, also again after `kill`."""
        self.process = subprocess.Popen(
            [*TIED, *self.command],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def kill(self):
        """Ends the process without a warning, as a power cut does."""
        self.process.kill()
        self.process.wait()

    def said(self):
        """What the process has logged so far."""
        return Path(self.log.name).read_text()

    def metric(self, name):
        """The value of a line of the metrics, such as `poolhouse_outbox_messages`; 0 where there is none."""
        text = requests.get(f"{self.endpoint}/_poolhouse/metrics", timeout=10).text
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if line.startswith(name + " ")]
        return float(lines[0][1]) if lines else 0

    def __enter__(self):
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        assert self.stop() == 0, "the server did not stop cleanly on SIGTERM"

    def wait_until_ready(self):
        """Returns when `/_poolhouse/ready` says yes; fails with the server's own words otherwise."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if requests.get(f"{self.endpoint}/_poolhouse/ready", timeout=1).ok:
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.02)
        raise RuntimeError(f"the server did not become ready; it said:\n{Path(self.log.name).read_text()}")

    def stop(self):
        """Asks the server to finish and waits for it; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self.log.close()
            self.data.cleanup()


def binary():
    """Path of the built server."""
    path = os.environ.get("POOLHOUSE_BIN")
    if not path:
        default = Path(__file__).resolve().parents[2] / "target" / "debug" / "poolhouse"
        path = str(default)
    if not Path(path).exists():
        raise RuntimeError(f"{path} does not exist; run `cargo build`, or name the binary in POOLHOUSE_BIN")
    return path


def cognito_text(error):
    """(code, message) of a botocore ClientError."""
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def attributes(listed):
    """A list of Name and Value as a mapping."""
    return {item["Name"]: item["Value"] for item in listed}


UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
