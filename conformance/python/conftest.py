"""Fixtures: one server for the whole run, a pool of its own for every test."""

import os

import pytest

from poolhouse import OwnServer, Server
from pools import Pool, signed_client, unsigned_client

# Nothing of the machine's own AWS set-up may reach a test.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)


@pytest.fixture(scope="session")
def server():
    """The server that most tests share."""
    endpoint = os.environ.get("POOLHOUSE_ENDPOINT")
    if endpoint:
        yield Server(endpoint)
    else:
        with OwnServer() as own:
            yield own


@pytest.fixture(scope="session")
def admin(server):
    """A boto3 client that signs with the development credentials."""
    return signed_client(server)


@pytest.fixture(scope="session")
def public(server):
    """A boto3 client without credentials, as an application in a user's hands has it."""
    return unsigned_client(server)


@pytest.fixture
def pool(server, admin, public):
    """A fresh pool, gone after the test."""
    made = Pool(server, admin, public)
    yield made
    made.delete()


@pytest.fixture
def new_pool(server, admin, public):
    """Makes pools with settings of the test's choice; all are gone after the test."""
    made = []

    def make(**settings):
        made.append(Pool(server, admin, public, **settings))
        return made[-1]

    yield make
    for one in made:
        one.delete()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    """Options that choose the database; PostgreSQL where POOLHOUSE_TEST_DATABASE names an empty one."""
    if request.param == "sqlite":
        return []
    url = os.environ.get("POOLHOUSE_TEST_DATABASE")
    if not url:
        pytest.skip("POOLHOUSE_TEST_DATABASE is not set")
    # The database outlives the test, its secrets are sealed by a key that must do so too.
    return ["--database", url, "--master-key", "cG9vbGhvdXNlIGNvbmZvcm1hbmNlIHRlc3Qga2V5ISE="]
