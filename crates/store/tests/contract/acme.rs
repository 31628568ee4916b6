//! Certificates by ACME: one order at a time.

use poolhouse_ports::Timestamp;
use poolhouse_store::Store;
use poolhouse_store::tables::acme_certificates::{self as certificates, AcmeCertificate};
use poolhouse_store::tables::acme_challenges::{self as challenges, AcmeChallenge};
use poolhouse_store::tables::{Insert, acme_accounts as accounts};

use crate::behaviours;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

async fn get(store: &Store, id: &str) -> Option<AcmeCertificate> {
    certificates::get(&mut store.read().await.unwrap(), id).await.unwrap()
}

async fn want(store: &Store, id: &str) -> Insert {
    let mut tx = store.write().await.unwrap();
    let wanted = certificates::want(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    wanted
}

async fn lease(store: &Store, order: &str, until: i64, now: i64) -> bool {
    let mut tx = store.write().await.unwrap();
    let failed = ("not ended", at(now + 20));
    let leased = certificates::lease(&mut tx, ("a", order), at(until), at(now), failed).await.unwrap();
    tx.commit().await.unwrap();
    leased
}

behaviours! {
    async fn an_order_has_a_certificate_to_itself_until_its_lease_ends(store: &Store) {
        assert_eq!(want(store, "a").await, Insert::Inserted);
        assert_eq!(want(store, "a").await, Insert::Exists);
        assert!(lease(store, "first", 40, 10).await);
        let begun = get(store, "a").await.unwrap();
        assert_eq!((begun.failures, begun.failure.as_deref(), begun.due_at), (1, Some("not ended"), at(30)));
        assert!(!lease(store, "second", 69, 39).await, "it is under way");
        assert!(lease(store, "second", 45, 40).await);
        let mut tx = store.write().await.unwrap();
        assert!(!certificates::issue(&mut tx, ("a", "first"), b"x", at(99), at(60)).await.unwrap());
        assert!(!certificates::fail(&mut tx, ("a", "first"), "why", at(50)).await.unwrap());
        assert!(certificates::fail(&mut tx, ("a", "second"), "why", at(50)).await.unwrap());
        assert!(!certificates::fail(&mut tx, ("a", "second"), "again", at(90)).await.unwrap());
        tx.commit().await.unwrap();
        let failed = get(store, "a").await.unwrap();
        assert_eq!((failed.failures, failed.failure.as_deref(), failed.version), (2, Some("why"), 0));
        assert!(!lease(store, "third", 79, 49).await, "the pause is for everybody");
        assert!(lease(store, "third", 80, 50).await);
        let mut tx = store.write().await.unwrap();
        certificates::release(&mut tx, ("a", "second"), at(51)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!lease(store, "fourth", 90, 70).await, "who has no lease gives none back");
        let mut tx = store.write().await.unwrap();
        certificates::release(&mut tx, ("a", "third"), at(52)).await.unwrap();
        tx.commit().await.unwrap();
        let released = get(store, "a").await.unwrap();
        assert_eq!((released.failures, released.failure, released.due_at), (3, None, at(52)));
        assert!(!lease(store, "fourth", 81, 51).await && lease(store, "fourth", 82, 52).await);
        let mut tx = store.write().await.unwrap();
        assert!(certificates::issue(&mut tx, ("a", "fourth"), b"x", at(99), at(70)).await.unwrap());
        tx.commit().await.unwrap();
        let issued = get(store, "a").await.unwrap();
        assert_eq!((issued.version, issued.pem.as_deref(), issued.valid_until), (1, Some(&b"x"[..]), at(99)));
        assert_eq!((issued.failures, issued.failure, issued.due_at), (0, None, at(70)));
        assert!(!lease(store, "fifth", 99, 69).await && lease(store, "fifth", 99, 70).await);
    }

    async fn what_nobody_renews_goes(store: &Store) {
        assert_eq!(want(store, "a").await, Insert::Inserted);
        assert!(lease(store, "first", 20, 10).await);
        let mut tx = store.write().await.unwrap();
        assert!(certificates::issue(&mut tx, ("a", "first"), b"x", at(99), at(60)).await.unwrap());
        tx.commit().await.unwrap();
        for (before, stays) in [(60, true), (99, true), (100, false)] {
            let mut tx = store.write().await.unwrap();
            certificates::purge(&mut tx, at(before)).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(get(store, "a").await.is_some(), stays, "{before}");
        }
    }

    async fn what_a_wrong_clock_wrote_stops_nobody(store: &Store) {
        const WEEK: i64 = 7 * 24 * 60 * 60;
        assert_eq!(want(store, "a").await, Insert::Inserted);
        // It was ahead by twenty weeks, and died on the way.
        assert!(lease(store, "ahead", 20 * WEEK + 300, 20 * WEEK).await);
        let row = get(store, "a").await.unwrap();
        assert!(row.is_due(at(10)) && !row.is_under_way(at(10)));
        assert!(!row.is_due(at(19 * WEEK)), "it is within what an authority may ask for");
        assert!(lease(store, "right", 40, 10).await);
        let row = get(store, "a").await.unwrap();
        assert!(row.is_under_way(at(39)) && !row.is_due(at(39)) && row.is_due(at(40)));
        // Of a certificate that lives so long it is no wrong time.
        let mut tx = store.write().await.unwrap();
        let (end, due) = (at(30 * WEEK), at(20 * WEEK));
        assert!(certificates::issue(&mut tx, ("a", "right"), b"x", end, due).await.unwrap());
        tx.commit().await.unwrap();
        assert!(!get(store, "a").await.unwrap().is_due(at(10)));
        assert!(!lease(store, "early", 40, 10).await);
    }

    async fn the_next_one_is_ordered_when_it_was_planned(store: &Store) {
        let plan = async |version, due: i64, now: i64| {
            let mut tx = store.write().await.unwrap();
            let planned = certificates::plan(&mut tx, ("a", version), at(due), at(now)).await.unwrap();
            tx.commit().await.unwrap();
            planned
        };
        assert_eq!(want(store, "a").await, Insert::Inserted);
        assert!(lease(store, "first", 20, 10).await);
        assert!(!plan(0, 12, 12).await, "an order is under way");
        let mut tx = store.write().await.unwrap();
        assert!(certificates::issue(&mut tx, ("a", "first"), b"x", at(99), at(60)).await.unwrap());
        tx.commit().await.unwrap();
        assert!(!plan(0, 12, 12).await, "it was another one");
        assert!(plan(1, 70, 12).await && !plan(1, 70, 12).await && plan(1, 50, 12).await);
        assert!(!lease(store, "second", 69, 49).await);
        assert!(!plan(1, 80, 50).await, "it is due");
        assert!(plan(1, 12, 12).await && lease(store, "second", 32, 12).await, "at once");
        let mut tx = store.write().await.unwrap();
        assert!(certificates::fail(&mut tx, ("a", "second"), "why", at(50)).await.unwrap());
        tx.commit().await.unwrap();
        assert!(!plan(1, 13, 13).await, "pauses are for it, too");
        assert!(!lease(store, "third", 33, 13).await);
    }

    async fn a_name_is_proven_for_one_certificate_at_a_time(store: &Store) {
        let challenge = |certificate: &str, expires: i64, digest: &[u8]| AcmeChallenge {
            name: "n".to_owned(), certificate: certificate.to_owned(), expires_at: at(expires), digest: digest.to_vec(),
        };
        let (one, again) = (challenge("one", 300, b"d"), challenge("one", 301, b"e"));
        let other = challenge("two", 320, b"f");
        let mut tx = store.write().await.unwrap();
        assert!(challenges::put(&mut tx, &one, at(0)).await.unwrap());
        assert!(!challenges::put(&mut tx, &other, at(20)).await.unwrap());
        assert!(challenges::put(&mut tx, &again, at(20)).await.unwrap());
        challenges::delete(&mut tx, "n", b"d").await.unwrap();
        assert_eq!(challenges::list(&mut tx, 9).await.unwrap(), [again]);
        assert!(challenges::put(&mut tx, &other, at(301)).await.unwrap(), "that one has expired");
        assert!(challenges::put(&mut tx, &challenge("one", 99_999, b"g"), at(320)).await.unwrap());
        assert!(challenges::put(&mut tx, &other, at(20)).await.unwrap(), "a wrong clock wrote it");
        tx.commit().await.unwrap();
    }

    async fn challenges_and_accounts_are_set_and_removed(store: &Store) {
        let challenge = |name: &str, expires: i64| AcmeChallenge {
            name: name.to_owned(), certificate: "c".to_owned(), expires_at: at(expires), digest: b"d".to_vec(),
        };
        let mut tx = store.write().await.unwrap();
        for challenge in [challenge("b", 10), challenge("a", 20), challenge("b", 30)] {
            assert!(challenges::put(&mut tx, &challenge, at(0)).await.unwrap());
        }
        assert_eq!(challenges::list(&mut tx, 9).await.unwrap(), [challenge("a", 20), challenge("b", 30)]);
        assert_eq!(challenges::list(&mut tx, 1).await.unwrap(), [challenge("a", 20)]);
        challenges::purge(&mut tx, at(20)).await.unwrap();
        assert_eq!(challenges::list(&mut tx, 9).await.unwrap(), [challenge("b", 30)]);
        challenges::delete(&mut tx, "b", b"d").await.unwrap();
        assert_eq!(challenges::list(&mut tx, 9).await.unwrap(), []);
        assert_eq!(accounts::get(&mut tx, "https://a").await.unwrap(), None);
        accounts::put(&mut tx, "https://a", b"one").await.unwrap();
        accounts::put(&mut tx, "https://a", b"two").await.unwrap();
        assert_eq!(accounts::get(&mut tx, "https://a").await.unwrap().as_deref(), Some(&b"two"[..]));
        accounts::delete(&mut tx, "https://a").await.unwrap();
        assert_eq!(accounts::get(&mut tx, "https://a").await.unwrap(), None);
        tx.commit().await.unwrap();
    }
}
