"""Domains, looks and terms as a boto3 user calls them."""

import uuid

import pytest

from poolhouse import cognito_text

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def domain(admin, pool):
    """A prefix domain of the pool, gone before it."""
    name = f"conformance-{uuid.uuid4().hex}"
    admin.create_user_pool_domain(UserPoolId=pool.id, Domain=name)
    yield name
    admin.delete_user_pool_domain(UserPoolId=pool.id, Domain=name)


def test_a_domain_is_described_and_changed(admin, pool, domain):
    described = admin.describe_user_pool_domain(Domain=domain)["DomainDescription"]
    assert (described["UserPoolId"], described["Status"], described["CustomDomainConfig"]) == (pool.id, "ACTIVE", {})
    changed = admin.update_user_pool_domain(UserPoolId=pool.id, Domain=domain, ManagedLoginVersion=2)
    assert changed["ManagedLoginVersion"] == 2
    assert admin.describe_user_pool(UserPoolId=pool.id)["UserPool"]["Domain"] == domain
    assert admin.describe_user_pool_domain(Domain=f"no-{domain}"[:60])["DomainDescription"] == {}


def test_a_custom_domain_stands_beside_a_prefix(admin, pool, domain):
    name = f"id.{uuid.uuid4().hex}.example"
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x"}
    made = admin.create_user_pool_domain(UserPoolId=pool.id, Domain=name, CustomDomainConfig=certificate)
    assert made["CloudFrontDomain"].endswith(".cloudfront.net")
    shown = admin.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    assert (shown["Domain"], shown["CustomDomain"]) == (domain, name)
    admin.delete_user_pool_domain(UserPoolId=pool.id, Domain=name)


def test_a_classic_look_has_a_style_sheet_and_a_logo(admin, pool, domain):
    css = ".logo-customizable {max-width: 50%;}"
    admin.set_ui_customization(UserPoolId=pool.id, CSS=css, ImageFile=PNG)
    look = admin.get_ui_customization(UserPoolId=pool.id, ClientId=pool.client_id)["UICustomization"]
    assert (look["ClientId"], look["CSS"]) == ("ALL", css)
    assert domain in look["ImageUrl"]


def test_a_style_of_managed_login_keeps_settings_and_images(admin, pool):
    settings = {"components": {"form": {"borderRadius": 4.0}}}
    image = {"Category": "FORM_LOGO", "ColorMode": "DARK", "Extension": "PNG", "Bytes": PNG}
    made = admin.create_managed_login_branding(
        UserPoolId=pool.id, ClientId=pool.client_id, Settings=settings, Assets=[image]
    )["ManagedLoginBranding"]
    assert (made["Settings"], made["Assets"]) == (settings, [image])
    merged = admin.describe_managed_login_branding_by_client(
        UserPoolId=pool.id, ClientId=pool.client_id, ReturnMergedResources=True
    )["ManagedLoginBranding"]
    assert merged["Settings"]["components"]["form"]["borderRadius"] == 4.0
    assert merged["Settings"]["categories"]["global"]["colorSchemeMode"] == "LIGHT"


def test_terms_are_found_by_their_client(admin, pool):
    links = {"cognito:default": "https://example.com/terms"}
    kind = {"TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE"}
    made = admin.create_terms(UserPoolId=pool.id, ClientId=pool.client_id, Links=links, **kind)["Terms"]
    found = admin.describe_terms_by_client(UserPoolId=pool.id, ClientId=pool.client_id, TermsName="terms-of-use")
    assert found["Terms"] == made
    assert [one["TermsId"] for one in admin.list_terms(UserPoolId=pool.id)["Terms"]] == [made["TermsId"]]
    with pytest.raises(admin.exceptions.TermsExistsException) as error:
        admin.create_terms(UserPoolId=pool.id, ClientId=pool.client_id, Links=links, **kind)
    assert cognito_text(error)[0] == "TermsExistsException"
