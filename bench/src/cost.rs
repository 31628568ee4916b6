//! CPU time, and what is made of it.

use std::num::NonZero;
use std::thread;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Request;
use http_body_util::BodyExt as _;
use poolhouse_crypto::jwt::SigningKey;
use rustix::time::{ClockId, clock_gettime};
use tower::ServiceExt as _;

/// Signatures that are measured as one.
const SIGNATURES: u32 = 50;

/// How many requests are under way at once: a server for which the cost matters has company for each.
const AT_ONCE: usize = 8;

/// The CPU time that this process has spent so far, over all its threads, in seconds.
pub(crate) fn spent() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let nanoseconds = i32::try_from(time.tv_nsec).unwrap();
    let seconds = i32::try_from(time.tv_sec).unwrap();
    f64::from(seconds) + f64::from(nanoseconds) / 1e9
}

/// The CPU time of one run of `job`, in seconds: as when all processors are busy with it, `times` each.
/// Then a processor does less in the same time than when it has the machine to itself.
pub(crate) fn of(times: u32, job: impl Fn() + Sync) -> f64 {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let before = spent();
    thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| (0..times).for_each(|_| job()));
        }
    });
    (spent() - before) / f64::from(times) / f64::from(u32::try_from(processors).unwrap())
}

/// The CPU time of answering one of `requests`, in seconds, and the answers, which must be successes.
pub(crate) async fn of_answers(router: &Router, requests: Vec<Request<Body>>) -> (f64, Vec<Bytes>) {
    let count = u32::try_from(requests.len()).unwrap();
    let mut answers = Vec::with_capacity(requests.len());
    let before = spent();
    for request in requests {
        let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        assert_eq!(head.status, 200, "{}", String::from_utf8_lossy(&body));
        answers.push(body);
    }
    ((spent() - before) / f64::from(count), answers)
}

/// As [`of_answers`], with several requests under way at once, so that they share waits for the disk. The answers are in
/// no order.
pub(crate) async fn of_answers_at_once(
    router: &Router,
    mut requests: Vec<Request<Body>>,
) -> (f64, Vec<Bytes>) {
    let count = u32::try_from(requests.len()).unwrap();
    let share = requests.len().div_ceil(AT_ONCE);
    let before = spent();
    let under_way: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (router, list) = (router.clone(), requests.split_off(requests.len().saturating_sub(share)));
            tokio::spawn(async move { of_answers(&router, list).await.1 })
        })
        .collect();
    let mut answers = Vec::new();
    for list in under_way {
        answers.extend(list.await.unwrap());
    }
    ((spent() - before) / f64::from(count), answers)
}

/// The CPU time of an RSA-2048 signature, in seconds: the measure of this machine.
pub(crate) fn of_signature(key: &SigningKey, claims: &[u8]) -> f64 {
    of(SIGNATURES, || drop(std::hint::black_box(key.sign("kid", claims).unwrap())))
}

/// The median.
pub(crate) fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

/// Microseconds, for people.
pub(crate) fn micros(seconds: f64) -> String {
    format!("{:.1} µs", seconds * 1e6)
}
