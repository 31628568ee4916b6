"""Signing in, tokens and passwords with unmodified pycognito."""

import base64
import datetime
import types

import pycognito
import pytest
import requests
from pycognito.exceptions import ForceChangePasswordException, TokenVerificationException
from pycognito.utils import RequestsSrpAuth, TokenType

from poolhouse import attributes, cognito_text
from pools import NEW_PASSWORD, PASSWORD, claims, pycognito_client


@pytest.fixture
def cognito(pool):
    """pycognito without any keys, signed in as Alice with SRP."""
    pool.add_user(email="alice@example.com", email_verified="true")
    made = pycognito_client(pool, credentials=False)
    made.authenticate(password=PASSWORD)
    return made


def test_srp_gives_three_tokens_with_verified_claims(pool, cognito):
    assert cognito.token_type == "Bearer"
    assert cognito.refresh_token
    assert cognito.id_claims["cognito:username"] == cognito.access_claims["username"] == "alice"
    assert cognito.id_claims["iss"] == cognito.user_pool_url == f"{pool.server.endpoint}/{pool.id}"


def test_srp_refuses_a_wrong_password(pool, cognito):
    with pytest.raises(cognito.client.exceptions.NotAuthorizedException) as error:
        pycognito_client(pool, credentials=False).authenticate(password="Wrong-horse-7")
    assert cognito_text(error)[1] == "Incorrect username or password."


def test_srp_works_again_and_again(pool):
    """Salts, public values and hashes with leading zeros and high bits all come by."""
    for number in range(20):
        username, password = f"user-{number}", f"{PASSWORD}-{number}"
        pool.add_user(username, password)
        signed_in = pycognito_client(pool, username, credentials=False)
        signed_in.authenticate(password=password)
        assert signed_in.access_claims["username"] == username


def test_srp_by_an_alias(new_pool):
    pool = new_pool(UsernameAttributes=["email"])
    sub = pool.add_user("alice@example.com")
    cognito = pycognito_client(pool, "alice@example.com", credentials=False)
    cognito.authenticate(password=PASSWORD)
    assert cognito.access_claims["username"] == sub


def test_srp_does_not_tell_who_exists(public, pool):
    client = pool.add_client(PreventUserExistenceErrors="ENABLED")
    with pytest.raises(public.exceptions.ClientError) as error:
        pycognito_client(pool, "nobody", client=client).authenticate(password=PASSWORD)
    assert cognito_text(error) == ("NotAuthorizedException", "Incorrect username or password.")


def test_stored_tokens_are_verified(pool, cognito):
    tokens = {name: getattr(cognito, name) for name in ("id_token", "access_token", "refresh_token")}
    again = pycognito_client(pool, username=None, credentials=False, **tokens)
    again.verify_tokens()
    assert again.id_claims["sub"] == again.access_claims["sub"] == cognito.id_claims["sub"]


def test_a_token_of_another_use_client_or_signature_is_refused(pool, cognito):
    with pytest.raises(TokenVerificationException):
        cognito.verify_token(cognito.id_token, "access_token", "access")
    other = pycognito_client(pool, client=pool.add_client())
    with pytest.raises(TokenVerificationException):
        other.verify_token(cognito.id_token, "id_token", "id")
    head, body, signature = cognito.access_token.split(".")
    changed = base64.urlsafe_b64encode(bytes(256)).decode().rstrip("=")
    assert len(changed) == len(signature)
    with pytest.raises(TokenVerificationException):
        cognito.verify_token(f"{head}.{body}.{changed}", "access_token", "access")


def test_check_token_renews_what_has_expired(cognito, monkeypatch):
    before = cognito.access_token
    assert cognito.check_token() is False
    assert cognito.access_token == before

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + datetime.timedelta(hours=2)

    monkeypatch.setattr(pycognito, "datetime", types.SimpleNamespace(datetime=Later))
    assert cognito.check_token(renew=False) is True
    assert cognito.access_token == before
    assert cognito.check_token() is True
    assert cognito.access_token != before


def test_renewal_keeps_the_refresh_token_and_the_sign_in(cognito):
    refresh_token, origin = cognito.refresh_token, cognito.access_claims["origin_jti"]
    cognito.renew_access_token()
    assert cognito.refresh_token == refresh_token
    assert cognito.access_claims["origin_jti"] == cognito.id_claims["origin_jti"] == origin


def test_renewal_with_a_bad_token_is_refused(pool):
    cognito = pycognito_client(pool, credentials=False, refresh_token="bm90LWEtdG9rZW4")
    with pytest.raises(cognito.client.exceptions.NotAuthorizedException) as error:
        cognito.renew_access_token()
    assert cognito_text(error)[1] == "Invalid Refresh Token"


def test_logout_ends_every_sign_in(pool, cognito):
    access_token = cognito.access_token
    cognito.logout()
    assert (cognito.access_token, cognito.id_token, cognito.refresh_token) == (None, None, None)
    ended = pycognito_client(pool, credentials=False, access_token=access_token)
    with pytest.raises(cognito.client.exceptions.NotAuthorizedException) as error:
        ended.get_user()
    assert cognito_text(error)[1] == "Access Token has been revoked"


def test_a_password_is_changed(pool, cognito):
    cognito.change_password(PASSWORD, NEW_PASSWORD)
    pycognito_client(pool, credentials=False).authenticate(password=NEW_PASSWORD)
    with pytest.raises(cognito.client.exceptions.NotAuthorizedException):
        pycognito_client(pool, credentials=False).authenticate(password=PASSWORD)


def test_a_forgotten_password_is_replaced(pool, cognito):
    fresh = pycognito_client(pool, credentials=False)
    fresh.initiate_forgot_password()
    fresh.confirm_forgot_password(pool.code(username="alice"), NEW_PASSWORD)
    fresh.authenticate(password=NEW_PASSWORD)


def test_an_administrator_resets_a_password(pool, cognito):
    pycognito_client(pool).admin_reset_password("alice")
    fresh = pycognito_client(pool, credentials=False)
    with pytest.raises(cognito.client.exceptions.PasswordResetRequiredException):
        fresh.authenticate(password=PASSWORD)
    fresh.confirm_forgot_password(pool.code(username="alice"), NEW_PASSWORD)
    fresh.authenticate(password=NEW_PASSWORD)


def test_a_temporary_password_must_be_changed(admin, pool):
    admin.admin_create_user(
        UserPoolId=pool.id, Username="alice", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    cognito = pycognito_client(pool, credentials=False)
    with pytest.raises(ForceChangePasswordException):
        cognito.authenticate(password=PASSWORD)
    cognito.new_password_challenge(PASSWORD, NEW_PASSWORD)
    assert cognito.access_claims["username"] == "alice"
    pycognito_client(pool, credentials=False).authenticate(password=NEW_PASSWORD)


def test_an_administrator_signs_in_for_a_user(pool, cognito):
    by_admin = pycognito_client(pool)
    by_admin.admin_authenticate(password=PASSWORD)
    assert by_admin.access_claims["sub"] == cognito.access_claims["sub"]


def test_an_attribute_is_verified(pool, admin, cognito):
    admin.admin_update_user_attributes(
        UserPoolId=pool.id, Username="alice", UserAttributes=[{"Name": "email_verified", "Value": "false"}]
    )
    cognito.send_verification()
    cognito.validate_verification(pool.code(username="alice"))
    assert cognito.get_user().email_verified is True


def test_everything_with_a_client_that_has_a_secret(new_pool):
    pool = new_pool(AutoVerifiedAttributes=["email"])
    client = pool.add_client(GenerateSecret=True)
    cognito = pycognito_client(pool, credentials=False, client=client)
    cognito.set_base_attributes(email="alice@example.com")
    cognito.register("alice", PASSWORD)
    cognito.resend_confirmation_code("alice")
    cognito.confirm_sign_up(pool.code(username="alice"))
    cognito.authenticate(password=PASSWORD)
    cognito.renew_access_token()
    cognito.initiate_forgot_password()
    cognito.confirm_forgot_password(pool.code(username="alice"), NEW_PASSWORD)
    cognito.authenticate(password=NEW_PASSWORD)
    pycognito_client(pool, client=client).admin_authenticate(password=NEW_PASSWORD)

    unaware = pycognito_client(pool, credentials=False, client={"ClientId": client["ClientId"]})
    with pytest.raises(cognito.client.exceptions.NotAuthorizedException) as error:
        unaware.authenticate(password=NEW_PASSWORD)
    assert cognito_text(error)[1] == (
        f"Client {client['ClientId']} is configured with secret but SECRET_HASH was not received"
    )


@pytest.mark.parametrize(("kind", "use"), [(TokenType.ACCESS_TOKEN, "access"), (TokenType.ID_TOKEN, "id")])
def test_the_requests_plug_in_sends_a_token(pool, kind, use):
    pool.add_user()
    auth = RequestsSrpAuth(
        username="alice",
        password=PASSWORD,
        user_pool_id=pool.id,
        user_pool_region="us-east-1",
        client_id=pool.client_id,
        auth_token_type=kind,
        boto3_client_kwargs={"endpoint_url": pool.server.endpoint},
    )
    prepared = requests.Request("GET", "http://localhost/", auth=auth).prepare()
    scheme, token = prepared.headers["Authorization"].split(" ")
    assert (scheme, claims(token)["token_use"]) == ("Bearer", use)


def test_a_client_is_described_and_updated(pool):
    cognito = pycognito_client(pool)
    cognito.admin_update_user_pool_client(pool.id, pool.client_id, AccessTokenValidity=2)
    described = cognito.describe_user_pool_client(pool.id, pool.client_id)
    assert (described["ClientName"], described["AccessTokenValidity"]) == ("app", 2)


def test_an_identity_provider_is_made_described_and_updated(pool):
    cognito = pycognito_client(pool)
    details = {"client_id": "a", "client_secret": "b", "authorize_scopes": "openid email"}
    cognito.admin_create_identity_provider(pool.id, "Google", "Google", details)
    cognito.admin_update_identity_provider(pool.id, "Google", AttributeMapping={"email": "email"})
    provider = cognito.admin_describe_identity_provider(pool.id, "Google")["IdentityProvider"]
    assert (provider["ProviderType"], provider["AttributeMapping"]["email"]) == ("Google", "email")
    assert [group.group_name for group in cognito.get_groups()] == [f"{pool.id}_Google"]


def test_a_user_created_by_pycognito_is_a_cognito_user(admin, pool):
    cognito = pycognito_client(pool, username=None)
    cognito.admin_create_user("alice", PASSWORD, {"MessageAction": "SUPPRESS"}, email="alice@example.com")
    user = admin.admin_get_user(UserPoolId=pool.id, Username="alice")
    assert attributes(user["UserAttributes"])["email"] == "alice@example.com"
