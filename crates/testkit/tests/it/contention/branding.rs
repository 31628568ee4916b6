//! How pages look, and what their users agree to.

use serde_json::{Value, json};

use super::world::{World, same, with};

kinds! {
    SetUICustomization => set_look,
    CreateManagedLoginBranding => create_style,
    UpdateManagedLoginBranding => update_style,
    DeleteManagedLoginBranding => delete_style,
    CreateTerms => create_terms,
    UpdateTerms => update_terms,
    DeleteTerms => delete_terms,
}

/// A client of a new pool, as requests name it.
async fn client(world: &World) -> Value {
    let pool = world.server().pool(json!({})).await;
    let client = world.server().client(&pool, json!({})).await;
    json!({ "UserPoolId": pool, "ClientId": client })
}

async fn set_look(world: &World) {
    let client = client(world).await;
    let domain = json!({ "UserPoolId": client["UserPoolId"], "Domain": "looks" });
    world.server().admin().ok("CreateUserPoolDomain", domain).await;
    // Another node knows the domain within a second.
    world.server().clock().advance_seconds(1);
    let look = json!({ "CSS": ".label-customizable {font-weight: 400;}" });
    world.storm(same(&with(&client, look.clone()))).await.all();
    let all = json!({ "UserPoolId": client["UserPoolId"] });
    world.storm(same(&with(&all, look.clone()))).await.all();
    let shown = world.server().admin().ok("GetUICustomization", client).await;
    assert_eq!(shown["UICustomization"]["CSS"], look["CSS"]);
}

fn image() -> Value {
    json!([{ "Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": "AA==" }])
}

async fn create_style(world: &World) {
    let style = with(&client(world).await, json!({ "Settings": {}, "Assets": image() }));
    world.storm(same(&style)).await.only(1, &["ManagedLoginBrandingExistsException"]);
}

/// A style, as requests name it.
async fn style(world: &World) -> Value {
    let provided = with(&client(world).await, json!({ "UseCognitoProvidedValues": true }));
    let made = world.server().admin().ok("CreateManagedLoginBranding", provided.clone()).await;
    let id = &made["ManagedLoginBranding"]["ManagedLoginBrandingId"];
    json!({ "UserPoolId": provided["UserPoolId"], "ManagedLoginBrandingId": id })
}

async fn update_style(world: &World) {
    let style = style(world).await;
    world.storm(same(&with(&style, json!({ "Settings": {}, "Assets": image() })))).await.all();
    let shown = world.server().admin().ok("DescribeManagedLoginBranding", style).await;
    assert_eq!(shown["ManagedLoginBranding"]["Assets"], image());
}

async fn delete_style(world: &World) {
    world.storm(same(&style(world).await)).await.only(1, &["ResourceNotFoundException"]);
}

fn terms_of(client: &Value) -> Value {
    let terms = json!({
        "TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE",
        "Links": { "cognito:default": "https://example.com/terms" },
    });
    with(client, terms)
}

async fn create_terms(world: &World) {
    let terms = terms_of(&client(world).await);
    world.storm(same(&terms)).await.only(1, &["TermsExistsException"]);
}

/// A document, as requests name it.
async fn terms(world: &World) -> Value {
    let made = world.server().admin().ok("CreateTerms", terms_of(&client(world).await)).await;
    json!({ "UserPoolId": made["Terms"]["UserPoolId"], "TermsId": made["Terms"]["TermsId"] })
}

async fn update_terms(world: &World) {
    let terms = terms(world).await;
    world.storm(same(&with(&terms, json!({ "TermsName": "privacy-policy" })))).await.all();
}

async fn delete_terms(world: &World) {
    world.storm(same(&terms(world).await)).await.only(1, &["ResourceNotFoundException"]);
}
