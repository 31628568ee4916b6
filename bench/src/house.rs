//! A server in this process, on SQLite on disk.

use std::sync::Arc;

use axum::Router;
use poolhouse_api::Api;
use poolhouse_oauth::OAuth;
use poolhouse_store::{Options, Store};
use poolhouse_testkit::{Database, TestServer};
use serde_json::json;

use crate::folder::Folder;

/// A server, its data and a pool in it.
pub(crate) struct House {
    pub(crate) server: TestServer,
    /// Answers requests as the binary does.
    pub(crate) router: Router,
    pub(crate) pool: String,
    _folder: Folder,
}

impl House {
    /// A server on an empty database.
    pub(crate) async fn build(name: &str) -> Self {
        let folder = Folder::new(name);
        let store = Store::open(Options::new(folder.database())).await.unwrap();
        let server = TestServer::start_with(Database::Sqlite, |parts| parts.kernel.store = store).await;
        let oauth = OAuth::new(server.engine().clone(), Arc::new(|_| {}));
        let api = Api::new(server.engine().clone(), Arc::new(|_| {}));
        let router = oauth.with_domains(api.router().merge(oauth.router()));
        let pool = server.pool(json!({})).await;
        Self { server, router, pool, _folder: folder }
    }
}
