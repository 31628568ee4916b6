//! Backups that earlier releases made, with what their users sign in with: they are restored into either database, whose schema is then
//! brought up to date, and everybody signs in.

use std::fs;
use std::path::PathBuf;

use poolhouse_store::migrate;
use poolhouse_testkit::{Database, Passkey, TestServer};
use serde_json::{Value, json};

use super::{Backups, Scene, empty, master, serve};
use crate::devices::Device;
use crate::sign_in::factors::App;

/// Set by `cargo xtask schema`, which keeps what a release made.
const WRITE: &str = "POOLHOUSE_WRITE_SCHEMA";

/// Where there is a folder for each, by the version of its schema.
fn releases() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/backups"))
}

/// What the users of a scene sign in with, beside the backup.
const SCENE: &str = "scene.json";

impl Scene {
    fn to_json(&self) -> Value {
        let Self { pool, client, app, device, passkey } = self;
        let Device { key, group, tokens } = device;
        let device = json!({ "key": key, "group": group, "tokens": tokens });
        json!({ "pool": pool, "client": client, "app": app.secret(), "device": device, "passkey": passkey.to_json() })
    }

    fn from_json(kept: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let device = &kept["device"];
        Self {
            pool: text(&kept["pool"]),
            client: text(&kept["client"]),
            app: App::of_secret(kept["app"].as_str().unwrap()),
            device: Device {
                key: text(&device["key"]),
                group: text(&device["group"]),
                tokens: device["tokens"].clone(),
            },
            passkey: Passkey::from_json(&kept["passkey"]),
        }
    }
}

/// Keeps a backup by this release.
async fn keep() {
    let place = releases().join(format!("{:04}", migrate::newest()));
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    let server = TestServer::start(Database::Sqlite).await;
    let scene = Scene::new(&server).await;
    Backups::at(place.join("backup")).make(&server).await;
    let text = serde_json::to_string_pretty(&scene.to_json()).unwrap();
    fs::write(place.join(SCENE), text + "\n").unwrap();
    server.finish().await;
}

#[tokio::test]
async fn users_of_every_release_sign_in_after_a_restore() {
    if std::env::var_os(WRITE).is_some() {
        keep().await;
    }
    let mut tried = 0;
    for release in fs::read_dir(releases()).unwrap() {
        let release = release.unwrap().path();
        let scene =
            Scene::from_json(&serde_json::from_slice(&fs::read(release.join(SCENE)).unwrap()).unwrap());
        for on_postgres in [false, true] {
            let Some((database, store)) = empty(on_postgres).await else { continue };
            Backups::at(release.join("backup")).restore(&store, &master()).await.unwrap();
            let server = serve(database, store, master()).await;
            // The day after.
            server.clock().advance_seconds(60);
            scene.holds(&server).await;
            server.finish().await;
            tried += 1;
        }
    }
    assert!(tried > 0);
}
