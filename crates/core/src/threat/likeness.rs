//! How unlike a user's earlier sign-ins a sign-in is: the estimate behind risk levels, a pure function.
//!
//! | sign | points |
//! |---|---|
//! | a device with which the user never signed in | 1 |
//! | a network from which the user never signed in | 1 |
//! | 3 failed sign-ins within the hour; 10 or more | 1; 2 |
//!
//! One point is a low risk, two are a medium one, more are a high one. A network is what shares the first 24 bits of
//! an IPv4 address, or the first 48 of an IPv6 one: addresses inside it change from day to day. The first sign-in of
//! a user has nothing to be unlike, and what is not known is not unlike anything.
//!
//! Feedback teaches: what was called valid counts as the user's own, whatever became of it, and what was called
//! invalid does not, even where it passed.

use std::net::IpAddr;

use poolhouse_ports::Timestamp;
use poolhouse_store::tables::auth_events::AuthEvent;
use poolhouse_wire::user_pools::{EventResponseType, EventType, FeedbackValueType, RiskLevelType};

use super::context::Context;
use super::ranges::Range;

/// How many of a user's newest events are looked at.
pub(super) const EVENTS: u32 = 100;

/// For how long failed sign-ins are a sign, in seconds.
const FAILURES_SECONDS: i64 = 60 * 60;

/// The level of a sign-in from `context` after these events; None: it is like the others.
pub(super) fn level(context: &Context, events: &[AuthEvent], now: Timestamp) -> Option<RiskLevelType> {
    let sign_ins = || events.iter().filter(|event| event.kind == EventType::SignIn.as_str());
    let own = || sign_ins().filter(|event| is_the_users(event));
    let devices = own().filter_map(|event| event.device.as_deref());
    let addresses = own().filter_map(|event| event.address.as_deref()?.parse::<IpAddr>().ok());
    let new_device = context.device.as_deref().is_some_and(|device| is_new(devices, |known| known == device));
    let new_network = context.address.is_some_and(|address| {
        let network = Range::around(address);
        is_new(addresses, |known| network.contains(known))
    });
    let recent = |event: &&AuthEvent| now < event.created_at.plus_seconds(FAILURES_SECONDS);
    let failures = sign_ins().filter(recent).filter(|event| has_failed(event)).count();
    let of_failures = match failures {
        0..=2 => 0,
        3..=9 => 1,
        _ => 2,
    };
    match u8::from(new_device) + u8::from(new_network) + of_failures {
        0 => None,
        1 => Some(RiskLevelType::Low),
        2 => Some(RiskLevelType::Medium),
        _ => Some(RiskLevelType::High),
    }
}

/// Whether something is known, but nothing of it is the one that is looked for.
fn is_new<T>(known: impl Iterator<Item = T>, is_it: impl Fn(T) -> bool) -> bool {
    let mut known = known.peekable();
    known.peek().is_some() && !known.any(is_it)
}

fn is_the_users(event: &AuthEvent) -> bool {
    match &event.feedback {
        Some(feedback) => feedback.value == FeedbackValueType::Valid.as_str(),
        None => event.response == EventResponseType::Pass.as_str(),
    }
}

/// Failures that the user says were their own are no sign.
fn has_failed(event: &AuthEvent) -> bool {
    event.response == EventResponseType::Fail.as_str() && !is_the_users(event)
}

#[cfg(test)]
mod tests {
    use poolhouse_store::tables::auth_events::Feedback;

    use super::*;

    const NOW: Timestamp = Timestamp(100_000_000);

    fn context(address: &str, device: &str) -> Context {
        Context { address: address.parse().ok(), device: (!device.is_empty()).then(|| device.to_owned()) }
    }

    fn event(response: &str, address: &str, device: &str) -> AuthEvent {
        AuthEvent {
            pool_id: "p".into(),
            sub: "s".into(),
            event_id: "e".to_owned(),
            created_at: Timestamp(NOW.0 - 1000),
            kind: "SignIn".to_owned(),
            response: response.to_owned(),
            address: Some(address.to_owned()),
            device: Some(device.to_owned()),
            details: "{}".to_owned(),
            feedback: None,
        }
    }

    fn said(value: &str, event: AuthEvent) -> AuthEvent {
        let feedback = Feedback { value: value.to_owned(), by: "User".to_owned(), at: NOW };
        AuthEvent { feedback: Some(feedback), ..event }
    }

    fn found(context: &Context, events: &[AuthEvent]) -> Option<&'static str> {
        level(context, events, NOW).map(|level| match level {
            RiskLevelType::Low => "Low",
            RiskLevelType::Medium => "Medium",
            _ => "High",
        })
    }

    #[test]
    fn each_sign_is_a_point() {
        let known = [event("Pass", "192.0.2.1", "Chrome, Linux")];
        for (address, device, expected) in [
            ("192.0.2.1", "Chrome, Linux", None),
            ("192.0.2.200", "Chrome, Linux", None),
            ("192.0.3.1", "Chrome, Linux", Some("Low")),
            ("192.0.2.1", "Firefox, Linux", Some("Low")),
            ("2001:db8::1", "Firefox, Linux", Some("Medium")),
            ("", "Firefox, Linux", Some("Low")),
            ("", "", None),
        ] {
            assert_eq!(found(&context(address, device), &known), expected, "{address} {device}");
        }
    }

    #[test]
    fn failures_add_up_and_are_forgotten() {
        let here = context("192.0.2.1", "Chrome, Linux");
        let failures = |count: usize| vec![event("Fail", "198.51.100.1", "curl"); count];
        let expected = [(2, None), (3, Some("Low")), (9, Some("Low")), (10, Some("Medium"))];
        for (count, expected) in expected {
            assert_eq!(found(&here, &failures(count)), expected, "{count}");
        }
        let mut all = failures(10);
        all.push(event("Pass", "10.0.0.1", "Chrome, Linux"));
        assert_eq!(found(&here, &all), Some("High"));
        let hour_ago = Timestamp(NOW.0 - FAILURES_SECONDS * 1000);
        let old = vec![AuthEvent { created_at: hour_ago, ..event("Fail", "198.51.100.1", "curl") }; 10];
        assert_eq!(found(&here, &old), None);
    }

    #[test]
    fn only_sign_ins_of_the_user_make_something_known() {
        let here = context("192.0.2.1", "Chrome, Linux");
        assert_eq!(found(&here, &[]), None, "the first sign-in");
        let elsewhere = event("Pass", "198.51.100.1", "curl");
        let here_too = |response| event(response, "192.0.2.1", "Chrome, Linux");
        for (event, expected) in [
            (here_too("Pass"), None),
            (here_too("Fail"), Some("Medium")),
            (here_too("InProgress"), Some("Medium")),
            (said("Valid", here_too("Fail")), None),
            (said("Invalid", here_too("Pass")), Some("Medium")),
            (AuthEvent { kind: "SignUp".to_owned(), ..here_too("Pass") }, Some("Medium")),
        ] {
            assert_eq!(found(&here, &[event.clone(), elsewhere.clone()]), expected, "{event:?}");
        }
    }

    #[test]
    fn networks_of_both_kinds() {
        let known = [event("Pass", "2001:db8:1:2::1", "x")];
        assert_eq!(found(&context("2001:db8:1:ffff::9", "x"), &known), None);
        assert_eq!(found(&context("2001:db8:2::1", "x"), &known), Some("Low"));
    }
}
