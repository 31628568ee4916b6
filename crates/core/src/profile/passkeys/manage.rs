//! ListWebAuthnCredentials and DeleteWebAuthnCredential (docs/cognito/authentication.md §13.4).

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::passkeys::{self as table, After, Passkey};
use poolhouse_wire::user_pools::WebAuthnCredentialDescription;

use crate::Cx;
use crate::passkeys::LIMIT;
use crate::tokens::access::{Authorized, Owner, authorize, authorize_guarded};

/// One page of the user's passkeys, the oldest first.
///
/// # Errors
/// Those of the owner; `InvalidParameterException` for a bad token of a page.
pub async fn list(
    cx: &Cx,
    owner: Owner<'_>,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<WebAuthnCredentialDescription>, Fault> {
    let Authorized { pool, user, .. } = authorize(cx, owner).await?;
    let sub = &user.row.sub;
    let limit = limit.filter(|n| *n > 0).or(i32::try_from(LIMIT).ok());
    let pager = Pager::new(cx, &pool.keys, format!("passkeys of user/{sub}"), limit);
    let (created_at, credential_id): (Timestamp, String) = pager.after(token)?;
    let after = After { created_at, credential_id: &credential_id };
    let rows = table::list_after(&mut cx.read().await?, &pool.id, sub, after, pager.rows()).await?;
    let page = pager.page(rows, |row| (row.created_at, row.credential_id.clone()))?;
    let items = page.items.into_iter().map(description).collect::<Result<_, _>>()?;
    Ok(Page { items, next_token: page.next_token })
}

fn description(passkey: Passkey) -> Result<WebAuthnCredentialDescription, Fault> {
    let transports = serde_json::from_str(&passkey.transports).map_err(Fault::internal)?;
    Ok(WebAuthnCredentialDescription {
        friendly_credential_name: friendly_name(passkey.attachment.as_deref()).to_owned(),
        credential_id: passkey.credential_id,
        relying_party_id: passkey.rp_id,
        authenticator_attachment: passkey.attachment,
        authenticator_transports: transports,
        created_at: passkey.created_at,
    })
}

/// The service makes it (model); the words are ours.
fn friendly_name(attachment: Option<&str>) -> &'static str {
    match attachment {
        Some("platform") => "Passkey of this device",
        Some("cross-platform") => "Security key",
        _ => "Passkey",
    }
}

/// Deletes a passkey; it does not sign in any more.
///
/// # Errors
/// Those of the owner; `ResourceNotFoundException` (the text is ours).
pub async fn delete(cx: &Cx, owner: Owner<'_>, credential_id: &str) -> Result<(), Fault> {
    let Authorized { pool, user, .. } = authorize_guarded(cx, owner).await?;
    let mut tx = cx.write().await?;
    if !table::delete(&mut tx, &pool.id, credential_id, &user.row.sub).await? {
        return Err(Fault::not_found("Credential does not exist."));
    }
    Ok(tx.commit().await?)
}
