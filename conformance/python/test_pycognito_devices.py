"""The device flow of pycognito's AWSSRP, unmodified."""

import pytest
import requests
from pycognito.aws_srp import AWSSRP

from poolhouse import cognito_text
from pools import PASSWORD, claims


@pytest.fixture
def pool(new_pool, monkeypatch):
    """A pool that remembers devices. pycognito sends three device calls to AWS's own host, wherever it is used;
    they are led to the server, and nothing else of them is changed."""
    made = new_pool(DeviceConfiguration={"DeviceOnlyRememberedOnUserPrompt": False})
    post = requests.post

    def to_server(url, **arguments):
        assert url == "https://cognito-idp.us-east-1.amazonaws.com/"
        return post(made.server.endpoint, **arguments)

    monkeypatch.setattr("pycognito.aws_srp.requests.post", to_server)
    made.add_user()
    return made


def srp(pool, **device):
    return AWSSRP("alice", PASSWORD, pool.id, pool.client_id, client=pool.public, **device)


@pytest.fixture
def device(pool):
    """A confirmed device, as AWSSRP takes it, and the tokens that it came with."""
    first = srp(pool)
    tokens = first.authenticate_user()
    response, password = first.confirm_device(tokens, device_name="a laptop")
    assert (response.status_code, response.json()) == (200, {"UserConfirmationNecessary": False})
    device = {
        "device_key": first.device_key,
        "device_group_key": first.device_group_key,
        "device_password": password,
    }
    return device, tokens["AuthenticationResult"]


def test_a_confirmed_device_signs_in_again_and_again(pool, device):
    keys, _ = device
    for _ in range(10):
        result = srp(pool, **keys).authenticate_user()["AuthenticationResult"]
        assert "NewDeviceMetadata" not in result
        assert claims(result["AccessToken"])["device_key"] == keys["device_key"]


def test_a_device_with_another_password_is_refused(pool, device):
    keys, _ = device
    with pytest.raises(pool.public.exceptions.NotAuthorizedException) as error:
        srp(pool, **{**keys, "device_password": "another"}).authenticate_user()
    assert cognito_text(error)[1] == "Incorrect username or password."


def test_a_device_is_no_longer_remembered_and_then_forgotten(pool, device):
    keys, tokens = device
    one = srp(pool)
    one.update_device_status(False, tokens["AccessToken"], keys["device_key"])
    shown = pool.admin.admin_get_device(UserPoolId=pool.id, Username="alice", DeviceKey=keys["device_key"])
    attributes = {a["Name"]: a["Value"] for a in shown["Device"]["DeviceAttributes"]}
    assert attributes["device_name"] == "a laptop"
    assert attributes["dev:device_remembered_status"] == "not_remembered"
    # Known all the same: no new key, and no proof is asked for.
    result = srp(pool, **keys).authenticate_user()["AuthenticationResult"]
    assert claims(result["AccessToken"])["device_key"] == keys["device_key"]

    # It answers in words.
    assert one.forget_device(tokens["AccessToken"], keys["device_key"]).startswith("<Response [200]>")
    with pytest.raises(pool.public.exceptions.ResourceNotFoundException) as error:
        srp(pool, **keys).authenticate_user()
    assert cognito_text(error)[1] == "Device does not exist."


def test_a_refresh_names_the_device(pool, device):
    keys, tokens = device
    refreshed = pool.refresh(tokens["RefreshToken"], DEVICE_KEY=keys["device_key"])
    assert claims(refreshed["AccessToken"])["device_key"] == keys["device_key"]
    with pytest.raises(pool.public.exceptions.NotAuthorizedException) as error:
        pool.refresh(tokens["RefreshToken"])
    assert cognito_text(error)[1] == "Invalid Refresh Token"
