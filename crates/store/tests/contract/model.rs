//! Random sequences of calls do what a plain map does.

use std::collections::{BTreeMap, BTreeSet};

use poolhouse_store::tables::{Insert, groups, members, pools, users};
use poolhouse_store::testing::TestDatabase;
use poolhouse_store::{Kind, Store};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::rows::{group, pool, user};

const SUBS: [&str; 3] = ["a", "b", "c"];
const NAMES: [&str; 4] = ["x", "Y", "x y", "é"];

#[derive(Clone, Debug)]
enum Call {
    InsertGroup(usize, i64),
    UpdateGroup(usize, i64),
    DeleteGroup(usize),
    Join(usize, usize),
    Leave(usize, usize),
    Page(usize, u32),
    GroupsOf(usize, usize, u32),
    UsersOf(usize, usize, u32),
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let (sub, name) = (0..SUBS.len(), 0..NAMES.len());
    let call = prop_oneof![
        (name.clone(), 0..9_i64).prop_map(|(n, p)| Call::InsertGroup(n, p)),
        (name.clone(), 0..9_i64).prop_map(|(n, p)| Call::UpdateGroup(n, p)),
        name.clone().prop_map(Call::DeleteGroup),
        (sub.clone(), name.clone()).prop_map(|(s, n)| Call::Join(s, n)),
        (sub.clone(), name.clone()).prop_map(|(s, n)| Call::Leave(s, n)),
        (name.clone(), 1..4_u32).prop_map(|(n, l)| Call::Page(n, l)),
        (sub.clone(), name.clone(), 1..4_u32).prop_map(|(s, n, l)| Call::GroupsOf(s, n, l)),
        (name, sub, 1..4_u32).prop_map(|(n, s, l)| Call::UsersOf(n, s, l)),
    ];
    prop::collection::vec(call, 1..40)
}

/// Precedence by group name, and pairs of sub and group name.
#[derive(Default)]
struct Model {
    groups: BTreeMap<&'static str, i64>,
    members: BTreeSet<(&'static str, &'static str)>,
}

async fn check(store: &Store, id: &str, call: &Call, model: &mut Model) {
    let mut tx = store.write().await.unwrap();
    let with = |name: &str, precedence| groups::Group { precedence: Some(precedence), ..group(id, name) };
    match *call {
        Call::InsertGroup(name, precedence) => {
            let name = NAMES[name];
            let inserted = groups::insert(&mut tx, &with(name, precedence)).await.unwrap();
            let expected = if model.groups.contains_key(name) { Insert::Exists } else { Insert::Inserted };
            assert_eq!(inserted, expected);
            model.groups.entry(name).or_insert(precedence);
        }
        Call::UpdateGroup(name, precedence) => {
            let updated = groups::update(&mut tx, &with(NAMES[name], precedence)).await.unwrap();
            let entry = model.groups.get_mut(NAMES[name]);
            assert_eq!(updated, entry.is_some());
            if let Some(entry) = entry {
                *entry = precedence;
            }
        }
        Call::DeleteGroup(name) => {
            let deleted = groups::delete(&mut tx, &id.into(), NAMES[name]).await.unwrap();
            assert_eq!(deleted, model.groups.remove(NAMES[name]).is_some());
            model.members.retain(|(_, group)| *group != NAMES[name]);
        }
        Call::Join(sub, name) => {
            if model.groups.contains_key(NAMES[name]) {
                let inserted =
                    members::insert(&mut tx, &id.into(), &SUBS[sub].into(), NAMES[name]).await.unwrap();
                let is_new = model.members.insert((SUBS[sub], NAMES[name]));
                assert_eq!(inserted, if is_new { Insert::Inserted } else { Insert::Exists });
            }
        }
        Call::Leave(sub, name) => {
            let deleted = members::delete(&mut tx, &id.into(), &SUBS[sub].into(), NAMES[name]).await.unwrap();
            assert_eq!(deleted, model.members.remove(&(SUBS[sub], NAMES[name])));
        }
        Call::Page(after, limit) => {
            let page = groups::list_after(&mut tx, &id.into(), NAMES[after], limit).await.unwrap();
            let behind = model.groups.iter().filter(|(name, _)| **name > NAMES[after]);
            let expected: Vec<_> = behind.map(|(name, p)| with(name, *p)).take(limit as usize).collect();
            assert_eq!(page, expected);
        }
        Call::GroupsOf(sub, after, limit) => {
            let page = members::groups_of_user(&mut tx, &id.into(), &SUBS[sub].into(), NAMES[after], limit)
                .await
                .unwrap();
            let own = model.members.iter().filter(|(s, name)| *s == SUBS[sub] && *name > NAMES[after]);
            let expected: Vec<_> =
                own.map(|(_, name)| with(name, model.groups[name])).take(limit as usize).collect();
            assert_eq!(page, expected);
        }
        Call::UsersOf(name, after, limit) => {
            let page = members::users_of_group(&mut tx, &id.into(), NAMES[name], &SUBS[after].into(), limit)
                .await
                .unwrap();
            let own = model.members.iter().filter(|(s, n)| *n == NAMES[name] && *s > SUBS[after]);
            let expected: Vec<_> = own.map(|(sub, _)| user(id, sub)).take(limit as usize).collect();
            assert_eq!(page, expected);
        }
    }
    tx.commit().await.unwrap();
}

fn run(kind: Kind, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Some(database) = runtime.block_on(TestDatabase::new(kind)) else { return };
    let next = std::cell::Cell::new(0);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&calls(), |calls| {
        let id = format!("pool {}", next.replace(next.get() + 1));
        runtime.block_on(async {
            let mut tx = database.store.write().await.unwrap();
            assert_eq!(pools::insert(&mut tx, &pool(&id)).await.unwrap(), Insert::Inserted);
            for sub in SUBS {
                assert_eq!(users::insert(&mut tx, &user(&id, sub)).await.unwrap(), Insert::Inserted);
            }
            tx.commit().await.unwrap();
            let mut model = Model::default();
            for call in &calls {
                check(&database.store, &id, call, &mut model).await;
            }
        });
        Ok(())
    });
    result.unwrap();
}

#[test]
fn groups_and_members_do_as_a_map_on_sqlite() {
    run(Kind::Sqlite, 64);
}

#[test]
fn groups_and_members_do_as_a_map_on_postgres() {
    run(Kind::Postgres, 8);
}
