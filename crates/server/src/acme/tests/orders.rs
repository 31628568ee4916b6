use std::sync::atomic::Ordering;

use poolhouse_testkit::{Database, TestServer};

use super::authority::Authority;
use super::soon;
use crate::acme::kept::Kept;
use crate::acme::order::{Clerk, Progress};
use crate::tls::Usable;

const NAMES: [&str; 2] = ["id.example.com", "login.example.com"];

fn kept(server: &TestServer, authority: &Authority) -> Kept {
    let settings = authority.settings(&NAMES);
    Kept::new(server.engine().clone(), settings.id, settings.directory)
}

/// Has an order carried out; tells what came of it, and whether it got so far that it counts at the authority.
async fn order(server: &TestServer, authority: &Authority) -> (Result<String, String>, bool) {
    let (settings, kept) = (authority.settings(&NAMES), kept(server, authority));
    let (way, progress) = (authority.way(), Progress::default());
    let clerk =
        Clerk { settings: &settings, kept: &kept, authority: &way, until: soon(server), progress: &progress };
    let ordered = clerk.order().await.map_err(|refused| refused.describe());
    (ordered, progress.looked.load(Ordering::Relaxed))
}

#[tokio::test]
async fn an_order_brings_a_certificate_of_its_names() {
    let (server, authority) = (TestServer::start(Database::Sqlite).await, Authority::start().await);
    for orders in 1..=2 {
        let (ordered, counts) = order(&server, &authority).await;
        let pem = ordered.unwrap();
        let usable = Usable::read(pem.as_bytes(), pem.as_bytes()).unwrap();
        assert!(NAMES.iter().all(|name| usable.is_for(name)) && counts);
        let asked = ["/accounts", "/orders", "/finalize"].map(|path| authority.asked(path));
        assert_eq!(asked, [1, orders, orders]);
        kept(&server, &authority).end_order().await.unwrap();
    }
}

#[tokio::test]
async fn who_comes_after_one_that_was_stopped_goes_on_with_the_order() {
    for (stopped_at, asked) in [("/finalize", 2), ("/certificate", 1)] {
        let (server, authority) = (TestServer::start(Database::Sqlite).await, Authority::start().await);
        authority.refuse(stopped_at, Some("serverInternal"));
        order(&server, &authority).await.0.unwrap_err();
        authority.refuse(stopped_at, None);
        let pem = order(&server, &authority).await.0.unwrap();
        Usable::read(pem.as_bytes(), pem.as_bytes()).expect("the key is that of the certificate");
        assert_eq!((authority.asked("/orders"), authority.asked("/finalize")), (1, asked));
    }
}

#[tokio::test]
async fn an_order_that_is_over_is_not_gone_on_with() {
    let (server, authority) = (TestServer::start(Database::Sqlite).await, Authority::start().await);
    let kept = kept(&server, &authority);
    authority.refuse("/certificate", Some("serverInternal"));
    order(&server, &authority).await.0.unwrap_err();
    // The authority has forgotten it.
    authority.refuse("/orders/1", Some("malformed"));
    order(&server, &authority).await.0.unwrap_err();
    assert_eq!(authority.asked("/orders"), 2);
    kept.end_order().await.unwrap();
    order(&server, &authority).await.0.unwrap_err();
    assert_eq!(authority.asked("/orders"), 3);
    assert!(kept.order().await.unwrap().is_some());
    server.clock().advance_seconds(24 * 60 * 60);
    assert!(kept.order().await.unwrap().is_none());
    // It is the account's.
    server.clock().set_back_seconds(60);
    assert!(kept.order().await.unwrap().is_some());
    kept.forget_account().await.unwrap();
    assert!(kept.order().await.unwrap().is_none());
}

#[tokio::test]
async fn what_was_not_ordered_is_not_proven() {
    let (server, authority) = (TestServer::start(Database::Sqlite).await, Authority::start().await);
    let [name, other] = NAMES;
    for (lie, told) in [
        (["bank.example", other], "bank.example"),
        ([name, "*.example.com"], "*.example.com"),
        ([name, name], name),
    ] {
        authority.want(&lie);
        let (ordered, counts) = order(&server, &authority).await;
        let why = ordered.unwrap_err();
        assert_eq!(why, format!("the authority wants {told:?} proven, which was not ordered"));
        assert!(!counts, "it has looked at nothing");
        assert!(kept(&server, &authority).look().await.unwrap().challenges.is_empty());
    }
    assert_eq!(authority.asked("/finalize"), 0);
}

#[tokio::test]
async fn an_account_that_may_not_order_is_forgotten() {
    let (server, authority) = (TestServer::start(Database::Sqlite).await, Authority::start().await);
    // Deactivated, and one that it does not have, wherever it says so.
    for (accounts, path, kind) in [
        (1, "/orders", "unauthorized"),
        (2, "/orders", "accountDoesNotExist"),
        (3, "/finalize", "accountDoesNotExist"),
    ] {
        authority.refuse(path, Some(kind));
        let why = order(&server, &authority).await.0.unwrap_err();
        assert!(why.contains(kind), "{why}");
        assert_eq!(authority.asked("/accounts"), accounts, "not at once");
        assert!(kept(&server, &authority).account().await.unwrap().is_none());
        authority.refuse(path, None);
    }
    order(&server, &authority).await.0.unwrap();
    assert_eq!(authority.asked("/accounts"), 4);
}

#[tokio::test]
async fn an_account_stays_whatever_else_is_refused() {
    let (server, authority) = (TestServer::start(Database::Sqlite).await, Authority::start().await);
    for (path, kind) in [
        ("/orders", "rateLimited"),
        ("/orders", "rejectedIdentifier"),
        // It is a name that may not.
        ("/finalize", "unauthorized"),
        ("/certificate", "unauthorized"),
    ] {
        authority.refuse(path, Some(kind));
        let why = order(&server, &authority).await.0.unwrap_err();
        assert!(why.contains(kind), "{why}");
        assert!(kept(&server, &authority).account().await.unwrap().is_some());
        authority.refuse(path, None);
    }
    order(&server, &authority).await.0.unwrap();
    assert_eq!(authority.asked("/accounts"), 1);
}
