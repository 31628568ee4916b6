//! Why a sign-in at a provider comes to nothing: what the log says, and what the application is told
//! (docs/cognito/federation.md §12).

use std::fmt;

use poolhouse_crypto::jws::JwsError;
use poolhouse_kernel::Fault;
use poolhouse_ports::FetchError;

/// Which of a provider's endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Discovery,
    Authorize,
    Token,
    Keys,
    UserInfo,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discovery => "its discovery document",
            Self::Authorize => "its authorize endpoint",
            Self::Token => "its token endpoint",
            Self::Keys => "its keys",
            Self::UserInfo => "its endpoint for attributes",
        })
    }
}

/// Why a sign-in at a provider comes to nothing.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// It is not known where the endpoint is.
    NoAddress(Endpoint),
    /// It gave no whole answer.
    Silent(Endpoint, FetchError),
    /// It answered with this status, and perhaps this error.
    Refused(Endpoint, u16, Option<String>),
    /// Its answer is not what it should be; what is missing.
    Malformed(Endpoint, &'static str),
    /// Its ID token is not to be believed.
    Untrusted(Untrusted),
    /// It tells the attributes of somebody else than of the ID token's user.
    OtherUser,
    /// The private key that the client has for it signs nothing.
    PrivateKey(JwsError),
}

/// Why an ID token is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Untrusted {
    /// There is none.
    Missing,
    /// Its signature.
    Signature(JwsError),
    /// It is signed with a secret that others may have who hand it in.
    SharedSecret,
    /// It says that it is another kind of token.
    Kind,
    /// It is of this issuer, or of none.
    Issuer(Option<String>),
    /// It is for others.
    Audience,
    /// It is for several, and was given to another.
    AuthorizedParty,
    /// It does not say until when it is good.
    NoEnd,
    Expired,
    NotYetValid,
    /// It was issued later than now.
    FromTheFuture,
    /// It is of another sign-in, or does not say of which.
    Nonce,
    /// Its user signed in there longer ago than was asked for, or it does not say when.
    SignIn,
    /// It came with another access token.
    AccessToken,
    /// It names nobody.
    Subject,
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is none"),
            Self::Signature(why) => why.fmt(f),
            Self::SharedSecret => {
                f.write_str("it is signed with the client's secret, which proves nothing of who hands it in")
            }
            Self::Kind => f.write_str("it is another kind of token (typ, token_use, events)"),
            Self::Issuer(Some(issuer)) => write!(f, "its issuer is {issuer:?}"),
            Self::Issuer(None) => f.write_str("it names no issuer"),
            Self::Audience => f.write_str("it is for another client (aud)"),
            Self::AuthorizedParty => f.write_str("it was given to another client (azp)"),
            Self::NoEnd => f.write_str("it has no end (exp)"),
            Self::Expired => f.write_str("it has expired (exp)"),
            Self::NotYetValid => f.write_str("it is not good yet (nbf)"),
            Self::FromTheFuture => f.write_str("it was issued in the future (iat); look at the clocks"),
            Self::Nonce => f.write_str("it is of another sign-in (nonce)"),
            Self::SignIn => f.write_str("its user did not sign in as lately as was asked (auth_time)"),
            Self::AccessToken => f.write_str("it belongs to another access token (at_hash)"),
            Self::Subject => f.write_str("it names no user (sub)"),
        }
    }
}

/// For the log.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress(endpoint) => {
                write!(f, "it is not known where {endpoint} is; update the provider, so that it is looked up")
            }
            Self::Silent(endpoint, why) => write!(f, "{endpoint} cannot be fetched: {why}"),
            Self::Refused(endpoint, status, error) => {
                write!(f, "{endpoint} answered with status {status}")?;
                error.as_ref().map_or(Ok(()), |error| write!(f, " and {error:?}"))
            }
            Self::Malformed(endpoint, what) => write!(f, "what {endpoint} answered has no {what}"),
            Self::Untrusted(why) => write!(f, "its ID token is not to be believed: {why}"),
            Self::OtherUser => f.write_str("it told the attributes of another user than the ID token's"),
            Self::PrivateKey(why) => write!(f, "private_key is no key of P-256 in PKCS#8: {why}"),
        }
    }
}

impl Failure {
    /// What the application is told (federation §12; what has no row there is ours).
    pub(crate) fn description(&self, provider: &str) -> String {
        match self {
            Self::Silent(Endpoint::Token, FetchError::TimedOut(_)) => {
                "Timeout occurred in calling IdP token endpoint".to_owned()
            }
            Self::Silent(Endpoint::Keys, FetchError::TimedOut(_)) => "Timeout in calling jwks uri".to_owned(),
            Self::Silent(_, FetchError::TimedOut(_)) => "Read timed out".to_owned(),
            Self::Silent(..) => "Connection reset".to_owned(),
            Self::Refused(Endpoint::Token, status, Some(error)) if provider == "Google" => {
                format!("Google Error - {status} {error}")
            }
            Self::Refused(Endpoint::Token, status, _) => {
                format!("{provider} Error - {status} error getting token")
            }
            Self::Refused(Endpoint::Keys, status, _) => {
                format!("{provider} Error - {status} error getting keys")
            }
            Self::Refused(_, status, _) => {
                format!("{provider} Error - {status} error getting user attributes")
            }
            Self::Malformed(Endpoint::Token, _) => "Bad token response".to_owned(),
            Self::Malformed(..) => format!("{provider} Error - bad answer"),
            Self::NoAddress(_) | Self::PrivateKey(_) => format!("{provider} Error - not configured"),
            Self::Untrusted(Untrusted::Issuer(issuer)) => {
                format!("Bad id_token issuer {}", issuer.as_deref().unwrap_or_default())
            }
            Self::Untrusted(_) => "Bad id_token".to_owned(),
            Self::OtherUser => "Bad user info: sub is not that of the id_token".to_owned(),
        }
    }

    /// Why a token that a caller handed in is not taken: the caller's own, so that it may know.
    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::Untrusted(why) => Fault::not_authorized(format!("Invalid ID Token: {why}.")),
            other => {
                Fault::not_authorized(format!("The identity provider's token cannot be verified: {other}."))
            }
        }
    }
}
