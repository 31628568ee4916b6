"""Triggers: functions written for Cognito behind both forms of invocation, as processes of their own."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from functions import ARN, KEYS, SECRET, Functions
from poolhouse import OwnServer, cognito_text
from pools import PASSWORD, Pool, claims, signed_client, unsigned_client

HANDLERS = Path(__file__).with_name("handlers.py")


@pytest.fixture(scope="module", params=["lambda", "webhook"])
def functions_server(request, tmp_path_factory):
    """A server whose functions are behind one of the two forms."""
    with Functions(request.param, HANDLERS) as functions:
        target = {
            "lambda": f'lambda = "{functions.url}"\naccess-key-id = "{KEYS[0]}"\nsecret-access-key = "{KEYS[1]}"\n',
            "webhook": f'webhook = "{functions.url}/cognito"\nsecret = "{SECRET}"\n',
        }
        config = tmp_path_factory.mktemp("config") / "poolhouse.toml"
        config.write_text(f'[[triggers]]\nfunction = "{ARN.format("*")}"\n{target[request.param]}')
        config.chmod(0o600)
        with OwnServer("--config", str(config)) as server:
            yield server


@pytest.fixture
def triggered(functions_server):
    """Makes a pool with functions of `handlers.py` as its triggers."""
    made = []

    def make(**config):
        clients = signed_client(functions_server), unsigned_client(functions_server)
        made.append(Pool(functions_server, *clients, LambdaConfig=config))
        return made[-1]

    yield make
    for pool in made:
        pool.delete()


def sign_up(pool, email):
    return pool.public.sign_up(
        ClientId=pool.client_id,
        Username="alice",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
    )


def test_a_function_confirms_a_sign_up(triggered):
    pool = triggered(PreSignUp=ARN.format("judge"))
    assert sign_up(pool, "alice@example.com")["UserConfirmed"]
    assert claims(pool.sign_in()["IdToken"])["email_verified"] is True


def test_what_a_function_raises_reaches_the_caller(triggered):
    pool = triggered(PreSignUp=ARN.format("judge"))
    with pytest.raises(ClientError) as error:
        sign_up(pool, "alice@example.net")
    text = "PreSignUp failed with error No accounts for example.net."
    assert cognito_text(error) == ("UserLambdaValidationException", text)


def test_a_function_changes_both_tokens(triggered):
    config = {"LambdaVersion": "V2_0", "LambdaArn": ARN.format("claims")}
    pool = triggered(PreTokenGenerationConfig=config)
    pool.add_groups("staff")
    pool.add_user(groups=["staff"])
    tokens = pool.sign_in()
    for result in [tokens, pool.refresh(tokens["RefreshToken"])]:
        identity, access = claims(result["IdToken"]), claims(result["AccessToken"])
        assert identity["tenant"] == {"id": 7}
        assert identity["cognito:groups"] == access["cognito:groups"] == ["staff", "everybody"]
        assert access["scope"].split() == ["aws.cognito.signin.user.admin", "orders/read"]


def test_a_function_that_hangs_is_given_up(triggered):
    pool, other = triggered(PreAuthentication=ARN.format("hang")), triggered()
    for made in (pool, other):
        made.add_user()
    with pytest.raises(ClientError) as error:
        pool.sign_in()
    text = "PreAuthentication invocation failed due to error Socket timeout while invoking Lambda function."
    assert cognito_text(error) == ("UnexpectedLambdaException", text)
    assert other.sign_in()["IdToken"]
