"""The AWS CLI's named profiles: a role by a source profile, and by a web identity in a file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from poolhouse import REGION
from test_boto3_iam import ACCOUNT, client, document, trust

AWS = Path(sys.executable).with_name("aws")


class Profiles:
    """`aws` with a configuration file of its own, in which every service is the server's."""

    def __init__(self, server, folder):
        self.server, self.config = server, folder / "config"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_CONFIG_FILE": str(self.config),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ENDPOINT_URL": server.endpoint,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
        }

    def write(self, **profiles):
        """Writes the profiles: for each its settings."""
        sections = [
            "\n".join([f"[profile {name}]", f"region = {REGION}", *(f"{key} = {value}" for key, value in profile.items())])
            for name, profile in profiles.items()
        ]
        self.config.write_text("\n\n".join(sections) + "\n")

    def run(self, profile, *arguments):
        return subprocess.run(
            [AWS, *arguments, "--profile", profile, "--output", "json"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def __call__(self, profile, *arguments):
        """What the command printed, decoded."""
        done = self.run(profile, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def profiles(server, tmp_path):
    return Profiles(server, tmp_path)


@pytest.fixture
def iam(server):
    return client(server, "iam")


@pytest.fixture
def role(iam):
    """Makes the role `cli`, which may list pools, with a trust policy of the test's choice."""

    def make(trusting):
        iam.create_role(RoleName="cli", AssumeRolePolicyDocument=trusting)
        iam.put_role_policy(RoleName="cli", PolicyName="p", PolicyDocument=document("cognito-idp:List*"))
        return f"arn:aws:iam::{ACCOUNT}:role/cli"

    yield make
    iam.delete_role_policy(RoleName="cli", PolicyName="p")
    iam.delete_role(RoleName="cli")


def test_a_role_by_a_source_profile(profiles, iam, role):
    iam.create_user(UserName="carol")
    key = iam.create_access_key(UserName="carol")["AccessKey"]
    external = {"StringEquals": {"sts:ExternalId": "contract-7"}}
    arn = role(trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/carol"}, "sts:AssumeRole", Condition=external))
    own = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    taken = {"role_arn": arn, "source_profile": "carol", "role_session_name": "work"}
    profiles.write(carol=own, reader={**taken, "external_id": "contract-7"}, stranger=taken)
    caller = profiles("reader", "sts", "get-caller-identity")
    assert caller["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/cli/work"
    profiles("reader", "cognito-idp", "list-user-pools", "--max-results", "1")
    for profile, arguments in [
        ("carol", ["cognito-idp", "list-user-pools", "--max-results", "1"]),
        ("reader", ["cognito-idp", "create-user-pool", "--pool-name", "p"]),
        ("stranger", ["sts", "get-caller-identity"]),
    ]:
        refused = profiles.run(profile, *arguments)
        assert refused.returncode != 0 and "AccessDenied" in refused.stderr, refused.stderr
    iam.delete_access_key(UserName="carol", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="carol")


def test_a_role_by_a_web_identity_in_a_file(profiles, pool, role, tmp_path):
    sub = pool.add_user()
    issuer = f"cognito-idp.{REGION}.amazonaws.com/{pool.id}"
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"
    meant = {"StringEquals": {f"{issuer}:aud": pool.client_id, f"{issuer}:sub": sub}}
    arn = role(trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", Condition=meant))
    token = tmp_path / "token"
    token.write_text(pool.sign_in()["IdToken"])
    profiles.write(web={"role_arn": arn, "web_identity_token_file": token, "role_session_name": "alice"})
    caller = profiles("web", "sts", "get-caller-identity")
    assert caller["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/cli/alice"
    profiles("web", "cognito-idp", "list-user-pools", "--max-results", "1")
    refused = profiles.run("web", "cognito-idp", "describe-user-pool", "--user-pool-id", pool.id)
    assert refused.returncode != 0 and "AccessDeniedException" in refused.stderr
