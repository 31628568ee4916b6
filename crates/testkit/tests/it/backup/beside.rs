//! A pool of a backup as a new one, beside the one that it was (docs/decisions/0067).

use std::collections::HashMap;

use poolhouse_backup::{BackupError, Keys};
use poolhouse_core::Cx;
use poolhouse_core::as_new::AsNew;
use poolhouse_ports::PoolId;
use poolhouse_testkit::{ApiError, SrpClient, TestServer, claims, on_both};
use poolhouse_wire::ErrorCode;
use serde_json::{Value, json};

use super::{Backups, Once, Scene, empty, master, serve};
use crate::sign_in::{answer, password_auth};

/// What was made.
struct Beside {
    pool: String,
    clients: HashMap<String, String>,
}

impl Beside {
    /// Restores the pool of the backup beside itself.
    async fn restore(server: &TestServer, once: &Once<'_>, pool: &str) -> Result<Self, BackupError> {
        let mut new =
            AsNew::begin(&Cx::job(server.engine()), "yesterday".to_owned(), &master()).await.unwrap();
        let (store, pool) = (server.engine().store(), PoolId::from(pool));
        let (mut fill, restored) =
            once.restore().as_new(store, &pool, |shape, rows| new.take(shape, rows)).await?;
        assert_eq!(restored.pools, 1);
        new.finish(fill.tx()).await.unwrap();
        fill.finish().await?;
        let clients = new.clients().map(|(old, new)| (old.to_string(), new.to_string())).collect();
        Ok(Self { pool: new.id().to_string(), clients })
    }

    fn client(&self, old: &str) -> &str {
        &self.clients[old]
    }
}

/// Signs alice in by SRP; the answer to her proof.
async fn proof(server: &TestServer, pool: &str, client: &str) -> Result<Value, ApiError> {
    let srp = SrpClient::new(pool);
    let parameters = json!({ "USERNAME": "alice", "SRP_A": srp.srp_a() });
    let input = json!({ "ClientId": client, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters });
    let challenge = server.public().ok("InitiateAuth", input).await;
    let responses = srp.answer(&challenge["ChallengeParameters"], TestServer::PASSWORD, server.now());
    let input = answer(client, "PASSWORD_VERIFIER", &challenge["Session"], responses);
    server.public().call("RespondToAuthChallenge", input).await
}

async fn secret_of(server: &TestServer, pool: &str, client: &str) -> Value {
    let input = json!({ "UserPoolId": pool, "ClientId": client });
    server.admin().ok("DescribeUserPoolClient", input).await["UserPoolClient"]["ClientSecret"].clone()
}

async fn provider(server: &TestServer, pool: &str) -> Value {
    let input = json!({ "UserPoolId": pool, "ProviderName": "Google" });
    server.admin().ok("DescribeIdentityProvider", input).await["IdentityProvider"]["ProviderDetails"].clone()
}

on_both! {
    async fn yesterday_stands_beside_today(server) {
        let scene = Scene::new(server).await;
        let confidential = server.client(&scene.pool, json!({ "GenerateSecret": true })).await;
        let details = json!({ "client_id": "g", "client_secret": "g-secret", "authorize_scopes": "openid" });
        let google = json!({
            "UserPoolId": scene.pool, "ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": details,
        });
        server.admin().ok("CreateIdentityProvider", google).await;
        let backups = Backups::new();
        let manifest = backups.make(server).await;
        server.admin().ok("AdminDeleteUser", json!({ "UserPoolId": scene.pool, "Username": "alice" })).await;
        let (identities, key) = (Keys::of(&master()).identities(), master());
        let once = backups.with(&manifest, &key, &identities);
        let new = Beside::restore(server, &once, &scene.pool).await.unwrap();
        let client = new.client(&scene.client);

        let described = server.admin().ok("DescribeUserPool", json!({ "UserPoolId": new.pool })).await;
        assert_eq!(described["UserPool"]["Name"], "yesterday");
        assert!(described["UserPool"]["Arn"].as_str().unwrap().ends_with(&new.pool));
        let refused = proof(server, &new.pool, client).await.unwrap_err();
        assert_eq!(refused.code, "NotAuthorizedException", "the pool's id is in the hash");
        let wrong = password_auth(client, "alice", "Wrong-Horse-7");
        assert_eq!(server.public().refused("InitiateAuth", wrong).await.0, "NotAuthorizedException");
        let tokens = server.sign_in(client, "alice").await;
        let told = claims(&tokens["IdToken"]);
        assert_eq!(told["cognito:groups"], json!(["admins", "staff"]));
        assert!(told["iss"].as_str().unwrap().ends_with(&new.pool), "{told}");
        assert_eq!(told["aud"], client);
        // The first sign-in has made a verifier.
        proof(server, &new.pool, client).await.unwrap();
        server.clock().advance_seconds(60);
        let other = Scene { pool: new.pool.clone(), client: client.to_owned(), ..scene };
        other.shows_a_code(server).await;
        let secret = secret_of(server, &new.pool, new.client(&confidential)).await;
        assert!(secret.is_string());
        assert_eq!(secret, secret_of(server, &scene.pool, &confidential).await);
        assert_eq!(provider(server, &new.pool).await["client_secret"], "g-secret");
    }

    async fn nothing_of_the_old_pool_is_good_in_the_new_one(server) {
        let scene = Scene::new(server).await;
        let backups = Backups::new();
        let manifest = backups.make(server).await;
        let (identities, key) = (Keys::of(&master()).identities(), master());
        let once = backups.with(&manifest, &key, &identities);
        let new = Beside::restore(server, &once, &scene.pool).await.unwrap();
        let mut refresh = scene.refresh();
        refresh["ClientId"] = json!(new.client(&scene.client));
        assert_eq!(server.public().refused("InitiateAuth", refresh).await.0, "NotAuthorizedException");
        let keys = async |pool: &str| server.get(&format!("/{pool}/.well-known/jwks.json")).await.1;
        assert_ne!(keys(&new.pool).await, keys(&scene.pool).await);
        let devices = json!({ "UserPoolId": new.pool, "Username": "alice" });
        assert_eq!(server.admin().ok("AdminListDevices", devices).await["Devices"], json!([]));
        // The old one is as it was, and goes without the new one.
        scene.holds(server).await;
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": scene.pool })).await;
        server.sign_in(new.client(&scene.client), "alice").await;
    }

    async fn a_pool_of_another_installation_becomes_a_new_one(server) {
        let scene = Scene::new(server).await;
        let backups = Backups::new();
        let pools = [PoolId::from(scene.pool.as_str())].into();
        let (manifest, _) = backups.make_for(server, &[], Some(&pools)).await;
        let identities = Keys::of(&master()).identities();
        let key = || poolhouse_kernel::sealing::MasterKey::new([8; 32]);
        for on_postgres in [false, true] {
            let Some((database, store)) = empty(on_postgres).await else { continue };
            poolhouse_store::migrate::run(&store).await.unwrap();
            let other = serve(database, store, key()).await;
            let target = key();
            let once = backups.with(&manifest, &target, &identities);
            let new = Beside::restore(&other, &once, &scene.pool).await.unwrap();
            other.sign_in(new.client(&scene.client), "alice").await;
            // And once more: each is a pool of its own.
            let again = Beside::restore(&other, &once, &scene.pool).await.unwrap();
            assert_ne!(again.pool, new.pool);
            other.sign_in(again.client(&scene.client), "alice").await;
            other.finish().await;
        }
    }

    async fn a_pool_that_is_not_in_the_backup_does_not_become_one(server) {
        Scene::new(server).await;
        let backups = Backups::new();
        let manifest = backups.make(server).await;
        let (identities, key) = (Keys::of(&master()).identities(), master());
        let once = backups.with(&manifest, &key, &identities);
        let refused = Beside::restore(server, &once, "us-east-1_nowhere").await.err();
        for name in ["", "<pool>"] {
            let refused = AsNew::begin(&Cx::job(server.engine()), name.to_owned(), &master()).await.unwrap_err();
            assert_eq!(refused.code(), ErrorCode::InvalidParameterException, "{name:?}");
        }
        assert_eq!(refused, Some(BackupError::NotIn(PoolId::from("us-east-1_nowhere"), manifest.name.clone())));
        let pools = server.admin().ok("ListUserPools", json!({ "MaxResults": 10 })).await;
        assert_eq!(pools["UserPools"].as_array().unwrap().len(), 1);
    }
}
