"""Pools to test in, and the boto3 clients that reach them."""

import base64
import functools
import hashlib
import hmac
import itertools

import boto3
import jwt
from botocore import UNSIGNED
from botocore.config import Config
from pycognito import Cognito

from poolhouse import ACCESS_KEY, REGION, SECRET_KEY

PASSWORD = "Correct-horse-7"
NEW_PASSWORD = "Battery-staple-8"
PASSWORD_FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]
# One attempt each: a retried request would hide that the server failed the first.
ONE_ATTEMPT = {"total_max_attempts": 1}


def signed_client(server, secret=SECRET_KEY):
    return boto3.client(
        "cognito-idp",
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=secret,
        config=Config(retries=ONE_ATTEMPT),
    )


def unsigned_client(server):
    return boto3.client(
        "cognito-idp",
        endpoint_url=server.endpoint,
        region_name=REGION,
        config=Config(retries=ONE_ATTEMPT, signature_version=UNSIGNED),
    )


class Pool:
    """A user pool, and the calls that most tests begin with."""

    numbers = itertools.count(1)

    def __init__(self, server, admin, public, **settings):
        self.server, self.admin, self.public = server, admin, public
        name = f"conformance {next(self.numbers)}"
        self.id = admin.create_user_pool(PoolName=name, **settings)["UserPool"]["Id"]

    @functools.cached_property
    def client_id(self):
        """The pool's first app client, which allows every flow of passwords."""
        return self.add_client()["ClientId"]

    def delete(self):
        self.admin.delete_user_pool(UserPoolId=self.id)

    def add_client(self, **settings):
        """A further app client; returns its description."""
        settings = {"ClientName": "app", "ExplicitAuthFlows": PASSWORD_FLOWS, **settings}
        return self.admin.create_user_pool_client(UserPoolId=self.id, **settings)["UserPoolClient"]

    def add_user(self, username="alice", password=PASSWORD, groups=(), **attributes):
        """A confirmed user with a password; groups that are named must exist. Returns the `sub`."""
        user = self.admin.admin_create_user(
            UserPoolId=self.id,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )["User"]
        self.admin.admin_set_user_password(UserPoolId=self.id, Username=username, Password=password, Permanent=True)
        for group in groups:
            self.admin.admin_add_user_to_group(UserPoolId=self.id, Username=username, GroupName=group)
        return next(a["Value"] for a in user["Attributes"] if a["Name"] == "sub")

    def add_groups(self, *names, **settings):
        for name in names:
            self.admin.create_group(UserPoolId=self.id, GroupName=name, **settings)

    def sign_in(self, username="alice", password=PASSWORD, client_id=None, **parameters):
        """Tokens of a sign-in with USER_PASSWORD_AUTH."""
        answer = self.public.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=client_id or self.client_id,
            AuthParameters={"USERNAME": username, "PASSWORD": password, **parameters},
        )
        return answer["AuthenticationResult"]

    def refresh(self, refresh_token, client_id=None, **parameters):
        """Tokens of a refresh."""
        answer = self.public.initiate_auth(
            AuthFlow="REFRESH_TOKEN_AUTH",
            ClientId=client_id or self.client_id,
            AuthParameters={"REFRESH_TOKEN": refresh_token, **parameters},
        )
        return answer["AuthenticationResult"]

    def code(self, **filters):
        """The code sent last to a user of this pool."""
        return self.server.code(self.id, **filters)


def claims(token):
    """Payload of a token; the signature is the business of the verification tests."""
    return jwt.decode(token, options={"verify_signature": False})


def secret_hash(username, client):
    """SECRET_HASH as AWS documents it, for a client description that has a secret."""
    message = (username + client["ClientId"]).encode()
    return base64.b64encode(hmac.digest(client["ClientSecret"].encode(), message, hashlib.sha256)).decode()


def pycognito_client(pool, username="alice", credentials=True, client=None, **settings):
    """Unmodified pycognito for a pool, with or without keys of an administrator.

    `client` is the description of another app client than the pool's first.
    """
    keys = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY} if credentials else {}
    client = client or {"ClientId": pool.client_id}
    return Cognito(
        pool.id,
        client["ClientId"],
        username=username,
        client_secret=client.get("ClientSecret"),
        boto3_client_kwargs={"endpoint_url": pool.server.endpoint},
        **keys,
        **settings,
    )
