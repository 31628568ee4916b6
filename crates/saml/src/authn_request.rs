//! The request to sign somebody in.

use poolhouse_ports::Timestamp;

use crate::message::{Kind, Message};
use crate::names::HTTP_POST;
use crate::{IdentityProvider, Refusal, ServiceProvider, escape};

/// What is asked of a provider.
#[derive(Debug, Clone, Copy)]
pub struct AuthnRequest<'a> {
    /// Its ID, which the answer must name: a letter or underscore, then random characters of a name.
    pub id: &'a str,
    /// The time now.
    pub now: Timestamp,
    /// Whether the provider must ask the user again.
    pub force: bool,
    /// Whether the provider must not ask the user anything.
    pub passive: bool,
}

impl ServiceProvider {
    /// The request to sign a user in (federation §9). Sign it if the provider wants it, or the pool.
    ///
    /// # Errors
    /// [`Refusal::NoEndpoint`].
    pub fn authn_request(
        &self,
        provider: &IdentityProvider,
        request: &AuthnRequest<'_>,
    ) -> Result<Message, Refusal> {
        let to = IdentityProvider::endpoint(&provider.sign_in)?;
        let flag = |name: &str, set| if set { format!(" {name}=\"true\"") } else { String::new() };
        let more = format!(
            " AssertionConsumerServiceURL=\"{}\" ProtocolBinding=\"{HTTP_POST}\"{}{}",
            escape(&self.acs_url),
            flag("ForceAuthn", request.force),
            flag("IsPassive", request.passive),
        );
        let head = self.head("AuthnRequest", request.id, request.now, &to.location, &more);
        Ok(Message::new(Kind::Request, request.id, to, head, "</samlp:AuthnRequest>".to_owned()))
    }
}
