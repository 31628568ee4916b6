//! SAML providers of the account.

use std::sync::LazyLock;

use poolhouse_saml::testing::Idp;
use poolhouse_testkit::{element, on_both};
use poolhouse_wire::iam;

use super::{ACCOUNT, ok, refused, told, user};

static METADATA: LazyLock<[String; 2]> = LazyLock::new(|| {
    ["https://one.example", "https://two.example"].map(|entity| Idp::new(entity).metadata(entity, entity))
});

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:saml-provider/{name}")
}

on_both! {
    async fn a_provider_is_registered_changed_and_forgotten(server) {
        let [one, two] = &*METADATA;
        let made = ok(server, "CreateSAMLProvider", &[
            ("Name", "corp"), ("SAMLMetadataDocument", one),
            ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue"),
        ]).await;
        let arn = arn("corp");
        assert_eq!(element(&made, "SAMLProviderArn").as_deref(), Some(arn.as_str()));
        let named = ("SAMLProviderArn", arn.as_str());
        let shown = ok(server, "GetSAMLProvider", &[named]).await;
        assert!(shown.contains("one.example") && shown.contains("<CreateDate>2030-01-01T00:00:00Z"), "{shown}");
        assert_eq!(element(&shown, "Key").as_deref(), Some("team"));
        ok(server, "UpdateSAMLProvider", &[named, ("SAMLMetadataDocument", two)]).await;
        assert!(ok(server, "GetSAMLProvider", &[named]).await.contains("two.example"));
        let listed = ok(server, "ListSAMLProviders", &[]).await;
        assert_eq!(element(&listed, "Arn").as_deref(), Some(arn.as_str()));
        ok(server, "TagSAMLProvider", &[named, ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1")]).await;
        ok(server, "UntagSAMLProvider", &[named, ("TagKeys.member.1", "team")]).await;
        let tags = ok(server, "ListSAMLProviderTags", &[named]).await;
        assert!(tags.contains("<Key>a</Key>") && !tags.contains("team"), "{tags}");
        ok(server, "DeleteSAMLProvider", &[named]).await;
        let (status, code, _) = refused(server, "GetSAMLProvider", &[named]).await;
        assert_eq!((status, code.as_str()), (404, "NoSuchEntity"));
        for operation in ["DeleteSAMLProvider", "ListSAMLProviderTags", "UpdateSAMLProvider"] {
            assert_eq!(refused(server, operation, &[named]).await.1, "NoSuchEntity", "{operation}");
        }
    }

    async fn what_is_no_provider_is_not_registered(server) {
        let [one, two] = &*METADATA;
        let none = "x".repeat(1000);
        let (status, code, words) = refused(server, "CreateSAMLProvider", &[("Name", "corp"), ("SAMLMetadataDocument", &none)]).await;
        assert_eq!((status, code.as_str()), (400, "InvalidInput"));
        assert!(words.starts_with("Could not parse metadata"), "{words}");
        for input in [
            [("Name", "corp"), ("SAMLMetadataDocument", "short")],
            [("Name", "a b"), ("SAMLMetadataDocument", one.as_str())],
        ] {
            assert_eq!(refused(server, "CreateSAMLProvider", &input).await.1, "ValidationError");
        }
        let named = [("Name", "corp"), ("SAMLMetadataDocument", one.as_str())];
        let encrypted = [&named[..], &[("AssertionEncryptionMode", "Required")]].concat();
        assert_eq!(refused(server, "CreateSAMLProvider", &encrypted).await.1, "InvalidInput");
        ok(server, "CreateSAMLProvider", &named).await;
        let (status, code, _) = refused(server, "CreateSAMLProvider", &[("Name", "corp"), ("SAMLMetadataDocument", two)]).await;
        assert_eq!((status, code.as_str()), (409, "EntityAlreadyExists"));
        let arn = arn("corp");
        let bad = [("SAMLProviderArn", arn.as_str()), ("SAMLMetadataDocument", none.as_str())];
        assert_eq!(refused(server, "UpdateSAMLProvider", &bad).await.1, "InvalidInput");
        assert!(ok(server, "GetSAMLProvider", &bad[..1]).await.contains("one.example"));
        // What is a provider of another kind or account is none.
        for foreign in [arn.replace("saml", "oidc"), arn.replace(ACCOUNT, "123456789012")] {
            let named = [("SAMLProviderArn", foreign.as_str())];
            assert_eq!(refused(server, "GetSAMLProvider", &named).await.1, "NoSuchEntity");
        }
    }

    // The type `saml-provider` of the authorization reference.
    async fn policies_speak_of_providers_by_their_arns(server) {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"iam:*SAMLProvider","Resource":"{}"}}}}"#,
            arn("corp")
        );
        let ann = user(server, "ann", Some(&policy)).await;
        let ann = ann.caller(server).of(&iam::SERVICE);
        let input = |name: &'static str| [("Name", name), ("SAMLMetadataDocument", METADATA[0].as_str())];
        ann.query("CreateSAMLProvider", &input("corp")).await.unwrap();
        let refusal = told(ann.query("CreateSAMLProvider", &input("other")).await);
        assert_eq!(refusal.1, "AccessDenied");
        assert!(refusal.2.contains(&arn("other")), "{}", refusal.2);
        ann.query("DeleteSAMLProvider", &[("SAMLProviderArn", &arn("corp"))]).await.unwrap();
    }
}
