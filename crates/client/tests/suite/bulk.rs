//! Many at once: G10, G12, G13, G14, by the functions of `examples/bulk.rs`.

#[path = "../../examples/patterns/mod.rs"]
mod patterns;

use std::collections::BTreeMap;

use poolhouse_client::{Error, ErrorKind, Invitation};
use serde_json::json;

use crate::fake::Fake;

const AT_ONCE: usize = 8;

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

rows! {
    async fn g12_bulk_add_with_an_error_for_each_user(world) {
        let pool = world.pool().await;
        pool.admin.create_group("staff").send().await.unwrap();
        let mut names: Vec<String> = (0..12).map(|number| format!("user-{number:02}")).collect();
        for name in &names {
            pool.admin.create_user(name).message(Invitation::Suppress).send().await.unwrap();
        }
        names.insert(5, "nobody".to_owned());
        let pairs = names.iter().map(|name| (name.clone(), "staff".to_owned())).collect();
        let results = patterns::assign_roles(&pool.admin, pairs, AT_ONCE).await;
        assert!(results.iter().map(|((user, _), _)| user).eq(&names));
        for ((user, _), result) in results {
            match user.as_str() {
                "nobody" => assert!(matches!(result, Err(Error::Service { kind: ErrorKind::UserNotFound, .. }))),
                _ => result.unwrap(),
            }
        }
        assert_eq!(pool.admin.list_users_in_group("staff").all().await.unwrap().len(), 12);
    }

    /// One call for each group and page: the pages are of two here, so that there are several.
    async fn g14_members_by_group(world) {
        let pool = world.pool().await;
        for (group, members) in [("admins", &["alice"][..]), ("empty", &[]), ("staff", &["alice", "bob", "carol"])] {
            pool.admin.create_group(group).send().await.unwrap();
            for name in members {
                if pool.admin.get_user(name).await.is_err() {
                    pool.admin.create_user(*name).message(Invitation::Suppress).send().await.unwrap();
                }
                pool.admin.add_user_to_group(name, group).await.unwrap();
            }
        }
        let report = patterns::members_by_group(&pool.admin, 2).await.unwrap();
        let report: Vec<_> = report
            .into_iter()
            .map(|(group, users)| {
                let mut names: Vec<_> = users.into_iter().map(|user| user.username).collect();
                names.sort_unstable();
                (group, names)
            })
            .collect();
        let expected = [("admins", owned(&["alice"])), ("empty", vec![]), ("staff", owned(&["alice", "bob", "carol"]))];
        assert_eq!(report, expected.map(|(group, names)| (group.to_owned(), names)));
    }

    async fn g13_promotion_by_precedence(world) {
        let pool = world.pool().await;
        for (group, precedence) in [("viewer", 30), ("editor", 20), ("admin", 10)] {
            pool.admin.create_group(group).precedence(precedence).send().await.unwrap();
        }
        pool.admin.create_group("newsletter").send().await.unwrap();
        for name in ["alice", "bob", "carol"] {
            pool.admin.create_user(name).message(Invitation::Suppress).send().await.unwrap();
        }
        for (name, group) in [("alice", "viewer"), ("alice", "newsletter"), ("bob", "admin")] {
            pool.admin.add_user_to_group(name, group).await.unwrap();
        }
        let users = owned(&["alice", "bob", "carol", "nobody"]);
        let results = patterns::promote_all(&pool.admin, users, AT_ONCE).await.unwrap();
        let ranks: Vec<_> = results[..3].iter().map(|(_, result)| result.as_ref().unwrap().as_deref()).collect();
        assert_eq!(ranks, [Some("editor"), None, Some("viewer")]);
        assert!(matches!(&results[3].1, Err(failed) if matches!(failed.error, Error::Service { kind: ErrorKind::UserNotFound, .. })));
        assert_eq!(pool.admin.group_names_for_user("alice").await.unwrap(), ["editor", "newsletter"]);
        assert_eq!(pool.admin.group_names_for_user("bob").await.unwrap(), ["admin"]);
    }
}

/// One call for each group and page, none for a user; no more of them at once than was said.
#[tokio::test]
async fn g14_the_report_asks_for_groups_not_for_users() {
    let fake = Fake::start(|operation, _| async move {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        let groups: Vec<_> =
            (0..20).map(|number| json!({ "GroupName": format!("group-{number}") })).collect();
        let users: Vec<_> = (0..60).map(|number| json!({ "Username": format!("user-{number}") })).collect();
        match operation.as_str() {
            "ListGroups" => (200, json!({ "Groups": groups })),
            _ => (200, json!({ "Users": users })),
        }
    });
    let fake = fake.await;
    let admin = fake.builder().build().unwrap().admin().unwrap();
    let report = patterns::members_by_group(&admin, 4).await.unwrap();
    assert_eq!((report.len(), report["group-7"].len()), (20, 60));
    let mut asked = BTreeMap::new();
    for (operation, _) in fake.take_calls() {
        *asked.entry(operation).or_insert(0) += 1;
    }
    assert_eq!(asked, BTreeMap::from([("ListGroups".to_owned(), 1), ("ListUsersInGroup".to_owned(), 20)]));
    assert!((2..=4).contains(&fake.most_at_once()), "{}", fake.most_at_once());
}

/// As many assignments as there are, a few at once.
#[tokio::test]
async fn g12_no_more_requests_at_once_than_was_said() {
    let fake = Fake::start(|_, _| async {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        (200, json!({}))
    });
    let fake = fake.await;
    let admin = fake.builder().build().unwrap().admin().unwrap();
    let pairs = (0..50).map(|number| (format!("user-{number}"), "staff".to_owned())).collect();
    let results = patterns::assign_roles(&admin, pairs, AT_ONCE).await;
    assert!(results.iter().all(|(_, result)| result.is_ok()));
    assert_eq!(fake.calls(), 50);
    assert!((2..=AT_ONCE).contains(&fake.most_at_once()), "{}", fake.most_at_once());
}
