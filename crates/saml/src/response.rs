//! An answer of a provider: from the bytes of a form to an element that may be believed.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use poolhouse_ports::Timestamp;
use roxmltree::Document;

use crate::assertion::{Assertion, answers};
use crate::element::{Element, ids_are_unique, parse};
use crate::encryption::decrypt;
use crate::names::{ASSERTION, PROTOCOL, STATUS};
use crate::scan::{Limits, admit};
use crate::signature::{Verified, none_elsewhere, verify};
use crate::{DecryptionKey, IdentityProvider, Refusal, ServiceProvider, base64_text};

/// Longest answer in characters, as it comes in a form (federation §9).
pub const LONGEST_MESSAGE: usize = 100_000;

const LIMITS: Limits = Limits { bytes: LONGEST_MESSAGE, comments: false };

/// How an answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// It answers our request of this ID.
    Request(&'a str),
    /// The provider sends it by itself. Only where the provider is set to it.
    Unsolicited,
}

/// Weak ways that old providers know only. All are off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Legacy {
    /// Signatures and digests of SHA-1, with which two different documents can be made that have one signature.
    pub sha1: bool,
    /// Keys encrypted by RSA 1.5, which whoever may try often enough opens.
    pub rsa_1_5: bool,
    /// Assertions that are signed, and encrypted in CBC, in responses that are not signed. Whoever gets hold of one and may try
    /// often enough can read it; he cannot change it.
    pub unsigned_cbc: bool,
}

/// What an answer is held against.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who must have given it: the provider with which the sign-in began.
    pub provider: &'a IdentityProvider,
    /// How it came about.
    pub origin: Origin<'a>,
    /// Since when the user must have authenticated, where that was asked for.
    pub authenticated_since: Option<Timestamp>,
    /// The key to which assertions must be encrypted. Without one none may be.
    pub decryption_key: Option<&'a DecryptionKey>,
    /// What else is taken.
    pub legacy: Legacy,
}

impl ServiceProvider {
    /// Takes the field `SAMLResponse` of a form. What comes out was signed by the provider, for us, in answer to what was
    /// asked, and is still valid. That it was not used before is the caller's to see: keep its ID until it expires.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn accept(
        &self,
        response: &str,
        now: Timestamp,
        expected: &Expected<'_>,
    ) -> Result<Assertion, Refusal> {
        let xml = from_form(response)?;
        let text = admitted(&xml)?;
        let document = parse(&text)?;
        let response = message(Element::root(&document, PROTOCOL, "Response")?)?;
        status(response)?;
        let held = held(response)?;
        match (held.is(ASSERTION, "Assertion"), expected.decryption_key) {
            (true, None) => {
                none_elsewhere(response, &[response, held])?;
                let whole = expected.verify(response)?;
                self.judge(response, held, whole, now, expected)
            }
            (false, Some(key)) => {
                none_elsewhere(response, &[response])?;
                let whole = expected.verify(response)?;
                let xml = decrypt(held, key, whole.is_some(), expected.legacy)?;
                // Where nobody has signed what is encrypted, these two must look like a wrong key.
                let text = admitted(&xml).map_err(|_| Refusal::Undecryptable)?;
                let document = parse(&text).map_err(|_| Refusal::Undecryptable)?;
                self.judge(response, alone(&document)?, whole, now, expected)
            }
            (true, Some(_)) => Err(Refusal::Unencrypted),
            (false, None) => Err(Refusal::UnexpectedEncryption),
        }
    }

    /// Takes an assertion that comes alone, as a token: base64 or base64url of its XML (RFC 8693 §3). It answers no request and
    /// must be signed itself. Where it was to be delivered is the caller's to see, and that it was not used before.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn accept_token(
        &self,
        token: &str,
        now: Timestamp,
        expected: &Expected<'_>,
    ) -> Result<Assertion, Refusal> {
        let xml = from_token(token)?;
        let text = admitted(&xml)?;
        let document = parse(&text)?;
        let is_encrypted = Element::root(&document, ASSERTION, "EncryptedAssertion").ok();
        match (is_encrypted, expected.decryption_key) {
            (None, None) => self.judge_alone(alone(&document)?, now, expected),
            (Some(held), Some(key)) => {
                none_elsewhere(held, &[])?;
                let xml = decrypt(held, key, false, expected.legacy)?;
                // Nobody has signed what is encrypted.
                let text = admitted(&xml).map_err(|_| Refusal::Undecryptable)?;
                let document = parse(&text).map_err(|_| Refusal::Undecryptable)?;
                self.judge_alone(alone(&document)?, now, expected)
            }
            (None, Some(_)) => Err(Refusal::Unencrypted),
            (Some(_), None) => Err(Refusal::UnexpectedEncryption),
        }
    }

    fn judge_alone(
        &self,
        assertion: Element<'_>,
        now: Timestamp,
        expected: &Expected<'_>,
    ) -> Result<Assertion, Refusal> {
        let assertion = expected.verify(assertion)?.ok_or(Refusal::Unsigned)?;
        self.read(assertion, None, now, expected)
    }

    /// The assertion of a response, which stood in it openly or encrypted.
    fn judge(
        &self,
        response: Element<'_>,
        assertion: Element<'_>,
        whole: Option<Verified<'_>>,
        now: Timestamp,
        expected: &Expected<'_>,
    ) -> Result<Assertion, Refusal> {
        version(assertion)?;
        let assertion = match expected.verify(assertion)? {
            Some(assertion) => assertion,
            None => whole.ok_or(Refusal::Unsigned)?.vouching_for(assertion),
        };
        // The response may be unsigned: what it says of itself can only refuse.
        meant_for(response, &self.acs_url)?;
        if response.text_of(ASSERTION, "Issuer")?.is_some_and(|issuer| issuer != expected.provider.entity_id)
        {
            return Err(Refusal::Issuer);
        }
        answers(response, expected.origin)?;
        self.read(assertion, Some(&self.acs_url), now, expected)
    }
}

impl Expected<'_> {
    fn verify<'a>(&self, element: Element<'a>) -> Result<Option<Verified<'a>>, Refusal> {
        verify(element, &self.provider.certificates, self.legacy.sha1)
    }
}

/// An assertion that is a document of its own, as after it was decrypted, held to the same as a response.
fn alone<'a>(document: &'a Document<'a>) -> Result<Element<'a>, Refusal> {
    let assertion = message(Element::root(document, ASSERTION, "Assertion")?)?;
    if assertions(assertion).count() != 1 {
        return Err(Refusal::SeveralAssertions);
    }
    none_elsewhere(assertion, &[assertion])?;
    Ok(assertion)
}

/// Whether a field of a form may hold a message: its bytes alone are looked at, before what else it takes is fetched.
///
/// # Errors
/// [`Refusal`].
pub fn check_form(field: &str) -> Result<(), Refusal> {
    admitted(&from_form(field)?).map(drop)
}

/// The same of a token.
///
/// # Errors
/// [`Refusal`].
pub fn check_token(token: &str) -> Result<(), Refusal> {
    admitted(&from_token(token)?).map(drop)
}

/// The XML of a field of a form.
pub(crate) fn from_form(field: &str) -> Result<Vec<u8>, Refusal> {
    if field.len() > LONGEST_MESSAGE {
        return Err(Refusal::TooLong);
    }
    base64_text(field).ok_or(Refusal::Encoding)
}

/// The XML of a token, in either alphabet of base64.
fn from_token(token: &str) -> Result<Vec<u8>, Refusal> {
    if token.len() > LONGEST_MESSAGE {
        return Err(Refusal::TooLong);
    }
    let text = token.trim_end_matches('=').replace('-', "+").replace('_', "/");
    STANDARD_NO_PAD.decode(text).map_err(|_| Refusal::Encoding)
}

/// The text of a message that came in a form.
pub(crate) fn admitted(xml: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    admit(xml, LIMITS)
}

/// What holds for every root.
pub(crate) fn message(root: Element<'_>) -> Result<Element<'_>, Refusal> {
    version(root)?;
    ids_are_unique(root)?;
    Ok(root)
}

fn version(element: Element<'_>) -> Result<(), Refusal> {
    if element.attribute("Version") == Some("2.0") { Ok(()) } else { Err(Refusal::Version) }
}

/// That a message says where it is meant for only if this is here.
pub(crate) fn meant_for(message: Element<'_>, url: &str) -> Result<(), Refusal> {
    if message.attribute("Destination").is_none_or(|destination| destination == url) {
        Ok(())
    } else {
        Err(Refusal::Destination)
    }
}

fn assertions(root: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    root.descendants().filter(|e| e.is(ASSERTION, "Assertion") || e.is(ASSERTION, "EncryptedAssertion"))
}

/// The one assertion of a response, encrypted or not. There is no other anywhere that something else could take for it.
fn held(response: Element<'_>) -> Result<Element<'_>, Refusal> {
    let mut all = assertions(response);
    match (all.next(), all.next()) {
        (None, _) => Err(Refusal::NoAssertion),
        (Some(_), Some(_)) => Err(Refusal::SeveralAssertions),
        (Some(held), None) if response.children().any(|child| child.0 == held.0) => Ok(held),
        _ => Err(Refusal::MisplacedAssertion),
    }
}

/// That a response tells of success. Otherwise its second code says why, if there is one.
pub(crate) fn status(response: Element<'_>) -> Result<(), Refusal> {
    let status = response.child(PROTOCOL, "Status")?.ok_or(Refusal::OtherStatus)?;
    let code = status.child(PROTOCOL, "StatusCode")?.ok_or(Refusal::OtherStatus)?;
    let value = |code: Element<'_>| {
        code.attribute("Value").and_then(|value| value.strip_prefix(STATUS)).map(str::to_owned)
    };
    let second = code.child(PROTOCOL, "StatusCode")?.and_then(value);
    let first = value(code);
    Err(match (first.as_deref(), second.as_deref()) {
        (Some("Success"), None) => return Ok(()),
        (_, Some("AuthnFailed")) => Refusal::AuthnFailed,
        (_, Some("NoPassive")) => Refusal::NoPassive,
        (_, Some("NoAuthnContext")) => Refusal::NoAuthnContext,
        (_, Some("InvalidNameIDPolicy")) => Refusal::InvalidNameIdPolicy,
        (_, Some("RequestDenied")) => Refusal::RequestDenied,
        (_, Some("UnknownPrincipal")) => Refusal::UnknownPrincipal,
        (_, Some("PartialLogout")) => Refusal::PartialLogout,
        (Some("Requester"), _) => Refusal::Requester,
        (Some("Responder"), _) => Refusal::Responder,
        _ => Refusal::OtherStatus,
    })
}
