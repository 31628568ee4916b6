"""Functions for triggers, as processes of their own: a Lambda-compatible endpoint, and a webhook.

Started as `python functions.py lambda|webhook FUNCTIONS`, where FUNCTIONS is a Python file of functions by name. The
port is printed on the first line. What they check is what they were sent: AWS's signature by botocore, the webhook's by
the recipe of docs/triggers.md.
"""

import base64
import hashlib
import hmac
import json
import os
import runpy
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEYS = ("AKIDLAMBDA", "lambda-secret")
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
ARN = "arn:aws:lambda:us-east-1:000000000000:function:{}"


class Functions:
    """A running endpoint; use it in a `with`."""

    def __init__(self, form, source, **environment):
        command = [sys.executable, __file__, form, str(source)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Endpoint(BaseHTTPRequestHandler):
    """What both forms have in common."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        status, headers, answer = self.outcome(body)
        answer = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"content-length": str(len(answer)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Lambda(Endpoint):
    """Lambda's Invoke API; calls must be signed."""

    def outcome(self, body):
        if not self.is_signed(body):
            return 403, {"x-amzn-errortype": "InvalidSignatureException"}, {}
        name = unquote(self.path).removeprefix("/2015-03-31/functions/").removesuffix("/invocations").split(":")[-1]
        if name not in FUNCTIONS:
            return 404, {"x-amzn-errortype": "ResourceNotFoundException"}, {}
        try:
            return 200, {}, FUNCTIONS[name](json.loads(body), None)
        except Exception as error:
            failure = {"errorMessage": str(error), "errorType": type(error).__name__}
            return 200, {"x-amz-function-error": "Unhandled"}, failure

    def is_signed(self, body):
        """botocore signs the same request with the same keys at the same time."""
        given = self.headers["authorization"] or ""
        signed = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        headers = {name: self.headers[name] for name in signed}
        request = AWSRequest("POST", f"http://{self.headers['host']}{self.path}", headers, body)
        request.context["timestamp"] = self.headers["x-amz-date"]
        auth = SigV4Auth(Credentials(*KEYS), "lambda", "us-east-1")
        signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        return hmac.compare_digest(given.partition("Signature=")[2], signature)


class Webhook(Endpoint):
    """Our own form, by docs/triggers.md."""

    def outcome(self, body):
        if not self.is_genuine(body):
            return 401, {}, {}
        try:
            return 200, {}, FUNCTIONS[self.headers["poolhouse-function"].split(":")[-1]](json.loads(body), None)
        except Exception as error:
            return 500, {}, {"errorMessage": str(error)}

    def is_genuine(self, body):
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        fresh = abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
        return fresh and hmac.compare_digest(expected, self.headers["webhook-signature"])


if __name__ == "__main__":
    FORM, SOURCE = sys.argv[1:]
    FUNCTIONS = runpy.run_path(SOURCE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), {"lambda": Lambda, "webhook": Webhook}[FORM])
    print(server.server_port, flush=True)
    server.serve_forever()
