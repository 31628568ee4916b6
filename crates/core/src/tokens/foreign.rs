//! Tokens of identity providers, traded for tokens of the pool (docs/cognito/new-operations.md §4).

use std::fmt;

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{IdentityProviderTypeType, TokenTypeIdentifierType, UserStatusType};
use serde_json::{Map, Value, json};

use crate::directory::provider;
use crate::model::provider::Provider;
use crate::model::{Client, Pool, User};
use crate::providers::assertion::Assertion;
use crate::providers::link;
use crate::providers::oidc::someone;
use crate::providers::person::{self, Person};
use crate::providers::saml::answer::{self, Said};
use crate::providers::saml::service;
use crate::{Cx, faults};

/// The user whom a token of a provider names that the client takes; nobody is made by it (new-operations §4, ours). Of what it
/// says none but its end says anything of the new token.
pub(super) async fn subject(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    name: &str,
    kind: Option<&TokenTypeIdentifierType>,
    token: &str,
) -> Result<(User, Map<String, Value>), Fault> {
    let provider = provider::find(&mut cx.read().await?, pool, name).await?;
    let provider =
        provider.ok_or_else(|| Fault::not_found(format!("Identity provider {name} does not exist.")))?;
    if !client.takes_provider(name) {
        return Err(Fault::not_authorized(format!("Client is not enabled for identity provider {name}.")));
    }
    let assertion = assertion(cx, pool, &provider, kind, token).await?;
    let mut tx = cx.read().await?;
    let user = match person::find(&mut tx, pool, &provider, &assertion.subject, &assertion.claims).await? {
        Person::Own(user) => user,
        // Whose a link by an attribute is, a sign-in decides.
        Person::Linked(user, link) if link::is_settled(&link) => user,
        Person::Linked(..) | Person::New => return Err(faults::user_not_found()),
    };
    match user.status {
        _ if !user.row.enabled => return Err(faults::user_disabled()),
        UserStatusType::Unconfirmed => return Err(faults::user_not_confirmed()),
        UserStatusType::ResetRequired => return Err(faults::password_reset_required()),
        _ => {}
    }
    let claims = Map::from_iter([
        ("exp".to_owned(), json!(assertion.until)),
        ("auth_time".to_owned(), json!(cx.now.seconds())),
        ("event_id".to_owned(), json!(cx.request_id)),
    ]);
    Ok((user, claims))
}

/// What the token says, once it is believed: an ID token, or the assertion of a SAML provider.
async fn assertion(
    cx: &Cx,
    pool: &Pool,
    provider: &Provider,
    kind: Option<&TokenTypeIdentifierType>,
    token: &str,
) -> Result<Assertion, Fault> {
    let not_taken = |failure: &dyn fmt::Display| {
        tracing::info!(pool = %pool.id, provider = provider.name, %failure, "a token of an identity provider is not taken");
    };
    match (provider.kind == IdentityProviderTypeType::Saml, kind) {
        (false, Some(TokenTypeIdentifierType::IdToken)) => {
            someone::by_id_token(cx, provider, token).await.map_err(|failure| {
                not_taken(&failure);
                failure.fault()
            })
        }
        (true, Some(TokenTypeIdentifierType::Saml2)) => {
            // To which of its domains an assertion was delivered is looked at once it is believed.
            let service = service::provider(&pool.id, "", "");
            let taken = answer::take(cx, pool, provider, &service, Said::Token(token)).await?;
            taken.map_err(|failure| {
                not_taken(&failure);
                failure.fault()
            })
        }
        // The texts are ours.
        (false, _) => Err(Fault::invalid_parameter(
            "SubjectTokenType must be ID_TOKEN for a token of this identity provider.",
        )),
        (true, _) => Err(Fault::invalid_parameter(
            "SubjectTokenType must be SAML2 for a token of this identity provider.",
        )),
    }
}
