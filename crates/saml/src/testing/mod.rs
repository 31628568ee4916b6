//! An identity provider for tests. It signs what it is given, whatever that says: attacks are made with it.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

pub mod documents;
mod encrypting;
mod signing;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_ports::Timestamp;

pub use encrypting::{Encrypting, encrypted};
pub use signing::{Key, Signing};
#[cfg(test)]
pub(crate) use signing::{certificate, insert};

use crate::names::{ASSERTION, BEARER, HTTP_POST, HTTP_REDIRECT, METADATA, PROTOCOL, SIGNATURE, STATUS};
use crate::{Certificate, ServiceProvider, escape};

/// An identity provider.
pub struct Idp {
    /// Its name.
    pub entity_id: String,
    /// What it signs with.
    pub key: Key,
    /// Its key for others.
    pub certificate: Certificate,
}

/// What it says of somebody. All texts are XML already.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// For whom.
    pub to: &'a ServiceProvider,
    /// When.
    pub now: Timestamp,
    /// The end of the IDs of response and assertion, `_r…` and `_a…`.
    pub id: &'a str,
    /// The request that is answered.
    pub request: Option<&'a str>,
    /// Who it is.
    pub name_id: &'a str,
    /// Names and values.
    pub attributes: &'a [(&'a str, &'a str)],
}

impl Idp {
    /// One with a new RSA key.
    pub fn new(entity_id: &str) -> Self {
        Self::with_key(entity_id, Key::rsa())
    }

    /// One with this key.
    pub fn with_key(entity_id: &str, key: Key) -> Self {
        let certificate = key.certificate();
        Self { entity_id: entity_id.to_owned(), key, certificate }
    }

    /// Its metadata: where users sign in, by redirect and by form, and where they sign out.
    pub fn metadata(&self, sign_in: &str, sign_out: &str) -> String {
        let endpoints = |name: &str, location: &str| {
            [HTTP_POST, HTTP_REDIRECT]
                .map(|binding| {
                    format!("<md:{name} Binding=\"{binding}\" Location=\"{}\"/>", escape(location))
                })
                .concat()
        };
        format!(
            "<md:EntityDescriptor xmlns:md=\"{METADATA}\" entityID=\"{}\"><md:IDPSSODescriptor \
             protocolSupportEnumeration=\"{PROTOCOL}\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo \
             xmlns:ds=\"{SIGNATURE}\"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>\
             </ds:KeyInfo></md:KeyDescriptor>{}{}</md:IDPSSODescriptor></md:EntityDescriptor>",
            escape(&self.entity_id),
            self.certificate.to_base64(),
            endpoints("SingleLogoutService", sign_out),
            endpoints("SingleSignOnService", sign_in),
        )
    }

    /// An assertion, not signed.
    pub fn assertion(&self, answer: &Answer<'_>) -> String {
        let Answer { to, now, id, name_id, attributes, .. } = answer;
        let attribute = |(name, value): &(&str, &str)| {
            format!(
                "<saml:Attribute Name=\"{name}\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
            )
        };
        let attributes: String = attributes.iter().map(attribute).collect();
        let (at, until) = (now.iso8601(), now.plus_seconds(300).iso8601());
        format!(
            "<saml:Assertion xmlns:saml=\"{ASSERTION}\" ID=\"_a{id}\" Version=\"2.0\" IssueInstant=\"{at}\">\
             <saml:Issuer>{}</saml:Issuer><saml:Subject><saml:NameID>{name_id}</saml:NameID>\
             <saml:SubjectConfirmation Method=\"{BEARER}\"><saml:SubjectConfirmationData Recipient=\"{}\" \
             NotOnOrAfter=\"{until}\"{}/></saml:SubjectConfirmation></saml:Subject>\
             <saml:Conditions NotBefore=\"{at}\" NotOnOrAfter=\"{until}\"><saml:AudienceRestriction>\
             <saml:Audience>{}</saml:Audience></saml:AudienceRestriction></saml:Conditions>\
             <saml:AuthnStatement AuthnInstant=\"{at}\" SessionIndex=\"_s{id}\"><saml:AuthnContext>\
             <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>\
             </saml:AuthnContext></saml:AuthnStatement>\
             <saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>",
            escape(&self.entity_id),
            escape(&to.acs_url),
            answer.in_response_to(),
            escape(&to.entity_id),
        )
    }

    /// A response that holds this, not signed.
    pub fn response(&self, answer: &Answer<'_>, assertion: &str) -> String {
        format!(
            "<samlp:Response xmlns:samlp=\"{PROTOCOL}\" ID=\"_r{}\" Version=\"2.0\" IssueInstant=\"{}\" \
             Destination=\"{}\"{}><saml:Issuer xmlns:saml=\"{ASSERTION}\">{}</saml:Issuer><samlp:Status>\
             <samlp:StatusCode Value=\"{STATUS}Success\"/></samlp:Status>{assertion}</samlp:Response>",
            answer.id,
            answer.now.iso8601(),
            escape(&answer.to.acs_url),
            answer.in_response_to(),
            escape(&self.entity_id),
        )
    }

    /// A response with a signed assertion.
    pub fn signed_response(&self, answer: &Answer<'_>) -> String {
        let assertion = self.assertion(answer);
        self.response(answer, &self.signing(&format!("_a{}", answer.id)).within(&assertion))
    }

    /// How it signs the element of this ID.
    pub fn signing(&self, id: &str) -> Signing<'_> {
        Signing::new(&self.key, id)
    }
}

impl Answer<'_> {
    fn in_response_to(&self) -> String {
        self.request.map(|request| format!(" InResponseTo=\"{request}\"")).unwrap_or_default()
    }
}

/// A message as it stands in a form.
pub fn form(xml: &str) -> String {
    STANDARD.encode(xml)
}
