"""The examples of pycognito's group management documentation, in its order."""

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from poolhouse import cognito_text
from pools import claims, pycognito_client


@pytest.fixture
def cognito(pool):
    """pycognito with an administrator's keys, and Alice in the pool."""
    pool.add_user()
    return pycognito_client(pool)


def test_g1_a_group_shows_its_members(pool, cognito):
    role = "arn:aws:iam::123456789012:role/admin"
    pool.add_groups("admins", Description="Administrators", Precedence=1, RoleArn=role)
    group = cognito.get_group(group_name="admins")
    assert (group.group_name, group.description, group.precedence, group.role_arn) == (
        "admins",
        "Administrators",
        1,
        role,
    )
    assert group.creation_date == group.last_modified_date
    assert repr(group) == "<GroupObj: admins>"
    with pytest.raises(ClientError) as error:
        cognito.get_group(group_name="none")
    assert cognito_text(error) == ("ResourceNotFoundException", "Group not found.")


def test_g2_an_unset_precedence_is_none(pool, cognito):
    pool.add_groups("plain")
    group = cognito.get_group("plain")
    assert (group.precedence, group.description, group.role_arn) == (None, None, None)


def test_g3_groups_are_listed_and_counted(pool, cognito):
    assert cognito.get_groups() == []
    pool.add_groups("admins", "editors", "viewers")
    assert sorted(group.group_name for group in cognito.get_groups()) == ["admins", "editors", "viewers"]


def test_g4_a_user_joins_several_groups(pool, cognito):
    pool.add_groups("editors", "viewers")
    for name in ["editors", "viewers", "editors"]:
        assert cognito.admin_add_user_to_group(username="alice", group_name=name) is None
    assert sorted(cognito.admin_list_groups_for_user("alice")) == ["editors", "viewers"]
    with pytest.raises(cognito.client.exceptions.ResourceNotFoundException):
        cognito.admin_add_user_to_group("alice", "none")
    with pytest.raises(cognito.client.exceptions.UserNotFoundException):
        cognito.admin_add_user_to_group("nobody", "editors")


def test_g5_leaving_one_group_keeps_the_others(pool, cognito):
    pool.add_groups("editors", "viewers")
    for name in ["editors", "viewers"]:
        cognito.admin_add_user_to_group("alice", name)
    for _ in range(2):
        cognito.admin_remove_user_from_group(username="alice", group_name="editors")
    assert cognito.admin_list_groups_for_user("alice") == ["viewers"]


def test_g6_all_pages_of_a_users_groups(pool, cognito):
    names = [f"group-{number:03}" for number in range(75)]
    pool.add_groups(*names)
    for name in names:
        cognito.admin_add_user_to_group("alice", name)
    assert sorted(cognito.admin_list_groups_for_user("alice")) == names


def test_g7_a_write_shows_in_the_next_read(pool, cognito):
    pool.add_groups("premium")
    cognito.admin_add_user_to_group("alice", "premium")
    assert "premium" in cognito.admin_list_groups_for_user("alice")
    cognito.admin_remove_user_from_group("alice", "premium")
    assert "premium" not in cognito.admin_list_groups_for_user("alice")


def test_g8_a_disabled_user_keeps_data_and_groups(pool, cognito):
    pool.add_groups("editors")
    cognito.admin_add_user_to_group("alice", "editors")
    for _ in range(2):
        cognito.admin_disable_user("alice")
    with pytest.raises(cognito.client.exceptions.NotAuthorizedException) as error:
        pool.sign_in()
    assert cognito_text(error)[1] == "User is disabled."
    assert cognito.admin_get_user().enabled is False
    for _ in range(2):
        cognito.admin_enable_user("alice")
    assert cognito.admin_list_groups_for_user("alice") == ["editors"]
    assert pool.sign_in()


def test_g9_a_group_object_is_made_of_the_answer(pool, cognito):
    pool.add_groups("editors", Precedence=0)
    (group,) = cognito.get_groups()
    assert (type(group), group.group_name, group.precedence) == (cognito.group_class, "editors", 0)


def test_g10_a_role_is_swapped_for_another(pool, cognito):
    roles = ["role-admin", "role-editor", "role-viewer"]
    pool.add_groups("newsletter", *roles)
    for name in ["newsletter", "role-viewer"]:
        cognito.admin_add_user_to_group("alice", name)

    for name in cognito.admin_list_groups_for_user("alice"):
        if name in roles:
            cognito.admin_remove_user_from_group("alice", name)
    cognito.admin_add_user_to_group("alice", "role-editor")

    assert sorted(cognito.admin_list_groups_for_user("alice")) == ["newsletter", "role-editor"]


def test_g11_access_is_granted_by_any_required_group(pool, cognito):
    pool.add_groups("editors", "viewers")
    cognito.admin_add_user_to_group("alice", "viewers")
    required = {"admins", "viewers"}
    assert required & set(cognito.admin_list_groups_for_user("alice"))
    assert required & set(claims(pool.sign_in()["AccessToken"])["cognito:groups"])


def test_g12_many_users_are_added_with_an_error_each(pool, cognito):
    pool.add_groups("editors")
    pool.add_user("bob")
    outcome = {}
    for username in ["alice", "ghost", "bob"]:
        try:
            cognito.admin_add_user_to_group(username, "editors")
            outcome[username] = "added"
        except ClientError as error:
            outcome[username] = error.response["Error"]["Code"]
    assert outcome == {"alice": "added", "ghost": "UserNotFoundException", "bob": "added"}


def test_g13_a_hierarchy_by_precedence(pool, cognito):
    for precedence, name in enumerate(["admins", "editors", "viewers"]):
        role = f"arn:aws:iam::123456789012:role/{name}"
        pool.add_groups(name, Precedence=precedence, RoleArn=role)
    for name in ["viewers", "editors"]:
        cognito.admin_add_user_to_group("alice", name)
    best = min(map(cognito.get_group, cognito.admin_list_groups_for_user("alice")), key=lambda g: g.precedence)
    assert best.group_name == "editors"
    assert claims(pool.sign_in()["IdToken"])["cognito:preferred_role"] == best.role_arn

    cognito.admin_remove_user_from_group("alice", "editors")
    cognito.admin_add_user_to_group("alice", "admins")
    assert claims(pool.sign_in()["IdToken"])["cognito:preferred_role"].endswith("role/admins")


def test_g14_an_audit_of_all_groups_and_users(pool, cognito):
    pool.add_groups("editors", "viewers")
    pool.add_user("bob", groups=["editors", "viewers"])
    cognito.admin_add_user_to_group("alice", "viewers")
    audit = {group.group_name: set() for group in cognito.get_groups()}
    for user in cognito.get_users():
        for name in cognito.admin_list_groups_for_user(user.username):
            audit[name].add(user.username)
    assert audit == {"editors": {"bob"}, "viewers": {"alice", "bob"}}


def test_group_calls_without_keys_never_reach_the_server(pool):
    with pytest.raises(NoCredentialsError):
        pycognito_client(pool, credentials=False).get_groups()
