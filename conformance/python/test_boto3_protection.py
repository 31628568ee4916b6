"""Threat protection as a boto3 user calls it: configuration, auth events, feedback."""

import pytest

from poolhouse import cognito_text

PROTECTED = {"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}
EMAIL = {"email": "alice@example.com", "email_verified": "true"}
WRONG_PASSWORD = "Wrong-horse-7"


def test_a_risk_configuration_is_read_back(admin, new_pool):
    pool = new_pool(**PROTECTED)
    block = {"Notify": False, "EventAction": "BLOCK"}
    blocks = {
        "CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}},
        "AccountTakeoverRiskConfiguration": {"Actions": {"HighAction": block}},
        "RiskExceptionConfiguration": {"SkippedIPRangeList": ["127.0.0.0/8"]},
    }
    answer = admin.set_risk_configuration(UserPoolId=pool.id, **blocks)["RiskConfiguration"]
    read = admin.describe_risk_configuration(UserPoolId=pool.id)["RiskConfiguration"]
    assert read == answer
    assert {name: read[name] for name in blocks} == blocks
    assert read["UserPoolId"] == pool.id


def test_the_add_on_must_be_enabled(admin, pool):
    with pytest.raises(admin.exceptions.UserPoolAddOnNotEnabledException) as error:
        admin.describe_risk_configuration(UserPoolId=pool.id)
    assert cognito_text(error)[1] == "User pool add-on is not enabled."


def test_events_are_listed_newest_first_and_get_feedback(admin, public, new_pool):
    pool = new_pool(**PROTECTED)
    pool.add_user(**EMAIL)
    with pytest.raises(public.exceptions.NotAuthorizedException):
        pool.sign_in(password=WRONG_PASSWORD)
    pool.server.advance_clock(1)
    pool.sign_in()
    alice = {"UserPoolId": pool.id, "Username": "alice"}
    pages = admin.get_paginator("admin_list_user_auth_events").paginate(**alice, PaginationConfig={"PageSize": 1})
    passed, failed = [event for page in pages for event in page["AuthEvents"]]
    assert [e["EventResponse"] for e in (passed, failed)] == ["Pass", "Fail"]
    assert failed["ChallengeResponses"] == [{"ChallengeName": "Password", "ChallengeResponse": "Failure"}]
    assert passed["EventContextData"]["IpAddress"] == "127.0.0.1"
    assert passed["EventContextData"]["DeviceName"].startswith("Boto3")

    admin.admin_update_auth_event_feedback(**alice, EventId=passed["EventId"], FeedbackValue="Valid")
    newest = admin.admin_list_user_auth_events(**alice, MaxResults=1)["AuthEvents"][0]
    assert (newest["EventFeedback"]["FeedbackValue"], newest["EventFeedback"]["Provider"]) == ("Valid", "Admin")


def test_a_user_answers_the_mail_about_a_risky_sign_in(admin, public, new_pool):
    pool = new_pool(**PROTECTED)
    pool.add_user(**EMAIL)
    tell = {"Notify": True, "EventAction": "NO_ACTION"}
    notify = {"SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com"}
    takeover = {
        "NotifyConfiguration": notify,
        "Actions": {"LowAction": tell, "MediumAction": tell, "HighAction": tell},
    }
    admin.set_risk_configuration(UserPoolId=pool.id, AccountTakeoverRiskConfiguration=takeover)
    for _ in range(3):
        with pytest.raises(public.exceptions.NotAuthorizedException):
            pool.sign_in(password=WRONG_PASSWORD)
    pool.server.advance_clock(1)
    pool.sign_in()
    alice = {"UserPoolId": pool.id, "Username": "alice"}
    event = admin.admin_list_user_auth_events(**alice, MaxResults=1)["AuthEvents"][0]
    assert (event["EventRisk"]["RiskDecision"], event["EventRisk"]["RiskLevel"]) == ("AccountTakeover", "Low")
    token = pool.code(username="alice")
    feedback = {**alice, "EventId": event["EventId"], "FeedbackValue": "Invalid"}
    with pytest.raises(public.exceptions.NotAuthorizedException):
        public.update_auth_event_feedback(**feedback, FeedbackToken="bm90LWEtdG9rZW4")
    public.update_auth_event_feedback(**feedback, FeedbackToken=token)
    newest = admin.admin_list_user_auth_events(**alice, MaxResults=1)["AuthEvents"][0]
    assert newest["EventFeedback"]["Provider"] == "User"
