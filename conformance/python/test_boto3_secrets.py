"""The secret of an app client by boto3's Secrets Manager client: published, read, rotated, and moved back."""

import json

import pytest
from botocore.exceptions import ClientError

from pools import PASSWORD_FLOWS, secret_hash
from poolhouse import cognito_text
from test_boto3_iam import client


@pytest.fixture
def app(pool):
    """A client whose secret the server keeps."""
    return pool.add_client(GenerateSecret=True, PublishSecretsInAWSSecretsManager=True)


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
    update = {"UserPoolId": pool.id, "ClientId": app["ClientId"], "ExplicitAuthFlows": PASSWORD_FLOWS}
    back = pool.admin.update_user_pool_client(**update, PublishSecretsInAWSSecretsManager=False)["UserPoolClient"]
    assert back["ClientSecret"] == held
    with pytest.raises(ClientError) as gone:
        manager.get_secret_value(SecretId=app["ClientSecretArn"])
    assert cognito_text(gone) == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    )
    # Rotated at once when it is published again, and what applications hold stays good.
    pool.admin.update_user_pool_client(**update, PublishSecretsInAWSSecretsManager=True)
    pool.add_user()
    hashed = secret_hash("alice", {**app, "ClientSecret": held})
    assert pool.sign_in(client_id=app["ClientId"], SECRET_HASH=hashed)["AccessToken"]
    assert current(manager, f"cognito-idp/{pool.id}/{app['ClientId']}")["clientSecretValue"] != held
