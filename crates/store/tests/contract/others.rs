//! Pools, clients, keys, providers and the rest.

use poolhouse_ports::{ClientId, Timestamp};
use poolhouse_store::Store;
use poolhouse_store::tables::certificates::{self, Certificate};
use poolhouse_store::tables::client_secrets::{self, ClientSecret};
use poolhouse_store::tables::clients::{self, Client};
use poolhouse_store::tables::credentials::{self, Credential};
use poolhouse_store::tables::identity_providers::{self, IdentityProvider};
use poolhouse_store::tables::linked_identities::{self, LinkedIdentity};
use poolhouse_store::tables::pools::{self, After, Pool};
use poolhouse_store::tables::resource_servers::{self, ResourceServer};
use poolhouse_store::tables::signing_keys::{self, SigningKey};
use poolhouse_store::tables::{Insert, deleted_pools, idp_identifiers, settings, spent, users};

use crate::behaviours;
use crate::rows::{client, pool, with_pools, with_users};

fn text(text: &str) -> String {
    text.to_owned()
}

fn provider(name: &str) -> IdentityProvider {
    IdentityProvider {
        pool_id: text("p").into(),
        name: text(name),
        provider_type: text("OIDC"),
        created_at: Timestamp(1),
        modified_at: Timestamp(1),
        config: text("{}"),
        secrets: Some(vec![9]),
    }
}

behaviours! {
    async fn pools_are_listed_by_creation_and_updated(store: &Store) {
        let mut tx = store.write().await.unwrap();
        for (id, at) in [("b", 2), ("a", 2), ("c", 1)] {
            let row = Pool { created_at: Timestamp(at), ..pool(id) };
            assert_eq!(pools::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
            assert_eq!(pools::insert(&mut tx, &row).await.unwrap(), Insert::Exists);
        }
        let ids = |page: Vec<Pool>| page.into_iter().map(|pool| pool.id).collect::<Vec<_>>();
        assert_eq!(ids(pools::list_after(&mut tx, After::START, 9).await.unwrap()), ["c", "a", "b"]);
        let after = After { created_at: Timestamp(2), id: &"a".into() };
        assert_eq!(ids(pools::list_after(&mut tx, after, 9).await.unwrap()), ["b"]);
        let changed = Pool { name: text("new"), config: text("[]"), data_key: vec![7], ..pool("a") };
        assert!(pools::update(&mut tx, &changed).await.unwrap());
        assert!(!pools::update(&mut tx, &pool("none")).await.unwrap());
        let stored = pools::get(&mut tx, &"a".into()).await.unwrap().unwrap();
        // The data key is changed by the rotation of the master key alone.
        let data_key = pool("a").data_key;
        assert_ne!(changed.data_key, data_key);
        assert_eq!(stored, Pool { created_at: Timestamp(2), data_key, ..changed });
        tx.commit().await.unwrap();
    }

    async fn a_pool_goes_with_all_that_is_in_it(store: &Store) {
        let mut tx = with_users(store).await;
        assert_eq!(clients::insert(&mut tx, &client("p", "c")).await.unwrap(), Insert::Inserted);
        assert_eq!(spent::insert(&mut tx, &"p".into(), "m", Timestamp(1)).await.unwrap(), Insert::Inserted);
        while deleted_pools::empty(&mut tx, &"p".into(), 1).await.unwrap() > 0 {}
        assert!(pools::delete(&mut tx, &"p".into()).await.unwrap());
        assert!(!pools::delete(&mut tx, &"p".into()).await.unwrap());
        assert_eq!(clients::get(&mut tx, &"c".into()).await.unwrap(), None);
        assert!(!spent::contains(&mut tx, &"p".into(), "m").await.unwrap());
        assert_eq!(users::count(&mut tx, &"p".into(), 9).await.unwrap(), 0);
        assert_eq!(users::count(&mut tx, &"q".into(), 9).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }

    async fn clients_page_by_id_and_go_with_their_secrets(store: &Store) {
        let mut tx = with_pools(store).await;
        for (pool, id) in [("p", "2"), ("p", "1"), ("q", "3")] {
            assert_eq!(clients::insert(&mut tx, &client(pool, id)).await.unwrap(), Insert::Inserted);
        }
        // An id is one client's over all pools.
        assert_eq!(clients::insert(&mut tx, &client("q", "1")).await.unwrap(), Insert::Exists);
        let page = clients::list_after(&mut tx, &"p".into(), ClientId::START, 9).await.unwrap();
        assert_eq!(page, [client("p", "1"), client("p", "2")]);
        assert_eq!(clients::list_after(&mut tx, &"p".into(), &"1".into(), 9).await.unwrap(), [client("p", "2")]);
        assert_eq!(clients::count(&mut tx, &"p".into(), 9).await.unwrap(), 2);
        let changed = Client { name: text("new"), modified_at: Timestamp(9), sso_minutes: Some(5), risk: Some(text("{}")), ..client("p", "1") };
        assert!(clients::update(&mut tx, &changed).await.unwrap());
        assert_eq!(clients::get(&mut tx, &"1".into()).await.unwrap(), Some(changed));
        let secret = |id: &str, at| ClientSecret {
            client_id: text("1").into(),
            secret_id: text(id),
            created_at: Timestamp(at),
            secret: vec![1],
            generated: true,
        };
        for row in [secret("new", 2), secret("old", 1)] {
            assert_eq!(client_secrets::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
        }
        let listed = client_secrets::list(&mut tx, &"1".into()).await.unwrap();
        assert_eq!(listed, [secret("old", 1), secret("new", 2)]);
        assert!(client_secrets::delete(&mut tx, &"1".into(), "old").await.unwrap());
        assert!(clients::delete(&mut tx, &"1".into()).await.unwrap());
        assert!(client_secrets::list(&mut tx, &"1".into()).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }

    async fn settings_and_credentials_are_kept(store: &Store) {
        let mut tx = store.write().await.unwrap();
        assert_eq!(settings::get(&mut tx, "s").await.unwrap(), None);
        for value in [b"1".as_slice(), b"".as_slice()] {
            settings::put(&mut tx, "s", value).await.unwrap();
            assert_eq!(settings::get(&mut tx, "s").await.unwrap().as_deref(), Some(value));
        }
        assert!(settings::delete(&mut tx, "s").await.unwrap());
        let row = |id: &str| Credential { access_key_id: text(id), secret: vec![1], created_at: Timestamp(1) };
        for id in ["b", "a"] {
            assert_eq!(credentials::insert(&mut tx, &row(id)).await.unwrap(), Insert::Inserted);
            assert_eq!(credentials::insert(&mut tx, &row(id)).await.unwrap(), Insert::Exists);
        }
        assert_eq!(credentials::get(&mut tx, "a").await.unwrap(), Some(row("a")));
        assert_eq!(credentials::list_after(&mut tx, "", 9).await.unwrap(), [row("a"), row("b")]);
        assert_eq!(credentials::list_after(&mut tx, "a", 9).await.unwrap(), [row("b")]);
        assert!(credentials::delete(&mut tx, "a").await.unwrap());
        assert!(!credentials::delete(&mut tx, "a").await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_key_is_deleted_once(store: &Store) {
        let mut tx = with_pools(store).await;
        let key = |kid: &str| SigningKey {
            pool_id: text("p").into(),
            kid: text(kid),
            token_use: text("id"),
            created_at: Timestamp(1),
            private_key: vec![1],
            public_key: vec![2],
        };
        for kid in ["k2", "k1"] {
            assert_eq!(signing_keys::insert(&mut tx, &key(kid)).await.unwrap(), Insert::Inserted);
        }
        assert_eq!(signing_keys::list(&mut tx, &"p".into()).await.unwrap(), [key("k1"), key("k2")]);
        assert_eq!(signing_keys::get(&mut tx, &"p".into(), "k1").await.unwrap(), Some(key("k1")));
        assert!(signing_keys::delete(&mut tx, &"p".into(), "k1").await.unwrap());
        assert!(!signing_keys::delete(&mut tx, &"p".into(), "k1").await.unwrap());
        assert_eq!(signing_keys::get(&mut tx, &"p".into(), "k1").await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn the_newest_certificate_is_the_one(store: &Store) {
        let mut tx = with_pools(store).await;
        let row = |at| Certificate {
            pool_id: text("p").into(),
            created_at: Timestamp(at),
            certificate: vec![1],
            private_key: vec![2],
        };
        assert_eq!(certificates::get_newest(&mut tx, &"p".into()).await.unwrap(), None);
        for at in [5, 9, 7] {
            assert_eq!(certificates::insert(&mut tx, &row(at)).await.unwrap(), Insert::Inserted);
        }
        assert_eq!(certificates::get_newest(&mut tx, &"p".into()).await.unwrap(), Some(row(9)));
        assert!(certificates::delete(&mut tx, &"p".into(), Timestamp(9)).await.unwrap());
        assert_eq!(certificates::get_newest(&mut tx, &"p".into()).await.unwrap(), Some(row(7)));
        tx.commit().await.unwrap();
    }

    async fn providers_page_by_name_and_go_with_their_identifiers(store: &Store) {
        let mut tx = with_pools(store).await;
        for name in ["b", "a"] {
            assert_eq!(identity_providers::insert(&mut tx, &provider(name)).await.unwrap(), Insert::Inserted);
        }
        assert_eq!(identity_providers::insert(&mut tx, &provider("a")).await.unwrap(), Insert::Exists);
        let page = identity_providers::list_after(&mut tx, &"p".into(), "", 9).await.unwrap();
        assert_eq!(page, [provider("a"), provider("b")]);
        assert_eq!(identity_providers::list_after(&mut tx, &"p".into(), "a", 9).await.unwrap(), [provider("b")]);
        let changed = IdentityProvider { secrets: None, config: text("[]"), ..provider("a") };
        assert!(identity_providers::update(&mut tx, &changed).await.unwrap());
        assert_eq!(identity_providers::get(&mut tx, &"p".into(), "a").await.unwrap(), Some(changed));
        for identifier in ["y", "x"] {
            let inserted = idp_identifiers::insert(&mut tx, &"p".into(), identifier, "a").await.unwrap();
            assert_eq!(inserted, Insert::Inserted);
        }
        assert_eq!(idp_identifiers::insert(&mut tx, &"p".into(), "x", "b").await.unwrap(), Insert::Exists);
        assert_eq!(idp_identifiers::get(&mut tx, &"p".into(), "x").await.unwrap().as_deref(), Some("a"));
        assert_eq!(idp_identifiers::list(&mut tx, &"p".into(), "a").await.unwrap(), ["x", "y"]);
        assert!(identity_providers::delete(&mut tx, &"p".into(), "a").await.unwrap());
        assert_eq!(idp_identifiers::get(&mut tx, &"p".into(), "x").await.unwrap(), None);
        assert_eq!(idp_identifiers::insert(&mut tx, &"p".into(), "x", "b").await.unwrap(), Insert::Inserted);
        assert_eq!(idp_identifiers::delete_of_provider(&mut tx, &"p".into(), "b").await.unwrap(), 1);
        tx.commit().await.unwrap();
    }

    async fn a_providers_user_is_one_user_of_the_pool(store: &Store) {
        let mut tx = with_users(store).await;
        let link = |value: &str, sub: &str, at| LinkedIdentity {
            pool_id: text("p").into(),
            provider_name: text("Google"),
            attribute_name: text("Cognito_Subject"),
            attribute_value: text(value),
            sub: text(sub).into(),
            created_at: Timestamp(at),
        };
        for row in [link("1", "a", 9), link("2", "a", 5), link("3", "b", 1)] {
            assert_eq!(linked_identities::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
        }
        assert_eq!(linked_identities::insert(&mut tx, &link("1", "b", 9)).await.unwrap(), Insert::Exists);
        let found = linked_identities::get(&mut tx, &"p".into(), "Google", "Cognito_Subject", "1").await.unwrap();
        assert_eq!(found, Some(link("1", "a", 9)));
        let of_user = linked_identities::list(&mut tx, &"p".into(), &"a".into()).await.unwrap();
        assert_eq!(of_user, [link("2", "a", 5), link("1", "a", 9)]);
        assert!(linked_identities::delete(&mut tx, &"p".into(), "Google", "Cognito_Subject", "1").await.unwrap());
        assert!(!linked_identities::delete(&mut tx, &"p".into(), "Google", "Cognito_Subject", "1").await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn resource_servers_page_by_identifier(store: &Store) {
        let mut tx = with_pools(store).await;
        let row = |identifier: &str| ResourceServer {
            pool_id: text("p").into(),
            identifier: text(identifier),
            name: text("n"),
            scopes: text("[]"),
        };
        for identifier in ["b", "a"] {
            assert_eq!(resource_servers::insert(&mut tx, &row(identifier)).await.unwrap(), Insert::Inserted);
        }
        assert_eq!(resource_servers::insert(&mut tx, &row("a")).await.unwrap(), Insert::Exists);
        assert_eq!(resource_servers::list_after(&mut tx, &"p".into(), "", 9).await.unwrap(), [row("a"), row("b")]);
        assert_eq!(resource_servers::list_after(&mut tx, &"p".into(), "a", 9).await.unwrap(), [row("b")]);
        let changed = ResourceServer { scopes: text("[1]"), ..row("a") };
        assert!(resource_servers::update(&mut tx, &changed).await.unwrap());
        assert_eq!(resource_servers::get(&mut tx, &"p".into(), "a").await.unwrap(), Some(changed));
        assert!(resource_servers::delete(&mut tx, &"p".into(), "a").await.unwrap());
        assert!(!resource_servers::delete(&mut tx, &"p".into(), "a").await.unwrap());
        tx.commit().await.unwrap();
    }
}
