"""Trigger functions as one writes them for Amazon Cognito."""

import time


def judge(event, context):
    if event["request"]["userAttributes"].get("email", "").endswith("@example.net"):
        raise ValueError("No accounts for example.net")
    event["response"]["autoConfirmUser"] = True
    event["response"]["autoVerifyEmail"] = True
    return event


def claims(event, context):
    groups = event["request"]["groupConfiguration"]
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "idTokenGeneration": {"claimsToAddOrOverride": {"tenant": {"id": 7}}},
        "accessTokenGeneration": {"scopesToAdd": ["orders/read"]},
        "groupOverrideDetails": {**groups, "groupsToOverride": [*groups["groupsToOverride"], "everybody"]},
    }
    return event


def hang(event, context):
    time.sleep(60)
