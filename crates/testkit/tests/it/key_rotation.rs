//! The rotation of keys: those that sign tokens, and the master key (decision 61).

use poolhouse_core::Cx;
use poolhouse_core::key_life::{AFTER_SECONDS, AHEAD_SECONDS};
use poolhouse_core::pools::key_rotation::{self, Before};
use poolhouse_identity::keys as identity_keys;
use poolhouse_kernel::StartError;
use poolhouse_kernel::sealing::{MasterKey, Sealing};
use poolhouse_ports::{Entropy, PoolId};
use poolhouse_testkit::{Database, TestServer, decode_jwt, on_both};
use poolhouse_wire::identity_pools;
use serde_json::{Value, json};

async fn kids(server: &TestServer, path: &str) -> Vec<String> {
    let (_, document) = server.get(path).await;
    let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    document["keys"].as_array().unwrap().iter().map(kid).collect()
}

/// The key that a token says that it is signed with.
fn kid(token: &Value) -> String {
    decode_jwt(token).0["kid"].as_str().unwrap().to_owned()
}

fn seconds(of: i64) -> u32 {
    u32::try_from(of).unwrap()
}

/// A user pool with a client and a user, and where its keys are.
async fn people(server: &TestServer) -> (PoolId, String, String) {
    let pool = server.pool(json!({})).await;
    let client = server.client(&pool, json!({ "AccessTokenValidity": 24 })).await;
    server.user(&pool, "ann", json!({})).await;
    let path = format!("/{pool}/.well-known/jwks.json");
    (pool.as_str().into(), client, path)
}

async fn access_token(server: &TestServer, client: &str) -> Value {
    server.sign_in(client, "ann").await["AccessToken"].clone()
}

on_both! {
    async fn a_new_key_is_published_before_it_signs_and_an_old_one_verifies_on(server) {
        let (pool, client, path) = people(server).await;
        let old = kids(server, &path).await;
        server.clock().advance_seconds(1);
        key_rotation::rotate(&Cx::job(server.engine()), &pool, Before::Overlaps).await.unwrap();
        let both = kids(server, &path).await;
        assert_eq!((both.len(), old.iter().all(|kid| both.contains(kid))), (4, true));

        server.clock().advance_seconds(seconds(AHEAD_SECONDS) - 1);
        let last = access_token(server, &client).await;
        assert!(old.contains(&kid(&last)), "nobody may know the new key yet");
        server.clock().advance_seconds(1);
        let first = access_token(server, &client).await;
        assert!(!old.contains(&kid(&first)) && both.contains(&kid(&first)));
        for token in [&last, &first] {
            server.public().ok("GetUser", json!({ "AccessToken": token })).await;
        }

        // The old ones stay for as long as a token of theirs.
        server.clock().advance_seconds(seconds(AFTER_SECONDS) - 1);
        assert_eq!(key_rotation::look_after(server.engine()).await.unwrap(), 0);
        server.clock().advance_seconds(1);
        assert_eq!(key_rotation::look_after(server.engine()).await.unwrap(), 2);
        let new = kids(server, &path).await;
        assert_eq!((new.len(), new.iter().any(|kid| old.contains(kid))), (2, false));
        access_token(server, &client).await;
    }

    async fn keys_that_somebody_else_has_end_at_once(server) {
        let (pool, client, path) = people(server).await;
        let token = access_token(server, &client).await;
        let old = kids(server, &path).await;
        key_rotation::rotate(&Cx::job(server.engine()), &pool, Before::Ends).await.unwrap();
        let new = kids(server, &path).await;
        assert_eq!((new.len(), new.iter().any(|kid| old.contains(kid))), (2, false));
        let refused = server.public().refused("GetUser", json!({ "AccessToken": token })).await;
        assert_eq!(refused.0, "NotAuthorizedException");
        let token = access_token(server, &client).await;
        server.public().ok("GetUser", json!({ "AccessToken": token })).await;
        let nobody = key_rotation::rotate(&Cx::job(server.engine()), &"us-east-1_none".into(), Before::Ends).await;
        assert!(nobody.is_err());
    }

    async fn keys_of_identity_pools_overlap_as_well(server) {
        let path = "/.well-known/jwks_uri";
        let cx = || Cx::job(server.engine());
        assert!(!identity_keys::rotate(&cx(), Before::Overlaps).await.unwrap(), "there is no pool yet");
        let admin = server.admin().of(&identity_pools::SERVICE);
        let input = json!({
            "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true, "AllowClassicFlow": true,
        });
        let pool = admin.ok("CreateIdentityPool", input).await["IdentityPoolId"].clone();
        let public = server.public().of(&identity_pools::SERVICE);
        let guest = public.ok("GetId", json!({ "IdentityPoolId": pool })).await["IdentityId"].clone();
        let token = async || {
            let answer = public.ok("GetOpenIdToken", json!({ "IdentityId": guest })).await;
            kid(&answer["Token"])
        };
        let first = token().await;
        assert!(first.starts_with("us-east-1-"), "{first}");
        server.clock().advance_seconds(1);
        assert!(identity_keys::rotate(&cx(), Before::Overlaps).await.unwrap());
        let both = kids(server, path).await;
        assert_eq!((both.len(), &both[1]), (2, &first));
        assert_eq!(token().await, first);
        server.clock().advance_seconds(seconds(AHEAD_SECONDS));
        assert_eq!(token().await, both[0]);
        server.clock().advance_seconds(seconds(AFTER_SECONDS));
        assert_eq!(identity_keys::look_after(server.engine()).await.unwrap(), 1);
        assert_eq!(kids(server, path).await, both[..1]);
        assert!(identity_keys::rotate(&cx(), Before::Ends).await.unwrap());
        let last = kids(server, path).await;
        assert!(last.len() == 1 && !both.contains(&last[0]), "no name comes again: {last:?} {both:?}");
        assert_eq!(token().await, last[0]);
    }
}

#[tokio::test]
async fn keys_are_made_by_their_age() {
    for database in [Some(Database::Sqlite), Database::postgres().await].into_iter().flatten() {
        let server = TestServer::start_with(database, |parts| parts.settings.signing_key_days = 30).await;
        let (_, _, path) = people(&server).await;
        server.clock().advance_seconds(30 * 24 * 60 * 60 - 1);
        assert_eq!(key_rotation::look_after(server.engine()).await.unwrap(), 0);
        server.clock().advance_seconds(1);
        assert_eq!(key_rotation::look_after(server.engine()).await.unwrap(), 1);
        assert_eq!(kids(&server, &path).await.len(), 4);
        assert_eq!(key_rotation::look_after(server.engine()).await.unwrap(), 0, "they are new now");
        server.finish().await;
    }
}

on_both! {
    // The server's own key is thirty-two sevens (testkit).
    async fn the_master_key_is_replaced_step_by_step(server) {
        let pools = [server.pool(json!({})).await, server.pool(json!({})).await, server.pool(json!({})).await];
        let store = server.engine().store();
        let (old, new) = (|| MasterKey::new([7; 32]), || MasterKey::new([8; 32]));
        let open = async |key: MasterKey| Sealing::open(store, key, Entropy::seeded(1)).await;
        assert!(matches!(open(new()).await, Err(StartError::MasterKey)));

        // One batch, and then the process is killed.
        let both = open(new().after(old())).await.unwrap();
        assert!(both.rewrap_installation(store).await.unwrap());
        let begun = both.rewrap_pools(store, PoolId::START, 2).await.unwrap();
        assert_eq!(begun.rewrapped, 2);
        // Servers with both keys open everything, whichever it is under.
        let both = open(new().after(old())).await.unwrap();
        // Those that have only begun to know the new key open what it sealed, and leave it.
        let not_yet = open(old().before(new())).await.unwrap();
        assert!(!not_yet.has_previous() && !not_yet.rewrap_installation(store).await.unwrap());
        assert_eq!(not_yet.rewrap_pools(store, PoolId::START, 10).await.unwrap().rewrapped, 0);
        assert!(!both.rewrap_installation(store).await.unwrap());

        let again = both.rewrap_pools(store, PoolId::START, 2).await.unwrap();
        assert_eq!((again.rewrapped, &again.last), (0, &begun.last), "what is done is left alone");
        let rest = both.rewrap_pools(store, &again.last.unwrap(), 2).await.unwrap();
        assert_eq!(rest.rewrapped, 1);
        assert_eq!(both.rewrap_pools(store, &rest.last.unwrap(), 2).await.unwrap().last, None);

        assert!(matches!(open(old()).await, Err(StartError::MasterKey)));
        let new = open(new()).await.unwrap();
        let mut tx = store.read().await.unwrap();
        for pool in &pools {
            let row = poolhouse_store::tables::pools::get(&mut tx, &pool.as_str().into()).await.unwrap().unwrap();
            assert!(new.open_pool_keys(&row.id, &row.data_key).is_ok());
        }
    }

    async fn a_deleted_pool_is_sealed_anew_while_its_rows_are_there(server) {
        let pool = server.pool(json!({})).await;
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": pool })).await;
        let both = Sealing::open(server.engine().store(), MasterKey::new([8; 32]).after(MasterKey::new([7; 32])), Entropy::seeded(1));
        let sealed = both.await.unwrap().rewrap_pools(server.engine().store(), PoolId::START, 10).await.unwrap();
        assert_eq!(sealed.rewrapped, 1);
    }

    async fn a_change_of_a_pool_does_not_bring_its_old_envelope_back(server) {
        let pool = server.pool(json!({})).await;
        let store = server.engine().store();
        let both = Sealing::open(store, MasterKey::new([8; 32]).after(MasterKey::new([7; 32])), Entropy::seeded(1));
        let both = both.await.unwrap();
        server.admin().ok("DescribeUserPool", json!({ "UserPoolId": pool })).await;
        both.rewrap_pools(store, PoolId::START, 10).await.unwrap();
        // This server still holds the record that it read before.
        server.admin().ok("UpdateUserPool", json!({ "UserPoolId": pool, "MfaConfiguration": "OFF" })).await;
        assert_eq!(both.rewrap_pools(store, PoolId::START, 10).await.unwrap().rewrapped, 0);
    }
}
