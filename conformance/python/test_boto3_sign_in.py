"""Sign-in, refresh, revocation and lock-out as a boto3 user calls them."""

import pytest
from botocore.exceptions import ClientError

from poolhouse import OwnServer, cognito_text
from pools import PASSWORD, Pool, claims, secret_hash, signed_client, unsigned_client

WRONG_PASSWORD = "Wrong-horse-7"


def refused(call, text):
    with pytest.raises(ClientError) as error:
        call()
    assert cognito_text(error) == ("NotAuthorizedException", text)


def test_tokens_of_a_sign_in(pool):
    sub = pool.add_user(email="alice@example.com", email_verified="true")
    answer = pool.sign_in()
    assert (answer["TokenType"], answer["ExpiresIn"]) == ("Bearer", 3600)
    identity, access = claims(answer["IdToken"]), claims(answer["AccessToken"])
    for token, use in [(identity, "id"), (access, "access")]:
        assert (token["sub"], token["token_use"]) == (sub, use)
        assert token["iss"] == f"{pool.server.endpoint}/{pool.id}"
        assert token["exp"] - token["iat"] == 3600
    assert (identity["aud"], identity["email"], identity["email_verified"]) == (
        pool.client_id,
        "alice@example.com",
        True,
    )
    assert (access["client_id"], access["scope"]) == (pool.client_id, "aws.cognito.signin.user.admin")
    assert "aud" not in access and "email" not in access
    for shared in ("origin_jti", "event_id", "auth_time"):
        assert identity[shared] == access[shared]


def test_a_wrong_password_and_an_unknown_user(public, pool):
    pool.add_user()
    refused(lambda: pool.sign_in(password=WRONG_PASSWORD), "Incorrect username or password.")
    with pytest.raises(public.exceptions.UserNotFoundException) as error:
        pool.sign_in("nobody")
    assert cognito_text(error)[1] == "User does not exist."
    discreet = pool.add_client(PreventUserExistenceErrors="ENABLED")["ClientId"]
    refused(lambda: pool.sign_in("nobody", client_id=discreet), "Incorrect username or password.")


def test_an_administrator_signs_a_user_in(admin, pool):
    pool.add_user()
    answer = admin.admin_initiate_auth(
        UserPoolId=pool.id,
        ClientId=pool.client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )
    assert claims(answer["AuthenticationResult"]["AccessToken"])["username"] == "alice"


def test_a_flow_must_be_enabled(public, pool):
    pool.add_user()
    srp_only = pool.add_client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])["ClientId"]
    with pytest.raises(public.exceptions.InvalidParameterException) as error:
        pool.sign_in(client_id=srp_only)
    assert cognito_text(error)[1] == "USER_PASSWORD_AUTH flow not enabled for this client"


def test_a_refresh_keeps_the_sign_in(pool):
    pool.add_user()
    first = pool.sign_in()
    second = pool.refresh(first["RefreshToken"])
    assert "RefreshToken" not in second
    before, after = claims(first["AccessToken"]), claims(second["AccessToken"])
    for kept in ("sub", "origin_jti", "event_id", "auth_time", "scope"):
        assert before[kept] == after[kept]
    assert before["jti"] != after["jti"]
    other = pool.add_client()["ClientId"]
    refused(lambda: pool.refresh(first["RefreshToken"], client_id=other), "Refresh Token has different Client")
    refused(lambda: pool.refresh("bm90LWEtdG9rZW4"), "Invalid Refresh Token")


def test_revoking_ends_one_sign_in(public, pool):
    pool.add_user()
    ended, kept = pool.sign_in(), pool.sign_in()
    for _ in range(2):
        public.revoke_token(Token=ended["RefreshToken"], ClientId=pool.client_id)
    refused(lambda: public.get_user(AccessToken=ended["AccessToken"]), "Access Token has been revoked")
    refused(lambda: pool.refresh(ended["RefreshToken"]), "Refresh Token has been revoked")
    assert public.get_user(AccessToken=kept["AccessToken"])["Username"] == "alice"


def test_a_global_sign_out_ends_all_of_a_users(admin, public, pool):
    pool.add_user()
    one, two = pool.sign_in(), pool.sign_in()
    public.global_sign_out(AccessToken=one["AccessToken"])
    for tokens in (one, two):
        refused(lambda: public.get_user(AccessToken=tokens["AccessToken"]), "Access Token has been revoked")
        refused(lambda: pool.refresh(tokens["RefreshToken"]), "Refresh Token has been revoked")
    three = pool.sign_in()
    assert public.get_user(AccessToken=three["AccessToken"])["Username"] == "alice"
    admin.admin_user_global_sign_out(UserPoolId=pool.id, Username="alice")
    refused(lambda: public.get_user(AccessToken=three["AccessToken"]), "Access Token has been revoked")


@pytest.mark.parametrize("token", ["not.a.token", "IdToken"])
def test_only_an_access_token_is_an_access_token(public, pool, token):
    pool.add_user()
    tokens = pool.sign_in()
    refused(lambda: public.get_user(AccessToken=tokens.get(token, token)), "Invalid Access Token")


def test_a_client_with_a_secret_wants_its_hash(public, pool):
    pool.add_user()
    client = pool.add_client(GenerateSecret=True)
    hashed = secret_hash("alice", client)
    client_id = client["ClientId"]
    refused(
        lambda: pool.sign_in(client_id=client_id),
        f"Client {client_id} is configured with secret but SECRET_HASH was not received",
    )
    refused(
        lambda: pool.sign_in(client_id=client_id, SECRET_HASH=secret_hash("bob", client)),
        f"Unable to verify secret hash for client {client_id}",
    )
    tokens = pool.sign_in(client_id=client_id, SECRET_HASH=hashed)
    assert pool.refresh(tokens["RefreshToken"], client_id=client_id, SECRET_HASH=hashed)
    public.revoke_token(Token=tokens["RefreshToken"], ClientId=client_id, ClientSecret=client["ClientSecret"])
    refused(
        lambda: pool.refresh(tokens["RefreshToken"], client_id=client_id, SECRET_HASH=hashed),
        "Refresh Token has been revoked",
    )


# ---- time: on servers of their own, because a moved clock makes other tests' signatures too old


@pytest.fixture
def timed_pool():
    """A pool on a server whose clock the test moves."""
    with OwnServer() as server:
        yield Pool(server, signed_client(server), unsigned_client(server))


def test_wrong_passwords_lock_the_user_for_a_while(timed_pool):
    pool = timed_pool
    pool.add_user()
    for _ in range(5):
        refused(lambda: pool.sign_in(password=WRONG_PASSWORD), "Incorrect username or password.")
    # The fifth failure locks for a second, and each one after a lock doubles it: 16 seconds in the end.
    for seconds in (1, 2, 4, 8):
        pool.server.advance_clock(seconds)
        refused(lambda: pool.sign_in(password=WRONG_PASSWORD), "Incorrect username or password.")
    refused(lambda: pool.sign_in(), "Password attempts exceeded")
    pool.server.advance_clock(16)
    assert pool.sign_in()
    refused(lambda: pool.sign_in(password=WRONG_PASSWORD), "Incorrect username or password.")
    assert pool.sign_in(), "a success clears the count"


def test_tokens_and_codes_expire(timed_pool):
    pool = timed_pool
    pool.add_user(email="alice@example.com", email_verified="true")
    tokens = pool.sign_in()
    pool.public.forgot_password(ClientId=pool.client_id, Username="alice")
    pool.server.advance_clock(3601)
    refused(lambda: pool.public.get_user(AccessToken=tokens["AccessToken"]), "Access Token has expired")
    assert pool.refresh(tokens["RefreshToken"])
    with pytest.raises(pool.public.exceptions.ExpiredCodeException) as error:
        pool.public.confirm_forgot_password(
            ClientId=pool.client_id,
            Username="alice",
            ConfirmationCode=pool.code(username="alice"),
            Password="Battery-staple-8",
        )
    assert cognito_text(error)[1] == "Invalid code provided, please request a code again."
    pool.server.advance_clock(30 * 24 * 3600)
    refused(lambda: pool.refresh(tokens["RefreshToken"]), "Refresh Token has expired")
