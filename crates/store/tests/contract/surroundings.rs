//! What the database says of itself.

use poolhouse_ports::Timestamp;
use poolhouse_store::surroundings::surroundings;
use poolhouse_store::{Kind, Store};

use crate::behaviours;

behaviours! {
    async fn the_database_says_what_it_is(store: &Store) {
        let found = surroundings(store).await.unwrap();
        assert!(found.version.starts_with(|first: char| first.is_ascii_digit()), "{found:?}");
        assert_eq!(found.server.is_some(), store.kind() == Kind::Postgres);
        if let Some(server) = found.server {
            assert!(server.max_connections > 0 && server.clock > Timestamp(1_700_000_000_000), "{server:?}");
        }
    }
}
