"""The Model Context Protocol's Python library: its client, and a server protected as docs/mcp.md says, with a pool as the
authorization server."""

import asyncio
import contextlib
import socket
import threading
import time
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest
import requests
import uvicorn
from mcp.client import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.auth import OAuthClientMetadata

from browser import Browser
from poolhouse import OwnServer
from pools import PASSWORD, Pool, signed_client, unsigned_client

CALLBACK = "http://127.0.0.1:49152/callback"


class PoolTokens:
    """Takes the access tokens of a pool that are for this server."""

    def __init__(self, issuer, resource):
        self.issuer, self.resource = issuer, resource
        known = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
        self.keys = jwt.PyJWKClient(known["jwks_uri"])

    async def verify_token(self, token):
        try:
            key = await asyncio.to_thread(self.keys.get_signing_key_from_jwt, token)
            claims = jwt.decode(token, key, algorithms=["RS256"], issuer=self.issuer, audience=self.resource)
        except jwt.PyJWTError:
            return None
        if claims["token_use"] != "access":
            return None
        return AccessToken(
            token=token,
            client_id=claims["client_id"],
            scopes=claims["scope"].split(),
            expires_at=claims["exp"],
            resource=claims["aud"],
            subject=claims["sub"],
            claims=claims,
        )


def tool_server(issuer, resource):
    auth = AuthSettings(
        issuer_url=issuer, resource_server_url=resource, required_scopes=["openid"], validate_token_resource=True
    )
    server = MCPServer("tools", token_verifier=PoolTokens(issuer, resource), auth=auth)

    @server.tool()
    def whoami() -> str:
        return get_access_token().claims["username"]

    @server.tool()
    def deploy() -> str:
        if "admins" not in get_access_token().claims.get("cognito:groups", []):
            raise ToolError("only for the group admins")
        return "deployed"

    return server


@pytest.fixture(scope="module")
def server():
    """A server whose clock nobody moves: the tools hold its tokens against the clock of this machine."""
    with OwnServer() as own:
        yield own


@pytest.fixture
def issuer(server):
    """The issuer of a pool that takes registrations."""
    open_to_all = {"OpenDcrEnabled": True}
    pool = Pool(server, signed_client(server), unsigned_client(server), DcrConfiguration=open_to_all)
    domain = "mcp-" + pool.id.split("_")[1].lower()
    pool.admin.create_user_pool_domain(Domain=domain, UserPoolId=pool.id)
    pool.admin.create_group(UserPoolId=pool.id, GroupName="admins")
    pool.add_user("alice")
    pool.add_user("bob", groups=["admins"])
    yield f"{pool.server.endpoint}/{pool.id}"
    pool.admin.delete_user_pool_domain(Domain=domain, UserPoolId=pool.id)
    pool.delete()


@pytest.fixture
def tools(issuer):
    """The URL of a server with tools."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        app = tool_server(issuer, url).streamable_http_app()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        yield url
        server.should_exit = True
        thread.join()


class Program:
    """A program of a person: what it keeps of its sign-in, and its person at the browser."""

    def __init__(self, person):
        self.person, self.pages = person, 0
        self.tokens = self.client = self.back = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client

    async def open(self, url):
        self.pages += 1
        visit = Browser().sign_in
        self.back = await asyncio.to_thread(visit, url, self.person, PASSWORD, consents=True)

    async def came_back(self):
        assert self.back.startswith(CALLBACK)
        come = {name: values[0] for name, values in parse_qs(urlsplit(self.back).query).items()}
        return AuthorizationCodeResult(code=come["code"], state=come["state"], iss=come["iss"])

    def lets_the_token_run_out(self):
        self.auth.context.token_expiry_time = 1

    @contextlib.asynccontextmanager
    async def at(self, url):
        """A client of the server at a URL."""
        metadata = OAuthClientMetadata(
            client_name="Conformance",
            redirect_uris=[CALLBACK],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
        )
        self.auth = OAuthClientProvider(url, metadata, self, self.open, self.came_back)
        async with httpx2.AsyncClient(auth=self.auth, timeout=30) as http:
            async with Client(streamable_http_client(url, http_client=http)) as client:
                yield client


async def call(client, name):
    result = await client.call_tool(name)
    return result.content[0].text, bool(result.is_error)


def test_a_program_registers_itself_signs_in_and_refreshes(issuer, tools):
    async def run():
        program = Program("alice")
        async with program.at(tools) as client:
            assert await call(client, "whoami") == ("alice", False)
            said, failed = await call(client, "deploy")
            assert failed and "only for the group admins" in said
            before = program.tokens
            claims = jwt.decode(before.access_token, options={"verify_signature": False})
            assert (claims["aud"], claims["client_id"]) == (tools, program.client.client_id)
            # A token that has run out is refreshed on the way, without a page.
            program.lets_the_token_run_out()
            assert await call(client, "whoami") == ("alice", False)
            assert program.pages == 1
            assert program.tokens.access_token != before.access_token
            # Once the sign-in is revoked, there is a page again.
            known = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
            own = (program.client.client_id, program.client.client_secret)
            token = {"token": before.refresh_token}
            revoked = requests.post(known["revocation_endpoint"], data=token, auth=own, timeout=10)
            assert revoked.status_code == 200
            program.lets_the_token_run_out()
            assert await call(client, "whoami") == ("alice", False)
            assert program.pages == 2

    asyncio.run(run())


def test_a_tool_is_kept_to_a_group(tools):
    async def run():
        async with Program("bob").at(tools) as client:
            assert await call(client, "deploy") == ("deployed", False)

    asyncio.run(run())


def test_tokens_for_another_server_open_nothing(issuer, tools):
    async def run():
        program = Program("alice")
        async with program.at(tools):
            pass
        verifier = PoolTokens(issuer, "http://127.0.0.1:1/mcp")
        assert await verifier.verify_token(program.tokens.access_token) is None
        assert await PoolTokens(issuer, tools).verify_token(program.tokens.access_token) is not None

    asyncio.run(run())
