//! Users, groups, roles, their keys and policies.

use poolhouse_ports::Timestamp;
use poolhouse_store::tables::access_keys::{self, AccessKey};
use poolhouse_store::tables::entities::{self, After, Entity};
use poolhouse_store::tables::inline_policies::{self, InlinePolicy};
use poolhouse_store::tables::managed_policies::{self, ManagedPolicy, Used};
use poolhouse_store::tables::policy_versions::{self, PolicyVersion};
use poolhouse_store::tables::{Insert, attachments, group_members};
use poolhouse_store::{Store, Tx};

use crate::behaviours;

fn entity(id: &str, kind: &str, name: &str) -> Entity {
    Entity {
        id: id.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        name_key: name.to_lowercase(),
        path: "/".to_owned(),
        created_at: Timestamp(1),
        boundary: None,
        tags: "[]".to_owned(),
        role: None,
    }
}

fn policy(id: &str, name: &str) -> ManagedPolicy {
    ManagedPolicy {
        id: id.to_owned(),
        name: name.to_owned(),
        name_key: name.to_lowercase(),
        path: "/".to_owned(),
        description: None,
        default_version: 1,
        last_version: 1,
        created_at: Timestamp(1),
        modified_at: Timestamp(1),
        tags: "[]".to_owned(),
    }
}

/// A user `u`, called Ann, and groups `g` and `h`.
async fn with_entities(store: &Store) -> Tx {
    let mut tx = store.write().await.unwrap();
    for row in [entity("u", "user", "Ann"), entity("g", "group", "b"), entity("h", "group", "A")] {
        assert_eq!(entities::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
    }
    tx
}

behaviours! {
    async fn entities_are_unique_by_kind_and_name(store: &Store) {
        let mut tx = with_entities(store).await;
        assert_eq!(entities::insert(&mut tx, &entity("v", "user", "ANN")).await.unwrap(), Insert::Exists);
        assert_eq!(entities::insert(&mut tx, &entity("r", "role", "ann")).await.unwrap(), Insert::Inserted);
        assert_eq!(entities::find_by_name(&mut tx, "user", "ann").await.unwrap().unwrap().id, "u");
        let after = After { kind: "group", name_key: "", first_path: "/", end_path: "0" };
        let ids = |rows: Vec<Entity>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!(ids(entities::list_after(&mut tx, after, 9).await.unwrap()), ["h", "g"]);
        let changed = Entity { path: "/p/".to_owned(), boundary: Some("b".to_owned()), ..entity("g", "group", "b") };
        assert!(entities::update(&mut tx, &changed).await.unwrap());
        let in_path = After { first_path: "/p", end_path: "/q", ..after };
        assert_eq!(entities::list_after(&mut tx, in_path, 9).await.unwrap(), [changed]);
        assert_eq!(ids(entities::bounded_after(&mut tx, "b", "", 9).await.unwrap()), ["g"]);
        assert_eq!(entities::count_bounded(&mut tx, "b", 9).await.unwrap(), 1);
        assert_eq!(entities::count(&mut tx, "group", 9).await.unwrap(), 2);
        tx.commit().await.unwrap();
    }

    async fn what_a_user_has_goes_with_it(store: &Store) {
        let mut tx = with_entities(store).await;
        for group in ["g", "h"] {
            assert_eq!(group_members::insert(&mut tx, group, "u").await.unwrap(), Insert::Inserted);
            assert_eq!(group_members::insert(&mut tx, group, "u").await.unwrap(), Insert::Exists);
        }
        assert_eq!(group_members::groups_of_user(&mut tx, "u", "g", 9).await.unwrap(), [entity("h", "group", "A")]);
        assert_eq!(group_members::users_of_group(&mut tx, "h", "", 9).await.unwrap(), [entity("u", "user", "Ann")]);
        assert!(group_members::delete(&mut tx, "g", "u").await.unwrap());
        let key = AccessKey { access_key_id: "k".to_owned(), user_id: "u".to_owned(), secret: vec![1], active: true, created_at: Timestamp(1) };
        assert_eq!(access_keys::insert(&mut tx, &key).await.unwrap(), Insert::Inserted);
        assert!(access_keys::update(&mut tx, "k", false).await.unwrap());
        assert_eq!(access_keys::list_after(&mut tx, "u", "", 9).await.unwrap(), [AccessKey { active: false, ..key }]);
        let inline = |name: &str, document: &str| InlinePolicy {
            entity_id: "u".to_owned(), name: name.to_owned(), name_key: name.to_lowercase(), document: document.to_owned(),
        };
        inline_policies::put(&mut tx, &inline("P", "1")).await.unwrap();
        inline_policies::put(&mut tx, &inline("p", "2")).await.unwrap();
        assert_eq!(inline_policies::list_after(&mut tx, "u", "", 9).await.unwrap(), [InlinePolicy { name: "P".to_owned(), ..inline("p", "2") }]);
        assert_eq!(attachments::insert(&mut tx, "u", "arn").await.unwrap(), Insert::Inserted);
        assert_eq!(attachments::list_after(&mut tx, "u", "", 9).await.unwrap(), ["arn"]);
        assert_eq!(attachments::entities_after(&mut tx, "arn", "", 9).await.unwrap().len(), 1);
        assert!(entities::delete(&mut tx, "u").await.unwrap());
        assert_eq!(access_keys::get(&mut tx, "k").await.unwrap(), None);
        assert_eq!(inline_policies::get(&mut tx, "u", "p").await.unwrap(), None);
        assert_eq!(attachments::count(&mut tx, "arn", 9).await.unwrap(), 0);
        assert_eq!(group_members::count_of_user(&mut tx, "u", 9).await.unwrap(), 0);
        tx.commit().await.unwrap();
    }

    async fn policies_have_versions_that_go_with_them(store: &Store) {
        let mut tx = store.write().await.unwrap();
        assert_eq!(managed_policies::insert(&mut tx, &policy("1", "P")).await.unwrap(), Insert::Inserted);
        assert_eq!(managed_policies::insert(&mut tx, &policy("2", "p")).await.unwrap(), Insert::Exists);
        let version = |version| PolicyVersion { policy_id: "1".to_owned(), version, document: "{}".to_owned(), created_at: Timestamp(1) };
        for number in [2, 1] {
            assert_eq!(policy_versions::insert(&mut tx, &version(number)).await.unwrap(), Insert::Inserted);
        }
        assert_eq!(policy_versions::list_after(&mut tx, "1", 1, 9).await.unwrap(), [version(2)]);
        assert!(policy_versions::delete(&mut tx, "1", 1).await.unwrap());
        let changed = ManagedPolicy { default_version: 2, last_version: 2, modified_at: Timestamp(2), ..policy("1", "P") };
        assert!(managed_policies::update(&mut tx, &changed).await.unwrap());
        let all = managed_policies::After { name_key: "", first_path: "/", end_path: "0", arn_prefix: "arn:policy", attached: false, bounding: false };
        let unused = Used { policy: changed, attachments: 0, boundaries: 0 };
        assert_eq!(managed_policies::list_after(&mut tx, all, 9).await.unwrap(), [unused]);
        assert!(managed_policies::list_after(&mut tx, managed_policies::After { attached: true, ..all }, 9).await.unwrap().is_empty());
        assert_eq!(managed_policies::count(&mut tx, 9).await.unwrap(), 1);
        assert!(managed_policies::delete(&mut tx, "1").await.unwrap());
        assert_eq!(policy_versions::get(&mut tx, "1", 2).await.unwrap(), None);
        tx.commit().await.unwrap();
    }
}
