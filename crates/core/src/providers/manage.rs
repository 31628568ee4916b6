//! The life of an identity provider (docs/cognito/federation.md §1, §2).

use std::collections::BTreeMap;
use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::PoolId;
use poolhouse_store::Tx;
use poolhouse_store::tables::{Insert, identity_providers as table, idp_identifiers, linked_identities};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{IdentityProviderType, IdentityProviderTypeType, ProviderDescription};

use super::oidc::discovery;
use super::saml::{metadata, service};
use super::{details, group, view};
use crate::directory::provider::find;
use crate::model::Pool;
use crate::model::provider::{Discovered, Maps, Provider};
use crate::quota::{self, Quota};
use crate::turns::Thing;
use crate::{Cx, clients, pools};

/// A provider that is to be made.
#[derive(Debug)]
pub struct NewProvider {
    /// Its name in the pool.
    pub name: String,
    /// Its protocol, or which of the well-known ones it is.
    pub kind: IdentityProviderTypeType,
    /// Where it is and how the pool shows itself to it, by the API's names.
    pub details: BTreeMap<String, String>,
    /// Attribute of the pool to the provider's.
    pub attributes: BTreeMap<String, String>,
    /// Level of authentication to the provider's `acr`.
    pub acr: BTreeMap<String, String>,
    /// By which it is chosen.
    pub identifiers: Vec<String>,
}

/// What is to be changed of a provider: each member replaces what is stored, or leaves it.
#[derive(Debug)]
pub struct ProviderChange {
    /// See [`NewProvider::details`].
    pub details: Option<BTreeMap<String, String>>,
    /// See [`NewProvider::attributes`].
    pub attributes: Option<BTreeMap<String, String>>,
    /// See [`NewProvider::acr`].
    pub acr: Option<BTreeMap<String, String>>,
    /// See [`NewProvider::identifiers`].
    pub identifiers: Option<Vec<String>>,
}

/// Makes a provider, and the group of those who sign in by it.
///
/// # Errors
/// `DuplicateProviderException`, `InvalidParameterException`, `LimitExceededException`,
/// `ResourceNotFoundException`.
pub async fn create(cx: &Cx, pool_id: &PoolId, new: NewProvider) -> Result<IdentityProviderType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    details::check(cx, &new.name, &new.kind, &new.details)?;
    check_acr(&new.kind, &new.acr)?;
    let mut provider = Provider {
        discovered: looked_up(cx, &new.kind, &new.details).await?,
        maps: Maps { attributes: mapped(&new.kind, new.attributes), acr: new.acr },
        name: new.name,
        kind: new.kind,
        created_at: cx.now,
        modified_at: cx.now,
        details: new.details,
        identifiers: in_order(new.identifiers),
    };
    service::give_key(cx, &pool.id, &mut provider, None).await?;
    let row = provider.to_row(&pool)?;
    let room = quota::room(cx, Quota::Providers, &pool.id).await?;
    let room_for_group = quota::room(cx, Quota::Groups, &pool.id).await?;
    let mut tx = cx.write().await?;
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        // The text is open (federation §2).
        return Err(Fault::new(
            ErrorCode::DuplicateProviderException,
            format!(
                "A provider already exists for User Pool {} with the provider name {}.",
                pool.id, provider.name
            ),
        ));
    }
    room.check(&mut tx).await?;
    insert_identifiers(&mut tx, &pool.id, &provider).await?;
    // The first sign-in makes up for it (new-operations §15.5, inferred).
    if !pool.keeps_users(cx.now) {
        group::ensure(cx, &mut tx, &room_for_group, &provider.name).await?;
    }
    tx.commit().await?;
    cx.state().signing_out.forget(&pool.id);
    Ok(view(provider, &pool))
}

/// The provider of a name.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, pool_id: &PoolId, name: &str) -> Result<IdentityProviderType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let provider = find(&mut cx.read().await?, &pool, name).await?;
    let provider = provider.ok_or_else(|| {
        // federation §2, recorded
        Fault::not_found(format!("Identity provider {name} for tenantId {pool_id} does not exist."))
    })?;
    Ok(view(provider, &pool))
}

/// The provider with an identifier.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn by_identifier(
    cx: &Cx,
    pool_id: &PoolId,
    identifier: &str,
) -> Result<IdentityProviderType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let mut tx = cx.read().await?;
    let provider = match idp_identifiers::get(&mut tx, pool_id, identifier).await? {
        Some(name) => find(&mut tx, &pool, &name).await?,
        None => None,
    };
    let provider = provider.ok_or_else(|| {
        // The text is open (federation §2).
        Fault::not_found(format!("Identity provider {identifier} does not exist."))
    })?;
    Ok(view(provider, &pool))
}

/// Changes a provider. A map or list that is given replaces the stored one whole, an empty mapping that of the user
/// name too; the others stay (federation §2, model and recorded). The answer shows identifiers that were sent, no
/// stored ones (recorded).
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn update(
    cx: &Cx,
    pool_id: &PoolId,
    name: &str,
    change: ProviderChange,
) -> Result<IdentityProviderType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    cx.take_turn(Thing::Provider(&pool.id, name)).await?;
    // The type never changes: what is looked up of it can be before the transaction.
    let before = find(&mut cx.read().await?, &pool, name).await?;
    let before = before.ok_or_else(|| not_found(&pool.id, name))?;
    let details = match &change.details {
        Some(details) => {
            details::check(cx, &before.name, &before.kind, details)?;
            let discovered = looked_up(cx, &before.kind, details).await?;
            let mut after = Provider { details: details.clone(), discovered, ..before.clone() };
            service::give_key(cx, &pool.id, &mut after, Some(&before)).await?;
            Some((after.details, after.discovered))
        }
        None => None,
    };
    let mut tx = cx.write().await?;
    let provider = find(&mut tx, &pool, name).await?;
    let mut provider = provider.ok_or_else(|| not_found(&pool.id, name))?;
    if let Some(details) = details {
        (provider.details, provider.discovered) = details;
    }
    if let Some(attributes) = change.attributes {
        provider.maps.attributes =
            if attributes.is_empty() { attributes } else { mapped(&provider.kind, attributes) };
    }
    if let Some(acr) = change.acr {
        check_acr(&provider.kind, &acr)?;
        provider.maps.acr = acr;
    }
    provider.modified_at = cx.now;
    table::update(&mut tx, &provider.to_row(&pool)?).await?;
    let sends_identifiers = change.identifiers.is_some();
    if let Some(identifiers) = change.identifiers {
        provider.identifiers = in_order(identifiers);
        idp_identifiers::delete_of_provider(&mut tx, &pool.id, &provider.name).await?;
        insert_identifiers(&mut tx, &pool.id, &provider).await?;
    }
    tx.commit().await?;
    cx.state().signing_out.forget(&pool.id);
    let shown = view(provider, &pool);
    Ok(IdentityProviderType { idp_identifiers: shown.idp_identifiers.filter(|_| sends_identifiers), ..shown })
}

/// What the provider says of itself, in a document of its protocol.
async fn looked_up(
    cx: &Cx,
    kind: &IdentityProviderTypeType,
    details: &BTreeMap<String, String>,
) -> Result<Option<Discovered>, Fault> {
    match metadata::looked_up(cx, kind, details).await? {
        Some(discovered) => Ok(Some(discovered)),
        None => discovery::of(cx, kind, details).await,
    }
}

/// Looks an OIDC provider up that could not be when it was made or changed, at most every half minute; the provider as it
/// is then.
///
/// # Errors
/// When the database fails.
pub(crate) async fn look_up_again(cx: &Cx, pool: &Pool, provider: Provider) -> Result<Provider, Fault> {
    let key = format!("{}/{}", pool.id, provider.name);
    let attempts = &cx.state().lookups;
    if provider.kind != IdentityProviderTypeType::Oidc
        || provider.discovered.is_some()
        || attempts.kept(&key, cx.now).is_some()
    {
        return Ok(provider);
    }
    attempts.keep(&key, cx.now, &Arc::new(()), attempts.current());
    // What is refused is as unknown as before; the log says why.
    let Ok(Some(discovered)) = discovery::of(cx, &provider.kind, &provider.details).await else {
        return Ok(provider);
    };
    let name = &provider.name;
    let stored = cx.repeat(async || {
        let mut tx = cx.write().await?;
        let Some(mut stored) = find(&mut tx, pool, name).await? else { return Ok(None) };
        if stored.details == provider.details {
            stored.discovered = Some(discovered.clone());
            table::update(&mut tx, &stored.to_row(pool)?).await?;
            tx.commit().await?;
        }
        Ok(Some(stored))
    });
    Ok(stored.await?.unwrap_or(provider))
}

/// Deletes a provider, and takes it from the clients that name it. Its users stay and can no longer sign
/// in; its group stays, and serves a later provider of the same name (users-and-groups §5, open). Links go: a later provider
/// of the name may call others so (new-operations §15.5).
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn delete(cx: &Cx, pool_id: &PoolId, name: &str) -> Result<(), Fault> {
    // The operation has no better word for a recovery, which would lose the links (new-operations §15.5, open).
    pools::get(cx, pool_id).await?.check_users_may_change(cx.now).map_err(|fault| {
        let text = fault.message().unwrap_or_default().to_owned();
        Fault::new(ErrorCode::ConcurrentModificationException, text)
    })?;
    cx.take_turn(Thing::Provider(pool_id, name)).await?;
    let mut tx = cx.write().await?;
    if !table::delete(&mut tx, pool_id, name).await? {
        return Err(not_found(pool_id, name));
    }
    linked_identities::delete_of_provider(&mut tx, pool_id, name).await?;
    let changed = clients::drop_provider(&mut tx, pool_id, name, cx.now).await?;
    tx.commit().await?;
    cx.state().signing_out.forget(pool_id);
    for client_id in changed {
        cx.state().clients.forget(&client_id);
    }
    Ok(())
}

/// One page of a pool's providers, by name.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<ProviderDescription>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let pager = Pager::new(cx, &pool.keys, "identity_providers".to_owned(), limit);
    let after: String = pager.after(token)?;
    let rows = table::list_after(&mut cx.read().await?, pool_id, &after, pager.rows()).await?;
    Ok(pager.page(rows, |row| row.name.clone())?.map(|row| ProviderDescription {
        provider_name: Some(row.name),
        provider_type: Some(IdentityProviderTypeType::from(row.provider_type.as_str())),
        last_modified_date: Some(row.modified_at),
        creation_date: Some(row.created_at),
    }))
}

/// A provider that is to be changed or deleted and does not exist (federation §2, recorded for changes).
fn not_found(pool_id: &PoolId, name: &str) -> Fault {
    Fault::not_found(format!("Identity provider {name} in User Pool {pool_id} does not exist."))
}

/// The mapping with what names the provider's users, unless it says so itself (federation §4).
fn mapped(
    kind: &IdentityProviderTypeType,
    mut attributes: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    if let Some(source) = details::username_source(kind) {
        attributes.entry("username".to_owned()).or_insert_with(|| source.to_owned());
    }
    attributes
}

/// Only OIDC providers know levels of authentication (new-operations §9, inferred).
fn check_acr(kind: &IdentityProviderTypeType, acr: &BTreeMap<String, String>) -> Result<(), Fault> {
    if acr.is_empty() || *kind == IdentityProviderTypeType::Oidc {
        return Ok(());
    }
    Err(Fault::invalid_parameter("AcrMapping is only supported for OIDC identity providers."))
}

/// Identifiers as the database will list them.
fn in_order(mut identifiers: Vec<String>) -> Vec<String> {
    identifiers.sort_unstable();
    identifiers.dedup();
    identifiers
}

async fn insert_identifiers(tx: &mut Tx, pool_id: &PoolId, provider: &Provider) -> Result<(), Fault> {
    for identifier in &provider.identifiers {
        if idp_identifiers::insert(tx, pool_id, identifier, &provider.name).await? == Insert::Exists {
            // The text is open (federation §2).
            return Err(Fault::invalid_parameter(format!("Idp identifier {identifier} already exists")));
        }
    }
    Ok(())
}
