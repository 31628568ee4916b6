"""Apache's mod_auth_openidc signs people in at a pool's domain (docs/gateways.md), with a browser that runs no scripts."""

import uuid
from urllib.parse import parse_qs, urlsplit

import pytest

from browser import Browser
from gateways import Apache, Application
from poolhouse import OwnServer, free_port
from pools import PASSWORD, Pool, signed_client, unsigned_client
from tls import TlsRelay

if not Apache.path():
    pytest.skip("apache2 is not installed; install apache2 and libapache2-mod-auth-openidc", allow_module_level=True)


@pytest.fixture(scope="module")
def secure():
    """A server that is reached by HTTPS, and the certificate that its callers have to trust."""
    port = free_port()
    with TlsRelay(to=port) as relay:
        public_url = f"https://localhost:{relay.port}"
        with OwnServer("--public-url", public_url, "--trusted-proxies", "127.0.0.1", port=port) as server:
            server.public_url, server.authority = public_url, str(relay.certificate.file)
            yield server


@pytest.fixture
def pool(secure):
    """A pool with a domain, an administrator and a user."""
    pool = Pool(secure, signed_client(secure), unsigned_client(secure))
    pool.add_groups("admins")
    pool.add_user("alice", groups=["admins"], email="alice@example.com")
    pool.add_user("bob", email="bob@example.com")
    domain = f"apache-{uuid.uuid4().hex}"
    pool.admin.create_user_pool_domain(UserPoolId=pool.id, Domain=domain)
    yield pool
    pool.admin.delete_user_pool_domain(UserPoolId=pool.id, Domain=domain)
    pool.delete()


@pytest.fixture
def gateway(pool, secure):
    """Apache in front of an application, as a confidential client of the pool."""
    with Application() as application:
        apache = Apache(pool, application)
        client = pool.add_client(
            GenerateSecret=True,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid", "email"],
            CallbackURLs=[f"{apache.url}/_callback"],
            SupportedIdentityProviders=["COGNITO"],
        )
        apache.is_client(client, secure)
        with apache as running:
            yield running


@pytest.fixture
def browser(secure):
    return Browser(verify=secure.authority)


def sign_in(browser, gateway, username, path="/"):
    """What the application's page says after the way through the pool's pages."""
    page = browser.get(gateway.url + path)
    assert urlsplit(page.url).path.endswith("/login"), page.text
    return browser.submit(page, username=username, password=PASSWORD)


def test_a_person_signs_in_and_the_application_is_told_who(gateway, browser):
    page = sign_in(browser, gateway, "alice", "/page?x=1")
    assert (page.url, page.status_code) == (f"{gateway.url}/page?x=1", 200)
    assert page.json()["x-auth-user"] == ["alice"]
    again = browser.get(f"{gateway.url}/", headers={"X-Auth-User": "root"})
    assert again.json()["x-auth-user"] == ["alice"]
    assert not [name for name in again.json() if name.startswith("oidc")]


def test_a_group_keeps_the_others_out(gateway, secure):
    alice, bob = Browser(verify=secure.authority), Browser(verify=secure.authority)
    assert sign_in(alice, gateway, "alice", "/admin/").status_code == 200
    assert sign_in(bob, gateway, "bob").status_code == 200
    assert bob.get(f"{gateway.url}/admin/").status_code in (401, 403)


def test_who_has_not_signed_in_passes_only_where_all_may(gateway, browser):
    public = browser.get(f"{gateway.url}/public/", headers={"X-Auth-User": "root"})
    assert public.status_code == 200 and "x-auth-user" not in public.json()
    led = browser.get(f"{gateway.url}/", allow_redirects=False)
    assert led.status_code == 302
    asked = parse_qs(urlsplit(led.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["nonce"]


def test_a_wrong_password_leads_nowhere(gateway, browser):
    page = browser.get(gateway.url)
    refused = browser.submit(page, username="alice", password="wrong")
    assert urlsplit(refused.url).path.endswith("/login")
    assert urlsplit(browser.get(gateway.url, allow_redirects=False).headers["Location"]).path.endswith("/oauth2/authorize")


def test_the_browsers_session_signs_in_without_a_password(gateway, browser):
    sign_in(browser, gateway, "alice")
    browser.forget(gateway.url)
    assert browser.get(gateway.url).json()["x-auth-user"] == ["alice"]
