"""Reverse proxies in front of an application, with the configurations of docs/gateways.md."""

import http.server
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from poolhouse import TIED, free_port

FOLDER = Path(__file__).resolve().parents[1] / "gateways"
START_TIMEOUT_SECONDS = 30
# Debian has daemons where the paths of ordinary users do not lead.
PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"


class Application:
    """Answers every request with the headers that it came with, in JSON."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            names = {name.lower() for name in self.headers}
            body = json.dumps({name: self.headers.get_all(name) for name in names}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *_):
            pass

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Gateway:
    """A program with a configuration of `FOLDER`, in which the addresses and the pool are those of the test."""

    program = None
    files = ()

    def __init__(self, pool, application):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.replaced = {
            "127.0.0.1:7665": urlsplit(pool.server.endpoint).netloc,
            "127.0.0.1:8000": f"127.0.0.1:{application.port}",
            "us-east-1_EXAMPLE": pool.id,
        }
        self.temporary = tempfile.TemporaryDirectory(prefix="poolhouse-gateway-")
        self.folder = Path(self.temporary.name)

    @classmethod
    def path(cls):
        return shutil.which(cls.program, path=PATH)

    def configure(self):
        """Writes the configuration; returns the arguments that start the program with it."""
        for name in self.files:
            text = (FOLDER / name).read_text()
            for shown, real in self.replaced.items():
                text = text.replace(shown, real)
            (self.folder / name).write_text(text)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def __enter__(self):
        arguments = self.configure()
        log = (self.folder / "log").open("wb")
        home = {"HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}
        self.process = subprocess.Popen(
            [*TIED, self.path(), *arguments],
            cwd=self.folder,
            env={**os.environ, **home},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        self.wait_until_listening()
        return self

    def wait_until_listening(self):
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        said = (self.folder / "log").read_text()
        self.__exit__()
        raise RuntimeError(f"{self.program} does not listen; it said:\n{said}")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.temporary.cleanup()


class Nginx(Gateway):
    program = "nginx"
    files = ("nginx.conf", "poolhouse_auth.conf")

    def configure(self):
        self.replaced["listen 8080"] = f"listen 127.0.0.1:{self.port}"
        super().configure()
        temporary = "".join(f"{kind}_temp_path tmp-{kind};" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
        frame = f"daemon off; pid nginx.pid; events {{}} http {{ access_log off; {temporary} include nginx.conf; }}"
        frame = self.write("frame.conf", frame)
        return ["-e", "stderr", "-p", str(self.folder), "-c", str(frame)]


class Caddy(Gateway):
    program = "caddy"
    files = ("Caddyfile",)

    def configure(self):
        self.replaced["app.example.com"] = self.url
        super().configure()
        frame = "{\n\tadmin off\n}\nimport Caddyfile\n"
        return ["run", "--adapter", "caddyfile", "--config", str(self.write("frame", frame))]


class Haproxy(Gateway):
    program = "haproxy"
    files = ("haproxy.cfg", "poolhouse.lua")

    def configure(self):
        self.replaced["bind :8080"] = f"bind 127.0.0.1:{self.port}"
        self.replaced["/etc/haproxy/"] = f"{self.folder}/"
        super().configure()
        return ["-db", "-f", str(self.folder / "haproxy.cfg")]


class Apache(Gateway):
    """Signs people in by itself, as a client of the pool; it needs HTTPS at the server."""

    program = "apache2"
    files = ("apache.conf",)
    modules = Path("/usr/lib/apache2/modules")
    loaded = ["mpm_event", "authn_core", "authz_core", "authz_user", "headers", "proxy", "proxy_http", "auth_openidc"]

    @classmethod
    def path(cls):
        """Nothing where the module that signs people in is missing."""
        return super().path() if (cls.modules / "mod_auth_openidc.so").exists() else None

    def is_client(self, client, server):
        """As which app client Apache signs people in, and at which server."""
        self.authority = server.authority
        self.replaced.update(
            {
                "https://id.example.com": server.public_url,
                "https://app.example.com": self.url,
                "EXAMPLE-CLIENT": client["ClientId"],
                "EXAMPLE-SECRET": client["ClientSecret"],
                "EXAMPLE-PASSPHRASE": secrets.token_urlsafe(32),
            }
        )

    def configure(self):
        self.replaced["*:8080"] = f"127.0.0.1:{self.port}"
        super().configure()
        frame = [
            f'ServerRoot "{self.folder}"',
            f"Listen 127.0.0.1:{self.port}",
            "ServerName localhost",
            "PidFile apache.pid",
            f'DefaultRuntimeDir "{self.folder}"',
            "ErrorLog /dev/stderr",
            *(f"LoadModule {name}_module {self.modules}/mod_{name}.so" for name in self.loaded),
            f"OIDCCABundlePath {self.authority}",
            "Include apache.conf",
        ]
        return ["-D", "FOREGROUND", "-f", str(self.write("frame.conf", "\n".join(frame) + "\n"))]


# Those that ask Poolhouse about each request.
ALL = [Nginx, Caddy, Haproxy]
