//! Where a client hides who exists, no answer tells before something is proven: docs/protection.md, *Who exists*.
//!
//! Every operation that asks for no proof is walked through by somebody who knows nothing but a name: once with the name
//! of a user in each state, once with a name that nobody has. Answers, rows, transactions and calls of functions must be the
//! same but for [`doors::TOLD`].

mod doors;
mod house;
mod told;

use std::collections::BTreeSet;

use poolhouse_ports::Timestamp;
use poolhouse_store::tables::spent;
use poolhouse_testkit::{TestServer, on_both};
use poolhouse_wire::Authority;
use poolhouse_wire::user_pools::Operation;
use serde_json::json;

use doors::{Door, TOLD, Visit, door};
use house::{House, Kind, NOBODIES};

/// The operations that ask for no proof of who calls.
fn open_operations() -> impl Iterator<Item = Operation> {
    let is_open = |operation: &Operation| match operation.facts().authority {
        Authority::Public | Authority::TokenOrSession | Authority::IamOrClient => true,
        Authority::Iam | Authority::Signature | Authority::Token => false,
    };
    Operation::ALL.into_iter().filter(is_open)
}

#[test]
fn every_open_operation_has_a_door() {
    for operation in open_operations() {
        match door(operation) {
            Some(Door::Named(_)) => {}
            Some(Door::Unnamed(proof)) => assert!(!proof.is_empty(), "{operation}"),
            None => panic!("say how {operation} is walked through, or what it takes instead of a name"),
        }
    }
}

#[test]
fn what_is_told_is_documented() {
    let text = include_str!("../../../../../docs/protection.md");
    let section = text.split("### Told all the same").nth(1).unwrap().split("\n#").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let documented: BTreeSet<&str> = rows.collect();
    let tested: BTreeSet<&str> = TOLD.iter().map(|(operation, _)| *operation).collect();
    assert_eq!(documented, tested);
}

/// Walks through all doors with the names of every user and of as many nobodies.
async fn nobody_is_told_from_users(server: &TestServer, kind: Kind, protection: &str) {
    let house = House::build(server, kind, protection).await;
    let (mut walked, mut told, mut differences) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let mut all_choices = BTreeSet::new();
    for variant in 0..kind.variants() {
        let mut unused: BTreeSet<usize> = (0..NOBODIES).collect();
        for (user, state) in house.states() {
            // Counters of what was tried before have ended.
            server.clock().advance_seconds(2 * 60 * 60);
            let known = house.user(user, variant);
            let choices = house.choices(&known).await;
            let Some(alike) = somebody_alike(&house, variant, &mut unused, &choices).await else {
                differences.push(format!("no nobody seems to have {choices}, as {state} has"));
                continue;
            };
            server.take_events();
            all_choices.insert(choices);
            for operation in open_operations() {
                let Some(Door::Named(walk)) = door(operation) else { continue };
                let mut visits = [Visit::new(&house, &known), Visit::new(&house, &alike)];
                for visit in &mut visits {
                    walk(visit).await;
                }
                let [of_user, of_nobody] = visits;
                walked.extend(of_user.called);
                let seen = [of_user.seen.len(), of_nobody.seen.len()];
                if seen[0] != seen[1] {
                    differences.push(format!("{state}, {known}: {operation} went {seen:?} steps"));
                }
                for (of_user, of_nobody) in of_user.seen.iter().zip(&of_nobody.seen) {
                    let is_told = |(name, code): &&(&str, &str)| {
                        operation.facts().name == *name && of_user.contains(code)
                    };
                    match TOLD.iter().find(is_told) {
                        _ if of_user == of_nobody => {}
                        Some(row) => drop(told.insert(*row)),
                        None => differences.push(format!("{state}, {known}:\n  {of_user}\n  {of_nobody}")),
                    }
                }
            }
        }
    }
    assert!(differences.is_empty(), "{kind:?}, {protection}\n{}", differences.join("\n"));
    assert!(all_choices.len() > 3, "{all_choices:?}");
    for operation in open_operations() {
        let is_named = matches!(door(operation), Some(Door::Named(_)));
        assert_eq!(is_named, walked.contains(operation.facts().name), "{operation}");
    }
    assert_eq!(told, BTreeSet::from(TOLD), "a row of what is told that nothing shows");
}

/// A name that nobody has which seems to be able to begin with the same, and is asked for once only. What a name seems to
/// have may change when somebody signs up, as walks do.
async fn somebody_alike(
    house: &House<'_>,
    variant: usize,
    unused: &mut BTreeSet<usize>,
    choices: &str,
) -> Option<String> {
    for number in unused.clone() {
        let name = house.nobody(number, variant);
        if house.choices(&name).await == choices {
            unused.remove(&number);
            return Some(name);
        }
    }
    None
}

on_both! {
    async fn in_a_pool_of_plain_names(server) {
        nobody_is_told_from_users(server, Kind::Plain, "OFF").await;
    }

    async fn in_a_pool_with_threat_protection(server) {
        nobody_is_told_from_users(server, Kind::Plain, "AUDIT").await;
    }

    async fn in_a_pool_that_ignores_case(server) {
        nobody_is_told_from_users(server, Kind::AnyCase, "OFF").await;
    }

    async fn in_a_pool_with_aliases(server) {
        nobody_is_told_from_users(server, Kind::Alias, "AUDIT").await;
    }

    async fn in_a_pool_where_addresses_are_the_names(server) {
        nobody_is_told_from_users(server, Kind::ByEmail, "OFF").await;
    }

    // Nor do strangers fill the table of what was used.
    async fn sessions_of_nobody_are_good_once_and_have_no_rows_of_their_own(server) {
        let house = House::build(server, Kind::Plain, "OFF").await;
        let marks = async || {
            let mut tx = server.engine().store().write().await.unwrap();
            let marks = spent::purge(&mut tx, Timestamp(i64::MAX), 1000).await.unwrap();
            tx.commit().await.unwrap();
            marks
        };
        let begin = async |flow: &str, name: &str| {
            let parameters = json!({ "USERNAME": name });
            let input = json!({ "ClientId": house.client, "AuthFlow": flow, "AuthParameters": parameters });
            server.public().ok("InitiateAuth", input).await
        };
        let used = "Invalid session for the user, session can only be used once.";
        marks().await;
        for (name, rows) in [(house.user(0, 0), 2), (house.nobody(0, 0), 0)] {
            for (flow, challenge) in
                [("USER_AUTH", "SELECT_CHALLENGE"), ("CUSTOM_AUTH", "CUSTOM_CHALLENGE")]
            {
                let begun = begin(flow, &name).await;
                let word = begun["AvailableChallenges"][0].as_str().unwrap_or("x");
                let answer = json!({
                    "ClientId": house.client, "ChallengeName": challenge, "Session": begun["Session"],
                    "ChallengeResponses": { "USERNAME": name, "ANSWER": word },
                });
                server.public().ok("RespondToAuthChallenge", answer.clone()).await;
                // Others of nobody's take other places.
                begin(flow, &name).await;
                let (_, text) = server.public().refused("RespondToAuthChallenge", answer).await;
                assert_eq!(text, used, "{name} {flow}");
            }
            assert_eq!(marks().await, rows, "{name}");
        }
    }

    async fn made_up_names_take_the_places_of_others(server) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let client = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        server.user(&pool, "alice", json!({ "email": "alice@example.com", "email_verified": "true" })).await;
        let forgot = |name: &str| json!({ "ClientId": client, "Username": name });
        for _ in 0..5 {
            server.public().ok("ForgotPassword", forgot("alice")).await;
            server.public().ok("ForgotPassword", forgot("nobody")).await;
        }
        for number in 0..200 {
            server.public().ok("ForgotPassword", forgot(&format!("made-up-{number}"))).await;
        }
        // Who was counted before still is: user and nobody alike.
        for name in ["alice", "nobody"] {
            let (code, _) = server.public().refused("ForgotPassword", forgot(name)).await;
            assert_eq!(code, "LimitExceededException", "{name}");
        }
    }
}
