"""Users as a boto3 user calls them: administration, sign-up, codes, and an account's own operations."""

import pytest

from poolhouse import UUID, attributes, cognito_text
from pools import NEW_PASSWORD, PASSWORD, claims

WRONG_CODE = "Invalid verification code provided, please try again."
SPENT_CODE = "Invalid code provided, please request a code again."


def wrong(code):
    """A code of the right form that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def user_of(admin, pool, username="alice"):
    return admin.admin_get_user(UserPoolId=pool.id, Username=username)


# ---- administration


def test_an_administrators_user_goes_through_its_life(admin, pool):
    created = admin.admin_create_user(
        UserPoolId=pool.id,
        Username="alice",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "alice@example.com"}],
    )["User"]
    sub = attributes(created["Attributes"])["sub"]
    assert UUID.fullmatch(sub)
    assert (created["UserStatus"], created["Enabled"]) == ("FORCE_CHANGE_PASSWORD", True)
    assert created["UserCreateDate"] == created["UserLastModifiedDate"]

    admin.admin_update_user_attributes(
        UserPoolId=pool.id,
        Username="alice",
        UserAttributes=[{"Name": "email_verified", "Value": "true"}, {"Name": "given_name", "Value": "Alice"}],
    )
    admin.admin_delete_user_attributes(UserPoolId=pool.id, Username="alice", UserAttributeNames=["given_name"])
    user = user_of(admin, pool)
    assert attributes(user["UserAttributes"]) == {"sub": sub, "email": "alice@example.com", "email_verified": "true"}

    admin.admin_disable_user(UserPoolId=pool.id, Username="alice")
    assert user_of(admin, pool)["Enabled"] is False
    admin.admin_enable_user(UserPoolId=pool.id, Username="alice")
    assert user_of(admin, pool)["Enabled"] is True

    admin.admin_delete_user(UserPoolId=pool.id, Username="alice")
    with pytest.raises(admin.exceptions.UserNotFoundException) as error:
        user_of(admin, pool)
    assert cognito_text(error)[1] == "User does not exist."


def test_a_taken_name_is_refused(admin, pool):
    pool.add_user()
    with pytest.raises(admin.exceptions.UsernameExistsException) as error:
        pool.add_user()
    assert cognito_text(error)[1] == "User account already exists"


def test_a_temporary_password_leads_to_a_new_one(admin, public, pool):
    admin.admin_create_user(
        UserPoolId=pool.id, Username="alice", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    challenge = public.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=pool.client_id,
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    answer = public.respond_to_auth_challenge(
        ClientId=pool.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", "NEW_PASSWORD": NEW_PASSWORD},
    )
    assert claims(answer["AuthenticationResult"]["IdToken"])["cognito:username"] == "alice"
    assert user_of(admin, pool)["UserStatus"] == "CONFIRMED"


def test_an_invitation_carries_the_temporary_password(admin, pool):
    admin.admin_create_user(
        UserPoolId=pool.id,
        Username="alice",
        DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=[{"Name": "email", "Value": "alice@example.com"}],
    )
    (message,) = pool.server.messages(pool.id, username="alice")
    assert (message["destination"], message["medium"]) == ("alice@example.com", "EMAIL")
    answer = admin.admin_initiate_auth(
        UserPoolId=pool.id,
        ClientId=pool.client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": message["code"]},
    )
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Aa1!", "Password not long enough"),
        ("correct-horse-7", "Password must have uppercase characters"),
        ("CORRECT-HORSE-7", "Password must have lowercase characters"),
        ("Correct-horse", "Password must have numeric characters"),
        ("Correcthorse7", "Password must have symbol characters"),
    ],
)
def test_the_password_policy_names_its_reason(admin, pool, password, reason):
    pool.add_user()
    with pytest.raises(admin.exceptions.InvalidPasswordException) as error:
        admin.admin_set_user_password(UserPoolId=pool.id, Username="alice", Password=password, Permanent=True)
    assert cognito_text(error)[1] == f"Password does not conform to policy: {reason}"


def test_a_disabled_user_is_kept_out_and_tokens_die(admin, public, pool):
    pool.add_user()
    tokens = pool.sign_in()
    admin.admin_disable_user(UserPoolId=pool.id, Username="alice")
    for call in (
        lambda: pool.sign_in(),
        lambda: pool.refresh(tokens["RefreshToken"]),
        lambda: public.get_user(AccessToken=tokens["AccessToken"]),
    ):
        with pytest.raises(public.exceptions.NotAuthorizedException) as error:
            call()
        assert cognito_text(error)[1] == "User is disabled."
    admin.admin_enable_user(UserPoolId=pool.id, Username="alice")
    with pytest.raises(public.exceptions.NotAuthorizedException) as error:
        public.get_user(AccessToken=tokens["AccessToken"])
    assert cognito_text(error)[1] == "Access Token has been revoked"


def test_an_administrators_reset_sends_a_code(admin, public, pool):
    pool.add_user(email="alice@example.com", email_verified="true")
    admin.admin_reset_user_password(UserPoolId=pool.id, Username="alice")
    assert user_of(admin, pool)["UserStatus"] == "RESET_REQUIRED"
    with pytest.raises(public.exceptions.PasswordResetRequiredException) as error:
        pool.sign_in()
    assert cognito_text(error)[1] == "Password reset required for the user"
    public.confirm_forgot_password(
        ClientId=pool.client_id,
        Username="alice",
        ConfirmationCode=pool.code(username="alice"),
        Password=NEW_PASSWORD,
    )
    assert pool.sign_in(password=NEW_PASSWORD)


# ---- ListUsers


@pytest.fixture
def crowd(admin, pool):
    """Three users who differ in what can be filtered by."""
    pool.add_user("alice", email="Alice@example.com", given_name="Alice")
    pool.add_user("albert", email="albert@example.org", given_name="Al", phone_number="+15555550101")
    admin.admin_create_user(UserPoolId=pool.id, Username="bob", MessageAction="SUPPRESS")
    admin.admin_disable_user(UserPoolId=pool.id, Username="bob")
    return pool


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", {"alice", "albert", "bob"}),
        ('username = "alice"', {"alice"}),
        ('username ^= "al"', {"alice", "albert"}),
        ('username="ALICE"', set()),
        ('email = "alice@EXAMPLE.com"', {"alice"}),
        ('email ^= "al"', {"alice", "albert"}),
        ('given_name = "al"', {"albert"}),
        ('phone_number ^= "+1555"', {"albert"}),
        ('status = "Disabled"', {"bob"}),
        ('status = "Enabled"', {"alice", "albert"}),
        ('cognito:user_status = "force_change_password"', {"bob"}),
        ('cognito:user_status = "CONFIRMED"', {"alice", "albert"}),
        ('name = "nobody"', set()),
    ],
)
def test_filters(admin, crowd, expression, expected):
    users = admin.list_users(UserPoolId=crowd.id, Filter=expression)["Users"]
    assert {user["Username"] for user in users} == expected


def test_a_filter_by_sub(admin, crowd):
    sub = attributes(user_of(admin, crowd, "albert")["UserAttributes"])["sub"]
    (user,) = admin.list_users(UserPoolId=crowd.id, Filter=f'sub = "{sub}"')["Users"]
    assert user["Username"] == "albert"


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("username", "Error while parsing filter."),
        ("username = alice", "Error while parsing filter."),
        ('username = "alice" and email ^= "a"', "Error while parsing filter."),
        ('custom:level = "7"', "Invalid search attribute: custom:level"),
    ],
)
def test_bad_filters(admin, crowd, expression, text):
    with pytest.raises(admin.exceptions.InvalidParameterException) as error:
        admin.list_users(UserPoolId=crowd.id, Filter=expression)
    assert cognito_text(error)[1] == text


def test_the_paginator_lists_each_user_once(admin, crowd):
    pages = admin.get_paginator("list_users").paginate(UserPoolId=crowd.id, PaginationConfig={"PageSize": 1})
    names = [[user["Username"] for user in page["Users"]] for page in pages]
    assert all(len(page) <= 1 for page in names)
    assert sorted(name for page in names for name in page) == ["albert", "alice", "bob"]


def test_attributes_to_get_limits_what_is_shown(admin, crowd):
    users = admin.list_users(UserPoolId=crowd.id, Filter='username ^= "al"', AttributesToGet=["email"])["Users"]
    assert {tuple(attributes(user["Attributes"])) for user in users} == {("email",)}


# ---- sign-up


def sign_up(pool, username="alice", **attributes):
    return pool.public.sign_up(
        ClientId=pool.client_id,
        Username=username,
        Password=PASSWORD,
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )


def test_sign_up_is_confirmed_by_the_code(admin, public, new_pool):
    pool = new_pool(AutoVerifiedAttributes=["email"])
    answer = sign_up(pool, email="alice@example.com")
    assert answer["UserConfirmed"] is False
    delivery = {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert answer["CodeDeliveryDetails"] == delivery
    with pytest.raises(public.exceptions.UserNotConfirmedException) as error:
        pool.sign_in()
    assert cognito_text(error)[1] == "User is not confirmed."

    code = pool.code(destination="alice@example.com")
    confirm = {"ClientId": pool.client_id, "Username": "alice"}
    with pytest.raises(public.exceptions.CodeMismatchException) as error:
        public.confirm_sign_up(**confirm, ConfirmationCode=wrong(code))
    assert cognito_text(error)[1] == WRONG_CODE
    public.confirm_sign_up(**confirm, ConfirmationCode=code)
    with pytest.raises(public.exceptions.NotAuthorizedException) as error:
        public.confirm_sign_up(**confirm, ConfirmationCode=code)
    assert cognito_text(error)[1] == "User cannot be confirmed. Current status is CONFIRMED"

    user = user_of(admin, pool)
    assert user["UserStatus"] == "CONFIRMED"
    expected = {"sub": answer["UserSub"], "email": "alice@example.com", "email_verified": "true"}
    assert attributes(user["UserAttributes"]) == expected
    assert claims(pool.sign_in()["IdToken"])["sub"] == answer["UserSub"]


def test_a_new_code_replaces_the_old(public, new_pool):
    pool = new_pool(AutoVerifiedAttributes=["email"])
    sign_up(pool, email="alice@example.com")
    public.resend_confirmation_code(ClientId=pool.client_id, Username="alice")
    newest, oldest = [message["code"] for message in pool.server.messages(pool.id, username="alice")]
    with pytest.raises((public.exceptions.ExpiredCodeException, public.exceptions.CodeMismatchException)):
        public.confirm_sign_up(ClientId=pool.client_id, Username="alice", ConfirmationCode=oldest)
    public.confirm_sign_up(ClientId=pool.client_id, Username="alice", ConfirmationCode=newest)
    with pytest.raises(public.exceptions.InvalidParameterException) as error:
        public.resend_confirmation_code(ClientId=pool.client_id, Username="alice")
    assert cognito_text(error)[1] == "User is already confirmed."


def test_without_auto_verification_no_code_is_sent(admin, public, pool):
    answer = sign_up(pool, email="alice@example.com")
    assert "CodeDeliveryDetails" not in answer
    assert pool.server.messages(pool.id) == []
    admin.admin_confirm_sign_up(UserPoolId=pool.id, Username="alice")
    assert pool.sign_in()
    with pytest.raises(public.exceptions.UsernameExistsException) as error:
        sign_up(pool)
    assert cognito_text(error)[1] == "User already exists"


def test_an_e_mail_address_as_user_name(admin, public, new_pool):
    pool = new_pool(UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    with pytest.raises(public.exceptions.InvalidParameterException) as error:
        sign_up(pool, "alice")
    assert cognito_text(error)[1] == "Username should be an email."
    sub = sign_up(pool, "alice@example.com")["UserSub"]
    code = pool.code(destination="alice@example.com")
    public.confirm_sign_up(ClientId=pool.client_id, Username="alice@example.com", ConfirmationCode=code)
    user = user_of(admin, pool, "alice@example.com")
    assert user["Username"] == sub
    assert attributes(user["UserAttributes"])["email"] == "alice@example.com"
    tokens = pool.sign_in("alice@example.com")
    assert claims(tokens["IdToken"])["cognito:username"] == claims(tokens["AccessToken"])["username"] == sub
    with pytest.raises(public.exceptions.UsernameExistsException) as error:
        sign_up(pool, "alice@example.com")
    assert cognito_text(error)[1] == "An account with the given email already exists."


# ---- an account's own operations


def test_a_forgotten_password_is_replaced_by_code(public, pool):
    pool.add_user(email="alice@example.com", email_verified="true")
    asked = public.forgot_password(ClientId=pool.client_id, Username="alice")["CodeDeliveryDetails"]
    assert asked == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert pool.sign_in(), "the old password is good until the new one is confirmed"
    code = pool.code(username="alice")
    confirm = {"ClientId": pool.client_id, "Username": "alice", "Password": NEW_PASSWORD}
    with pytest.raises(public.exceptions.CodeMismatchException) as error:
        public.confirm_forgot_password(**confirm, ConfirmationCode=wrong(code))
    assert cognito_text(error)[1] == WRONG_CODE
    public.confirm_forgot_password(**confirm, ConfirmationCode=code)
    assert pool.sign_in(password=NEW_PASSWORD)
    with pytest.raises(public.exceptions.NotAuthorizedException) as error:
        pool.sign_in()
    assert cognito_text(error)[1] == "Incorrect username or password."
    with pytest.raises(public.exceptions.ExpiredCodeException) as error:
        public.confirm_forgot_password(**confirm, ConfirmationCode=code)
    assert cognito_text(error)[1] == SPENT_CODE


def test_without_a_verified_address_a_password_cannot_be_reset(public, pool):
    pool.add_user(email="alice@example.com")
    with pytest.raises(public.exceptions.InvalidParameterException) as error:
        public.forgot_password(ClientId=pool.client_id, Username="alice")
    assert cognito_text(error)[1] == (
        "Cannot reset password for the user as there is no registered/verified email or phone_number"
    )


def test_an_attribute_is_changed_and_verified(public, new_pool):
    pool = new_pool(AutoVerifiedAttributes=["email"])
    pool.add_user(email="alice@example.com", email_verified="true")
    token = {"AccessToken": pool.sign_in()["AccessToken"]}
    answer = public.update_user_attributes(**token, UserAttributes=[{"Name": "email", "Value": "al@example.net"}])
    (delivery,) = answer["CodeDeliveryDetailsList"]
    assert (delivery["AttributeName"], delivery["Destination"]) == ("email", "a***@e***")
    flags = attributes(public.get_user(**token)["UserAttributes"])
    assert (flags["email"], flags["email_verified"]) == ("al@example.net", "false")

    code = pool.code(destination="al@example.net")
    with pytest.raises(public.exceptions.CodeMismatchException) as error:
        public.verify_user_attribute(**token, AttributeName="email", Code=wrong(code))
    assert cognito_text(error)[1] == WRONG_CODE
    public.verify_user_attribute(**token, AttributeName="email", Code=code)
    assert attributes(public.get_user(**token)["UserAttributes"])["email_verified"] == "true"
    public.get_user_attribute_verification_code(**token, AttributeName="email")
    assert len(pool.server.messages(pool.id, destination="al@example.net")) == 2


def test_an_own_password_is_changed(public, pool):
    pool.add_user()
    token = pool.sign_in()["AccessToken"]
    with pytest.raises(public.exceptions.NotAuthorizedException) as error:
        public.change_password(AccessToken=token, PreviousPassword="Wrong-1-wrong", ProposedPassword=NEW_PASSWORD)
    assert cognito_text(error)[1] == "Incorrect username or password."
    public.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEW_PASSWORD)
    assert public.get_user(AccessToken=token)["Username"] == "alice", "a change of password keeps tokens alive"
    assert pool.sign_in(password=NEW_PASSWORD)


def test_an_account_deletes_itself(public, pool):
    pool.add_user()
    tokens = pool.sign_in()
    public.delete_user(AccessToken=tokens["AccessToken"])
    with pytest.raises(public.exceptions.UserNotFoundException) as error:
        public.get_user(AccessToken=tokens["AccessToken"])
    assert cognito_text(error)[1] == "User does not exist."
    with pytest.raises(public.exceptions.NotAuthorizedException) as error:
        pool.refresh(tokens["RefreshToken"])
    assert cognito_text(error)[1] == "The user has been deleted for the associated refresh token"


def test_get_user_shows_what_the_client_may_read(public, pool):
    sub = pool.add_user(email="alice@example.com", given_name="Alice")
    narrow = pool.add_client(ReadAttributes=["given_name"])["ClientId"]
    token = pool.sign_in(client_id=narrow)["AccessToken"]
    answer = public.get_user(AccessToken=token)
    assert attributes(answer["UserAttributes"]) == {"sub": sub, "given_name": "Alice"}
    assert not {"UserStatus", "Enabled", "UserCreateDate"} & set(answer)
