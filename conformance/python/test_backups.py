"""Backups in a bucket: made, looked at and restored against moto's S3, and what boto3 sees there."""

import os
import subprocess
import time

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from poolhouse import REGION, OwnServer, binary
from pools import PASSWORD, Pool, signed_client, unsigned_client

MASTER_KEY = ["--master-key", "cG9vbGhvdXNlIGNvbmZvcm1hbmNlIHRlc3Qga2V5ISE="]
BUCKET = "backups"
PLACE = f"s3://{BUCKET}/id/production"


def next_second():
    """Waits for it: backups are named after the second in which they are made."""
    time.sleep(1 - time.time() % 1)


class Store:
    """A bucket, and the binary with its credentials in the environment."""

    def __init__(self, endpoint):
        self.environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "AKIABACKUP",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL_S3": endpoint,
        }
        self.s3 = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="AKIABACKUP",
            aws_secret_access_key="secret",
        )

    def poolhouse(self, *arguments):
        """Runs the binary; returns its exit code and what it said."""
        done = subprocess.run(
            [binary(), *arguments], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return done.returncode, done.stdout

    def ok(self, *arguments):
        code, said = self.poolhouse(*arguments)
        assert code == 0, said
        return said

    def keys(self):
        return [found["Key"] for found in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@pytest.fixture
def store():
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    made = Store(f"http://{host}:{port}")
    # What moto has, all of its servers in this process have.
    requests.post(f"http://{host}:{port}/moto-api/reset", timeout=10).raise_for_status()
    made.s3.create_bucket(Bucket=BUCKET)
    yield made
    made.s3.close()
    moto.stop()


def test_a_server_comes_back_from_a_bucket(store, database, tmp_path):
    where = database or MASTER_KEY
    with OwnServer(*where, production=True) as server:
        pool = Pool(server, signed_client(server), unsigned_client(server))
        pool.add_groups("staff")
        pool.add_user("alice", groups=["staff"])
        client_id = pool.client_id
        made = ["backup", "--data-dir", server.data.name, *where, "--to", PLACE]
        store.ok(*made)
        first = store.keys()
        next_second()
        assert "0 new parts" in store.ok(*made)
        pool.add_groups("later")
        next_second()
        store.ok(*made)
    assert all(key.startswith("id/production/") for key in store.keys())
    assert not [key for key in store.keys() if "/locks/" in key]
    assert set(first) < set(store.keys()), "no backup takes anything from an earlier one"

    target = ["--data-dir", str(tmp_path), *MASTER_KEY]
    assert len(store.ok("backup", "list", *target, PLACE).splitlines()) == 3
    assert "The backups are in order." in store.ok("backup", "verify", *target, PLACE)
    assert "Removed 2 backups" in store.ok("backup", "prune", *target, "--keep", "1", PLACE)
    assert "The backups are in order." in store.ok("backup", "verify", *target, PLACE)
    store.ok("restore", *target, "--from", PLACE)
    with OwnServer("--database", f"sqlite:{tmp_path}/poolhouse.db", *MASTER_KEY, production=True) as server:
        tokens = unsigned_client(server).initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=client_id,
            AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
        )
        assert tokens["AuthenticationResult"]["RefreshToken"]
        groups = signed_client(server).admin_list_groups_for_user(UserPoolId=pool.id, Username="alice")
        assert [group["GroupName"] for group in groups["Groups"]] == ["staff"]


def test_what_is_wrong_in_a_bucket_is_said(store, tmp_path):
    with OwnServer(*MASTER_KEY, production=True) as server:
        made = ["backup", "--data-dir", server.data.name, *MASTER_KEY, "--to"]
        code, said = store.poolhouse(*made, "s3://elsewhere/x")
        assert code == 1 and "there is no such bucket" in said, said
        store.ok(*made, PLACE)
    looked = ["backup", "verify", "--data-dir", str(tmp_path), *MASTER_KEY, PLACE]
    parts = [key for key in store.keys() if "/parts/" in key]
    content = store.s3.get_object(Bucket=BUCKET, Key=parts[0])["Body"].read()
    for other, words in [
        (content[:-1], "is shorter than it was written"),
        (content + b"!", "is longer than it was written"),
        (content[:-1] + bytes([content[-1] ^ 1]), "is not what was written"),
    ]:
        store.s3.put_object(Bucket=BUCKET, Key=parts[0], Body=other)
        code, said = store.poolhouse(*looked)
        assert code == 1 and words in said and f"s3://{BUCKET}/{parts[0]}" in said, said
    store.s3.delete_object(Bucket=BUCKET, Key=parts[0])
    code, said = store.poolhouse(*looked)
    assert code == 1 and "is not there" in said, said


def test_one_backup_at_a_time_writes_into_a_bucket(store):
    with OwnServer(*MASTER_KEY, production=True) as server:
        made = ["backup", "--data-dir", server.data.name, *MASTER_KEY, "--to", PLACE]
        store.s3.put_object(Bucket=BUCKET, Key="id/production/locks/other", Body=b"")
        code, said = store.poolhouse(*made)
        assert code == 1 and "is in use by another backup" in said, said
        assert store.keys() == ["id/production/locks/other"]
        store.s3.delete_object(Bucket=BUCKET, Key="id/production/locks/other")
        store.ok(*made)


def test_credentials_are_needed(store, tmp_path):
    del store.environment["AWS_SECRET_ACCESS_KEY"]
    code, said = store.poolhouse("backup", "list", "--data-dir", str(tmp_path), *MASTER_KEY, PLACE)
    assert code == 2 and "AWS_SECRET_ACCESS_KEY must be set" in said, said
