"""The examples of pycognito's user management documentation, in its order."""

import pytest
from botocore.exceptions import NoCredentialsError

from poolhouse import UUID, cognito_text
from pools import PASSWORD, pycognito_client

CUSTOM = [
    {"Name": "department", "AttributeDataType": "String"},
    {"Name": "tier", "AttributeDataType": "String"},
]


@pytest.fixture
def mail_pool(new_pool):
    """A pool that verifies e-mail addresses and knows two custom attributes."""
    return new_pool(AutoVerifiedAttributes=["email"], Schema=CUSTOM)


def signed_in(pool, username="alice", **settings):
    cognito = pycognito_client(pool, username, **settings)
    cognito.authenticate(password=PASSWORD)
    return cognito


def test_u1_a_user_registers_with_base_and_custom_attributes(mail_pool):
    cognito = pycognito_client(mail_pool, credentials=False)
    cognito.set_base_attributes(email="alice@example.com", given_name="Alice")
    cognito.add_custom_attributes(tier="gold")
    answer = cognito.register("alice", PASSWORD)
    assert answer["UserConfirmed"] is False
    assert UUID.fullmatch(answer["UserSub"])
    assert answer["CodeDeliveryDetails"]["Destination"] == "a***@e***"
    user = pycognito_client(mail_pool).admin_get_user()
    assert (user.email, user.given_name, user.email_verified) == ("alice@example.com", "Alice", False)
    assert getattr(user, "custom:tier") == "gold"


def test_u2_no_delivery_without_auto_verification(pool):
    cognito = pycognito_client(pool)
    cognito.set_base_attributes(email="alice@example.com")
    assert set(cognito.register("alice", PASSWORD)) == {"UserConfirmed", "UserSub"}


def test_u3_and_u5_codes_confirm_and_are_sent_again(mail_pool):
    cognito = pycognito_client(mail_pool, username=None, credentials=False)
    cognito.set_base_attributes(email="alice@example.com")
    cognito.register("alice", PASSWORD)
    cognito.resend_confirmation_code("alice")
    assert len(mail_pool.server.messages(mail_pool.id, username="alice")) == 2
    cognito.confirm_sign_up(mail_pool.code(username="alice"), username="alice")
    with pytest.raises(cognito.client.exceptions.InvalidParameterException) as error:
        cognito.resend_confirmation_code("alice")
    assert cognito_text(error)[1] == "User is already confirmed."


def test_u4_an_administrator_confirms_once(pool):
    cognito = pycognito_client(pool)
    cognito.register("alice", PASSWORD)
    cognito.admin_confirm_sign_up()
    with pytest.raises(cognito.client.exceptions.NotAuthorizedException) as error:
        cognito.admin_confirm_sign_up(username="alice")
    assert cognito_text(error)[1] == "User cannot be confirmed. Current status is CONFIRMED"


def test_u6_a_user_reads_itself(pool):
    sub = pool.add_user(email="alice@example.com", email_verified="true")
    user = signed_in(pool, credentials=False).get_user()
    assert (user.username, user.sub, user.email, user.email_verified) == ("alice", sub, "alice@example.com", True)


def test_u7_an_administrator_reads_status_and_dates(pool):
    pool.add_user()
    user = pycognito_client(pool).admin_get_user()
    metadata = user._metadata
    assert (metadata["enabled"], metadata["user_status"], metadata["username"]) == (True, "CONFIRMED", "alice")
    assert metadata["create_date"] <= metadata["modified_date"]


def test_u8_all_users_are_listed(admin, pool):
    assert pycognito_client(pool).get_users() == []
    names = [f"user-{number:02}" for number in range(61)]
    for name in names:
        admin.admin_create_user(UserPoolId=pool.id, Username=name, MessageAction="SUPPRESS")
    assert sorted(user.username for user in pycognito_client(pool).get_users()) == names


def test_u9_an_attribute_that_is_not_set_is_missing(pool):
    pool.add_user()
    (user,) = pycognito_client(pool).get_users()
    with pytest.raises(AttributeError):
        user.email
    assert user.email_verified is None


def test_u10_a_new_telephone_number_is_unverified_and_gets_a_code(new_pool):
    pool = new_pool(AutoVerifiedAttributes=["phone_number"], SmsConfiguration=SMS)
    pool.add_user(phone_number="+15555550100", phone_number_verified="true")
    cognito = signed_in(pool)
    cognito.update_profile({"phone_number": "+15555550101"})
    user = cognito.get_user()
    assert (user.phone_number, user.phone_number_verified) == ("+15555550101", False)
    assert pool.server.messages(pool.id)[0]["destination"] == "+15555550101"


SMS = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "conformance"}


def test_u11_an_administrator_sets_a_verified_address_without_a_code(mail_pool):
    mail_pool.add_user()
    cognito = pycognito_client(mail_pool)
    cognito.admin_update_profile({"email": "alice@example.com", "email_verified": True})
    user = cognito.admin_get_user()
    assert (user.email, user.email_verified) == ("alice@example.com", True)
    assert mail_pool.server.messages(mail_pool.id) == []


def test_u12_an_administrator_creates_a_user_silently(pool):
    cognito = pycognito_client(pool, username=None)
    answer = cognito.admin_create_user(
        username="alice",
        temporary_password=PASSWORD,
        additional_kwargs={"MessageAction": "SUPPRESS"},
        email="alice@example.com",
        email_verified=True,
    )
    assert answer["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert cognito.username == "alice"
    assert pool.server.messages(pool.id) == []


def test_u13_an_empty_temporary_password_is_made_by_the_server(pool):
    cognito = pycognito_client(pool)
    cognito.admin_create_user(
        "alice", additional_kwargs={"DesiredDeliveryMediums": ["EMAIL"]}, email="alice@example.com"
    )
    password = pool.code(username="alice")
    cognito.new_password_challenge(password, PASSWORD)
    assert cognito.access_claims["username"] == "alice"


def test_u14_users_are_deleted(pool):
    for username in ["alice", "bob"]:
        pool.add_user(username)
    signed_in(pool).delete_user()
    assert [user.username for user in pycognito_client(pool).get_users()] == ["bob"]
    pycognito_client(pool, "bob").admin_delete_user()
    assert pycognito_client(pool).get_users() == []


def test_u15_saving_sends_everything_and_changes_only_what_differs(new_pool):
    pool = new_pool(AutoVerifiedAttributes=["email"])
    pool.add_user(email="alice@example.com", email_verified="true", given_name="Alice")
    user = signed_in(pool).get_user()
    user.given_name = "Alicia"
    user.save()
    after = pycognito_client(pool).admin_get_user()
    assert (after.given_name, after.email, after.email_verified) == ("Alicia", "alice@example.com", True)
    assert pool.server.messages(pool.id) == []

    after.given_name = "Ali"
    after.save(admin=True)
    again = pycognito_client(pool).admin_get_user()
    assert (again.given_name, again.email_verified) == ("Ali", True)


def test_u16_a_user_object_is_deleted_by_an_administrator(pool):
    pool.add_user()
    pycognito_client(pool).admin_get_user().delete(admin=True)
    assert pycognito_client(pool).get_users() == []


def test_u17_the_registration_flow(mail_pool):
    cognito = pycognito_client(mail_pool, credentials=False)
    cognito.set_base_attributes(email="alice@example.com", name="Alice Example")
    assert cognito.register("alice", PASSWORD)["UserConfirmed"] is False
    cognito.confirm_sign_up(mail_pool.code(destination="alice@example.com"))
    cognito.authenticate(password=PASSWORD)
    user = cognito.get_user()
    assert (user.name, user.email_verified) == ("Alice Example", True)


def test_u18_the_administration_flow(mail_pool):
    cognito = pycognito_client(mail_pool, username=None)
    cognito.admin_create_user("alice", PASSWORD, {"MessageAction": "SUPPRESS"}, email="alice@example.com")
    with pytest.raises(cognito.client.exceptions.InvalidParameterException):
        cognito.admin_update_profile({"department": "Engineering"})
    cognito.admin_update_profile({"custom:department": "Engineering"})
    assert getattr(cognito.admin_get_user(), "custom:department") == "Engineering"


def test_u19_the_profile_flow(pool):
    pool.add_user(given_name="Alice")
    cognito = signed_in(pool, credentials=False)
    assert cognito.get_user().given_name == "Alice"
    cognito.update_profile({"given_name": "Alicia", "family_name": "Example"})
    user = cognito.get_user()
    assert (user.given_name, user.family_name) == ("Alicia", "Example")


def test_u20_administration_needs_keys_and_self_service_does_not(pool):
    pool.add_user()
    cognito = pycognito_client(pool, credentials=False)
    for call in (cognito.get_users, cognito.admin_get_user):
        with pytest.raises(NoCredentialsError):
            call()
    cognito.authenticate(password=PASSWORD)
    assert cognito.get_user().username == "alice"


def test_attribute_names_are_mapped(pool):
    pool.add_user(given_name="Alice")
    cognito = pycognito_client(pool)
    names = {"given_name": "first_name"}
    assert cognito.admin_get_user(attr_map=names).first_name == "Alice"
    cognito.admin_update_profile({"first_name": "Alicia"}, attr_map=names)
    assert cognito.admin_get_user().given_name == "Alicia"
