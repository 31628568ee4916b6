//! A service provider of SAML 2.0: what it sends, and what it believes.
//!
//! A strict profile of the standard and nothing beyond it ([record 51]): an answer is scanned before it is parsed, its
//! signature verified with keys of the provider's metadata before anything else of it is looked at, and what is read is the
//! element that was signed. Everything is a function of its arguments: the caller fetches metadata, knows the time, keeps
//! the IDs of requests and of assertions that were used.
//!
//! [record 51]: ../../../docs/decisions/0051-an-own-saml-profile.md
//!
//! | file | subject |
//! |---|---|
//! | `service_provider` | who we are; our metadata |
//! | `authn_request`, `logout` | what is asked of a provider, and told |
//! | `message` | messages by HTTP-Redirect and HTTP-POST |
//! | `identity_provider` | a provider, from its metadata |
//! | `response` | an answer: the way to an element that may be believed |
//! | `assertion` | what is demanded of an assertion, and read from it |
//! | `scan`, `element` | bytes before they are parsed; what is parsed |
//! | `c14n`, `signature`, `encryption` | exclusive C14N, XML Signature, XML Encryption |
//! | `key`, `certificate`, `der` | keys of ours and others |
//! | `refusal` | why something is refused |

mod assertion;
mod authn_request;
mod c14n;
mod certificate;
mod der;
mod element;
mod encryption;
mod identity_provider;
mod key;
mod logout;
mod message;
mod names;
mod refusal;
mod response;
mod scan;
mod service_provider;
mod signature;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use assertion::{Assertion, Attribute, NameId};
pub use authn_request::AuthnRequest;
pub use certificate::{Certificate, signed_as, validity};
pub use identity_provider::{Binding, Endpoint, IdentityProvider, LONGEST_METADATA};
pub use key::{DecryptionKey, KeyError, SigningKey};
pub use logout::{Logout, LogoutRequest, claimed_issuer};
pub use message::{Form, Message, Sent};
pub use refusal::Refusal;
pub use response::{Expected, LONGEST_MESSAGE, Legacy, Origin, check_form, check_token};
pub use service_provider::ServiceProvider;

/// The bytes of base64 in XML or a form, which may be broken into lines.
fn base64_text(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(text).ok()
}

/// A text as it may stand in an element or attribute. Characters that XML does not have are left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' => escaped.push_str("&#x9;"),
            '\n' => escaped.push_str("&#xA;"),
            '\r' => escaped.push_str("&#xD;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(character),
        }
    }
    escaped
}
