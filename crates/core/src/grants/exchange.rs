//! The grant of token exchange: GetDerivedToken in the words of RFC 8693 (docs/cognito/new-operations.md §4).

use poolhouse_ports::PoolId;
use poolhouse_wire::user_pools::{IssuedTokenTypeIdentifierType, TokenTypeIdentifierType};
use poolhouse_wire::{ErrorCode, Sensitive};

use super::client::authenticate;
use super::{Credentials, Refusal};
use crate::Cx;
use crate::tokens::derived::{self, GivenToken, NotTraded, Wanted};

/// What the types of tokens begin with (RFC 8693 §3).
const TYPES: &str = "urn:ietf:params:oauth:token-type:";

/// The parameters of a request, each at most once.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the protocol's parameters, by their names")]
pub struct Exchange {
    pub subject_token: Option<Sensitive>,
    pub subject_token_type: Option<String>,
    pub subject_token_provider_name: Option<String>,
    pub actor_token: Option<Sensitive>,
    pub actor_token_type: Option<String>,
    pub actor_token_provider_name: Option<String>,
    pub requested_token_type: Option<String>,
    pub scope: Option<String>,
    pub audience: Option<String>,
    pub resource: Option<String>,
}

/// What was traded for.
#[derive(Clone, Debug)]
pub struct Exchanged {
    /// The token, whatever it is.
    pub access_token: Sensitive,
    /// What it is, as a URN.
    pub issued_token_type: String,
    /// `Bearer`, or `N_A` for an ID token.
    pub token_type: String,
    /// Its life, in seconds.
    pub expires_in: i64,
    /// Its scopes, separated by blanks.
    pub scope: String,
}

/// Trades a token of a user for one of the client.
///
/// # Errors
/// `invalid_client`, `invalid_request`, `unauthorized_client`, `invalid_target`, `invalid_scope`, `invalid_grant`.
pub async fn token(
    cx: &Cx,
    pool_id: &PoolId,
    credentials: &Credentials,
    asked: Exchange,
) -> Result<Exchanged, Refusal> {
    let (pool, client) = authenticate(cx, pool_id, credentials).await?;
    let kind = match asked.requested_token_type.as_deref().map(own_type).transpose()? {
        None | Some(TokenTypeIdentifierType::AccessToken) => IssuedTokenTypeIdentifierType::AccessToken,
        Some(TokenTypeIdentifierType::IdToken) => IssuedTokenTypeIdentifierType::IdToken,
        Some(_) => return Err(Refusal::InvalidRequest),
    };
    let subject = given(asked.subject_token, asked.subject_token_type, asked.subject_token_provider_name)?;
    let actor = given(asked.actor_token, asked.actor_token_type, asked.actor_token_provider_name)?;
    let wanted = Wanted {
        subject: subject.ok_or(Refusal::InvalidRequest)?,
        actor,
        scopes: asked.scope.map(|scope| scope.split_whitespace().map(ToOwned::to_owned).collect()),
        audiences: asked.audience.map(|audience| vec![audience]),
        resources: asked.resource.map(|resource| vec![resource]),
        kind: Some(kind),
    };
    let derived = derived::trade(cx, &pool, &client, &wanted).await.map_err(refusal)?;
    Ok(Exchanged {
        access_token: derived.token.into(),
        issued_token_type: format!("{TYPES}{}", derived.kind.as_str().to_ascii_lowercase()),
        token_type: derived.usage.as_str().to_owned(),
        expires_in: derived.life,
        scope: derived.scopes.join(" "),
    })
}

/// A token that is handed in with its type; neither comes without the other.
fn given(
    token: Option<Sensitive>,
    kind: Option<String>,
    provider: Option<String>,
) -> Result<Option<GivenToken>, Refusal> {
    match (token, kind) {
        (None, None) => Ok(None),
        (Some(token), Some(kind)) => Ok(Some(GivenToken { token, kind: Some(own_type(&kind)?), provider })),
        _ => Err(Refusal::InvalidRequest),
    }
}

fn own_type(urn: &str) -> Result<TokenTypeIdentifierType, Refusal> {
    match urn.strip_prefix(TYPES) {
        Some("access_token") => Ok(TokenTypeIdentifierType::AccessToken),
        Some("id_token") => Ok(TokenTypeIdentifierType::IdToken),
        Some("saml2") => Ok(TokenTypeIdentifierType::Saml2),
        _ => Err(Refusal::InvalidRequest),
    }
}

fn refusal(refused: NotTraded) -> Refusal {
    match refused {
        NotTraded::Flow(_) => Refusal::UnauthorizedClient,
        NotTraded::Target(fault) | NotTraded::Scope(fault)
            if fault.code() == ErrorCode::InternalErrorException =>
        {
            fault.into()
        }
        NotTraded::Target(_) => Refusal::InvalidTarget,
        NotTraded::Scope(_) => Refusal::InvalidScope,
        NotTraded::Other(fault) if fault.code() == ErrorCode::InvalidParameterException => {
            Refusal::InvalidRequest
        }
        NotTraded::Other(fault) => Refusal::of_grant(fault),
    }
}
