"""Authlib, as web applications in Python have it: the code flow at a pool's domain, and tokens of a program."""

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import MismatchingStateException
from joserfc import jwt
from joserfc.jwk import KeySet

from browser import Browser
from pools import PASSWORD

CALLBACK = "http://localhost:3000/callback"


@pytest.fixture
def domain(pool):
    """The pool, with a domain and a user in a group."""
    pool.domain = "authlib-" + pool.id.split("_")[1].lower()
    pool.admin.create_user_pool_domain(Domain=pool.domain, UserPoolId=pool.id)
    pool.admin.create_group(UserPoolId=pool.id, GroupName="staff")
    pool.add_user("alice", groups=["staff"])
    yield pool
    pool.admin.delete_user_pool_domain(Domain=pool.domain, UserPoolId=pool.id)


def application(pool, **settings):
    client = {
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "profile"],
        "CallbackURLs": [CALLBACK],
        "SupportedIdentityProviders": ["COGNITO"],
        **settings,
    }
    made = pool.admin.create_user_pool_client(
        UserPoolId=pool.id, ClientName="web", GenerateSecret=True, **{k: v for k, v in client.items() if v}
    )["UserPoolClient"]
    return made["ClientId"], made["ClientSecret"]


def metadata(pool):
    return requests.get(f"{pool.server.endpoint}/{pool.id}/.well-known/openid-configuration", timeout=10).json()


def verified(known, token):
    """The claims of a token, whose signature is a key's of the pool."""
    keys = KeySet.import_key_set(requests.get(known["jwks_uri"], timeout=10).json())
    return jwt.decode(token, keys).claims


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_code_flow_with_pkce(domain, method):
    known, (client_id, secret) = metadata(domain), application(domain)
    session = OAuth2Session(
        client_id,
        secret,
        scope="openid profile",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint=known["token_endpoint"],
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    )
    verifier, nonce = generate_token(48), generate_token()
    url, state = session.create_authorization_url(
        known["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    back = Browser().sign_in(url, "alice", PASSWORD)
    token = session.fetch_token(authorization_response=back, code_verifier=verifier, state=state)
    claims = verified(known, token["id_token"])
    demanded = {"iss": known["issuer"], "aud": client_id, "nonce": nonce}
    demanded = {name: {"essential": True, "value": value} for name, value in demanded.items()}
    jwt.JWTClaimsRegistry(**demanded).validate(claims)
    assert claims["cognito:groups"] == ["staff"]
    assert session.get(known["userinfo_endpoint"]).json()["username"] == "alice"
    renewed = session.refresh_token(known["token_endpoint"], refresh_token=token["refresh_token"])
    assert renewed["access_token"] != token["access_token"]
    assert session.revoke_token(known["revocation_endpoint"], token=token["refresh_token"]).status_code == 200
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(known["token_endpoint"], refresh_token=token["refresh_token"])


def test_another_state_is_refused(domain):
    known, (client_id, secret) = metadata(domain), application(domain)
    session = OAuth2Session(client_id, secret, scope="openid", redirect_uri=CALLBACK)
    url, _ = session.create_authorization_url(known["authorization_endpoint"])
    back = Browser().sign_in(url, "alice", PASSWORD)
    with pytest.raises(MismatchingStateException):
        session.fetch_token(known["token_endpoint"], authorization_response=back, state="another")


def test_a_program_gets_a_token_for_itself(domain):
    domain.admin.create_resource_server(
        UserPoolId=domain.id,
        Identifier="api",
        Name="api",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "Read"}],
    )
    client_id, secret = application(
        domain,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["api/read"],
        CallbackURLs=[],
        SupportedIdentityProviders=[],
    )
    known = metadata(domain)
    session = OAuth2Session(client_id, secret, scope="api/read")
    token = session.fetch_token(known["token_endpoint"], grant_type="client_credentials")
    claims = verified(known, token["access_token"])
    assert (claims["sub"], claims["scope"]) == (client_id, "api/read")
