"""Functions that send messages themselves, as one writes them for Amazon Cognito: the AWS Encryption SDK decrypts.

Where the KMS client finds its endpoint and credentials stands in the environment, as it does in Lambda. What is sent goes
to the file SENT, a line of JSON each.
"""

import base64
import html
import json
import os

import aws_encryption_sdk
from aws_encryption_sdk import CommitmentPolicy

CLIENT = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
KEYS = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[os.environ["KEY_ARN"]])


def send(event, context):
    code, header = CLIENT.decrypt(source=base64.b64decode(event["request"]["code"]), key_provider=KEYS)
    sent = {
        "source": event["triggerSource"],
        "type": event["request"]["type"],
        "attributes": event["request"]["userAttributes"],
        "metadata": event["request"]["clientMetadata"],
        "code": html.unescape(code.decode()),
        "algorithm": header.algorithm.name,
        "context": header.encryption_context,
    }
    with open(os.environ["SENT"], "a") as file:
        file.write(json.dumps(sent) + "\n")
