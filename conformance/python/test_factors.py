"""Second factors and choice-based sign-in with pycognito and boto3."""

import base64
import hmac
import struct
import time

import pytest
from pycognito.exceptions import SMSMFAChallengeException, SoftwareTokenMFAChallengeException

from poolhouse import cognito_text
from pools import PASSWORD, pycognito_client

SMS = {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x"}


def totp(secret, steps=0):
    """The code that an app shows, or shows so many steps of 30 seconds later."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30 + steps), "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.fixture
def mfa_pool(admin, new_pool):
    """A pool with optional codes by SMS and of an app."""
    pool = new_pool(SmsConfiguration=SMS)
    admin.set_user_pool_mfa_config(
        UserPoolId=pool.id,
        MfaConfiguration="OPTIONAL",
        SmsMfaConfiguration={},
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    return pool


def test_pycognito_with_an_app(mfa_pool):
    mfa_pool.add_user()
    alice = pycognito_client(mfa_pool, credentials=False)
    alice.authenticate(password=PASSWORD)
    secret = alice.associate_software_token()
    assert alice.verify_software_token(totp(secret))
    alice.set_user_mfa_preference(False, True, preferred="SOFTWARE_TOKEN")

    again = pycognito_client(mfa_pool, credentials=False)
    with pytest.raises(SoftwareTokenMFAChallengeException) as challenge:
        again.authenticate(password=PASSWORD)
    assert challenge.value.get_tokens()["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "transparent"
    with pytest.raises(again.client.exceptions.ExpiredCodeException):
        again.respond_to_software_token_mfa_challenge(totp(secret, -1))
    again.respond_to_software_token_mfa_challenge(totp(secret, 1))
    assert again.access_claims["username"] == "alice"


def test_pycognito_with_sms(server, mfa_pool):
    mfa_pool.add_user(phone_number="+12065550100", phone_number_verified="true")
    alice = pycognito_client(mfa_pool, credentials=False)
    alice.authenticate(password=PASSWORD)
    alice.set_user_mfa_preference(True, False, preferred="SMS")

    again = pycognito_client(mfa_pool, credentials=False)
    with pytest.raises(SMSMFAChallengeException):
        again.authenticate(password=PASSWORD)
    with pytest.raises(again.client.exceptions.CodeMismatchException) as error:
        again.respond_to_sms_mfa_challenge("no code")
    assert cognito_text(error)[1] == "Invalid code or auth state for the user."
    again.respond_to_sms_mfa_challenge(server.code(mfa_pool.id, username="alice"))
    assert again.id_claims["phone_number_verified"] is True


def test_boto3_sets_an_app_up_while_signing_in(admin, public, pool):
    pool.add_user()
    admin.set_user_pool_mfa_config(
        UserPoolId=pool.id, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    begun = public.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )
    assert begun["ChallengeName"] == "MFA_SETUP"
    associated = public.associate_software_token(Session=begun["Session"])
    verified = public.verify_software_token(
        Session=associated["Session"], UserCode=totp(associated["SecretCode"])
    )
    done = public.respond_to_auth_challenge(
        ClientId=pool.client_id,
        ChallengeName="MFA_SETUP",
        Session=verified["Session"],
        ChallengeResponses={"USERNAME": "alice"},
    )
    token = done["AuthenticationResult"]["AccessToken"]
    factors = public.get_user_auth_factors(AccessToken=token)
    assert factors["ConfiguredUserAuthFactors"] == ["PASSWORD", "SOFTWARE_TOKEN"]


def test_boto3_chooses_a_code_by_email(server, public, new_pool):
    pool = new_pool(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}})
    pool.add_user(email="alice@example.com", email_verified="true")
    client = pool.add_client(ExplicitAuthFlows=["ALLOW_USER_AUTH"])["ClientId"]
    begun = public.initiate_auth(
        ClientId=client, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "alice"}
    )
    assert begun["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]
    sent = public.respond_to_auth_challenge(
        ClientId=client,
        ChallengeName="SELECT_CHALLENGE",
        Session=begun["Session"],
        ChallengeResponses={"USERNAME": "alice", "ANSWER": "EMAIL_OTP"},
    )
    assert sent["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "a***@e***"
    code = server.code(pool.id, username="alice")
    assert len(code) == 8
    done = public.respond_to_auth_challenge(
        ClientId=client,
        ChallengeName="EMAIL_OTP",
        Session=sent["Session"],
        ChallengeResponses={"USERNAME": "alice", "EMAIL_OTP_CODE": code},
    )
    assert done["AuthenticationResult"]["RefreshToken"]
