//! OpenID Connect providers of the account.

use std::slice;

use poolhouse_testkit::{element, on_both};
use poolhouse_wire::iam;

use super::{ACCOUNT, ok, refused, told, user};

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{name}")
}

fn not_found(arn: &str) -> (u16, String, String) {
    (404, "NoSuchEntity".to_owned(), format!("OpenIDConnect Provider not found for arn {arn}"))
}

/// What stands in all elements of that name, in order.
fn all(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(&open).skip(1).filter_map(|rest| rest.split_once(&close));
    parts.map(|(text, _)| text.to_owned()).collect()
}

on_both! {
    async fn a_provider_is_registered_changed_and_forgotten(server) {
        let thumbprint = "6938fd4d98bab03faadb97b34396831e3780aea1";
        let made = ok(server, "CreateOpenIDConnectProvider", &[
            ("Url", "https://id.example.com/a"),
            ("ClientIDList.member.1", "app"),
            ("ClientIDList.member.2", "app"),
            ("ThumbprintList.member.1", thumbprint),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "blue"),
        ]).await;
        let arn = arn("id.example.com/a");
        assert_eq!(element(&made, "OpenIDConnectProviderArn").as_deref(), Some(arn.as_str()));
        let named = ("OpenIDConnectProviderArn", arn.as_str());
        let get = async || ok(server, "GetOpenIDConnectProvider", &[named]).await;
        let shown = get().await;
        assert_eq!(all(&shown, "Url"), ["id.example.com/a"]);
        assert_eq!(all(&shown, "member")[..2], ["app", thumbprint]);
        assert_eq!((all(&shown, "Key"), all(&shown, "Value")), (vec!["team".to_owned()], vec!["blue".to_owned()]));
        assert_eq!(all(&ok(server, "ListOpenIDConnectProviders", &[]).await, "Arn"), slice::from_ref(&arn));
        for client in ["other", "other"] {
            ok(server, "AddClientIDToOpenIDConnectProvider", &[named, ("ClientID", client)]).await;
        }
        ok(server, "RemoveClientIDFromOpenIDConnectProvider", &[named, ("ClientID", "app")]).await;
        ok(server, "RemoveClientIDFromOpenIDConnectProvider", &[named, ("ClientID", "none")]).await;
        let next = "a".repeat(40);
        ok(server, "UpdateOpenIDConnectProviderThumbprint", &[named, ("ThumbprintList.member.1", &next)]).await;
        assert_eq!(all(&get().await, "member")[..2], ["other".to_owned(), next]);
        let summary = ok(server, "GetAccountSummary", &[]).await;
        assert!(summary.contains("<key>Providers</key><value>1</value>"), "{summary}");
        ok(server, "DeleteOpenIDConnectProvider", &[named]).await;
        for operation in ["GetOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "ListOpenIDConnectProviderTags"] {
            assert_eq!(refused(server, operation, &[named]).await, not_found(&arn), "{operation}");
        }
        assert!(all(&ok(server, "ListOpenIDConnectProviders", &[]).await, "Arn").is_empty());
    }

    async fn what_is_no_provider_is_not_registered(server) {
        for url in ["http://id.example.com", "https://id.example.com?a=b", "https://", "x"] {
            let refusal = refused(server, "CreateOpenIDConnectProvider", &[("Url", url)]).await;
            let words = "Invalid Open ID Connect Provider URL".to_owned();
            assert_eq!(refusal, (400, "ValidationError".to_owned(), words), "{url}");
        }
        let url = ("Url", "https://id.example.com");
        let (status, code, _) = refused(server, "CreateOpenIDConnectProvider", &[url, ("ThumbprintList.member.1", "a")]).await;
        assert_eq!((status, code.as_str()), (400, "ValidationError"));
        let no_hex = "x".repeat(40);
        let (_, code, _) = refused(server, "CreateOpenIDConnectProvider", &[url, ("ThumbprintList.member.1", &no_hex)]).await;
        assert_eq!(code, "InvalidInput");
        let center = [url, ("IdentityCenterInstanceArn", "arn:aws:sso:::instance/x")];
        assert_eq!(refused(server, "CreateOpenIDConnectProvider", &center).await.1, "InvalidInput");
        ok(server, "CreateOpenIDConnectProvider", &[url]).await;
        let taken = "Provider with url https://id.example.com already exists.".to_owned();
        assert_eq!(
            refused(server, "CreateOpenIDConnectProvider", &[url]).await,
            (409, "EntityAlreadyExists".to_owned(), taken)
        );
        // Whatever is no provider of this account is not there.
        for foreign in ["arn:aws:iam::123456789012:oidc-provider/id.example.com", "x".repeat(20).as_str()] {
            let named = [("OpenIDConnectProviderArn", foreign)];
            assert_eq!(refused(server, "GetOpenIDConnectProvider", &named).await, not_found(foreign));
        }
    }

    async fn a_provider_has_so_many_clients_and_an_account_so_many_providers(server) {
        let limit = |name: &str| (409, "LimitExceeded".to_owned(), format!("Cannot exceed quota for {name}: 100"));
        let names: Vec<String> = (1..=101).map(|n| format!("ClientIDList.member.{n}")).collect();
        let clients: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
        let with = |count: usize| [&[("Url", "https://id.example.com")], &clients[..count]].concat();
        let of_clients = limit("ClientIdsPerOpenIdConnectProvider");
        assert_eq!(refused(server, "CreateOpenIDConnectProvider", &with(101)).await, of_clients);
        ok(server, "CreateOpenIDConnectProvider", &with(100)).await;
        let arn = arn("id.example.com");
        let one_more = [("OpenIDConnectProviderArn", arn.as_str()), ("ClientID", "more")];
        assert_eq!(refused(server, "AddClientIDToOpenIDConnectProvider", &one_more).await, of_clients);
        for number in 1..100 {
            ok(server, "CreateOpenIDConnectProvider", &[("Url", &format!("https://{number}.example.com"))]).await;
        }
        let refusal = refused(server, "CreateOpenIDConnectProvider", &[("Url", "https://more.example.com")]).await;
        assert_eq!(refusal, limit("OpenIdConnectProvidersPerAccount"));
        assert_eq!(all(&ok(server, "ListOpenIDConnectProviders", &[]).await, "Arn").len(), 100);
    }

    async fn tags_are_set_and_shown_in_pages(server) {
        ok(server, "CreateOpenIDConnectProvider", &[("Url", "https://id.example.com")]).await;
        let arn = arn("id.example.com");
        let named = ("OpenIDConnectProviderArn", arn.as_str());
        let tags = [
            named,
            ("Tags.member.1.Key", "b"), ("Tags.member.1.Value", "1"),
            ("Tags.member.2.Key", "a"), ("Tags.member.2.Value", "2"),
        ];
        ok(server, "TagOpenIDConnectProvider", &tags).await;
        let page = ok(server, "ListOpenIDConnectProviderTags", &[named, ("MaxItems", "1")]).await;
        assert_eq!(all(&page, "Key"), ["a"]);
        let marker = element(&page, "Marker").unwrap();
        let rest = ok(server, "ListOpenIDConnectProviderTags", &[named, ("Marker", &marker)]).await;
        assert_eq!(all(&rest, "Key"), ["b"]);
        ok(server, "UntagOpenIDConnectProvider", &[named, ("TagKeys.member.1", "A")]).await;
        assert_eq!(all(&ok(server, "ListOpenIDConnectProviderTags", &[named]).await, "Key"), ["b"]);
    }

    // The type `oidc-provider` of the authorization reference, with its tags.
    async fn policies_speak_of_providers_by_their_arns_and_tags(server) {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[
                {{"Effect":"Allow","Action":"iam:CreateOpenIDConnectProvider","Resource":"{}"}},
                {{"Effect":"Allow","Action":"iam:DeleteOpenIDConnectProvider","Resource":"*","Condition":{{"StringEquals":{{"aws:ResourceTag/team":"blue"}}}}}}]}}"#,
            arn("*.example.com")
        );
        let ann = user(server, "ann", Some(&policy)).await;
        let ann = ann.caller(server).of(&iam::SERVICE);
        ann.query("CreateOpenIDConnectProvider", &[("Url", "https://id.example.com")]).await.unwrap();
        let refusal = told(ann.query("CreateOpenIDConnectProvider", &[("Url", "https://id.example.org")]).await);
        assert_eq!(refusal.1, "AccessDenied");
        assert!(refusal.2.contains(&arn("id.example.org")), "{}", refusal.2);
        let arn = arn("id.example.com");
        let named = ("OpenIDConnectProviderArn", arn.as_str());
        assert_eq!(told(ann.query("DeleteOpenIDConnectProvider", &[named]).await).1, "AccessDenied");
        assert_eq!(told(ann.query("ListOpenIDConnectProviders", &[]).await).1, "AccessDenied");
        let tag = [named, ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue")];
        ok(server, "TagOpenIDConnectProvider", &tag).await;
        ann.query("DeleteOpenIDConnectProvider", &[named]).await.unwrap();
    }
}
