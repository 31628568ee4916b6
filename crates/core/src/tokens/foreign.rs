//! ID tokens of identity providers, traded for tokens of the pool (docs/cognito/new-operations.md §4).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{TokenTypeIdentifierType, UserStatusType};
use serde_json::{Map, Value, json};

use crate::directory::provider;
use crate::model::{Pool, User};
use crate::providers::link;
use crate::providers::oidc::someone;
use crate::providers::person::{self, Person};
use crate::{Cx, faults};

/// The user whom an ID token of a provider names; nobody is made by it (new-operations §4, ours). Of its claims none but its
/// end says anything of the new token.
pub(super) async fn subject(
    cx: &Cx,
    pool: &Pool,
    name: &str,
    kind: Option<&TokenTypeIdentifierType>,
    token: &str,
) -> Result<(User, Map<String, Value>), Fault> {
    if kind != Some(&TokenTypeIdentifierType::IdToken) {
        // The text is ours.
        return Err(Fault::invalid_parameter(
            "SubjectTokenType must be ID_TOKEN for a token of an identity provider.",
        ));
    }
    let provider = provider::find(&mut cx.read().await?, pool, name).await?;
    let provider =
        provider.ok_or_else(|| Fault::not_found(format!("Identity provider {name} does not exist.")))?;
    let assertion = someone::by_id_token(cx, &provider, token).await.map_err(|failure| {
        tracing::info!(pool = %pool.id, provider = name, %failure, "a token of an identity provider is not taken");
        failure.fault()
    })?;
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
    let end = assertion.claims.get("exp").cloned().unwrap_or_default();
    let claims = Map::from_iter([
        ("exp".to_owned(), end),
        ("auth_time".to_owned(), json!(cx.now.seconds())),
        ("event_id".to_owned(), json!(cx.request_id)),
    ]);
    Ok((user, claims))
}
