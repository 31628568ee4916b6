//! Assertions that are signed well, and say something that does not hold here and now.

use super::{Attack, BENCH, Bench, REQUEST, UNASKED};
use crate::testing::{Answer, Idp, form};
use crate::{Expected, IdentityProvider, Refusal, ServiceProvider};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn attacks(bench: &Bench) -> Vec<Attack> {
    let tried = |name, refusal, from: &str, to: &str| {
        let change = |assertion: &str| {
            assert!(assertion.contains(from), "{from}");
            assertion.replace(from, to)
        };
        Attack::new(name, refusal, bench.accept(&bench.signed_after(change)))
    };
    // The response's own words, of which the assertion's signature says nothing.
    let outside = |name, refusal, from: &str, to: &str| {
        let xml = bench.idp.signed_response(&bench.answer());
        assert!(xml.contains(from), "{from}");
        Attack::new(name, refusal, bench.accept(&xml.replacen(from, to, 1)))
    };
    let at = |seconds: i64| {
        let answer = Answer { now: bench.now.plus_seconds(seconds), ..bench.answer() };
        bench.accept(&bench.idp.signed_response(&answer))
    };
    let mut attacks = vec![
        tried(
            "another issuer in the assertion",
            Refusal::Issuer,
            "idp.example.com/saml<",
            "idp2.example.com/saml<",
        ),
        tried("no issuer in the assertion", Refusal::Issuer, &issuer(bench), ""),
        outside(
            "another issuer in the response",
            Refusal::Issuer,
            "idp.example.com/saml<",
            "idp2.example.com/saml<",
        ),
        outside(
            "another destination",
            Refusal::Destination,
            &destination(&bench.sp.acs_url),
            &destination("https://other.example.com/"),
        ),
        outside(
            "a destination that begins alike",
            Refusal::Destination,
            &destination(&bench.sp.acs_url),
            &destination(&format!("{}/x", bench.sp.acs_url)),
        ),
        tried(
            "another recipient",
            Refusal::Recipient,
            "Recipient=\"https://auth",
            "Recipient=\"https://other",
        ),
        tried("no recipient", Refusal::Recipient, "Recipient=", "Address="),
        tried("another audience", Refusal::Audience, "us-east-1_aaaaaaaaa<", "us-east-1_bbbbbbbbb<"),
        tried("no audience", Refusal::Audience, &audience(bench), ""),
        tried(
            "an audience restriction beside a foreign one",
            Refusal::Audience,
            "<saml:AudienceRestriction>",
            "<saml:AudienceRestriction><saml:Audience>urn:x</saml:Audience></saml:AudienceRestriction><saml:AudienceRestriction>",
        ),
        Attack::new("expired a minute ago", Refusal::Expired, at(-360)),
        Attack::new("valid in more than a minute", Refusal::NotYetValid, at(61)),
        tried(
            "conditions that have expired",
            Refusal::Expired,
            "NotBefore=\"2030-01-01T12:00:00Z\" NotOnOrAfter=\"2030-01-01T12:05:00Z\"",
            "NotOnOrAfter=\"2030-01-01T11:59:00Z\"",
        ),
        tried(
            "conditions of the future",
            Refusal::NotYetValid,
            "NotBefore=\"2030-01-01T12:00:00Z\"",
            "NotBefore=\"2030-01-01T12:01:01Z\"",
        ),
        tried(
            "issued in the future",
            Refusal::NotYetValid,
            "IssueInstant=\"2030-01-01T12:00:00Z\"",
            "IssueInstant=\"2030-01-01T12:01:01Z\"",
        ),
        tried("a confirmation without an end", Refusal::Time, " NotOnOrAfter=\"2030-01-01T12:05:00Z\"", ""),
        tried(
            "a confirmation of the future",
            Refusal::NotYetValid,
            "<saml:SubjectConfirmationData ",
            "<saml:SubjectConfirmationData NotBefore=\"2030-01-01T12:01:01Z\" ",
        ),
        tried("a time without a zone", Refusal::Time, "12:05:00Z", "12:05:00"),
        tried("a time of another zone", Refusal::Time, "12:05:00Z", "12:05:00+05:00"),
        tried("no time of issue", Refusal::Time, " IssueInstant=\"2030-01-01T12:00:00Z\"", ""),
        tried("no time of authentication", Refusal::Time, " AuthnInstant=\"2030-01-01T12:00:00Z\"", ""),
        tried("a confirmation by a key", Refusal::NoBearer, "cm:bearer", "cm:holder-of-key"),
        tried(
            "a confirmation without data",
            Refusal::NoBearer,
            "saml:SubjectConfirmationData",
            "saml:KeyInfo",
        ),
        tried("no conditions", Refusal::NoConditions, "saml:Conditions", "saml:Advice"),
        tried(
            "a condition that nobody knows",
            Refusal::UnknownCondition,
            "<saml:AudienceRestriction>",
            "<saml:Condition/><saml:AudienceRestriction>",
        ),
        tried(
            "two conditions elements",
            Refusal::Repeated,
            "<saml:Conditions ",
            "<saml:Conditions/><saml:Conditions ",
        ),
        tried(
            "two subjects",
            Refusal::Repeated,
            "<saml:Subject>",
            "<saml:Subject><saml:NameID>eve</saml:NameID></saml:Subject><saml:Subject>",
        ),
        tried(
            "two NameIDs",
            Refusal::Repeated,
            "<saml:NameID>",
            "<saml:NameID>eve</saml:NameID><saml:NameID>",
        ),
        tried("no subject", Refusal::NameId, "saml:Subject>", "saml:Advice>"),
        tried("no NameID", Refusal::NameId, "saml:NameID", "saml:BaseID"),
        tried("an empty NameID", Refusal::NameId, ">ann@example.com</saml:NameID>", "> </saml:NameID>"),
        tried(
            "an element in NameID",
            Refusal::NotText,
            "ann@example.com</saml:NameID>",
            "admin@example.com<x/>.evil.example</saml:NameID>",
        ),
        tried("an element in the issuer", Refusal::NotText, "/saml</saml:Issuer>", "/saml<x/></saml:Issuer>"),
        tried(
            "no authentication statement",
            Refusal::NoAuthentication,
            "saml:AuthnStatement",
            "saml:Statement",
        ),
        tried(
            "a session that has ended",
            Refusal::SessionEnded,
            " SessionIndex",
            " SessionNotOnOrAfter=\"2030-01-01T11:59:00Z\" SessionIndex",
        ),
    ];
    attacks.push(Attack::new(
        "the assertion of another provider of the pool",
        Refusal::Issuer,
        of_another_provider(bench),
    ));
    let other = ServiceProvider {
        entity_id: "urn:amazon:cognito:sp:us-east-1_bbbbbbbbb".to_owned(),
        ..bench.sp.clone()
    };
    let good = form(&bench.idp.signed_response(&bench.answer()));
    attacks.push(Attack::new(
        "an assertion for another pool",
        Refusal::Audience,
        other.accept(&good, bench.now, &bench.expected()),
    ));
    attacks
}

/// Answers that do not fit what was asked, or that nothing was.
pub(super) fn unfitting() -> Vec<Attack> {
    let (bench, unasked) = (&*BENCH, &*UNASKED);
    let answered = format!(" InResponseTo=\"{REQUEST}\"");
    let good = bench.idp.signed_response(&bench.answer());
    let of_assertion = |name, refusal, to: &str| {
        let change = |assertion: &str| assertion.replace(&answered, to);
        Attack::new(name, refusal, bench.accept(&bench.signed_after(change)))
    };
    let of_response =
        |name, refusal, to: &str| Attack::new(name, refusal, bench.accept(&good.replacen(&answered, to, 1)));
    let old = Answer { now: unasked.now.plus_seconds(-361), ..unasked.answer() };
    let anew = Expected { authenticated_since: Some(bench.now.plus_seconds(61)), ..bench.expected() };
    vec![
        of_assertion(
            "another request answered by the assertion",
            Refusal::InResponseTo,
            " InResponseTo=\"_other\"",
        ),
        of_assertion("no request answered by the assertion", Refusal::Unsolicited, ""),
        of_response(
            "another request answered by the response",
            Refusal::InResponseTo,
            " InResponseTo=\"_other\"",
        ),
        of_response("no request answered by the response", Refusal::Unsolicited, ""),
        Attack::new(
            "a request answered where none was made",
            Refusal::InResponseTo,
            unasked.accept(&unasked.idp.signed_response(&bench.answer())),
        ),
        Attack::new(
            "no request answered where one was made",
            Refusal::Unsolicited,
            bench.accept(&bench.idp.signed_response(&unasked.answer())),
        ),
        Attack::new(
            "issued more than six minutes ago, unasked",
            Refusal::TooOld,
            unasked.accept(&unasked.idp.signed_response(&old)),
        ),
        Attack::new(
            "an authentication of before, where a new one was asked for",
            Refusal::Stale,
            bench.sp.accept(&form(&good), bench.now, &anew),
        ),
    ]
}

fn destination(url: &str) -> String {
    format!("Destination=\"{url}\"")
}

fn issuer(bench: &Bench) -> String {
    format!("<saml:Issuer>{}</saml:Issuer>", bench.idp.entity_id)
}

fn audience(bench: &Bench) -> String {
    format!(
        "<saml:AudienceRestriction><saml:Audience>{}</saml:Audience></saml:AudienceRestriction>",
        bench.sp.entity_id
    )
}

/// Another provider, which has the same key, says who it is.
fn of_another_provider(bench: &Bench) -> Result<(), Refusal> {
    let other = Idp {
        entity_id: "https://idp2.example.com/".to_owned(),
        key: crate::testing::Key::rsa(),
        certificate: bench.idp.certificate.clone(),
    };
    let metadata = other.metadata("https://idp2.example.com/sso", "https://idp2.example.com/slo");
    let provider = IdentityProvider::from_metadata(metadata.as_bytes(), None, bench.now)?;
    let expected = Expected { provider: &provider, ..bench.expected() };
    bench.sp.accept(&form(&bench.idp.signed_response(&bench.answer())), bench.now, &expected).map(drop)
}

#[test]
fn clocks_may_differ_by_a_minute() {
    let bench = &*BENCH;
    for seconds in [-359, -300, 0, 60] {
        let answer = Answer { now: bench.now.plus_seconds(seconds), ..bench.answer() };
        let accepted = bench.accept(&bench.idp.signed_response(&answer)).unwrap();
        assert_eq!(accepted.expires, bench.now.plus_seconds(seconds + 360));
    }
}

#[test]
fn an_assertion_expires_with_the_first_of_its_ends() {
    let bench = &*BENCH;
    let end = " NotOnOrAfter=\"2030-01-01T12:05:00Z\"";
    let earlier = " NotOnOrAfter=\"2030-01-01T12:03:00Z\"";
    // Of the confirmation, of the conditions.
    for behind in [" InResponseTo", "><saml:AudienceRestriction"] {
        let (from, to) = (format!("{end}{behind}"), format!("{earlier}{behind}"));
        let accepted = bench.accept(&bench.signed_after(|assertion| assertion.replace(&from, &to))).unwrap();
        assert_eq!(accepted.expires, bench.now.plus_seconds(240), "{behind}");
    }
}

#[test]
fn what_nobody_asked_for_is_taken_where_it_may_come() {
    let bench = &*UNASKED;
    for seconds in [-300, 60] {
        let answer = Answer { now: bench.now.plus_seconds(seconds), ..bench.answer() };
        let accepted = bench.accept(&bench.idp.signed_response(&answer));
        assert_eq!(accepted.unwrap().name_id.value, "ann@example.com");
    }
}

#[test]
fn one_confirmation_by_bearer_that_holds_is_enough() {
    let bench = &*BENCH;
    let foreign = "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
                   <saml:SubjectConfirmationData Recipient=\"urn:x\"/></saml:SubjectConfirmation>";
    let xml = bench.signed_after(|assertion| {
        assertion
            .replace("<saml:SubjectConfirmation ", &format!("{foreign}<saml:SubjectConfirmation "))
            .replace("</saml:Subject>", &format!("{foreign}</saml:Subject>"))
    });
    assert!(bench.accept(&xml).is_ok());
}
