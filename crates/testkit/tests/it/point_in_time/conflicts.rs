//! What cannot come back as it was: names that are somebody else's, keys and providers that are others (new-operations §15.4).

use poolhouse_core::Cx;
use poolhouse_core::leased::Work;
use poolhouse_core::point_in_time::{self, Running};
use poolhouse_core::users::admin;
use poolhouse_store::tables::linked_identities;
use poolhouse_testkit::idp::Idp;
use poolhouse_testkit::{Passkey, TestServer, on_both};
use serde_json::{Value, json};

use super::{initiate, moment, recover, status, work};
use crate::passkeys::{Alice, RP};

const HOUR: u32 = 60 * 60;

fn named(pool: &str, name: &str) -> Value {
    json!({ "UserPoolId": pool, "Username": name })
}

/// The name of the user who is meant by this one.
async fn meant(server: &TestServer, pool: &str, name: &str) -> Value {
    server.admin().ok("AdminGetUser", named(pool, name)).await["Username"].clone()
}

async fn attribute(server: &TestServer, pool: &str, user: &str, name: &str) -> Value {
    let user = server.admin().ok("AdminGetUser", named(pool, user)).await;
    let mut attributes = user["UserAttributes"].as_array().unwrap().iter();
    attributes.find(|attribute| attribute["Name"] == name).map_or(Value::Null, |found| found["Value"].clone())
}

/// Ann and Bob, whom a script deletes and gives another address, and then, at a node whose clock is behind, Eve and another Ann, who
/// take what was theirs: by their times both were there at the moment, which is returned.
async fn taken(server: &TestServer, pool: &str) -> i64 {
    server.user(pool, "ann", json!({ "name": "first" })).await;
    server.user(pool, "bob", json!({ "email": "b@example.com", "email_verified": "true" })).await;
    let then = moment(server);
    server.admin().ok("AdminDeleteUser", named(pool, "ann")).await;
    let attributes = json!([{ "Name": "email", "Value": "x@example.com" }]);
    let input = json!({ "UserPoolId": pool, "Username": "bob", "UserAttributes": attributes });
    server.admin().ok("AdminUpdateUserAttributes", input).await;
    server.clock().set_back_seconds(HOUR);
    server.user(pool, "ann", json!({ "name": "second" })).await;
    server.user(pool, "eve", json!({ "email": "b@example.com", "email_verified": "true" })).await;
    server.clock().advance_seconds(2 * HOUR);
    then
}

on_both! {
    async fn whoever_has_a_name_or_an_alias_by_now_keeps_it(server) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let then = taken(server, &pool).await;
        recover(server, &pool, then).await;
        assert_eq!(attribute(server, &pool, "ann", "name").await, "second");
        assert_eq!(meant(server, &pool, "b@example.com").await, "eve");
        assert_eq!(attribute(server, &pool, "bob", "email").await, "b@example.com");
        assert_eq!(attribute(server, &pool, "bob", "email_verified").await, "false");
        // Bob can be changed like anybody.
        let input = json!({ "UserPoolId": pool, "Username": "bob", "UserAttributes": [{ "Name": "name", "Value": "Bob" }] });
        server.admin().ok("AdminUpdateUserAttributes", input).await;
    }

    async fn an_address_that_is_a_name_and_somebody_elses_goes(server) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        server.user(&pool, "b@example.com", json!({ "name": "bob" })).await;
        let bob = meant(server, &pool, "b@example.com").await;
        let bob = bob.as_str().unwrap();
        let then = moment(server);
        let input = json!({ "UserPoolId": pool, "Username": bob, "UserAttributes": [{ "Name": "email", "Value": "x@example.com" }] });
        server.admin().ok("AdminUpdateUserAttributes", input).await;
        server.clock().set_back_seconds(HOUR);
        server.user(&pool, "b@example.com", json!({ "name": "eve" })).await;
        server.clock().advance_seconds(2 * HOUR);
        recover(server, &pool, then).await;
        assert_eq!(attribute(server, &pool, "b@example.com", "name").await, "eve");
        assert_eq!(attribute(server, &pool, bob, "email").await, Value::Null);
    }

    async fn a_change_is_of_when_it_was_made(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "ann", json!({})).await;
        // A request that is long under way: its sender lets it wait.
        let cx = Cx::job(server.engine());
        server.clock().advance_seconds(60);
        let then = moment(server);
        admin::delete(&cx, &pool.as_str().into(), "ann").await.unwrap();
        moment(server);
        recover(server, &pool, then).await;
        assert_eq!(meant(server, &pool, "ann").await, "ann");
    }

    async fn who_must_reset_a_password_must_do_so_afterwards(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "ann", json!({ "email": "a@example.com", "email_verified": "true" })).await;
        let then = moment(server);
        server.admin().ok("AdminResetUserPassword", named(&pool, "ann")).await;
        moment(server);
        recover(server, &pool, then).await;
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
            "AuthParameters": { "USERNAME": "ann", "PASSWORD": TestServer::PASSWORD },
        });
        assert_eq!(server.public().refused("InitiateAuth", input).await.0, "PasswordResetRequiredException");
    }

    async fn another_passkey_under_an_old_id_goes(server) {
        let alice = Alice::new(server).await;
        let own = alice.passkey("own").await;
        let then = moment(server);
        alice.ok("DeleteWebAuthnCredential", json!({ "CredentialId": own.id() })).await;
        let mut stolen = Passkey::new("own", RP);
        stolen.count = 1000;
        let credential = stolen.create(&alice.options().await);
        alice.ok("CompleteWebAuthnRegistration", json!({ "Credential": credential })).await;
        moment(server);
        let counts = recover(server, &alice.pool, then).await;
        assert_eq!(counts[3], ("Passkeys".to_owned(), [0, 1, 0]));
        assert_ne!(alice.sign_in(&stolen).await, "in");
        assert_eq!(alice.sign_in(&own).await, "in");
    }

    async fn links_do_not_come_back_to_another_provider_of_the_name(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "ann", json!({})).await;
        let idp = Idp::start(server, "https://idp.example.com", |_| {});
        let provider = json!({
            "UserPoolId": pool, "ProviderName": "Corp", "ProviderType": "OIDC", "ProviderDetails": idp.details(),
        });
        server.admin().ok("CreateIdentityProvider", provider.clone()).await;
        let link = json!({
            "UserPoolId": pool,
            "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": "ann" },
            "SourceUser": {
                "ProviderName": "Corp", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1",
            },
        });
        server.admin().ok("AdminLinkProviderForUser", link).await;
        let then = moment(server);
        let named = json!({ "UserPoolId": pool, "ProviderName": "Corp" });
        server.admin().ok("DeleteIdentityProvider", named).await;
        server.admin().ok("CreateIdentityProvider", provider).await;
        moment(server);
        recover(server, &pool, then).await;
        let mut tx = server.engine().store().read().await.unwrap();
        let pool = pool.as_str().into();
        let link = linked_identities::get(&mut tx, &pool, "Corp", "Cognito_Subject", "1").await.unwrap();
        assert!(link.is_none());
    }

    async fn who_cannot_go_on_gives_up(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "ann", json!({})).await;
        let then = moment(server);
        server.admin().ok("AdminDeleteUser", named(&pool, "ann")).await;
        moment(server);
        let recovery = initiate(server, &pool, then).await;
        work(server).await;
        let (id, of) = (recovery["RestoreId"].as_str().unwrap(), pool.as_str().into());
        let abort = async || point_in_time::abort(&Cx::job(server.engine()), &of, id).await;
        assert!(abort().await.is_err());
        server.admin().ok("StartPointInTimeRecovery", recovery.clone()).await;
        let running = Running::take(server.engine()).await.unwrap().unwrap();
        abort().await.unwrap();
        assert!(running.step(server.engine()).await.unwrap().is_none());
        assert_eq!(status(server, &recovery).await, "AWS_ABORTED");
        assert!(abort().await.is_err());
        server.user(&pool, "eve", json!({})).await;
    }
}
