//! Contradictions are found.

use poolhouse_store::Store;
use poolhouse_store::tables::users::User;
use poolhouse_store::tables::{Insert, aliases, clients, user_index, users};
use poolhouse_store::testing::TestDatabase;
use poolhouse_store::verify::verify;

use crate::rows::{client, user, with_pools};

async fn problems(store: &Store) -> Vec<String> {
    verify(store).await.unwrap().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn what_a_user_is_found_by_must_be_its_own() {
    for database in [Some(TestDatabase::sqlite().await), TestDatabase::postgres().await] {
        let Some(database) = database else { continue };
        let mut tx = with_pools(&database.store).await;
        let row = User { attributes: r#"{"name":"Ann","email":"A@x"}"#.to_owned(), ..user("p", "a") };
        assert_eq!(users::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
        let mut alias = aliases::Alias {
            pool_id: "p".into(),
            name: "email".to_owned(),
            value: "a@x".to_owned(),
            sub: "a".into(),
        };
        assert_eq!(aliases::insert(&mut tx, &alias).await.unwrap(), Insert::Inserted);
        user_index::replace(&mut tx, &"p".into(), &"a".into(), &[("name", "ann"), ("email", "a@x")])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(problems(&database.store).await, Vec::<String>::new());

        let mut tx = database.store.write().await.unwrap();
        alias.value = "other@x".to_owned();
        assert_eq!(aliases::insert(&mut tx, &alias).await.unwrap(), Insert::Inserted);
        user_index::replace(&mut tx, &"p".into(), &"a".into(), &[("name", "bob"), ("family_name", "x")])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            problems(&database.store).await,
            [
                "user_index: p, a: family_name is not the user's",
                "user_index: p, a: name is not the user's",
                "aliases: p, a: email is not the user's",
            ]
        );
    }
}

#[tokio::test]
async fn nobody_is_named_by_the_sub_of_another() {
    for database in [Some(TestDatabase::sqlite().await), TestDatabase::postgres().await] {
        let Some(database) = database else { continue };
        let mut tx = with_pools(&database.store).await;
        for row in [user("p", "a"), User { username_key: "a".to_owned(), ..user("p", "b") }] {
            let row = User { attributes: r#"{"preferred_username":"b"}"#.to_owned(), ..row };
            assert_eq!(users::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
        }
        let alias = aliases::Alias {
            pool_id: "p".into(),
            name: "preferred_username".to_owned(),
            value: "b".to_owned(),
            sub: "a".into(),
        };
        assert_eq!(aliases::insert(&mut tx, &alias).await.unwrap(), Insert::Inserted);
        tx.commit().await.unwrap();
        assert_eq!(
            problems(&database.store).await,
            [
                "users: p, b: the user name is the sub of another user, a",
                "aliases: p, a: an alias is the sub of another user, b",
            ]
        );
    }
}

#[tokio::test]
async fn documents_must_be_json() {
    let database = TestDatabase::sqlite().await;
    let mut tx = with_pools(&database.store).await;
    let bad = clients::Client { config: "{".to_owned(), ..client("p", "c") };
    assert_eq!(clients::insert(&mut tx, &bad).await.unwrap(), Insert::Inserted);
    let row = User { attributes: r#"{"name":1}"#.to_owned(), mfa: Some("x".to_owned()), ..user("p", "a") };
    assert_eq!(users::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
    tx.commit().await.unwrap();
    assert_eq!(
        problems(&database.store).await,
        [
            "clients: c is not JSON",
            "users: p, a is not JSON",
            "users: p, a: the attributes are not a JSON object of strings",
        ]
    );
}
