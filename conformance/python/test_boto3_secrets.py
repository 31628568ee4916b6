"""The secret of an app client by boto3's Secrets Manager client: published, read, and moved back.

The pinned boto3 does not know yet how a secret is published, so that is asked in signed JSON.
"""

import json

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from pools import PASSWORD_FLOWS, secret_hash
from poolhouse import ACCESS_KEY, REGION, SECRET_KEY, cognito_text
from test_boto3_iam import client


def asked(pool, operation, **members):
    """What an operation on a client of the pool answers of that client."""
    body = json.dumps({"UserPoolId": pool.id, "ExplicitAuthFlows": PASSWORD_FLOWS, **members})
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
    }
    request = AWSRequest("POST", pool.server.endpoint + "/", headers=headers, data=body)
    SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "cognito-idp", REGION).add_auth(request)
    answer = requests.post(request.url, data=body, headers=dict(request.headers), timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()["UserPoolClient"]


@pytest.fixture
def app(pool):
    """A client whose secret the server keeps."""
    publish = {"GenerateSecret": True, "PublishSecretsInAWSSecretsManager": True}
    return asked(pool, "CreateUserPoolClient", ClientName="app", **publish)


@pytest.fixture
def manager(server):
    return client(server, "secretsmanager")


def current(manager, secret_id):
    """The secret that is in force."""
    return json.loads(manager.get_secret_value(SecretId=secret_id)["SecretString"])


def test_a_published_secret_signs_users_in(pool, app, manager):
    assert "ClientSecret" not in app
    pool.add_user()
    secret = current(manager, app["ClientSecretArn"])
    assert (secret["userPoolId"], secret["userPoolClientId"]) == (pool.id, app["ClientId"])
    hashed = secret_hash("alice", {**app, "ClientSecret": secret["clientSecretValue"]})
    assert pool.sign_in(client_id=app["ClientId"], SECRET_HASH=hashed)["AccessToken"]


def test_a_caching_client_finds_what_it_asks_for(pool, app, manager):
    # As aws-secretsmanager-caching does: which version has the stage, then its value.
    name = f"cognito-idp/{pool.id}/{app['ClientId']}"
    described = manager.describe_secret(SecretId=name)
    assert (described["ARN"], described["OwningService"]) == (app["ClientSecretArn"], "cognito-idp")
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 7}
    versions = {stage: version for version, stages in described["VersionIdsToStages"].items() for stage in stages}
    value = manager.get_secret_value(SecretId=name, VersionId=versions["AWSCURRENT"])
    assert value["VersionStages"] == ["AWSCURRENT"]


def test_a_secret_moves_back(pool, app, manager):
    held = current(manager, app["ClientSecretArn"])["clientSecretValue"]

    def update(publish):
        members = {"ClientId": app["ClientId"], "PublishSecretsInAWSSecretsManager": publish}
        return asked(pool, "UpdateUserPoolClient", **members)

    assert update(False)["ClientSecret"] == held
    with pytest.raises(ClientError) as gone:
        manager.get_secret_value(SecretId=app["ClientSecretArn"])
    assert cognito_text(gone) == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    )
    # Rotated at once when it is published again, and what applications hold stays good.
    arn = update(True)["ClientSecretArn"]
    assert current(manager, arn)["clientSecretValue"] != held
    pool.add_user()
    hashed = secret_hash("alice", {**app, "ClientSecret": held})
    assert pool.sign_in(client_id=app["ClientId"], SECRET_HASH=hashed)["AccessToken"]
