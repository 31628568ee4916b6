//! Messages of ours, and the two ways on which a browser carries them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::identity_provider::{Binding, Endpoint};
use crate::key::{KeyError, SigningKey};
use crate::names::RSA_SHA256;
use crate::signature::sign;

/// What stays as it is in a query: the unreserved characters of RFC 3986.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Most bytes of a stored block (RFC 1951, 3.2.4).
const BLOCK: usize = 0xffff;

/// What a message is, which tells the name of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Request,
    Response,
}

impl Kind {
    fn field(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// A message that was written, but not yet signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    kind: Kind,
    id: String,
    binding: Binding,
    location: String,
    /// Up to and with the issuer; behind it stands a signature, if there is one.
    head: String,
    tail: String,
}

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// Where the browser is sent.
    Redirect(String),
    /// What the browser posts.
    Post(Form),
}

/// A form that posts itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where to.
    pub action: String,
    /// Names and values.
    pub fields: Vec<(&'static str, String)>,
}

impl Message {
    pub(crate) fn new(kind: Kind, id: &str, to: &Endpoint, head: String, tail: String) -> Self {
        let location = match kind {
            Kind::Request => &to.location,
            Kind::Response => to.response_location.as_ref().unwrap_or(&to.location),
        };
        Self { kind, id: id.to_owned(), binding: to.binding, location: location.clone(), head, tail }
    }

    /// The message in the form in which the provider takes it, signed if there is a key. The relay state comes back with the
    /// answer as it is.
    ///
    /// # Errors
    /// [`KeyError::Failed`].
    pub fn send(&self, relay_state: Option<&str>, key: Option<&SigningKey>) -> Result<Sent, KeyError> {
        match self.binding {
            Binding::Redirect => self.redirect(relay_state, key).map(Sent::Redirect),
            Binding::Post => self.post(relay_state, key).map(Sent::Post),
        }
    }

    /// SAML Bindings, 3.4.4.1: signed is the query, as it is written here.
    fn redirect(&self, relay_state: Option<&str>, key: Option<&SigningKey>) -> Result<String, KeyError> {
        let message = STANDARD.encode(deflate(format!("{}{}", self.head, self.tail).as_bytes()));
        let mut query = parameter(self.kind.field(), &message);
        if let Some(relay_state) = relay_state {
            query = format!("{query}&{}", parameter("RelayState", relay_state));
        }
        if let Some(key) = key {
            query = format!("{query}&{}", parameter("SigAlg", RSA_SHA256));
            let signature = STANDARD.encode(key.sign(query.as_bytes())?);
            query = format!("{query}&{}", parameter("Signature", &signature));
        }
        let separator = if self.location.contains('?') { '&' } else { '?' };
        Ok(format!("{}{separator}{query}", self.location))
    }

    /// SAML Bindings, 3.5.4: signed is the message.
    fn post(&self, relay_state: Option<&str>, key: Option<&SigningKey>) -> Result<Form, KeyError> {
        let Self { head, tail, .. } = self;
        let signature = key.map(|key| sign(&format!("{head}{tail}"), &self.id, key)).transpose()?;
        let message = format!("{head}{}{tail}", signature.unwrap_or_default());
        let mut fields = vec![(self.kind.field(), STANDARD.encode(message))];
        fields.extend(relay_state.map(|relay_state| ("RelayState", relay_state.to_owned())));
        Ok(Form { action: self.location.clone(), fields })
    }
}

fn parameter(name: &str, value: &str) -> String {
    format!("{name}={}", utf8_percent_encode(value, IN_QUERY))
}

/// DEFLATE without compressing: a message is a few hundred bytes, and a URL of two thousand is none too long.
fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut deflated = Vec::with_capacity(bytes.len() + 5);
    let mut blocks = bytes.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        deflated.push(u8::from(blocks.peek().is_none()));
        deflated.extend(length.to_le_bytes());
        deflated.extend((!length).to_le_bytes());
        deflated.extend(block);
    }
    deflated
}
