//! How pages look: the classic ones, and managed login (oauth-and-managed-login §10).

use poolhouse_api::{BODY_LIMIT, IMAGES_BODY_LIMIT};
use poolhouse_testkit::{TestServer, on_both, refusal};
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const LABEL: &str = ".label-customizable {font-weight: 400;}";
const PNG: &str = "iVBORw0KGgo=";
const NOBODY: &str = "0123456789abcdefghijklmnop";

/// A pool with a domain, and a client of it.
async fn pool_and_client(server: &TestServer) -> (String, String) {
    let pool = server.pool(json!({})).await;
    server.admin().ok("CreateUserPoolDomain", json!({ "UserPoolId": pool, "Domain": "shop" })).await;
    let client = server.client(&pool, json!({})).await;
    (pool, client)
}

fn with(input: &Value, more: Value) -> Value {
    let mut input = input.clone();
    if let Value::Object(more) = more {
        input.as_object_mut().unwrap().extend(more);
    }
    input
}

async fn look(server: &TestServer, operation: &str, input: Value) -> Value {
    server.admin().ok(operation, input).await["UICustomization"].clone()
}

async fn style(server: &TestServer, operation: &str, input: Value) -> Value {
    server.admin().ok(operation, input).await["ManagedLoginBranding"].clone()
}

fn asset(category: &str, extension: &str, more: Value) -> Value {
    with(
        &json!({ "Category": category, "ColorMode": "LIGHT", "Extension": extension, "Bytes": "PHN2Zy8+" }),
        more,
    )
}

on_both! {
    async fn a_client_without_a_look_has_that_of_all(server) {
        let (pool, client) = pool_and_client(server).await;
        let (all, one) = (json!({ "UserPoolId": pool }), json!({ "UserPoolId": pool, "ClientId": client }));
        for input in [&all, &one] {
            assert_eq!(look(server, "GetUICustomization", input.clone()).await, json!({}));
        }
        let set = look(server, "SetUICustomization", with(&all, json!({ "CSS": LABEL }))).await;
        let at = set["CreationDate"].clone();
        assert_eq!(set, json!({
            "UserPoolId": pool, "ClientId": "ALL", "CSS": LABEL, "CSSVersion": "20300101000000",
            "CreationDate": at, "LastModifiedDate": at,
        }));
        for input in [&all, &one] {
            assert_eq!(look(server, "GetUICustomization", input.clone()).await, set);
        }
        let own = ".label-customizable {font-weight: 100;}";
        let set = look(server, "SetUICustomization", with(&one, json!({ "CSS": own }))).await;
        assert_eq!((&set["ClientId"], &set["CSS"]), (&json!(client), &json!(own)));
        assert_eq!(look(server, "GetUICustomization", one.clone()).await, set);
        assert_eq!(look(server, "GetUICustomization", all.clone()).await["CSS"], LABEL);
        // With the client its look goes, too.
        server.admin().ok("DeleteUserPoolClient", one.clone()).await;
        let gone = refusal(NOT_FOUND, "User pool client does not exist.");
        assert_eq!(server.admin().refused("GetUICustomization", one).await, gone);
    }

    async fn style_sheet_and_logo_are_set_together(server) {
        let (pool, _) = pool_and_client(server).await;
        let all = json!({ "UserPoolId": pool, "ClientId": "ALL" });
        let both = with(&all, json!({ "CSS": LABEL, "ImageFile": PNG }));
        let set = look(server, "SetUICustomization", both).await;
        let url = set["ImageUrl"].as_str().unwrap();
        assert!(url.ends_with("/_domains/shop/ui-customization/ALL/20300101000000/image"), "{url}");
        server.clock().advance_seconds(1);
        let logo = look(server, "SetUICustomization", with(&all, json!({ "ImageFile": PNG }))).await;
        assert_eq!((&logo["CSS"], &logo["CSSVersion"]), (&Value::Null, &json!("20300101000001")));
        assert_eq!(logo["CreationDate"], set["CreationDate"]);
        assert_ne!(logo["LastModifiedDate"], set["LastModifiedDate"]);
        // With neither there is nothing left.
        look(server, "SetUICustomization", all.clone()).await;
        assert_eq!(look(server, "GetUICustomization", all).await, json!({}));
    }

    async fn a_look_is_refused_that_cannot_be_shown(server) {
        let pool = server.pool(json!({})).await;
        let all = json!({ "UserPoolId": pool });
        let css = with(&all, json!({ "CSS": LABEL }));
        // observed
        let answer = server.admin().refused("SetUICustomization", css.clone()).await;
        assert_eq!(answer, refusal(INVALID, "A domain must be associated with this user pool."));
        server.admin().ok("CreateUserPoolDomain", json!({ "UserPoolId": pool, "Domain": "shop" })).await;
        for (more, text) in [
            (json!({ "CSS": "body {color: red}" }), "The CSS class body is not in the list of allowed classes."),
            (json!({ "CSS": "@import url(x);" }), "The CSS must not contain @import."),
            (json!({ "ImageFile": "R0lGODlh" }), "ImageFile is neither a PNG nor a JPEG."),
            (
                json!({ "ImageFile": PNG.replace('=', "A") + &"A".repeat(140_000) }),
                "ImageFile is larger than 102400 bytes.",
            ),
        ] {
            let answer = server.admin().refused("SetUICustomization", with(&all, more)).await;
            assert_eq!(answer, refusal(INVALID, text));
        }
        let nobody = with(&css, json!({ "ClientId": NOBODY }));
        for operation in ["SetUICustomization", "GetUICustomization"] {
            let answer = server.admin().refused(operation, nobody.clone()).await;
            assert_eq!(answer, refusal(NOT_FOUND, "User pool client does not exist."), "{operation}");
        }
    }

    async fn a_style_lives_and_goes(server) {
        let (pool, client) = pool_and_client(server).await;
        let named = json!({ "UserPoolId": pool, "ClientId": client });
        let none = refusal(NOT_FOUND, &format!("ManagedLoginBranding for client {client} does not exist."));
        assert_eq!(server.admin().refused("DescribeManagedLoginBrandingByClient", named.clone()).await, none);

        let provided = with(&named, json!({ "UseCognitoProvidedValues": true }));
        let made = style(server, "CreateManagedLoginBranding", provided.clone()).await;
        let (id, at) = (made["ManagedLoginBrandingId"].clone(), made["CreationDate"].clone());
        assert_eq!(made, json!({
            "ManagedLoginBrandingId": id, "UserPoolId": pool, "UseCognitoProvidedValues": true, "Assets": [],
            "CreationDate": at, "LastModifiedDate": at,
        }));
        let again = refusal(
            "ManagedLoginBrandingExistsException",
            &format!("A ManagedLoginBranding already exists for client {client}"),
        );
        assert_eq!(server.admin().refused("CreateManagedLoginBranding", provided).await, again);

        server.clock().advance_seconds(1);
        let by_id = json!({ "UserPoolId": pool, "ManagedLoginBrandingId": id });
        let own = json!({ "componentClasses": { "buttons": { "borderRadius": 2.0 } } });
        let images = json!([
            asset("FAVICON_SVG", "SVG", json!({ "ResourceId": "icon" })),
            asset("PAGE_BACKGROUND", "WEBP", json!({})),
        ]);
        let newer = with(&by_id, json!({ "Settings": own, "Assets": images }));
        let changed = style(server, "UpdateManagedLoginBranding", newer).await;
        assert_eq!((&changed["UseCognitoProvidedValues"], &changed["Settings"]), (&json!(false), &own));
        assert_eq!((&changed["Assets"], &changed["CreationDate"]), (&images, &at));
        assert_ne!(changed["LastModifiedDate"], at);
        assert_eq!(style(server, "DescribeManagedLoginBranding", by_id.clone()).await, changed);
        assert_eq!(style(server, "DescribeManagedLoginBrandingByClient", named.clone()).await, changed);
        let capitals = json!({ "UserPoolId": pool, "ManagedLoginBrandingId": id.as_str().unwrap().to_uppercase() });
        assert_eq!(style(server, "DescribeManagedLoginBranding", capitals).await, changed);

        // recorded: images that are not sent stay; others take the place of all
        let kept = with(&by_id, json!({ "Settings": {} }));
        assert_eq!(style(server, "UpdateManagedLoginBranding", kept).await["Assets"], images);
        let provided = with(&by_id, json!({ "UseCognitoProvidedValues": true, "Assets": [] }));
        let changed = style(server, "UpdateManagedLoginBranding", provided).await;
        assert_eq!((&changed["Settings"], &changed["Assets"]), (&Value::Null, &json!([])));

        let raw = server.admin().raw("DeleteManagedLoginBranding", by_id.to_string().as_bytes()).await;
        assert_eq!((raw.0, raw.2.len()), (200, 0));
        assert_eq!(server.admin().refused("DescribeManagedLoginBrandingByClient", named).await, none);
        let gone = refusal(NOT_FOUND, "ManagedLoginBranding does not exist.");
        let provided = with(&by_id, json!({ "UseCognitoProvidedValues": true }));
        for operation in
            ["DescribeManagedLoginBranding", "UpdateManagedLoginBranding", "DeleteManagedLoginBranding"]
        {
            assert_eq!(server.admin().refused(operation, provided.clone()).await, gone, "{operation}");
        }
    }

    async fn merged_settings_say_everything(server) {
        let (pool, client) = pool_and_client(server).await;
        let named = json!({ "UserPoolId": pool, "ClientId": client });
        let own = json!({ "componentClasses": { "buttons": { "borderRadius": 2.0 } } });
        let made = style(server, "CreateManagedLoginBranding", with(&named, json!({ "Settings": own }))).await;
        let by_id = json!({ "UserPoolId": pool, "ManagedLoginBrandingId": made["ManagedLoginBrandingId"] });
        let merged = json!({ "ReturnMergedResources": true });
        for (operation, input) in
            [("DescribeManagedLoginBranding", &by_id), ("DescribeManagedLoginBrandingByClient", &named)]
        {
            let shown = style(server, operation, with(input, merged.clone())).await;
            assert_eq!(shown["UseCognitoProvidedValues"], false);
            assert_eq!(shown["Settings"]["componentClasses"]["buttons"]["borderRadius"], 2.0);
            assert_eq!(shown["Settings"]["componentClasses"]["input"]["borderRadius"], 8.0);
            assert_eq!(shown["Settings"]["categories"]["global"]["colorSchemeMode"], "LIGHT");
        }
        // Nothing that is said by a merged document is refused when it comes back.
        let whole = style(server, "DescribeManagedLoginBranding", with(&by_id, merged)).await["Settings"].clone();
        style(server, "UpdateManagedLoginBranding", with(&by_id, json!({ "Settings": whole }))).await;
    }

    // recorded
    async fn a_style_has_one_source(server) {
        let (pool, client) = pool_and_client(server).await;
        let named = json!({ "UserPoolId": pool, "ClientId": client });
        let text = "useCognitoProvidedValues or settings should be specified (but not both)";
        for more in [
            json!({}),
            json!({ "UseCognitoProvidedValues": false }),
            json!({ "Assets": [] }),
            json!({ "UseCognitoProvidedValues": true, "Settings": {} }),
        ] {
            let answer = server.admin().refused("CreateManagedLoginBranding", with(&named, more)).await;
            assert_eq!(answer, refusal(INVALID, text));
        }
        let made = style(server, "CreateManagedLoginBranding", with(&named, json!({ "Settings": {} }))).await;
        let by_id = json!({ "UserPoolId": pool, "ManagedLoginBrandingId": made["ManagedLoginBrandingId"] });
        let answer = server.admin().refused("UpdateManagedLoginBranding", by_id).await;
        assert_eq!(answer, refusal(INVALID, text));
    }

    async fn a_style_is_refused_that_cannot_be_shown(server) {
        let (pool, client) = pool_and_client(server).await;
        let named = json!({ "UserPoolId": pool, "ClientId": client, "Settings": {} });
        let icon = with(&named, json!({ "Assets": [asset("PAGE_BACKGROUND", "ICO", json!({}))] }));
        let (code, text) = server.admin().refused("CreateManagedLoginBranding", icon).await;
        assert_eq!(code, INVALID);
        // recorded
        let begin = "Invalid assets provided. Validation errors: [{category: PAGE_BACKGROUND, extension: ICO, \
                     colorMode: LIGHT, errorMessage:";
        assert!(text.starts_with(begin), "{text}");
        for bad in [
            json!({ "Settings": { "x": 1 } }),
            json!({ "Settings": "text" }),
            json!({ "Assets": [asset("FAVICON_ICO", "PNG", json!({}))] }),
            json!({ "Assets": [asset("FORM_LOGO", "PNG", json!({ "Bytes": "" }))] }),
        ] {
            let answer = server.admin().refused("CreateManagedLoginBranding", with(&named, bad.clone())).await;
            assert_eq!(answer.0, INVALID, "{bad}");
        }
        let many: Vec<_> = (0..41).map(|_| asset("FORM_LOGO", "PNG", json!({}))).collect();
        let (code, text) =
            server.admin().refused("CreateManagedLoginBranding", with(&named, json!({ "Assets": many }))).await;
        assert_eq!(code, INVALID);
        let end = "at 'assets' failed to satisfy constraint: Member must have length less than or equal to 40";
        assert!(text.ends_with(end), "{text}");
        for operation in ["CreateManagedLoginBranding", "DescribeManagedLoginBrandingByClient"] {
            let answer = server.admin().refused(operation, with(&named, json!({ "ClientId": NOBODY }))).await;
            assert_eq!(answer, refusal(NOT_FOUND, "User pool client does not exist."), "{operation}");
        }
        let answer = server.admin().refused("UpdateManagedLoginBranding", json!({ "UserPoolId": pool })).await;
        assert_eq!(answer.0, INVALID);
        assert!(answer.1.contains("Value null at 'managedLoginBrandingId'"), "{}", answer.1);
    }

    // model: a request of 2 MB
    async fn images_may_be_large(server) {
        let (pool, client) = pool_and_client(server).await;
        let large = "A".repeat(600_000);
        let images: Vec<_> = (0..3).map(|_| asset("FORM_LOGO", "PNG", json!({ "Bytes": large }))).collect();
        let input = json!({ "UserPoolId": pool, "ClientId": client, "Settings": {}, "Assets": images });
        let made = style(server, "CreateManagedLoginBranding", input).await;
        assert_eq!(made["Assets"], json!(images));
        let body = vec![b' '; IMAGES_BODY_LIMIT + 1];
        assert_eq!(server.admin().raw("CreateManagedLoginBranding", &body).await.0, 413);
        let body = vec![b' '; BODY_LIMIT + 1];
        assert_eq!(server.admin().raw("SetUICustomization", &body).await.0, 413);
    }

    async fn looks_of_an_unknown_pool(server) {
        let gone = refusal(NOT_FOUND, "User pool us-east-1_000000000 does not exist.");
        let input = json!({
            "UserPoolId": "us-east-1_000000000", "ClientId": NOBODY, "UseCognitoProvidedValues": true,
            "ManagedLoginBrandingId": "11111111-2222-4333-8444-555555555555",
        });
        for operation in [
            "SetUICustomization", "GetUICustomization", "CreateManagedLoginBranding",
            "DescribeManagedLoginBranding", "DescribeManagedLoginBrandingByClient", "UpdateManagedLoginBranding",
            "DeleteManagedLoginBranding",
        ] {
            assert_eq!(server.admin().refused(operation, input.clone()).await, gone, "{operation}");
        }
    }
}
