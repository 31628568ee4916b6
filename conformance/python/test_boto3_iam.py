"""The account by boto3: a user with a key and a policy, what it may do, and the role that a user of a pool gets."""

import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from poolhouse import ACCESS_KEY, REGION, SECRET_KEY, cognito_text

ACCOUNT = "000000000000"


def client(server, service, key=ACCESS_KEY, secret=SECRET_KEY, token=None):
    """A client of a service that tries once."""
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def document(action, resource="*", **more):
    """A policy of one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(principal, action, **more):
    """A trust policy of one statement."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def of_session(server, service, credentials):
    """A client with temporary credentials."""
    return client(
        server,
        service,
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        credentials["SessionToken"],
    )


@pytest.fixture
def iam(server):
    return client(server, "iam")


@pytest.fixture
def ann(server, iam):
    """A user with an access key."""
    iam.create_user(UserName="ann", Path="/team/", Tags=[{"Key": "team", "Value": "blue"}])
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    yield lambda service: client(server, service, key["AccessKeyId"], key["SecretAccessKey"])
    iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    for name in iam.list_user_policies(UserName="ann")["PolicyNames"]:
        iam.delete_user_policy(UserName="ann", PolicyName=name)
    iam.delete_user(UserName="ann")


def test_a_user_may_do_what_its_policy_allows(iam, ann):
    users = ann("cognito-idp")
    with pytest.raises(ClientError) as denied:
        users.list_user_pools(MaxResults=1)
    assert cognito_text(denied) == (
        "AccessDeniedException",
        f"User: arn:aws:iam::{ACCOUNT}:user/team/ann is not authorized to perform: cognito-idp:ListUserPools "
        "on resource: * because no identity-based policy allows the cognito-idp:ListUserPools action",
    )
    policy = json.loads(document("cognito-idp:List*"))
    iam.put_user_policy(UserName="ann", PolicyName="read", PolicyDocument=json.dumps(policy))
    users.list_user_pools(MaxResults=1)
    # botocore makes the document a mapping again.
    assert iam.get_user_policy(UserName="ann", PolicyName="READ")["PolicyDocument"] == policy
    user = iam.get_user(UserName="ANN")["User"]
    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/team/ann"
    assert user["Tags"] == [{"Key": "team", "Value": "blue"}]


def test_lists_are_paged_by_markers(iam):
    names = [f"g{number}" for number in range(5)]
    for name in names:
        iam.create_group(GroupName=name)
    pages = iam.get_paginator("list_groups").paginate(PaginationConfig={"PageSize": 2})
    assert [group["GroupName"] for page in pages for group in page["Groups"]] == names
    for name in names:
        iam.delete_group(GroupName=name)


def test_a_managed_policy_and_its_versions(iam):
    arn = iam.create_policy(PolicyName="p", PolicyDocument=document("iam:Get*"))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document("iam:List*"), SetAsDefault=True)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(version["VersionId"], version["IsDefaultVersion"]) for version in versions] == [
        ("v2", True),
        ("v1", False),
    ]
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy(PolicyArn=arn)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn=arn)


def test_a_role_is_assumed(server, iam, ann):
    role = iam.create_role(
        RoleName="reader", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}, "sts:AssumeRole")
    )["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=document("cognito-idp:List*"))
    with pytest.raises(ClientError) as denied:
        ann("sts").assume_role(RoleArn=role, RoleSessionName="work")
    assert cognito_text(denied)[0] == "AccessDenied"
    iam.put_user_policy(
        UserName="ann", PolicyName="assume", PolicyDocument=document("sts:AssumeRole", role)
    )
    begun = ann("sts").assume_role(RoleArn=role, RoleSessionName="work")
    assert begun["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/work"
    of_session(server, "cognito-idp", begun["Credentials"]).list_user_pools(MaxResults=1)
    iam.delete_role_policy(RoleName="reader", PolicyName="p")
    iam.delete_role(RoleName="reader")


def test_policies_are_simulated(iam, ann):
    iam.put_user_policy(UserName="ann", PolicyName="read", PolicyDocument=document("cognito-idp:List*"))
    arn = f"arn:aws:iam::{ACCOUNT}:user/team/ann"
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=arn,
        ActionNames=["cognito-idp:ListUserPools", "cognito-idp:CreateUserPool"],
        PaginationConfig={"PageSize": 1},
    )
    results = [result for page in pages for result in page["EvaluationResults"]]
    assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]
    [statement] = results[0]["MatchedStatements"]
    assert statement["SourcePolicyId"] == "user_ann_read"
    assert statement["StartPosition"]["Line"] == 1
    custom = iam.simulate_custom_policy(
        PolicyInputList=[document("iam:*", Condition={"Bool": {"aws:SecureTransport": "true"}})],
        ActionNames=["iam:GetUser"],
        ContextEntries=[
            {"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": ["true"], "ContextKeyType": "boolean"}
        ],
    )["EvaluationResults"]
    assert custom[0]["EvalDecision"] == "allowed"
    keys = iam.get_context_keys_for_principal_policy(
        PolicySourceArn=arn, PolicyInputList=[document("iam:*", "arn:aws:iam::*:user/${aws:username}")]
    )
    assert keys["ContextKeyNames"] == ["aws:username"]


def test_the_whole_account_is_listed(iam, ann):
    iam.put_user_policy(UserName="ann", PolicyName="read", PolicyDocument=document("cognito-idp:List*"))
    pages = iam.get_paginator("get_account_authorization_details").paginate(Filter=["User"])
    [user] = [user for page in pages for user in page["UserDetailList"]]
    assert (user["UserName"], user["Tags"]) == ("ann", [{"Key": "team", "Value": "blue"}])
    [policy] = user["UserPolicyList"]
    assert policy["PolicyDocument"]["Statement"][0]["Action"] == "cognito-idp:List*"


def test_a_user_who_is_made_again_is_not_trusted_again(server, iam):
    def made():
        iam.create_user(UserName="bob")
        key = iam.create_access_key(UserName="bob")["AccessKey"]
        return key["AccessKeyId"], client(server, "sts", key["AccessKeyId"], key["SecretAccessKey"])

    def removed(key):
        iam.delete_access_key(UserName="bob", AccessKeyId=key)
        iam.delete_user(UserName="bob")

    key, sts = made()
    role = iam.create_role(
        RoleName="bobs", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, "sts:AssumeRole")
    )["Role"]["Arn"]
    sts.assume_role(RoleArn=role, RoleSessionName="work")
    removed(key)
    key, sts = made()
    with pytest.raises(ClientError) as denied:
        sts.assume_role(RoleArn=role, RoleSessionName="work")
    assert cognito_text(denied)[0] == "AccessDenied"
    removed(key)
    iam.delete_role(RoleName="bobs")
