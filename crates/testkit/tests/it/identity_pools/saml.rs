//! Logins by SAML providers of the account (identity-pools-and-iam §1, §4, §6). What is believed of an answer is tested in
//! `poolhouse_saml`.

use std::sync::LazyLock;

use poolhouse_saml::ServiceProvider;
use poolhouse_saml::testing::{Answer, Idp, form};
use poolhouse_testkit::{TestServer, on_both, refusal};
use poolhouse_wire::iam;
use serde_json::{Value, json};

use super::openid_connect::{not_authorized, refused};
use super::{ACCOUNT, Session, admin, allow, id, identity_pool, public, role, set_roles};

/// The provider `corp`, and somebody else's. Keys take time to make.
static IDPS: LazyLock<[Idp; 2]> =
    LazyLock::new(|| ["https://saml.example", "https://other.example"].map(Idp::new));

const ROLES: &str = "https://aws.amazon.com/SAML/Attributes/Role";

fn arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:saml-provider/corp")
}

/// An identity pool of the users of a registered provider.
async fn with_provider(server: &TestServer) -> String {
    let metadata = IDPS[0].metadata("https://saml.example/sso", "https://saml.example/slo");
    let input = [("Name", "corp"), ("SAMLMetadataDocument", metadata.as_str())];
    server.admin().of(&iam::SERVICE).query("CreateSAMLProvider", &input).await.unwrap();
    identity_pool(server, json!({ "AllowClassicFlow": true, "SamlProviderARNs": [arn()] })).await
}

/// What AWS is as a service provider.
fn service() -> ServiceProvider {
    let place = "https://signin.aws.amazon.com/saml".to_owned();
    ServiceProvider { entity_id: "urn:amazon:webservices".to_owned(), acs_url: place.clone(), slo_url: place }
}

/// What a provider says of somebody, now.
fn asserted(server: &TestServer, name: &str, attributes: &[(&str, &str)]) -> String {
    let answer =
        Answer { to: &service(), now: server.now(), id: "1", request: None, name_id: name, attributes };
    IDPS[0].signed_response(&answer)
}

fn logins(xml: &str) -> Value {
    json!({ arn(): form(xml) })
}

on_both! {
    async fn a_user_has_one_identity_and_the_role_that_is_asserted(server) {
        let pool = with_provider(server).await;
        let work = role(server, "work", &pool, "authenticated", &allow("cognito-idp:List*")).await;
        let usual = role(server, "usual", &pool, "authenticated", &allow("cognito-idp:ListUserPools")).await;
        set_roles(server, &pool, json!({ "authenticated": usual }), json!({})).await;
        let pair = format!("{work},{}", arn());
        let ann = logins(&asserted(server, "ann", &[(ROLES, &pair)]));
        let identity = id(server, &pool, &ann).await;
        // As often as it is shown while it is fresh.
        let session = Session::get(server, &identity, &ann).await;
        session.caller(server).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        let described = admin(server).ok("DescribeIdentity", json!({ "IdentityId": identity })).await;
        assert_eq!(described["Logins"], json!([arn()]));
        // Without an assertion of roles the pool's own counts.
        for attribute in [("dept", "it"), (ROLES, ""), (ROLES, &*work), ("cognito:roles", &*work), ("cognito:preferred_role", &*work)] {
            let ann = logins(&asserted(server, "ann", &[attribute]));
            assert_eq!(id(server, &pool, &ann).await, identity);
            let custom = json!({ "IdentityId": identity, "Logins": ann, "CustomRoleArn": work });
            let denied = public(server).refused("GetCredentialsForIdentity", custom).await;
            assert_eq!(denied, not_authorized("Access denied: CustomRoleArn is not in the token."));
        }
        let custom = json!({ "IdentityId": identity, "Logins": ann, "CustomRoleArn": work });
        public(server).ok("GetCredentialsForIdentity", custom).await;
        // Enhanced flow alone (documented).
        let basic = public(server).refused("GetOpenIdToken", json!({ "IdentityId": identity, "Logins": ann })).await;
        let words = "Basic (classic) flow is not supported with SAML logins, please use enhanced flow.";
        assert_eq!(basic, refusal("InvalidParameterException", words));
    }

    // Ours: the assertion is for another account
    async fn who_has_roles_elsewhere_alone_is_nobody_here(server) {
        let pool = with_provider(server).await;
        let [role, other] = ["role/work", "saml-provider/other"].map(|name| format!("arn:aws:iam::{ACCOUNT}:{name}"));
        let elsewhere = format!("arn:aws:iam::123456789012:role/work,{}", arn().replace(ACCOUNT, "123456789012"));
        let unsupported = not_authorized("Token is not from a supported provider of this identity pool.");
        for pair in [&*elsewhere, &format!("{other},{role}")] {
            let ann = logins(&asserted(server, "ann", &[(ROLES, pair)]));
            assert_eq!(refused(server, &pool, &ann).await, unsupported, "{pair}");
        }
        // One of several is enough.
        let here = format!("{role},{}", arn());
        id(server, &pool, &logins(&asserted(server, "ann", &[(ROLES, &elsewhere), (ROLES, &here)]))).await;
    }

    async fn attributes_choose_the_role_by_rules(server) {
        let pool = with_provider(server).await;
        let staff = role(server, "staff", &pool, "authenticated", &allow("cognito-idp:List*")).await;
        let mapping = json!({ arn(): {
            "Type": "Rules", "AmbiguousRoleResolution": "Deny",
            "RulesConfiguration": { "Rules": [{ "Claim": "dept", "MatchType": "Equals", "Value": "it", "RoleARN": staff }] },
        }});
        set_roles(server, &pool, json!({}), mapping).await;
        let ann = logins(&asserted(server, "ann", &[("dept", "it")]));
        Session::get(server, &id(server, &pool, &ann).await, &ann).await;
        let bob = logins(&asserted(server, "bob", &[("dept", "hr")]));
        let input = json!({ "IdentityId": id(server, &pool, &bob).await, "Logins": bob });
        let denied = public(server).refused("GetCredentialsForIdentity", input).await;
        assert_eq!(denied.0, "NotAuthorizedException");
    }

    async fn what_is_not_believed_is_refused(server) {
        let pool = with_provider(server).await;
        let good = asserted(server, "ann", &[]);
        let elsewhere = ServiceProvider { entity_id: "urn:else".to_owned(), ..service() };
        let said = |idp: &Idp, to: &ServiceProvider| {
            idp.signed_response(&Answer { to, now: server.now(), id: "1", request: None, name_id: "ann", attributes: &[] })
        };
        let unverified = not_authorized("Invalid login token. Couldn't verify SAML assertion.");
        let unsupported = not_authorized("Token is not from a supported provider of this identity pool.");
        for (xml, refusal) in [
            (good.replace(">ann<", ">eve<"), &unverified),
            (said(&IDPS[1], &service()), &unverified),
            (said(&IDPS[0], &elsewhere), &unsupported),
            ("<x/>".to_owned(), &unverified),
        ] {
            assert_eq!(refused(server, &pool, &logins(&xml)).await, *refusal, "{xml}");
        }
        let no_form = json!({ arn(): "x y" });
        assert_eq!(refused(server, &pool, &no_form).await, not_authorized("Invalid login token. Not a valid SAML response."));
        id(server, &pool, &logins(&good)).await;
        server.clock().advance_seconds(400);
        assert_eq!(refused(server, &pool, &logins(&good)).await, not_authorized("Invalid login token. SAML assertion expired."));
        let account = server.admin().of(&iam::SERVICE);
        account.query("DeleteSAMLProvider", &[("SAMLProviderArn", &arn())]).await.unwrap();
        let fresh = asserted(server, "ann", &[]);
        assert_eq!(refused(server, &pool, &logins(&fresh)).await, unsupported);
        // What is no message is refused before the provider is looked for.
        assert_eq!(refused(server, &pool, &no_form).await, not_authorized("Invalid login token. Not a valid SAML response."));
    }
}
