"""Reverse proxies that ask Poolhouse about each request (docs/gateways.md)."""

from pathlib import Path

import pytest
import requests

import gateways
from gateways import ALL, FOLDER, Application

PAGE = Path(__file__).resolve().parents[2] / "docs" / "gateways.md"
TOLD = ["x-auth-user", "x-auth-sub", "x-auth-groups", "x-auth-scope", "x-auth-client"]


@pytest.fixture(params=ALL, ids=lambda gateway: gateway.program)
def gateway(request, pool):
    """A proxy in front of an application, for a pool with an administrator and a user."""
    program = request.param
    if not program.path():
        pytest.skip(f"{program.program} is not installed; install the package {program.program}")
    pool.add_groups("admins", "staff")
    pool.subs = {
        "alice": pool.add_user("alice", groups=["admins", "staff"]),
        "bob": pool.add_user("bob", groups=["staff"]),
    }
    with Application() as application, program(pool, application) as running:
        yield running


def get(gateway, path="/", token=None, method="GET", **settings):
    headers = settings.pop("headers", {})
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return requests.request(method, gateway.url + path, headers=headers, timeout=10, **settings)


def told(answer):
    """What the application was told of the caller: one value of each header, empty ones left out."""
    assert answer.status_code == 200, answer.text
    headers = answer.json()
    assert all(len(headers.get(name, [""])) == 1 for name in TOLD), headers
    return {name: headers[name][0] for name in TOLD if headers.get(name, [""])[0]}


def test_the_application_is_told_who_calls(gateway, pool):
    tokens = pool.sign_in("alice")
    scope, who = "aws.cognito.signin.user.admin", {"x-auth-user": "alice", "x-auth-sub": pool.subs["alice"]}
    access = {**who, "x-auth-groups": "admins,staff", "x-auth-scope": scope, "x-auth-client": pool.client_id}
    assert told(get(gateway, "/page?x=1", tokens["AccessToken"])) == access
    assert told(get(gateway, "/", tokens["IdToken"])) == {**who, "x-auth-groups": "admins,staff"}
    assert told(get(gateway, cookies={"token": tokens["AccessToken"]})) == access
    posted = get(gateway, "/", tokens["AccessToken"], method="POST", data=b"x" * 5000)
    assert told(posted) == access and posted.json()["content-length"] == ["5000"]


def test_without_a_good_token_nobody_passes(gateway, pool):
    realm = f'Bearer realm="{pool.id}"'
    for token, challenge in [(None, realm), ("nonsense", f'{realm}, error="invalid_token"')]:
        for path in ["/", "/admin/", "/admin/x?pool=y"]:
            answer = get(gateway, path, token)
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, challenge), path
            assert "x-auth" not in answer.text


def test_a_group_keeps_the_others_out(gateway, pool):
    alice, bob = pool.sign_in("alice")["AccessToken"], pool.sign_in("bob")["AccessToken"]
    assert told(get(gateway, "/admin/", alice))["x-auth-user"] == "alice"
    assert told(get(gateway, "/", bob))["x-auth-groups"] == "staff"
    for path in ["/admin/", "/admin/x", "/admin/?groups=staff"]:
        assert get(gateway, path, bob).status_code == 403, path


def test_a_sign_out_counts_with_the_next_request(gateway, pool):
    tokens = pool.sign_in("alice")
    for name in ["AccessToken", "IdToken"]:
        assert get(gateway, "/", tokens[name]).status_code == 200
    pool.admin.admin_user_global_sign_out(UserPoolId=pool.id, Username="alice")
    for name in ["AccessToken", "IdToken"]:
        assert get(gateway, "/", tokens[name]).status_code == 401


def test_what_callers_say_of_themselves_never_arrives(gateway, pool):
    claimed = {name: "root" for name in TOLD}
    token = pool.sign_in("bob")["IdToken"]
    expected = {"x-auth-user": "bob", "x-auth-sub": pool.subs["bob"], "x-auth-groups": "staff"}
    assert told(get(gateway, "/", token, headers=claimed)) == expected
    assert told(get(gateway, "/public/", headers=dict(claimed))) == {}
    assert told(get(gateway, "/public/", token)) == {}


def test_while_poolhouse_cannot_be_asked_nobody_passes(pool):
    """Each proxy in front of an endpoint where nobody listens."""
    pool.add_user("alice")
    token = pool.sign_in("alice")["AccessToken"]
    for program in ALL:
        if not program.path():
            pytest.skip(f"{program.program} is not installed; install the package {program.program}")
        with Application() as application:
            lonely = program(pool, application)
            lonely.replaced["127.0.0.1:7665"] = f"127.0.0.1:{gateways.free_port()}"
            with lonely as running:
                assert get(running, "/", token).status_code >= 500, program.program
                assert get(running, "/public/", token).status_code == 200, program.program


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_the_page_shows_what_is_tested(name):
    text = (FOLDER / name).read_text()
    assert f"\n{text}```\n" in PAGE.read_text(), f"docs/gateways.md does not show conformance/gateways/{name}"
