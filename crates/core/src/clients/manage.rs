//! The life of a client: made, read, changed, listed, deleted (docs/cognito/operations-and-protection.md §7).

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::Timestamp;
use poolhouse_store::Tx;
use poolhouse_store::tables::clients::{self as table, Client as Row};
use poolhouse_store::tables::{Insert, client_secrets};
use poolhouse_wire::user_pools::{
    ClientTypeType, CreateUserPoolClientRequest, UpdateUserPoolClientRequest, UserPoolClientDescription,
    UserPoolClientType,
};

use super::find::{row, stored};
use super::rules::{self, Occasion};
use super::{secrets, settings};
use crate::ids;
use crate::quota::{self, Quota};
use crate::turns::Thing;
use crate::{Cx, pools};

/// Clients read at once when all of a pool are looked through.
const CLIENTS_AT_ONCE: u32 = 100;

/// Makes a client, confidential when a secret is asked for or given.
///
/// # Errors
/// `InvalidParameterException`, `InvalidOAuthFlowException`, `ScopeDoesNotExistException`,
/// `FeatureUnavailableInTierException`, `LimitExceededException`, `ResourceNotFoundException`.
pub async fn create(cx: &Cx, mut request: CreateUserPoolClientRequest) -> Result<UserPoolClientType, Fault> {
    let pool = pools::get(cx, &request.user_pool_id).await?;
    let name = request.client_name.clone();
    let value = match (request.generate_secret == Some(true), request.client_secret.take()) {
        (true, Some(_)) => {
            return Err(Fault::invalid_parameter(
                "Only one of GenerateSecret and ClientSecret can be specified.",
            ));
        }
        (true, None) => Some(ids::client_secret(cx.entropy())),
        (false, given) => given.map(String::from),
    };
    let settings = settings::complete(settings::changeable(request), &cx.engine().settings().account_id)?;
    rules::check(cx, &pool, &settings, value.is_some(), Occasion::Create)?;
    let row = Row {
        client_id: ids::client_id(cx.entropy()),
        pool_id: pool.id.clone(),
        name,
        created_at: cx.now,
        modified_at: cx.now,
        config: stored_form(&settings)?,
        sso_minutes: None,
        risk: None,
    };
    let secret = value.as_deref().map(|v| secrets::seal(&pool, &row.client_id, v, cx.now));
    let room = quota::room(cx, Quota::Clients, &pool.id).await?;
    let mut tx = cx.write().await?;
    rules::check_names(&mut tx, &pool, &settings).await?;
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(Fault::internal("a random client id was taken already"));
    }
    if let Some(secret) = &secret
        && client_secrets::insert(&mut tx, secret).await? == Insert::Exists
    {
        return Err(Fault::internal("a new client had a secret"));
    }
    room.check(&mut tx).await?;
    tx.commit().await?;
    Ok(view(&row, settings, value))
}

/// The client of an id. Which kind it is shows where it was registered dynamically alone (new-operations §10.3,
/// recorded for one made with defaults).
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, pool_id: &str, client_id: &str) -> Result<UserPoolClientType, Fault> {
    let client = stored(cx, pool_id, client_id).await?;
    let row = Row {
        client_id: client.id,
        pool_id: client.pool_id,
        name: client.name,
        created_at: client.created_at,
        modified_at: client.modified_at,
        config: String::new(),
        sso_minutes: None,
        risk: None,
    };
    let secret = client.secrets.into_iter().next().map(|s| s.value);
    Ok(view(&row, client.settings, secret))
}

/// Changes a client: what is left out falls back to its default, only the name is kept
/// (operations-and-protection §7.3, recorded). Secrets stay as they are.
///
/// # Errors
/// As [`create`], without the limit.
pub async fn update(cx: &Cx, mut request: UpdateUserPoolClientRequest) -> Result<UserPoolClientType, Fault> {
    let pool = pools::get(cx, &request.user_pool_id).await?;
    cx.take_turn(Thing::Client(&request.client_id)).await?;
    let client = stored(cx, &pool.id, &request.client_id).await?;
    let name = request.client_name.take();
    let mut settings = settings::complete(request, &cx.engine().settings().account_id)?;
    // Whether a client has a secret never changes: it is made with one, and keeps one.
    rules::check(cx, &pool, &settings, !client.secrets.is_empty(), Occasion::Update)?;
    let mut tx = cx.write().await?;
    rules::check_names(&mut tx, &pool, &settings).await?;
    let mut row = row(&mut tx, &pool.id, &client.id).await?;
    settings.client_type = settings_of(&row)?.client_type;
    row.name = name.unwrap_or(row.name);
    row.config = stored_form(&settings)?;
    row.modified_at = cx.now;
    table::update(&mut tx, &row).await?;
    tx.commit().await?;
    cx.state().clients.forget(&client.id);
    Ok(view(&row, settings, client.secrets.into_iter().next().map(|s| s.value)))
}

/// Deletes a client and its secrets; tokens that it holds are refused from then on, for want of a client.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn delete(cx: &Cx, pool_id: &str, client_id: &str) -> Result<(), Fault> {
    pools::get(cx, pool_id).await?;
    cx.take_turn(Thing::Client(client_id)).await?;
    let mut tx = cx.write().await?;
    row(&mut tx, pool_id, client_id).await?;
    table::delete(&mut tx, client_id).await?;
    tx.commit().await?;
    cx.state().clients.forget(client_id);
    Ok(())
}

/// One page of a pool's clients. With `kind` a page may be short or empty while others follow
/// (protocol §8, model).
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn list(
    cx: &Cx,
    pool_id: &str,
    kind: Option<&ClientTypeType>,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<UserPoolClientDescription>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let name = format!("clients/{}", kind.map_or("", ClientTypeType::as_str));
    let pager = Pager::new(cx, &pool.keys, name, limit);
    let after: String = pager.after(token)?;
    let rows = table::list_after(&mut cx.read().await?, pool_id, &after, pager.rows()).await?;
    let mut page = pager.page(rows, |row| row.client_id.clone())?;
    if let Some(kind) = kind {
        let mut kept = Vec::new();
        for row in page.items {
            if settings_of(&row)?.client_type.as_ref().unwrap_or(&ClientTypeType::Regular) == kind {
                kept.push(row);
            }
        }
        page.items = kept;
    }
    Ok(page.map(|row| UserPoolClientDescription {
        client_id: Some(row.client_id.into()),
        user_pool_id: Some(row.pool_id),
        client_name: Some(row.name),
    }))
}

/// Takes a deleted provider from all clients of the pool. Returns the clients that were changed, to be
/// forgotten after the commit.
pub(crate) async fn drop_provider(
    tx: &mut Tx,
    pool_id: &str,
    provider: &str,
    now: Timestamp,
) -> Result<Vec<String>, Fault> {
    let (mut changed, mut after) = (Vec::new(), String::new());
    loop {
        let rows = table::list_after(tx, pool_id, &after, CLIENTS_AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(changed) };
        after.clone_from(&last.client_id);
        for mut row in rows {
            let mut settings = settings_of(&row)?;
            let Some(held) = &mut settings.supported_identity_providers else { continue };
            let Some(at) = held.iter().position(|name| name == provider) else { continue };
            held.remove(at);
            settings.supported_identity_providers.take_if(|held| held.is_empty());
            row.config = serde_json::to_string(&settings).map_err(Fault::internal)?;
            row.modified_at = now;
            table::update(tx, &row).await?;
            changed.push(row.client_id);
        }
    }
}

fn stored_form(settings: &UserPoolClientType) -> Result<String, Fault> {
    serde_json::to_string(&settings::in_order(settings.clone())).map_err(Fault::internal)
}

fn settings_of(row: &Row) -> Result<UserPoolClientType, Fault> {
    serde_json::from_str(&row.config).map_err(Fault::internal)
}

fn view(row: &Row, settings: UserPoolClientType, secret: Option<String>) -> UserPoolClientType {
    UserPoolClientType {
        user_pool_id: Some(row.pool_id.clone()),
        client_name: Some(row.name.clone()),
        client_id: Some(row.client_id.clone().into()),
        client_secret: secret.map(Into::into),
        last_modified_date: Some(row.modified_at),
        creation_date: Some(row.created_at),
        ..settings
    }
}
