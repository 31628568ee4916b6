//! Nodes that start together on an empty database: each comes up, and all have the same keys.

use poolhouse_core::Cx;
use poolhouse_iam::credentials;
use poolhouse_kernel::KeyPair;
use poolhouse_ports::Entropy;
use poolhouse_testkit::{Database, Parts, TestServer};

/// Chance has to get the nodes into each other's way.
const ROUNDS: usize = 12;

/// Starts a node with randomness of its own; and the root credentials, if it was the one that made them.
async fn node(database: &Database, number: u64) -> (TestServer, Option<KeyPair>) {
    let change = |parts: &mut Parts| {
        parts.kernel.entropy = Entropy::seeded(number);
        parts.kernel.settings.root = None;
    };
    let server = TestServer::start_with(database.clone(), change).await;
    let made = credentials::ensure_root(server.engine()).await.unwrap();
    (server, made)
}

#[tokio::test]
async fn nodes_that_start_together_have_the_same_keys() {
    for _ in 0..ROUNDS {
        let Some(database) = Database::bare_postgres().await else { return };
        let start = |number| node(&database, number);
        let (a, b, c, d) = tokio::join!(start(1), start(2), start(3), start(4));
        let nodes = [a, b, c, d];
        let made: Vec<&KeyPair> = nodes.iter().filter_map(|(_, made)| made.as_ref()).collect();
        let [root] = made[..] else { panic!("{} nodes made root credentials", made.len()) };
        for (server, _) in &nodes {
            let engine = server.engine();
            let stored = credentials::stored(engine.store()).await.unwrap();
            assert_eq!(stored.len(), 1);
            let cx = Cx::job(engine);
            let found = credentials::find(&cx, &root.access_key_id, None).await.unwrap().unwrap();
            assert_eq!(found.secret, *root.secret_access_key, "a node has another key");
        }
        drop(nodes);
        database.drop_database().await;
    }
}
