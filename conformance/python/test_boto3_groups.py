"""Groups as a boto3 user calls them: the nine operations and the recorded conformance cases."""

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from poolhouse import ACCESS_KEY, REGION, SECRET_KEY, attributes, cognito_text
from pools import claims

ROLE_A = "arn:aws:iam::123456789012:role/a"
ROLE_B = "arn:aws:iam::123456789012:role/b"
ROLE_C = "arn:aws:iam::123456789012:role/c"


def group_of(admin, pool, name):
    return admin.get_group(UserPoolId=pool.id, GroupName=name)["Group"]


def groups_of_user(admin, pool, username="alice"):
    pages = admin.get_paginator("admin_list_groups_for_user").paginate(UserPoolId=pool.id, Username=username)
    return [group["GroupName"] for page in pages for group in page["Groups"]]


# ---- one group


def test_a_group_goes_through_its_life(admin, pool):
    created = admin.create_group(
        UserPoolId=pool.id, GroupName="editors", Description="May edit", RoleArn=ROLE_A, Precedence=5
    )["Group"]
    assert created == group_of(admin, pool, "editors")
    assert created["CreationDate"] == created["LastModifiedDate"]
    assert (created["Description"], created["RoleArn"], created["Precedence"]) == ("May edit", ROLE_A, 5)
    updated = admin.update_group(UserPoolId=pool.id, GroupName="editors", Description="May write")["Group"]
    assert updated["Description"] == "May write"
    admin.delete_group(UserPoolId=pool.id, GroupName="editors")
    with pytest.raises(admin.exceptions.ResourceNotFoundException) as error:
        group_of(admin, pool, "editors")
    assert cognito_text(error) == ("ResourceNotFoundException", "Group not found.")


def test_case_1_a_taken_name_is_refused_and_the_group_stays(admin, pool):
    pool.add_groups("a", Description="first")
    with pytest.raises(admin.exceptions.GroupExistsException) as error:
        admin.create_group(UserPoolId=pool.id, GroupName="a", Description="second")
    assert cognito_text(error)[1] == "A group with the name already exists."
    assert group_of(admin, pool, "a")["Description"] == "first"


def test_case_2_unset_members_are_absent(admin, pool):
    pool.add_groups("bare")
    assert set(group_of(admin, pool, "bare")) == {"CreationDate", "GroupName", "LastModifiedDate", "UserPoolId"}


def test_case_3_precedence_zero_is_a_value(admin, pool):
    pool.add_groups("best", Precedence=0)
    assert group_of(admin, pool, "best")["Precedence"] == 0


@pytest.mark.parametrize(
    ("change", "touches"),
    [
        pytest.param({"Precedence": 2}, True, id="case 4: precedence only"),
        pytest.param({"Description": ""}, False, id="case 5: empty description"),
        pytest.param({"Description": "about"}, True, id="case 6: same description"),
        pytest.param({"RoleArn": ROLE_A}, True, id="case 23: stored role"),
        pytest.param({}, False, id="nothing"),
    ],
)
def test_an_update_merges(admin, pool, change, touches):
    before = admin.create_group(
        UserPoolId=pool.id, GroupName="g", Description="about", RoleArn=ROLE_A, Precedence=1
    )["Group"]
    after = admin.update_group(UserPoolId=pool.id, GroupName="g", **change)["Group"]
    assert (after["LastModifiedDate"] > before["LastModifiedDate"]) == touches
    expected = {**before, **{name: value for name, value in change.items() if value != ""}}
    del expected["LastModifiedDate"], after["LastModifiedDate"]
    assert after == expected


def test_updating_an_unknown_group_says_so(admin, pool):
    with pytest.raises(admin.exceptions.ResourceNotFoundException) as error:
        admin.update_group(UserPoolId=pool.id, GroupName="none", Precedence=1)
    assert cognito_text(error)[1] == "Group not found."


def test_case_14_the_same_name_in_two_pools_is_two_groups(admin, new_pool):
    one, two = new_pool(), new_pool()
    one.add_groups("g", Description="one")
    two.add_groups("g", Description="two")
    admin.delete_group(UserPoolId=one.id, GroupName="g")
    assert group_of(admin, two, "g")["Description"] == "two"


def test_an_unknown_pool_is_named(admin, pool):
    missing = "us-east-1_000000000"
    with pytest.raises(admin.exceptions.ResourceNotFoundException) as error:
        admin.create_group(UserPoolId=missing, GroupName="g")
    assert cognito_text(error)[1] == f"User pool {missing} does not exist."


def test_every_violated_constraint_is_listed(admin, pool):
    # botocore itself refuses what is too short or too low; patterns and upper bounds reach the server.
    with pytest.raises(admin.exceptions.InvalidParameterException) as error:
        admin.create_group(UserPoolId=pool.id, GroupName="two words", RoleArn="no role, but long enough")
    message = cognito_text(error)[1]
    assert message.startswith("2 validation errors detected: ")
    for value, member in [("two words", "groupName"), ("no role, but long enough", "roleArn")]:
        assert (
            f"Value '{value}' at '{member}' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: " in message
        )


@pytest.mark.parametrize("name", ["ünïcødé", "部署", "a/b:c", "x" * 128])
def test_names_may_hold_anything_but_whitespace(admin, pool, name):
    pool.add_groups(name)
    assert group_of(admin, pool, name)["GroupName"] == name


# ---- members


def test_cases_7_and_8_adding_and_removing_repeat_without_harm(admin, pool):
    pool.add_user()
    pool.add_groups("a", "b")
    for _ in range(2):
        admin.admin_add_user_to_group(UserPoolId=pool.id, Username="alice", GroupName="a")
    assert groups_of_user(admin, pool) == ["a"]
    for name in ["b", "a", "a"]:
        admin.admin_remove_user_from_group(UserPoolId=pool.id, Username="alice", GroupName=name)
    assert groups_of_user(admin, pool) == []


def test_case_9_removing_from_a_missing_group_succeeds(admin, pool):
    pool.add_user()
    admin.admin_remove_user_from_group(UserPoolId=pool.id, Username="alice", GroupName="none")


def test_cases_10_and_11_the_user_is_looked_for_before_the_group(admin, pool):
    pool.add_user()
    with pytest.raises(admin.exceptions.ResourceNotFoundException) as error:
        admin.admin_add_user_to_group(UserPoolId=pool.id, Username="alice", GroupName="none")
    assert cognito_text(error)[1] == "Group not found."
    with pytest.raises(admin.exceptions.UserNotFoundException) as error:
        admin.admin_add_user_to_group(UserPoolId=pool.id, Username="nobody", GroupName="none")
    assert cognito_text(error)[1] == "User does not exist."


def test_case_12_deleting_a_group_leaves_its_members(admin, pool):
    pool.add_groups("a", "b")
    pool.add_user(groups=["a", "b"])
    before = admin.admin_get_user(UserPoolId=pool.id, Username="alice")
    admin.delete_group(UserPoolId=pool.id, GroupName="a")
    assert groups_of_user(admin, pool) == ["b"]
    after = admin.admin_get_user(UserPoolId=pool.id, Username="alice")
    assert after["UserLastModifiedDate"] == before["UserLastModifiedDate"]
    pool.add_groups("a")
    assert groups_of_user(admin, pool) == ["b"], "a group made anew starts empty"


def test_case_13_a_user_made_anew_has_no_groups(admin, pool):
    pool.add_groups("a")
    pool.add_user(groups=["a"])
    admin.admin_delete_user(UserPoolId=pool.id, Username="alice")
    pool.add_user()
    assert groups_of_user(admin, pool) == []
    assert admin.list_users_in_group(UserPoolId=pool.id, GroupName="a")["Users"] == []


def test_case_19_a_verified_alias_names_the_user(admin, new_pool):
    pool = new_pool(AliasAttributes=["email"])
    pool.add_groups("a")
    pool.add_user(email="alice@example.com", email_verified="true")
    admin.admin_add_user_to_group(UserPoolId=pool.id, Username="alice@example.com", GroupName="a")
    (member,) = admin.list_users_in_group(UserPoolId=pool.id, GroupName="a")["Users"]
    assert member["Username"] == "alice"


def test_members_are_listed_as_whole_users(admin, pool):
    pool.add_groups("a")
    sub = pool.add_user(groups=["a"], email="alice@example.com")
    admin.admin_disable_user(UserPoolId=pool.id, Username="alice")
    (member,) = admin.list_users_in_group(UserPoolId=pool.id, GroupName="a")["Users"]
    assert attributes(member["Attributes"]) == {"sub": sub, "email": "alice@example.com"}
    assert (member["Enabled"], member["UserStatus"]) == (False, "CONFIRMED")
    assert {"UserCreateDate", "UserLastModifiedDate"} <= set(member)


def test_case_21_success_without_output_is_a_zero_byte_body(server, pool):
    pool.add_user()
    pool.add_groups("a")
    for operation, body in [
        ("AdminAddUserToGroup", f'{{"UserPoolId":"{pool.id}","Username":"alice","GroupName":"a"}}'),
        ("AdminRemoveUserFromGroup", f'{{"UserPoolId":"{pool.id}","Username":"alice","GroupName":"a"}}'),
        ("DeleteGroup", f'{{"UserPoolId":"{pool.id}","GroupName":"a"}}'),
    ]:
        answer = signed_post(server, operation, body)
        assert (answer.status_code, answer.content) == (200, b""), operation


def signed_post(server, operation, body):
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
    }
    request = AWSRequest("POST", server.endpoint + "/", headers, body)
    SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "cognito-idp", REGION).add_auth(request)
    return requests.post(request.url, data=body, headers=dict(request.headers.items()), timeout=10)


def test_case_22_a_user_is_in_100_groups_at_most(admin, pool):
    names = [f"group-{n:03}" for n in range(101)]
    pool.add_groups(*names)
    pool.add_user(groups=names[:100])
    with pytest.raises(ClientError) as error:
        admin.admin_add_user_to_group(UserPoolId=pool.id, Username="alice", GroupName=names[100])
    assert cognito_text(error) == ("LimitExceededException", "User exceeded group limit.")
    assert groups_of_user(admin, pool) == names[:100]
    assert claims(pool.sign_in()["AccessToken"])["cognito:groups"] == names[:100]


# ---- lists


def test_empty_lists_are_lists(admin, pool):
    pool.add_user()
    pool_id = {"UserPoolId": pool.id}
    assert admin.list_groups(**pool_id)["Groups"] == []
    assert admin.admin_list_groups_for_user(**pool_id, Username="alice")["Groups"] == []
    pool.add_groups("a")
    assert admin.list_users_in_group(**pool_id, GroupName="a")["Users"] == []


def test_case_15_n_groups_by_one_take_n_pages(admin, pool):
    names = ["a", "b", "c"]
    pool.add_groups(*names)
    pool.add_user(groups=names)
    for operation, arguments in [("list_groups", {}), ("admin_list_groups_for_user", {"Username": "alice"})]:
        found, token = [], {}
        for page in range(len(names)):
            answer = getattr(admin, operation)(UserPoolId=pool.id, Limit=1, **arguments, **token)
            found += [group["GroupName"] for group in answer["Groups"]]
            assert ("NextToken" in answer) == (page < len(names) - 1), operation
            token = {"NextToken": answer.get("NextToken")}
        assert set(found) == set(names)


def test_paginators_see_everything_once(admin, pool):
    names = [f"group-{n:03}" for n in range(65)]
    pool.add_groups(*names)
    pages = list(admin.get_paginator("list_groups").paginate(UserPoolId=pool.id))
    assert [len(page["Groups"]) for page in pages] == [60, 5]
    assert sorted(group["GroupName"] for page in pages for group in page["Groups"]) == names

    users = [f"user-{n}" for n in range(5)]
    for user in users:
        pool.add_user(user, groups=["group-000"])
    paginator = admin.get_paginator("list_users_in_group")
    pages = paginator.paginate(UserPoolId=pool.id, GroupName="group-000", PaginationConfig={"PageSize": 2})
    assert sorted(user["Username"] for page in pages for user in page["Users"]) == users


def test_case_16_a_token_is_good_for_its_own_list_only(admin, new_pool):
    one, two = new_pool(), new_pool()
    for pool in (one, two):
        pool.add_groups("a", "b")
        pool.add_user(groups=["a", "b"])
        pool.add_user("bob", groups=["a"])
    token = admin.list_groups(UserPoolId=one.id, Limit=1)["NextToken"]
    invalid = "Provided pagination token is invalid. Check the token and try your request again."
    for call, arguments, text in [
        (admin.list_groups, {"UserPoolId": two.id}, invalid),
        (admin.admin_list_groups_for_user, {"UserPoolId": one.id, "Username": "alice"}, invalid),
        (admin.list_users_in_group, {"UserPoolId": one.id, "GroupName": "a"}, "Paging marker is invalid."),
    ]:
        with pytest.raises(admin.exceptions.InvalidParameterException) as error:
            call(NextToken=token, **arguments)
        assert cognito_text(error)[1] == text


# ---- claims


def test_case_17_a_refresh_reads_memberships_anew(admin, pool):
    pool.add_groups("a", "b")
    pool.add_user(groups=["a"])
    tokens = pool.sign_in()
    assert claims(tokens["IdToken"])["cognito:groups"] == ["a"]
    admin.admin_add_user_to_group(UserPoolId=pool.id, Username="alice", GroupName="b")
    fresh = pool.refresh(tokens["RefreshToken"])
    for token in ("IdToken", "AccessToken"):
        assert claims(fresh[token])["cognito:groups"] == ["a", "b"]
    for name in ("a", "b"):
        admin.delete_group(UserPoolId=pool.id, GroupName=name)
    assert "cognito:groups" not in claims(pool.refresh(tokens["RefreshToken"])["IdToken"])


@pytest.mark.parametrize(
    ("groups", "roles", "preferred"),
    [
        pytest.param([("a", ROLE_A, 1), ("b", ROLE_B, 2)], [ROLE_A, ROLE_B], ROLE_A, id="lowest precedence wins"),
        pytest.param([("a", None, 0), ("b", ROLE_B, 5)], [ROLE_B], ROLE_B, id="a group without role does not count"),
        pytest.param([("a", ROLE_A, 1), ("b", ROLE_B, 1)], [ROLE_A, ROLE_B], None, id="a draw of two roles"),
        pytest.param([("a", ROLE_A, 1), ("b", ROLE_A, 1)], [ROLE_A], ROLE_A, id="a draw of one role"),
        pytest.param(
            [("a", ROLE_A, 1), ("b", ROLE_B, 1), ("c", ROLE_C, 7)],
            [ROLE_A, ROLE_B, ROLE_C],
            None,
            id="no fall-through after a draw",
        ),
        pytest.param([("a", ROLE_A, None), ("b", ROLE_B, 3)], [ROLE_A, ROLE_B], ROLE_B, id="no precedence is worst"),
        pytest.param([("a", ROLE_A, None)], [ROLE_A], None, id="one role without precedence"),
        pytest.param([("a", ROLE_A, None), ("b", ROLE_A, None)], [ROLE_A], None, id="one role twice, no precedence"),
        pytest.param([("a", None, 1)], None, None, id="no roles at all"),
        pytest.param([("a", ROLE_A, 0), ("b", ROLE_B, 1)], [ROLE_A, ROLE_B], ROLE_A, id="zero is the best"),
    ],
)
def test_case_18_role_claims(pool, groups, roles, preferred):
    for name, role, precedence in groups:
        given = {"RoleArn": role, "Precedence": precedence}
        pool.add_groups(name, **{member: value for member, value in given.items() if value is not None})
    names = [name for name, _, _ in groups]
    pool.add_user(groups=names)
    tokens = pool.sign_in()
    identity, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    assert identity["cognito:groups"] == access["cognito:groups"] == names
    assert (identity.get("cognito:roles"), identity.get("cognito:preferred_role")) == (roles, preferred)
    assert not {"cognito:roles", "cognito:preferred_role"} & set(access)


def test_the_claim_has_the_order_of_the_list(admin, pool):
    names = ["zebra", "Apple", "mango"]
    pool.add_groups(*names)
    pool.add_user(groups=names)
    assert claims(pool.sign_in()["IdToken"])["cognito:groups"] == groups_of_user(admin, pool)


def test_a_user_in_no_group_has_no_claim(pool):
    pool.add_user()
    tokens = pool.sign_in()
    assert not any(name.startswith("cognito:groups") for name in claims(tokens["AccessToken"]))


# ---- signatures


def test_a_wrong_secret_key_is_refused(server, pool):
    client = boto3.client(
        "cognito-idp",
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key="wrong",
    )
    with pytest.raises(ClientError) as error:
        client.list_groups(UserPoolId=pool.id)
    code, message = cognito_text(error)
    assert code == "InvalidSignatureException"
    assert message.startswith("The request signature we calculated does not match the signature you provided.")


def test_an_unsigned_group_operation_is_refused(public, pool):
    with pytest.raises(ClientError) as error:
        public.list_groups(UserPoolId=pool.id)
    assert cognito_text(error) == ("MissingAuthenticationTokenException", "Missing Authentication Token")
