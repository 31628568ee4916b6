"""Services beside user pools, by boto3 with one endpoint: who signs, and the protocol around the operations."""

from html import unescape

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from poolhouse import ACCESS_KEY, REGION, SECRET_KEY, UUID, cognito_text

ACCOUNT = "000000000000"


def client(server, service, region=REGION, secret=SECRET_KEY, **config):
    """A client of a service that tries once."""
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name=region,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


@pytest.mark.parametrize("region", [REGION, "eu-central-1"])
def test_the_root_credentials_are_the_accounts(server, region):
    caller = client(server, "sts", region).get_caller_identity()
    metadata = caller.pop("ResponseMetadata")
    assert caller == {"UserId": ACCOUNT, "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"}
    assert UUID.fullmatch(metadata["RequestId"])


def test_signatures_are_judged_in_the_words_of_query(server):
    with pytest.raises(ClientError) as wrong:
        client(server, "sts", secret="wrong").get_caller_identity()
    code, text = cognito_text(wrong)
    assert code == "SignatureDoesNotMatch"
    assert text.startswith("The request signature we calculated does not match")
    assert wrong.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    with pytest.raises(ClientError) as unsigned:
        client(server, "sts", signature_version=UNSIGNED).get_caller_identity()
    assert cognito_text(unsigned) == ("MissingAuthenticationToken", "Missing Authentication Token")


def test_the_scope_of_a_signature_is_the_service(server):
    def asked(signed_for):
        form = "Action=GetCallerIdentity&Version=2011-06-15"
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        request = AWSRequest("POST", server.endpoint + "/", headers=kind, data=form)
        SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), signed_for, REGION).add_auth(request)
        return requests.post(request.url, data=form, headers=dict(request.headers), timeout=10)

    assert asked("sts").status_code == 200
    for other in ["iam", "cognito-idp"]:
        answer = asked(other)
        assert answer.status_code == 403
        assert "<Code>SignatureDoesNotMatch</Code>" in answer.text
        assert "Credential should be scoped to correct service: 'sts'." in unescape(answer.text)


def test_an_action_that_the_server_does_not_know(server):
    with pytest.raises(ClientError) as unknown:
        client(server, "sts").get_access_key_info(AccessKeyId="AKIDAAAAAAAAAAAAAAAA")
    assert cognito_text(unknown) == (
        "InvalidAction",
        "Could not find operation GetAccessKeyInfo for version 2011-06-15",
    )
    assert unknown.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("region", [REGION, "eu-central-1"])
def test_constraints_of_the_account(server, region):
    # botocore checks lengths and types itself, patterns are the server's.
    with pytest.raises(ClientError) as violated:
        client(server, "iam", region).create_user(UserName="a b", Tags=[{"Key": "*", "Value": "v"}])
    code, text = cognito_text(violated)
    assert code == "ValidationError"
    assert "Value 'a b' at 'userName' failed to satisfy constraint" in text
    assert "Value '*' at 'tags.1.member.key' failed to satisfy constraint" in text


def test_constraints_of_identity_pools_and_secrets(server):
    with pytest.raises(ClientError) as violated:
        client(server, "cognito-identity").create_identity_pool(
            IdentityPoolName="a*", AllowUnauthenticatedIdentities=True
        )
    code, text = cognito_text(violated)
    assert code == "ValidationException"
    assert text.startswith("1 validation error detected: Value 'a*' at 'identityPoolName' failed")
    with pytest.raises(ClientError) as violated:
        client(server, "secretsmanager").get_secret_value(SecretId="s" * 2049)
    assert cognito_text(violated)[0] == "ValidationException"
