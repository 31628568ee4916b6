"""A real SMTP server to deliver to, and a gateway for SMS."""

import base64
import email
import email.policy
import hmac
import http.server
import json
import secrets
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from poolhouse import free_port

HOST = "127.0.0.1"
USERNAME, PASSWORD = "poolhouse", "relay-password-that-nobody-may-see"
WAIT_SECONDS = 30


class Relay:
    """Takes mail, with `tls` as the server's option says; can be stopped and started again on its port."""

    def __init__(self, certificate, tls="starttls", refuses=()):
        self.port, self.certificate, self.tls, self.refuses = free_port(), certificate, tls, refuses
        self.mails, self.users, self.controller = [], [], None

    @property
    def options(self):
        """What the server must be told to deliver here."""
        options = ["--smtp-host", HOST, "--smtp-port", str(self.port), "--smtp-tls", self.tls]
        options += ["--email-from", "Demo <id@example.org>"]
        if self.tls != "none":
            options += ["--smtp-ca-file", str(self.certificate.file)]
            options += ["--smtp-username", USERNAME, "--smtp-password", PASSWORD]
        return options

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        settings = {"hostname": HOST, "port": self.port}
        if self.tls == "starttls":
            settings.update(tls_context=self.certificate.context, require_starttls=True)
        if self.tls == "tls":
            # aiosmtpd knows of TLS only what STARTTLS began.
            settings.update(ssl_context=self.certificate.context, auth_require_tls=False)
        if self.tls != "none":
            settings.update(auth_required=True, authenticator=self.authenticate)
        self.controller = Controller(self, **settings)
        self.controller.start()

    def stop(self):
        if self.controller:
            self.controller.stop()
            self.controller = None

    def authenticate(self, _server, _session, _envelope, _mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.refuses:
            return f"550 5.1.1 <{address}>: no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 OK"

    def mail(self, number=0):
        """The mail of this number, once it has come."""
        return wait_for(lambda: self.mails[number][1] if len(self.mails) > number else None)


class Gateway:
    """Takes text messages over HTTP; only what is signed, and not on the first `failures` calls."""

    def __init__(self, failures=0):
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.failures, self.calls, self.messages = failures, [], []
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(gateway.take(self.headers, body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer((HOST, 0), Handler)

    @property
    def options(self):
        url = f"http://{HOST}:{self.http.server_port}/send"
        return ["--sms-hook-url", url, "--sms-hook-secret", self.secret]

    def take(self, headers, body):
        self.calls.append(headers["webhook-id"])
        if not self.is_genuine(headers, body):
            return 401
        if len(self.calls) <= self.failures:
            return 503
        self.messages.append(json.loads(body))
        return 202

    def is_genuine(self, headers, body):
        """As docs/messages.md has it."""
        stamp = headers["webhook-timestamp"]
        signed = f"{headers['webhook-id']}.{stamp}.".encode() + body
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        return hmac.compare_digest(expected, headers["webhook-signature"]) and abs(time.time() - int(stamp)) < 300

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


def wait_for(found):
    """What `found` returns, once it is something."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"nothing came within {WAIT_SECONDS} seconds")
