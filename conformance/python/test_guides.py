"""The examples of the guides, as they stand there: docs/clients.md and docs/testing.md."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from poolhouse import ACCESS_KEY, SECRET_KEY, OwnServer, binary, free_port
from pools import Pool, signed_client, unsigned_client
from tls import TlsRelay

DOCS = Path(__file__).parents[2] / "docs"
PASSWORD = "Correct-Horse-7"


def examples(page, language):
    """The examples of a page in a language."""
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


class Shop:
    """What docs/clients.md speaks of: a server by HTTPS with an authority of its own, a pool, a client and a user."""

    def __init__(self, server, relay):
        self.url = f"https://localhost:{relay.port}"
        self.authority = relay.certificate.file
        self.pool = Pool(server, signed_client(server), unsigned_client(server))
        self.pool.add_user("alice", password=PASSWORD)

    def example(self, containing, language="python"):
        """The one example with a text in it, with the names of this shop in the place of the page's."""
        [found] = [one for one in examples("clients.md", language) if containing in one]
        names = {
            "https://id.example.com": self.url,
            "us-east-1_EXAMPLE": self.pool.id,
            "EXAMPLE-CLIENT": self.pool.client_id,
        }
        for name, own in names.items():
            found = found.replace(name, own)
        return found

    def run(self, *command, **settings):
        """What a program prints that is given these settings, and nothing of this machine's."""
        environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1", **settings}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def python(self, program, **settings):
        return self.run(sys.executable, "-c", program, **settings)


@pytest.fixture(scope="module")
def shop():
    port = free_port()
    with TlsRelay(port) as relay, OwnServer("--public-url", f"https://localhost:{relay.port}", port=port) as server:
        yield Shop(server, relay)


def test_boto3(shop):
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    name, tokens = shop.python(shop.example("import boto3"), AWS_CA_BUNDLE=shop.authority, **keys)
    assert name.startswith("conformance")
    assert "AccessToken" in tokens


def test_pycognito(shop):
    assert shop.python(shop.example("from pycognito"), REQUESTS_CA_BUNDLE=shop.authority) == ["alice"]


def test_pyjwt(shop):
    tokens = shop.pool.sign_in(password=PASSWORD)
    verifying = shop.example("import jwt")
    program = f"{verifying}\nprint(verified({tokens['AccessToken']!r})['username'])"
    assert shop.python(program, SSL_CERT_FILE=shop.authority) == ["alice"]
    refused = f"""{verifying}
try:
    verified({tokens["IdToken"]!r})
except jwt.InvalidTokenError as error:
    print(error)
"""
    assert "not an access token of this client" in shop.python(refused, SSL_CERT_FILE=shop.authority)[0]


@pytest.mark.parametrize("profile", ["poolhouse", "shop"])
def test_profiles_of_the_aws_cli(shop, profile, tmp_path):
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text(shop.example("[profile shop]", "ini"))
    credentials.write_text(f"[{profile}]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n")
    found = shop.run(
        Path(sys.executable).with_name("aws"),
        *["--profile", profile, "--output", "text", "--query", "Username"],
        *["cognito-idp", "admin-get-user", "--user-pool-id", shop.pool.id, "--username", "alice"],
        AWS_CONFIG_FILE=config,
        AWS_SHARED_CREDENTIALS_FILE=credentials,
        AWS_CA_BUNDLE=shop.authority,
    )
    assert found == ["alice"]


def test_the_tests_of_an_application(tmp_path):
    for example in examples("testing.md", "python"):
        name = example.splitlines()[0].removeprefix("# ")
        (tmp_path / name).write_text(example)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "poolhouse").symlink_to(Path(binary()).resolve())
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", tmp_path],
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0 and " 2 passed " in done.stdout, done.stdout
