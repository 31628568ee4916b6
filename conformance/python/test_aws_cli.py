"""The AWS CLI as somebody types it: groups and users end to end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from poolhouse import ACCESS_KEY, REGION, SECRET_KEY, attributes
from pools import PASSWORD

AWS = Path(sys.executable).with_name("aws")


class Cli:
    """`aws cognito-idp` with the pool's id, an endpoint and a key pair."""

    def __init__(self, pool, secret=SECRET_KEY):
        self.pool = pool
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.devnull,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": pool.server.endpoint,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
        }

    def run(self, operation, *arguments, pool=True):
        pool_id = ["--user-pool-id", self.pool.id] if pool else []
        return subprocess.run(
            [AWS, "cognito-idp", operation, *pool_id, *arguments, "--output", "json"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def __call__(self, operation, *arguments, pool=True):
        """What the command printed, decoded; None when it printed nothing."""
        done = self.run(operation, *arguments, pool=pool)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def error(self, operation, *arguments):
        """The complaint of a command that must fail."""
        done = self.run(operation, *arguments)
        assert done.returncode == 254 or done.returncode == 255, (done.returncode, done.stdout)
        return done.stderr.strip()


@pytest.fixture
def cli(pool):
    """The CLI with the right keys."""
    return Cli(pool)


def test_groups_end_to_end(pool, cli):
    pool.add_user()
    created = cli("create-group", "--group-name", "editors", "--description", "May edit", "--precedence", "0")
    assert (created["Group"]["GroupName"], created["Group"]["Precedence"]) == ("editors", 0)
    assert cli("update-group", "--group-name", "editors", "--precedence", "3")["Group"]["Precedence"] == 3
    assert cli("get-group", "--group-name", "editors")["Group"]["Description"] == "May edit"
    member = ["--username", "alice", "--group-name", "editors"]
    assert cli("admin-add-user-to-group", *member) is None
    groups = cli("admin-list-groups-for-user", "--username", "alice")["Groups"]
    assert [group["GroupName"] for group in groups] == ["editors"]
    users = cli("list-users-in-group", "--group-name", "editors")["Users"]
    assert [user["Username"] for user in users] == ["alice"]
    assert cli("admin-remove-user-from-group", *member) is None
    assert cli("list-users-in-group", "--group-name", "editors")["Users"] == []
    assert cli("delete-group", "--group-name", "editors") is None
    assert cli("list-groups")["Groups"] == []


def test_users_end_to_end(pool, cli):
    created = cli(
        "admin-create-user",
        "--username",
        "alice",
        "--message-action",
        "SUPPRESS",
        "--user-attributes",
        "Name=email,Value=alice@example.com",
        "Name=email_verified,Value=true",
    )
    assert created["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    alice = ["--username", "alice"]
    cli("admin-set-user-password", *alice, "--password", PASSWORD, "--permanent")
    cli("admin-update-user-attributes", *alice, "--user-attributes", "Name=given_name,Value=Alice")
    cli("admin-disable-user", *alice)
    user = cli("admin-get-user", *alice)
    assert (user["Enabled"], user["UserStatus"]) == (False, "CONFIRMED")
    assert attributes(user["UserAttributes"])["given_name"] == "Alice"
    cli("admin-enable-user", *alice)
    found = cli("list-users", "--filter", 'email ^= "alice"')["Users"]
    assert [one["Username"] for one in found] == ["alice"]

    tokens = cli(
        "initiate-auth",
        "--client-id",
        pool.client_id,
        "--auth-flow",
        "USER_PASSWORD_AUTH",
        "--auth-parameters",
        f"USERNAME=alice,PASSWORD={PASSWORD}",
        pool=False,
    )["AuthenticationResult"]
    assert cli("get-user", "--access-token", tokens["AccessToken"], pool=False)["Username"] == "alice"
    cli("admin-delete-user", *alice)
    assert "(UserNotFoundException)" in cli.error("admin-get-user", *alice)


def test_pagination_flags(pool, cli):
    names = [f"group-{number}" for number in range(5)]
    pool.add_groups(*names)

    def listed(*flags):
        answer = cli("list-groups", *flags)
        return [group["GroupName"] for group in answer["Groups"]], answer.get("NextToken")

    assert listed() == (names, None)
    assert listed("--page-size", "2") == (names, None)
    first, token = listed("--max-items", "3")
    assert (len(first), bool(token)) == (3, True)
    rest, end = listed("--starting-token", token)
    assert (sorted(first + rest), end) == (names, None)
    page, token = listed("--no-paginate", "--limit", "2")
    assert (len(page), bool(token)) == (2, True)
    assert listed("--no-paginate", "--limit", "60", "--next-token", token)[0] == names[2:]


def test_errors_are_printed_as_awss(cli):
    assert cli.error("get-group", "--group-name", "none").endswith(
        "An error occurred (ResourceNotFoundException) when calling the GetGroup operation: Group not found."
    )


def test_a_wrong_secret_key(pool):
    text = Cli(pool, secret="wrong").error("list-groups")
    assert text.endswith(
        "An error occurred (InvalidSignatureException) when calling the ListGroups operation: "
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    )
