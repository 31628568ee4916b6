//! Users, their aliases and what they are searched by.

use poolhouse_ports::{Sub, Timestamp};
use poolhouse_store::tables::users::{self, After, User};
use poolhouse_store::tables::{Insert, aliases, user_index};
use poolhouse_store::{Store, StoreError, Tx};

use crate::behaviours;
use crate::rows::{user, with_pools, with_users};

fn subs(users: &[User]) -> Vec<&str> {
    users.iter().map(|user| user.sub.as_str()).collect()
}

fn alias(sub: &str, value: &str) -> aliases::Alias {
    let text = str::to_owned;
    aliases::Alias {
        pool_id: text("p").into(),
        name: text("email"),
        value: text(value),
        sub: text(sub).into(),
    }
}

async fn insert(tx: &mut Tx, user: &User) {
    assert_eq!(users::insert(tx, user).await.unwrap(), Insert::Inserted);
}

/// Inserts a user with a name that it is found by.
async fn named(tx: &mut Tx, sub: &str, name: &str) {
    insert(tx, &User { attributes: format!("{{\"name\":\"{name}\"}}"), ..user("p", sub) }).await;
    user_index::replace(tx, &"p".into(), &sub.into(), &[("name", name)]).await.unwrap();
}

behaviours! {
    async fn a_user_is_read_as_it_was_written(store: &Store) {
        let mut tx = with_pools(store).await;
        let full = User {
            enabled: false,
            attributes: r#"{"email":"ä@example.com"}"#.to_owned(),
            verifier: Some(vec![0; 400]),
            password_set_at: Some(Timestamp(i64::MAX)),
            password_version: 3,
            password_history: Some(Vec::new()),
            mfa: Some("[]".to_owned()),
            ..user("p", "full")
        };
        for row in [&full, &user("p", "bare")] {
            insert(&mut tx, row).await;
        }
        tx.commit().await.unwrap();
        let mut tx = store.read().await.unwrap();
        assert_eq!(users::get(&mut tx, &"p".into(), &"full".into()).await.unwrap().as_ref(), Some(&full));
        assert_eq!(users::get(&mut tx, &"p".into(), &"bare".into()).await.unwrap(), Some(user("p", "bare")));
        assert_eq!(users::find_by_username_key(&mut tx, &"p".into(), "user full").await.unwrap(), Some(full));
        assert_eq!(users::find_by_username_key(&mut tx, &"p".into(), "User full").await.unwrap(), None);
        assert_eq!(users::get(&mut tx, &"q".into(), &"bare".into()).await.unwrap(), None);
    }

    async fn sub_and_user_name_are_each_taken_once_in_a_pool(store: &Store) {
        let mut tx = with_users(store).await;
        let same_sub = User { username_key: "new".to_owned(), ..user("p", "a") };
        let same_name = User { sub: "new".into(), ..user("p", "a") };
        for taken in [same_sub, same_name] {
            assert_eq!(users::insert(&mut tx, &taken).await.unwrap(), Insert::Exists);
        }
        assert_eq!(users::count(&mut tx, &"p".into(), 9).await.unwrap(), 3);
        tx.commit().await.unwrap();
    }

    async fn an_update_overwrites_the_row(store: &Store) {
        let mut tx = with_users(store).await;
        let changed = User {
            username_key: "other".to_owned(),
            status: "RESET_REQUIRED".to_owned(),
            enabled: false,
            verifier: Some(vec![1]),
            ..user("p", "a")
        };
        assert!(users::update(&mut tx, &changed).await.unwrap());
        assert!(!users::update(&mut tx, &user("p", "none")).await.unwrap());
        assert_eq!(users::get(&mut tx, &"p".into(), &"a".into()).await.unwrap(), Some(changed));
        assert_eq!(users::get(&mut tx, &"q".into(), &"a".into()).await.unwrap(), Some(user("q", "a")));
        tx.commit().await.unwrap();
        let mut tx = store.write().await.unwrap();
        let taken = User { username_key: "user c".to_owned(), ..user("p", "b") };
        assert_eq!(users::update(&mut tx, &taken).await, Err(StoreError::Retry));
    }

    async fn lists_follow_creation_then_sub(store: &Store) {
        let mut tx = with_pools(store).await;
        for (sub, at, status, enabled) in [
            ("d", 5, "CONFIRMED", true),
            ("b", 7, "CONFIRMED", false),
            ("a", 7, "UNCONFIRMED", true),
            ("c", -1, "CONFIRMED", true),
        ] {
            let row = User { created_at: Timestamp(at), status: status.to_owned(), enabled, ..user("p", sub) };
            insert(&mut tx, &row).await;
        }
        insert(&mut tx, &user("q", "z")).await;
        let all = users::list_after(&mut tx, &"p".into(), After::START, 9).await.unwrap();
        assert_eq!(subs(&all), ["c", "d", "a", "b"]);
        let after = After { created_at: Timestamp(7), sub: &"a".into() };
        assert_eq!(subs(&users::list_after(&mut tx, &"p".into(), after, 9).await.unwrap()), ["b"]);
        assert_eq!(subs(&users::list_after(&mut tx, &"p".into(), After::START, 2).await.unwrap()), ["c", "d"]);
        let confirmed = users::list_by_status_after(&mut tx, &"p".into(), "CONFIRMED", After::START, 9).await.unwrap();
        assert_eq!(subs(&confirmed), ["c", "d", "b"]);
        let after = After { created_at: Timestamp(-1), sub: &"c".into() };
        let enabled = users::list_by_enabled_after(&mut tx, &"p".into(), true, after, 9).await.unwrap();
        assert_eq!(subs(&enabled), ["d", "a"]);
        let disabled = users::list_by_enabled_after(&mut tx, &"p".into(), false, After::START, 9).await.unwrap();
        assert_eq!(subs(&disabled), ["b"]);
        assert_eq!(users::count(&mut tx, &"p".into(), 3).await.unwrap(), 3);
        assert_eq!(users::count(&mut tx, &"p".into(), 9).await.unwrap(), 4);
        tx.commit().await.unwrap();
    }

    async fn an_exact_search_pages_by_sub(store: &Store) {
        let mut tx = with_pools(store).await;
        for (sub, name) in [("c", "ann"), ("a", "ann"), ("b", "anna"), ("d", "ann")] {
            named(&mut tx, sub, name).await;
        }
        let page = user_index::find_exact_after(&mut tx, &"p".into(), "name", "ann", Sub::START, 2).await.unwrap();
        assert_eq!(page.iter().map(|found| found.user.sub.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        let page = user_index::find_exact_after(&mut tx, &"p".into(), "name", "ann", &"c".into(), 2).await.unwrap();
        assert_eq!(page.iter().map(|found| found.user.sub.as_str()).collect::<Vec<_>>(), ["d"]);
        assert!(user_index::find_exact_after(&mut tx, &"p".into(), "email", "ann", Sub::START, 2).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }

    async fn a_prefix_search_pages_by_value_and_sub(store: &Store) {
        let mut tx = with_pools(store).await;
        let people =
            [("a", "anne"), ("b", "an"), ("c", "ann%"), ("d", "ann"), ("e", "ao"), ("f", "ann"), ("g", "ann日")];
        for (sub, name) in people {
            named(&mut tx, sub, name).await;
        }
        let found = async |tx: &mut Tx, prefix, after, limit| -> Vec<(String, Sub)> {
            let page = user_index::find_prefix_after(tx, &"p".into(), "name", prefix, after, limit).await.unwrap();
            page.into_iter().map(|found| (found.value, found.user.sub)).collect()
        };
        let pair = |value: &str, sub: &str| (value.to_owned(), sub.into());
        let all = [pair("ann", "d"), pair("ann", "f"), pair("ann%", "c"), pair("anne", "a"), pair("ann日", "g")];
        assert_eq!(found(&mut tx, "ann", None, 9).await, all);
        assert_eq!(found(&mut tx, "ann", None, 1).await, all[..1]);
        let [a, d] = ["a", "d"].map(Sub::from);
        assert_eq!(found(&mut tx, "ann", Some(("ann", &d)), 2).await, all[1..3]);
        assert_eq!(found(&mut tx, "ann", Some(("anne", &a)), 9).await, all[4..]);
        assert_eq!(found(&mut tx, "", None, 9).await.len(), 7);
        assert!(found(&mut tx, "b", None, 9).await.is_empty());
        tx.commit().await.unwrap();
    }

    async fn what_a_user_is_found_by_is_replaced_as_a_whole(store: &Store) {
        let mut tx = with_users(store).await;
        let list = async |tx: &mut Tx| user_index::list(tx, &"p".into(), &"a".into()).await.unwrap();
        let set = async |tx: &mut Tx, entries: &[(&str, &str)]| {
            user_index::replace(tx, &"p".into(), &"a".into(), entries).await.unwrap();
        };
        set(&mut tx, &[("name", "x"), ("email", "e")]).await;
        set(&mut tx, &[("name", "y"), ("email", "e"), ("email", "e")]).await;
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(list(&mut tx).await, [pair("email", "e"), pair("name", "y")]);
        set(&mut tx, &[]).await;
        assert!(list(&mut tx).await.is_empty());
        tx.commit().await.unwrap();
    }

    async fn an_alias_is_one_users(store: &Store) {
        let mut tx = with_pools(store).await;
        for sub in ["a", "b"] {
            insert(&mut tx, &User { attributes: r#"{"email":"E@x"}"#.to_owned(), ..user("p", sub) }).await;
        }
        assert_eq!(aliases::insert(&mut tx, &alias("a", "e@x")).await.unwrap(), Insert::Inserted);
        assert_eq!(aliases::insert(&mut tx, &alias("b", "e@x")).await.unwrap(), Insert::Exists);
        assert_eq!(aliases::get(&mut tx, &"p".into(), "email", "e@x").await.unwrap(), Some(alias("a", "e@x")));
        assert_eq!(aliases::get(&mut tx, &"q".into(), "email", "e@x").await.unwrap(), None);
        assert_eq!(aliases::list(&mut tx, &"p".into(), &"a".into()).await.unwrap(), [alias("a", "e@x")]);
        assert!(aliases::list(&mut tx, &"p".into(), &"b".into()).await.unwrap().is_empty());
        assert!(users::delete(&mut tx, &"p".into(), &"a".into()).await.unwrap());
        assert_eq!(aliases::insert(&mut tx, &alias("b", "e@x")).await.unwrap(), Insert::Inserted);
        assert!(aliases::delete(&mut tx, &"p".into(), "email", "e@x").await.unwrap());
        assert!(!aliases::delete(&mut tx, &"p".into(), "email", "e@x").await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_nul_character_is_refused(store: &Store) {
        let mut tx = with_pools(store).await;
        let refused = users::insert(&mut tx, &User { username: "a\0".into(), ..user("p", "a") }).await;
        assert_eq!(refused, Err(StoreError::NulCharacter));
        assert_eq!(users::find_by_username_key(&mut tx, &"p".into(), "\0").await, Err(StoreError::NulCharacter));
        tx.commit().await.unwrap();
    }
}
