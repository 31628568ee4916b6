"""Identity pools by boto3: from a group to a role's credentials, guests, and the users of a backend of one's own."""

import json

import boto3
import jwt
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from poolhouse import REGION, cognito_text
from pools import PASSWORD, pycognito_client
from test_boto3_iam import ACCOUNT, client, document, of_session


def unsigned(server, service):
    """A client of a service as an application in a user's hands has it."""
    config = Config(retries={"total_max_attempts": 1}, signature_version=UNSIGNED)
    return boto3.client(service, endpoint_url=server.endpoint, region_name=REGION, config=config)


def of_identity(server, service, credentials):
    """A client with the credentials of an identity, whose secret has a name of its own."""
    return of_session(server, service, {**credentials, "SecretAccessKey": credentials["SecretKey"]})


@pytest.fixture
def identity(server):
    return client(server, "cognito-identity")


@pytest.fixture
def app(server):
    """Identity pools, for an application in a user's hands."""
    return unsigned(server, "cognito-identity")


@pytest.fixture
def role(server):
    """Makes roles that identities of a pool may take; all are gone after the test."""
    iam, made = client(server, "iam"), []

    def make(name, pool, amr, action):
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": pool},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
            },
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(action))
        made.append(name)
        return arn

    yield make
    for name in made:
        iam.delete_role_policy(RoleName=name, PolicyName="p")
        iam.delete_role(RoleName=name)


@pytest.fixture
def identities(identity):
    """Makes identity pools; all are gone after the test."""
    made = []

    def make(**settings):
        settings = {"AllowUnauthenticatedIdentities": False, **settings}
        made.append(identity.create_identity_pool(IdentityPoolName="conformance", **settings)["IdentityPoolId"])
        return made[-1]

    yield make
    for one in made:
        identity.delete_identity_pool(IdentityPoolId=one)


def test_an_editor_signs_in_and_may_do_what_the_role_allows(server, admin, pool, identity, app, identities, role):
    provider = f"cognito-idp.{REGION}.amazonaws.com/{pool.id}"
    configured = [{"ProviderName": provider, "ClientId": pool.client_id, "ServerSideTokenCheck": True}]
    pool_id = identities(CognitoIdentityProviders=configured)
    mapping = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    identity.set_identity_pool_roles(
        IdentityPoolId=pool_id, Roles={}, RoleMappings={f"{provider}:{pool.client_id}": mapping}
    )
    editors = role("editors", pool_id, "authenticated", "cognito-idp:ListUsers")
    admin.create_group(UserPoolId=pool.id, GroupName="editors", Precedence=1, RoleArn=editors)
    pool.add_user("alice", groups=["editors"])
    pool.add_user("bob")

    # The application has nothing but the ids: it signs in by SRP, as pycognito does.
    alice = pycognito_client(pool, "alice", credentials=False)
    alice.authenticate(password=PASSWORD)
    logins = {provider: alice.id_token}
    me = app.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    credentials = app.get_credentials_for_identity(IdentityId=me, Logins=logins)["Credentials"]

    who = of_identity(server, "sts", credentials).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/editors/CognitoIdentityCredentials"
    hers = of_identity(server, "cognito-idp", credentials)
    assert {user["Username"] for user in hers.list_users(UserPoolId=pool.id)["Users"]} == {"alice", "bob"}
    with pytest.raises(ClientError) as denied:
        hers.admin_delete_user(UserPoolId=pool.id, Username="bob")
    code, text = cognito_text(denied)
    assert code == "AccessDeniedException"
    assert text.startswith(f"User: {who['Arn']} is not authorized to perform: cognito-idp:AdminDeleteUser on resource: ")

    # Who is in no group gets nothing, and who was signed out neither.
    bob = pycognito_client(pool, "bob", credentials=False)
    bob.authenticate(password=PASSWORD)
    his = {provider: bob.id_token}
    with pytest.raises(app.exceptions.NotAuthorizedException, match="ambiguous role mapping rules"):
        app.get_credentials_for_identity(IdentityId=app.get_id(IdentityPoolId=pool_id, Logins=his)["IdentityId"], Logins=his)
    admin.admin_user_global_sign_out(UserPoolId=pool.id, Username="alice")
    with pytest.raises(app.exceptions.NotAuthorizedException):
        app.get_credentials_for_identity(IdentityId=me, Logins=logins)


def test_a_guest_gets_a_token_that_sts_takes(server, identity, app, identities, role):
    pool_id = identities(AllowUnauthenticatedIdentities=True, AllowClassicFlow=True)
    guest = role("guest", pool_id, "unauthenticated", "cognito-idp:ListUserPools")
    identity.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={"unauthenticated": guest})
    me = app.get_id(IdentityPoolId=pool_id)["IdentityId"]
    credentials = app.get_credentials_for_identity(IdentityId=me)["Credentials"]
    of_identity(server, "cognito-idp", credentials).list_user_pools(MaxResults=1)
    token = app.get_open_id_token(IdentityId=me)["Token"]
    # A verifier of others finds the keys by the issuer's documents.
    metadata = requests.get(f"{server.endpoint}/.well-known/openid-configuration", timeout=10).json()
    key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS512"], audience=pool_id, issuer=metadata["issuer"])
    assert (claims["sub"], claims["amr"]) == (me, ["unauthenticated"])
    begun = unsigned(server, "sts").assume_role_with_web_identity(
        RoleArn=guest, RoleSessionName="work", WebIdentityToken=token
    )
    assert begun["SubjectFromWebIdentityToken"] == me
    of_session(server, "cognito-idp", begun["Credentials"]).list_user_pools(MaxResults=1)


def test_a_backend_speaks_for_its_users(identity, app, identities):
    pool_id = identities(DeveloperProviderName="login.example.com")

    def of(user, **more):
        logins = {"login.example.com": user}
        return identity.get_open_id_token_for_developer_identity(IdentityPoolId=pool_id, Logins=logins, **more)

    ann, bob = of("ann"), of("bob")
    logins = {"cognito-identity.amazonaws.com": ann["Token"]}
    assert app.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"] == ann["IdentityId"]
    with pytest.raises(identity.exceptions.DeveloperUserAlreadyRegisteredException):
        of("bob", IdentityId=ann["IdentityId"])
    merged = identity.merge_developer_identities(
        SourceUserIdentifier="bob",
        DestinationUserIdentifier="ann",
        DeveloperProviderName="login.example.com",
        IdentityPoolId=pool_id,
    )
    assert merged["IdentityId"] == ann["IdentityId"]
    found = identity.lookup_developer_identity(IdentityPoolId=pool_id, DeveloperUserIdentifier="bob")
    assert (found["IdentityId"], found["DeveloperUserIdentifierList"]) == (ann["IdentityId"], ["ann", "bob"])
    pages = identity.get_paginator("list_identity_pools").paginate(PaginationConfig={"PageSize": 1})
    assert pool_id in [one["IdentityPoolId"] for page in pages for one in page["IdentityPools"]]
    listed = identity.list_identities(IdentityPoolId=pool_id, MaxResults=60, HideDisabled=True)["Identities"]
    assert [(one["IdentityId"], one["Logins"]) for one in listed] == [(ann["IdentityId"], ["login.example.com"])]
    assert bob["IdentityId"] != ann["IdentityId"]
