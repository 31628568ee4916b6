//! An assertion alone, which somebody hands in as a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Attack, BENCH, Bench, UNASKED};
use crate::testing::{Answer, Encrypting, Idp, encrypted, form, insert};
use crate::{Assertion, Expected, Refusal};

impl Bench {
    fn accept_token(&self, xml: &str) -> Result<Assertion, Refusal> {
        self.sp.accept_token(&form(xml), self.now, &self.expected())
    }

    fn accept_encrypted_token(&self, xml: &str) -> Result<Assertion, Refusal> {
        let expected = Expected { decryption_key: Some(&self.decryption_key), ..self.expected() };
        self.sp.accept_token(&form(xml), self.now, &expected)
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn attacks() -> Vec<Attack> {
    let bench = &*UNASKED;
    let (idp, good) = (&bench.idp, bench.signed_assertion());
    let plain = idp.assertion(&bench.answer());
    let signature = idp.signing("_a1").over(&plain);
    let tried = |name, refusal, xml: &str| Attack::new(name, refusal, bench.accept_token(xml));
    let said = |name, refusal, from: &str, to: &str| {
        assert!(plain.contains(from), "{from}");
        tried(name, refusal, &idp.signing("_a1").within(&plain.replace(from, to)))
    };
    let at = |name, refusal, seconds: i64| {
        let answer = Answer { now: bench.now.plus_seconds(seconds), ..bench.answer() };
        tried(name, refusal, &idp.signing("_a1").within(&idp.assertion(&answer)))
    };
    let with_advice = |assertion: &str, what: &str| {
        assertion.replace(
            "<saml:AuthnStatement",
            &format!("<saml:Advice>{what}</saml:Advice><saml:AuthnStatement"),
        )
    };
    let eve = Idp::new(&idp.entity_id);
    let kept = |assertion: &str| encrypted(assertion, &bench.our_certificate, Encrypting::default());
    let asked = idp.assertion(&BENCH.answer());
    vec![
        Attack::new(
            "a token of 100,001 characters",
            Refusal::TooLong,
            bench.sp.accept_token(&"A".repeat(100_001), bench.now, &bench.expected()),
        ),
        Attack::new(
            "a token that is no base64",
            Refusal::Encoding,
            bench.sp.accept_token(&good, bench.now, &bench.expected()),
        ),
        tried("a response as a token", Refusal::Root, &idp.response(&bench.answer(), &good)),
        tried("a token with a document type", Refusal::DocumentType, &format!("<!DOCTYPE a>{good}")),
        tried("a token with a comment", Refusal::Comment, &good.replace("ann@", "ann@<!---->")),
        tried("a token of 41 levels", Refusal::TooDeep, &"<a>".repeat(41)),
        tried("a token that is not signed", Refusal::Unsigned, &plain),
        tried("a token signed by somebody else", Refusal::Signature, &eve.signing("_a1").within(&plain)),
        tried("a token that was changed", Refusal::Digest, &good.replace("ann@", "eve@")),
        tried(
            "a token with the signature of another",
            Refusal::ForeignReference,
            &insert(&bench.forged(), "_a2", &signature),
        ),
        tried(
            "a token that holds a signed one",
            Refusal::SeveralAssertions,
            &with_advice(&bench.forged(), &good),
        ),
        tried(
            "a token with two IDs alike",
            Refusal::DuplicateId,
            &good.replace("<saml:Subject>", "<saml:Subject ID=\"_a1\">"),
        ),
        tried(
            "a token with a signature elsewhere",
            Refusal::MisplacedSignature,
            &plain.replace("<saml:Subject>", &format!("<saml:Subject>{signature}")),
        ),
        said("a token of another issuer", Refusal::Issuer, "idp.example.com/saml<", "idp2.example.com/saml<"),
        said("a token for another pool", Refusal::Audience, "us-east-1_aaaaaaaaa<", "us-east-1_bbbbbbbbb<"),
        said("a token for no address", Refusal::Recipient, "Recipient=", "Address="),
        tried("a token that answers a request", Refusal::InResponseTo, &idp.signing("_a1").within(&asked)),
        at("a token that has expired", Refusal::Expired, -360),
        at("a token of more than six minutes ago", Refusal::TooOld, -361),
        at("a token of the future", Refusal::NotYetValid, 61),
        tried("a token that is encrypted where none may be", Refusal::UnexpectedEncryption, &kept(&good)),
        Attack::new(
            "a token that is not encrypted where it must be",
            Refusal::Unencrypted,
            bench.accept_encrypted_token(&good),
        ),
        Attack::new(
            "an encrypted token that is not signed",
            Refusal::Unsigned,
            bench.accept_encrypted_token(&kept(&plain)),
        ),
    ]
}

#[test]
fn a_token_is_an_assertion_in_either_alphabet() {
    let bench = &*UNASKED;
    let good = bench.signed_assertion();
    let accepted = bench.accept_token(&good).unwrap();
    assert_eq!((&*accepted.name_id.value, &accepted.recipient), ("ann@example.com", &bench.sp.acs_url));
    let url_safe = URL_SAFE_NO_PAD.encode(&good);
    assert_eq!(bench.sp.accept_token(&url_safe, bench.now, &bench.expected()), Ok(accepted.clone()));
    let kept = encrypted(&good, &bench.our_certificate, Encrypting::default());
    assert_eq!(bench.accept_encrypted_token(&kept), Ok(accepted));
}
