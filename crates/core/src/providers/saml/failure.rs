//! Why a sign-in at a SAML provider comes to nothing: what the log says, and what the application is told
//! (docs/cognito/federation.md §12).

use std::fmt;

use poolhouse_kernel::Fault;
use poolhouse_saml::Refusal;

use crate::state::documents::Unfetched;

/// Why a sign-in at a SAML provider comes to nothing.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// Its metadata cannot be had.
    Unfetched(Unfetched),
    /// Its metadata are none, or no longer good.
    Metadata(Refusal),
    /// It takes no requests by redirect.
    NoAddress,
    /// Its answer is not to be believed.
    Refused(Refusal),
    /// Its answer was used before.
    Replayed,
    /// A key of the pool signs or opens nothing.
    Key(&'static str),
}

/// For the log.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfetched(why) => write!(f, "its metadata cannot be fetched: {why}"),
            Self::Metadata(why) => write!(f, "its metadata are not usable: {why}"),
            Self::NoAddress => {
                f.write_str("its metadata have no address that takes requests by HTTP-Redirect")
            }
            Self::Refused(why) => write!(f, "its answer is refused: {why}"),
            Self::Replayed => f.write_str("its answer was used before"),
            Self::Key(what) => write!(f, "{what} is no key"),
        }
    }
}

impl Failure {
    /// Why a token that a caller handed in is not taken: the caller's own, so that it may know.
    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::Refused(why) => Fault::not_authorized(format!("Invalid SAML assertion: {why}.")),
            Self::Replayed => Fault::not_authorized("Invalid SAML assertion: it was used before."),
            other => {
                Fault::not_authorized(format!("The identity provider's token cannot be verified: {other}."))
            }
        }
    }

    /// What the application is told. People who sign in are told no more of why than AWS tells.
    pub(crate) fn description(&self) -> String {
        let reason = match self {
            Self::Refused(Refusal::Signature | Refusal::Digest | Refusal::Unsigned) => {
                // observed
                "SAML Assertion signature is invalid."
            }
            Self::Refused(Refusal::Audience) => "Audience restriction is invalid.",
            Self::Refused(Refusal::Expired | Refusal::TooOld | Refusal::SessionEnded) => {
                "Assertion has expired."
            }
            Self::Refused(
                Refusal::AuthnFailed
                | Refusal::NoPassive
                | Refusal::Stale
                | Refusal::NoAuthnContext
                | Refusal::RequestDenied
                | Refusal::UnknownPrincipal
                | Refusal::Requester
                | Refusal::Responder
                | Refusal::OtherStatus,
            ) => "The identity provider did not sign the user in.",
            Self::Replayed => "Assertion has been used before.",
            Self::Unfetched(_) | Self::Metadata(_) | Self::NoAddress | Self::Key(_) => {
                "The identity provider is not configured."
            }
            Self::Refused(_) => "SAML response is invalid.",
        };
        format!("Invalid SAML response received: {reason} ")
    }
}
