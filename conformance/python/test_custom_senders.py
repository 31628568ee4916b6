"""CustomEmailSender and CustomSMSSender: a function decrypts codes with the AWS Encryption SDK and boto3's KMS client."""

import base64
import json
import time
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from functions import ARN, KEYS, Functions
from poolhouse import ACCESS_KEY, REGION, SECRET_KEY, OwnServer, free_port
from pools import PASSWORD, Pool, signed_client, unsigned_client

SENDERS = Path(__file__).with_name("senders.py")
KEY_ARN = f"arn:aws:kms:{REGION}:000000000000:key/codes"
PATIENCE_SECONDS = 30


class Sent:
    """What the function has sent, each message once."""

    def __init__(self, path):
        self.path, self.seen = path, 0

    def next(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            lines = self.path.read_text().splitlines() if self.path.exists() else []
            if len(lines) > self.seen:
                self.seen += 1
                return json.loads(lines[self.seen - 1])
            time.sleep(0.05)
        raise AssertionError("the function sent nothing")


@pytest.fixture(scope="module")
def sending(tmp_path_factory):
    """A server, and what the function behind its pools' senders has sent."""
    folder = tmp_path_factory.mktemp("senders")
    port, sent, config = free_port(), Sent(folder / "sent"), folder / "poolhouse.toml"
    environment = {
        "AWS_ENDPOINT_URL_KMS": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "KEY_ARN": KEY_ARN,
        "SENT": str(sent.path),
    }
    with Functions("lambda", SENDERS, **environment) as functions:
        config.write_text(
            f'[[triggers]]\nfunction = "{ARN.format("*")}"\nlambda = "{functions.url}"\n'
            f'access-key-id = "{KEYS[0]}"\nsecret-access-key = "{KEYS[1]}"\n'
        )
        config.chmod(0o600)
        with OwnServer("--config", str(config), port=port) as server:
            yield server, sent


@pytest.fixture
def pool(sending):
    server, _ = sending
    sender = {"LambdaVersion": "V1_0", "LambdaArn": ARN.format("send")}
    made = Pool(
        server,
        signed_client(server),
        unsigned_client(server),
        LambdaConfig={"KMSKeyID": KEY_ARN, "CustomEmailSender": sender, "CustomSMSSender": sender},
        AutoVerifiedAttributes=["email"],
    )
    yield made
    made.delete()


def sign_up(pool):
    pool.public.sign_up(
        ClientId=pool.client_id,
        Username="alice",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "alice@example.com"}],
        ClientMetadata={"language": "is"},
    )


def test_a_code_is_decrypted_and_confirms(sending, pool):
    sign_up(pool)
    sent = sending[1].next()
    assert (sent["source"], sent["type"]) == ("CustomEmailSender_SignUp", "customEmailSenderRequestV1")
    assert sent["algorithm"] == "AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384"
    assert sent["context"]["userpool-id"] == pool.id
    assert sent["metadata"] == {"language": "is"}
    assert sent["attributes"]["email"] == "alice@example.com"
    pool.public.confirm_sign_up(ClientId=pool.client_id, Username="alice", ConfirmationCode=sent["code"])
    assert pool.sign_in()["AccessToken"]


def test_an_invitation_by_sms_carries_any_password(sending, pool):
    password = "Temp0rary<&>\"'!"
    pool.admin.admin_create_user(
        UserPoolId=pool.id,
        Username="bob",
        TemporaryPassword=password,
        UserAttributes=[{"Name": "phone_number", "Value": "+12065550100"}],
    )
    sent = sending[1].next()
    assert (sent["source"], sent["type"]) == ("CustomSMSSender_AdminCreateUser", "customSMSSenderRequestV1")
    assert (sent["code"], sent["metadata"]) == (password, None)


def test_data_keys_are_given_to_those_with_the_credentials_alone(sending):
    def refusal(secret):
        client = boto3.client(
            "kms",
            endpoint_url=sending[0].endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=secret,
        )
        with pytest.raises(ClientError) as error:
            client.decrypt(CiphertextBlob=base64.b64decode("AAAA"), EncryptionContext={"userpool-id": "us-east-1_x"})
        return error.value.response["Error"]["Code"]

    assert refusal("wrong") == "InvalidSignatureException"
    assert refusal(SECRET_KEY) == "InvalidCiphertextException"
