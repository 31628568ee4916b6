//! The life of a client: made, read, changed, listed, deleted (docs/cognito/operations-and-protection.md §7).

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{ClientId, PoolId, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::client_secrets::{self, ClientSecret as ClientSecretRow};
use poolhouse_store::tables::clients::{self as table, Client as Row};
use poolhouse_store::tables::{Insert, published_secrets};
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::{ClientTypeType, UserPoolClientDescription, UserPoolClientType};

use super::find::{row, stored};
use super::published::{self, Publishing};
use super::rules::{self, Verb};
use super::{secrets, settings};
use crate::model::Client;
use crate::model::client::{ClientSecret, Config, Settings};
use crate::pools::AllClients;
use crate::quota::{self, Quota};
use crate::turns::Thing;
use crate::{Cx, ids, pools};

/// A client that is to be made.
#[derive(Debug)]
pub struct NewClient {
    /// Its name.
    pub name: String,
    /// How it comes to be, where it registers itself.
    pub kind: Option<ClientTypeType>,
    /// Which secret it is to have.
    pub secret: WantedSecret,
    /// Whether its secret is to be published, if one is made.
    pub publish_secrets: bool,
    /// What it may do.
    pub settings: Settings,
}

/// The secret that a client is to have: neither makes a public client.
#[derive(Debug)]
pub struct WantedSecret {
    /// Whether one is made here.
    pub generate: bool,
    /// The caller's own.
    pub given: Option<Sensitive>,
}

/// What a client is changed to.
#[derive(Debug)]
pub struct ClientChange {
    /// Another name.
    pub name: Option<String>,
    /// Whether its secrets are to be published; absent: as they are.
    pub publish_secrets: Option<bool>,
    /// What it may do.
    pub settings: Settings,
}

/// Makes a client, confidential when it is to have a secret.
///
/// # Errors
/// `InvalidParameterException`, `InvalidOAuthFlowException`, `ScopeDoesNotExistException`,
/// `FeatureUnavailableInTierException`, `LimitExceededException`, `ResourceNotFoundException`.
pub async fn create(cx: &Cx, pool_id: &PoolId, new: NewClient) -> Result<UserPoolClientType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let generated = new.secret.generate;
    let value = secret(cx, new.secret)?;
    let publishes = published::may_begin(new.publish_secrets, generated, value.is_some())?;
    let settings = settings::complete(new.settings, &cx.engine().settings().account_id);
    rules::check(cx, &pool, &settings, value.is_some(), Verb::Create)?;
    let mut client = Client {
        id: ids::client_id(cx.entropy()),
        pool_id: pool.id.clone(),
        name: new.name,
        created_at: cx.now,
        modified_at: cx.now,
        settings,
        kind: new.kind,
        risk: None,
        sso_minutes: None,
        secrets: Vec::new(),
        metadata: None,
        published: None,
    };
    client.published = publishes.then(|| published::begun(cx, &client.id));
    let row = Row {
        client_id: client.id.clone(),
        pool_id: client.pool_id.clone(),
        name: client.name.clone(),
        created_at: client.created_at,
        modified_at: client.modified_at,
        config: stored_form(&client)?,
        sso_minutes: None,
        risk: None,
    };
    let secret = value.as_deref().map(|v| secrets::seal(&pool, &client.id, v, generated, cx.now));
    // Strangers leave room for the operator's own.
    let is_registered = client.kind == Some(ClientTypeType::Dcr);
    let quota = if is_registered { Quota::Registrations } else { Quota::Clients };
    let room = quota::room(cx, quota, &pool.id).await?;
    let mut tx = cx.write().await?;
    rules::check_names(&mut tx, &pool, &client.settings).await?;
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(Fault::internal("a random client id was taken already"));
    }
    if let (Some(sealed), Some(value)) = (secret, value) {
        if client_secrets::insert(&mut tx, &sealed).await? == Insert::Exists {
            return Err(Fault::internal("a new client had a secret"));
        }
        let ClientSecretRow { secret_id: id, created_at, generated, .. } = sealed;
        client.secrets.push(ClientSecret { id, created_at, value, generated });
    }
    if let Some(published) = &client.published
        && published_secrets::insert(&mut tx, published).await? == Insert::Exists
    {
        return Err(Fault::internal("the secrets of a new client were published"));
    }
    room.check(&mut tx).await?;
    tx.commit().await?;
    Ok(view(cx, &client))
}

/// The secret of a new client.
fn secret(cx: &Cx, wanted: WantedSecret) -> Result<Option<String>, Fault> {
    match (wanted.generate, wanted.given) {
        (true, Some(_)) => {
            Err(Fault::invalid_parameter("Only one of GenerateSecret and ClientSecret can be specified."))
        }
        (true, None) => Ok(Some(ids::client_secret(cx.entropy()))),
        (false, given) => Ok(given.map(String::from)),
    }
}

/// The client of an id. Which kind it is shows where it was registered dynamically alone (new-operations §10.3,
/// recorded for one made with defaults).
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, pool_id: &PoolId, client_id: &ClientId) -> Result<UserPoolClientType, Fault> {
    Ok(view(cx, &stored(cx, pool_id, client_id).await?))
}

/// Changes a client: what is left out falls back to its default, only the name is kept
/// (operations-and-protection §7.3, recorded). Secrets stay as they are.
///
/// # Errors
/// As [`create`], without the limit.
pub async fn update(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    wanted: ClientChange,
) -> Result<UserPoolClientType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    cx.take_turn(Thing::Client(client_id)).await?;
    let mut client = stored(cx, &pool.id, client_id).await?;
    let publishing = Publishing::of(cx, &client, wanted.publish_secrets)?;
    client.settings = settings::complete(wanted.settings, &cx.engine().settings().account_id);
    // Whether a client has a secret never changes: it is made with one, and keeps one.
    rules::check(cx, &pool, &client.settings, !client.secrets.is_empty(), Verb::Update)?;
    let mut tx = cx.write().await?;
    rules::check_names(&mut tx, &pool, &client.settings).await?;
    let mut row = row(&mut tx, &pool.id, &client.id).await?;
    client.kind = Config::from_json(&row.config)?.kind;
    row.name = wanted.name.unwrap_or(row.name);
    row.config = stored_form(&client)?;
    row.modified_at = cx.now;
    table::update(&mut tx, &row).await?;
    publishing.write(&mut tx, cx, &pool, &mut client).await?;
    tx.commit().await?;
    cx.state().clients.forget(&client.id);
    Ok(view(cx, &Client { name: row.name, modified_at: row.modified_at, ..client }))
}

/// Deletes a client and its secrets; tokens that it holds are refused from then on, for want of a client.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn delete(cx: &Cx, pool_id: &PoolId, client_id: &ClientId) -> Result<(), Fault> {
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
    pool_id: &PoolId,
    kind: Option<&ClientTypeType>,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<UserPoolClientDescription>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let name = format!("clients/{}", kind.map_or("", ClientTypeType::as_str));
    let pager = Pager::new(cx, &pool.keys, name, limit);
    let after: ClientId = pager.after(token)?;
    let rows = table::list_after(&mut cx.read().await?, pool_id, &after, pager.rows()).await?;
    let mut page = pager.page(rows, |row| row.client_id.clone())?;
    if let Some(kind) = kind {
        let mut kept = Vec::new();
        for row in page.items {
            if Config::from_json(&row.config)?.kind.as_ref().unwrap_or(&ClientTypeType::Regular) == kind {
                kept.push(row);
            }
        }
        page.items = kept;
    }
    Ok(page.map(|row| UserPoolClientDescription {
        client_id: Some(row.client_id),
        user_pool_id: Some(row.pool_id),
        client_name: Some(row.name),
    }))
}

/// Takes a deleted provider from all clients of the pool. Returns the clients that were changed, to be
/// forgotten after the commit.
pub(crate) async fn drop_provider(
    tx: &mut Tx,
    pool_id: &PoolId,
    provider: &str,
    now: Timestamp,
) -> Result<Vec<ClientId>, Fault> {
    let (mut changed, mut clients) = (Vec::new(), AllClients::of(pool_id));
    while let Some(rows) = clients.next(tx).await? {
        for mut row in rows {
            let mut config = Config::from_json(&row.config)?;
            let Some(held) = &mut config.settings.supported_identity_providers else { continue };
            let Some(at) = held.iter().position(|name| name == provider) else { continue };
            held.remove(at);
            config.settings.supported_identity_providers.take_if(|held| held.is_empty());
            row.config = config.to_json()?;
            row.modified_at = now;
            table::update(tx, &row).await?;
            changed.push(row.client_id);
        }
    }
    Ok(changed)
}

fn stored_form(client: &Client) -> Result<String, Fault> {
    let settings = settings::in_order(client.settings.clone());
    Config { settings, kind: client.kind.clone() }.to_json()
}

/// A client as answers show it: with its oldest secret, or the name by which that is to be read (new-operations §17, model).
fn view(cx: &Cx, client: &Client) -> UserPoolClientType {
    let settings = client.settings.clone();
    let secret_arn = client.published.as_ref().map(|published| published::arn(cx, client, published));
    let shown = client.secrets.first().filter(|_| secret_arn.is_none());
    UserPoolClientType {
        user_pool_id: Some(client.pool_id.clone()),
        client_name: Some(client.name.clone()),
        client_id: Some(client.id.as_str().into()),
        client_secret: shown.map(|secret| secret.value.as_str().into()),
        client_secret_arn: secret_arn,
        last_modified_date: Some(client.modified_at),
        creation_date: Some(client.created_at),
        refresh_token_validity: settings.refresh_token_validity,
        access_token_validity: settings.access_token_validity,
        id_token_validity: settings.id_token_validity,
        token_validity_units: settings.token_validity_units,
        read_attributes: settings.read_attributes,
        write_attributes: settings.write_attributes,
        explicit_auth_flows: settings.explicit_auth_flows,
        supported_identity_providers: settings.supported_identity_providers,
        callback_urls: settings.callback_urls,
        logout_urls: settings.logout_urls,
        default_redirect_uri: settings.default_redirect_uri,
        allowed_oauth_flows: settings.allowed_oauth_flows,
        allowed_oauth_scopes: settings.allowed_oauth_scopes,
        allowed_oauth_flows_user_pool_client: settings.allowed_oauth_flows_user_pool_client,
        analytics_configuration: settings.analytics_configuration,
        prevent_user_existence_errors: settings.prevent_user_existence_errors,
        enable_token_revocation: settings.enable_token_revocation,
        enable_propagate_additional_user_context_data: settings.enable_propagate_additional_user_context_data,
        auth_session_validity: settings.auth_session_validity,
        refresh_token_rotation: settings.refresh_token_rotation,
        client_type: client.kind.clone(),
    }
}
