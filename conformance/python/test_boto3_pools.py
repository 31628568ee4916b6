"""Pools, app clients and tags as a boto3 user calls them."""

import pytest

from poolhouse import cognito_text


def test_a_pool_is_described_listed_and_tagged(admin, new_pool):
    pool = new_pool(UserPoolTags={"team": "blue"})
    described = admin.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    assert described["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert (described["MfaConfiguration"], described["EstimatedNumberOfUsers"]) == ("OFF", 0)

    arn = described["Arn"]
    assert arn.endswith(f":userpool/{pool.id}")
    admin.tag_resource(ResourceArn=arn, Tags={"stage": "test"})
    admin.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert admin.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"stage": "test"}

    pages = admin.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 1})
    assert pool.id in [one["Id"] for page in pages for one in page["UserPools"]]


def test_the_schema_grows_and_is_enforced(admin, new_pool):
    pool = new_pool(Schema=[{"Name": "family_name", "AttributeDataType": "String", "Required": True}])
    admin.add_custom_attributes(UserPoolId=pool.id, CustomAttributes=[{"Name": "tier", "AttributeDataType": "String"}])
    with pytest.raises(admin.exceptions.InvalidParameterException) as error:
        pool.public.sign_up(ClientId=pool.client_id, Username="alice", Password="Correct-horse-7")
    assert cognito_text(error)[1] == (
        "Attributes did not conform to the schema: name.familyName: The attribute name.familyName is required"
    )
    wanted = [{"Name": "family_name", "Value": "Example"}, {"Name": "custom:tier", "Value": "gold"}]
    assert pool.public.sign_up(
        ClientId=pool.client_id, Username="alice", Password="Correct-horse-7", UserAttributes=wanted
    )["UserSub"]


def test_clients_are_made_described_listed_and_deleted(admin, pool):
    made = [pool.add_client(ClientName=f"app {number}", GenerateSecret=True) for number in range(3)]
    for client in made:
        described = admin.describe_user_pool_client(UserPoolId=pool.id, ClientId=client["ClientId"])
        assert described["UserPoolClient"]["ClientSecret"] == client["ClientSecret"]
    admin.delete_user_pool_client(UserPoolId=pool.id, ClientId=made[0]["ClientId"])
    paginator = admin.get_paginator("list_user_pool_clients")
    pages = paginator.paginate(UserPoolId=pool.id, PaginationConfig={"PageSize": 1})
    listed = {client["ClientId"] for page in pages for client in page["UserPoolClients"]}
    assert listed == {client["ClientId"] for client in made[1:]}
    with pytest.raises(admin.exceptions.ResourceNotFoundException) as error:
        pool.sign_in(client_id=made[0]["ClientId"])
    assert cognito_text(error)[1] == f"User pool client {made[0]['ClientId']} does not exist."


def test_a_protected_pool_is_not_deleted(admin, new_pool):
    pool = new_pool(DeletionProtection="ACTIVE")
    with pytest.raises(admin.exceptions.InvalidParameterException):
        admin.delete_user_pool(UserPoolId=pool.id)
    admin.update_user_pool(UserPoolId=pool.id, DeletionProtection="INACTIVE")
