//! Published secrets of app clients: kept and rotated here, read by applications as they read those of AWS Secrets Manager
//! (docs/cognito/new-operations.md §17). There is no second store: a mark on the client opens its secrets to be read.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::published_secrets::{self as table, PublishedSecret};
use poolhouse_wire::{ErrorCode, Sensitive};
use serde::Serialize;
use uuid::Builder;

use super::find::stored;
use super::rotation;
use crate::model::client::ClientSecret;
use crate::model::{Client, Pool};
use crate::{Cx, ids, pools};

/// The service in the names of secrets.
const OWNER: &str = "cognito-idp";

const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The stages of the newer secret and of the older one.
const STAGES: [&str; 2] = ["AWSCURRENT", "AWSPREVIOUS"];

/// Whether the secret of a new client is published: only one that is made here can be (open, new-operations §17).
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn may_begin(wanted: bool, generated: bool, has_secret: bool) -> Result<bool, Fault> {
    if wanted && has_secret && !generated { Err(not_generated()) } else { Ok(wanted && generated) }
}

/// The mark of a client whose secrets are published from now on.
pub(super) fn begun(cx: &Cx, client_id: &ClientId) -> PublishedSecret {
    PublishedSecret {
        client_id: client_id.clone(),
        suffix: cx.entropy().text(ALPHANUMERIC, 6),
        published_at: cx.now,
        rotated_at: None,
        rotate_at: rotation::next(cx),
    }
}

/// What becomes of the mark of a client that is changed.
pub(super) enum Publishing {
    /// It stays what it is.
    Stays,
    /// There is one from now on.
    Begins(PublishedSecret),
    /// There is none any more.
    Ends,
}

impl Publishing {
    /// What a change asks for, of a client as it is.
    ///
    /// # Errors
    /// `InvalidParameterException` for a client without a secret that was made here.
    pub(super) fn of(cx: &Cx, client: &Client, wanted: Option<bool>) -> Result<Self, Fault> {
        match (wanted, &client.published) {
            (None, _) | (Some(true), Some(_)) | (Some(false), None) => Ok(Self::Stays),
            (Some(false), Some(_)) => Ok(Self::Ends),
            (Some(true), None) if client.secrets.iter().any(|secret| secret.generated) => {
                Ok(Self::Begins(PublishedSecret { rotated_at: Some(cx.now), ..begun(cx, &client.id) }))
            }
            (Some(true), None) => Err(not_generated()),
        }
    }

    /// Does it, and says so in the client. Secrets that are published from now on are rotated at once (new-operations §17,
    /// model).
    pub(super) async fn write(
        self,
        tx: &mut Tx,
        cx: &Cx,
        pool: &Pool,
        client: &mut Client,
    ) -> Result<(), Fault> {
        match self {
            Self::Stays => {}
            Self::Ends => {
                table::delete(tx, &client.id).await?;
                client.published = None;
            }
            Self::Begins(published) => {
                if table::insert(tx, &published).await? == Insert::Exists {
                    return Err(Fault::internal("a client's secrets were published twice"));
                }
                rotation::replace_older(tx, cx, pool, &client.id).await?;
                client.published = Some(published);
            }
        }
        Ok(())
    }
}

fn not_generated() -> Fault {
    Fault::invalid_parameter("PublishSecretsInAWSSecretsManager requires a generated client secret.")
}

/// The ARN of a client's secrets, in the form that Cognito's model has for it.
pub(super) fn arn(cx: &Cx, client: &Client, published: &PublishedSecret) -> String {
    let (region, account) = (ids::region_of(&client.pool_id), &cx.settings().account_id);
    let (name, suffix) = (name(client), &published.suffix);
    format!("arn:aws:secretsmanager:{region}:{account}:secret/{name}-{suffix}")
}

fn name(client: &Client) -> String {
    format!("{OWNER}/{}/{}", client.pool_id, client.id)
}

/// What a request calls a secret: a name, or an ARN with or without its random end.
struct Named<'a> {
    pool_id: PoolId,
    client_id: ClientId,
    /// The end, where it is there.
    suffix: Option<&'a str>,
    /// Region and account of an ARN.
    place: Option<(&'a str, &'a str)>,
}

impl<'a> Named<'a> {
    fn read(secret_id: &'a str) -> Option<Self> {
        let (place, name) = match secret_id.strip_prefix("arn:aws:secretsmanager:") {
            Some(rest) => {
                let (region, rest) = rest.split_once(':')?;
                let (account, rest) = rest.split_once(':')?;
                // Secrets Manager's own form, and that of Cognito's model.
                let name = rest.strip_prefix("secret:").or_else(|| rest.strip_prefix("secret/"))?;
                (Some((region, account)), name)
            }
            None => (None, secret_id),
        };
        let (pool_id, client) = name.strip_prefix(OWNER)?.strip_prefix('/')?.split_once('/')?;
        let (client_id, suffix) =
            client.split_once('-').map_or((client, None), |(id, suffix)| (id, Some(suffix)));
        Some(Self { pool_id: pool_id.into(), client_id: client_id.into(), suffix, place })
    }
}

/// The client whose published secrets a request names, and its pool's id.
async fn find(cx: &Cx, secret_id: &str) -> Result<Option<(Client, PublishedSecret)>, Fault> {
    let Some(Named { pool_id, client_id, suffix, place }) = Named::read(secret_id) else { return Ok(None) };
    let here = (ids::region_of(&pool_id), cx.settings().account_id.as_str());
    if place.is_some_and(|place| place != here) {
        return Ok(None);
    }
    let client = match stored(cx, &pool_id, &client_id).await {
        Ok(client) => client,
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let published = client.published.clone().filter(|known| suffix.is_none_or(|given| given == known.suffix));
    Ok(published.map(|published| (client, published)))
}

/// The whole ARN of a secret, of whatever its request calls it; `None` where there is none.
///
/// # Errors
/// When the database cannot be read.
pub async fn whole_arn(cx: &Cx, secret_id: &str) -> Result<Option<String>, Fault> {
    Ok(find(cx, secret_id).await?.map(|(client, published)| arn(cx, &client, &published)))
}

async fn required(cx: &Cx, secret_id: &str) -> Result<(Client, PublishedSecret), Fault> {
    let found = find(cx, secret_id).await?;
    found.ok_or_else(|| Fault::not_found("Secrets Manager can't find the specified secret."))
}

/// A secret as it is told.
#[derive(Debug)]
pub struct Described {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Every how many days it is rotated; absent: by hand alone.
    pub rotation_days: Option<u32>,
    /// When it was published.
    pub published_at: Timestamp,
    /// When it was last rotated.
    pub rotated_at: Option<Timestamp>,
    /// When it is rotated next.
    pub rotate_at: Option<Timestamp>,
    /// Its versions, the newest first, with their stages.
    pub versions: Vec<(String, &'static str)>,
}

/// Tells of a secret without its value.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, secret_id: &str) -> Result<Described, Fault> {
    let (client, published) = required(cx, secret_id).await?;
    let pool = pools::get(cx, &client.pool_id).await?;
    let versions = versions(&pool, &client).map(|version| (version.id, version.stage)).collect();
    Ok(Described {
        arn: arn(cx, &client, &published),
        name: name(&client),
        rotation_days: published.rotate_at.and(rotation::days(cx)),
        published_at: published.published_at,
        rotated_at: published.rotated_at,
        rotate_at: published.rotate_at,
        versions,
    })
}

/// A version of a secret with its value.
#[derive(Debug)]
pub struct Value {
    /// The secret's ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The version.
    pub version_id: String,
    /// Its stage.
    pub stage: &'static str,
    /// When it was made.
    pub created_at: Timestamp,
    /// What applications read, in JSON.
    pub text: Sensitive,
}

/// What applications read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SecretString<'a> {
    user_pool_id: &'a PoolId,
    user_pool_client_id: &'a ClientId,
    client_secret_value: &'a str,
}

/// The value of a secret: of its current version, unless a version or stage is named.
///
/// # Errors
/// `ResourceNotFoundException`; `InvalidRequestException` where version and stage are not of one.
pub async fn value(
    cx: &Cx,
    secret_id: &str,
    version_id: Option<&str>,
    stage: Option<&str>,
) -> Result<Value, Fault> {
    let (client, published) = required(cx, secret_id).await?;
    let pool = pools::get(cx, &client.pool_id).await?;
    let mut versions = versions(&pool, &client);
    let missing = |what: String| {
        Fault::not_found(format!("Secrets Manager can't find the specified secret value for {what}"))
    };
    let version = match version_id {
        Some(id) => {
            versions.find(|version| version.id == id).ok_or_else(|| missing(format!("VersionId: {id}")))?
        }
        None => {
            let stage = stage.unwrap_or(STAGES[0]);
            versions
                .find(|version| version.stage == stage)
                .ok_or_else(|| missing(format!("staging label: {stage}")))?
        }
    };
    if stage.is_some_and(|stage| stage != version.stage) {
        let text = "You provided a VersionStage that is not associated to the provided VersionId.";
        return Err(Fault::new(ErrorCode::InvalidRequestException, text));
    }
    tracing::info!(
        principal = cx.principal().map(|principal| principal.arn.as_str()),
        pool = client.pool_id.as_str(),
        client = client.id.as_str(),
        "the secret of a client was read"
    );
    let text = SecretString {
        user_pool_id: &client.pool_id,
        user_pool_client_id: &client.id,
        client_secret_value: &version.secret.value,
    };
    Ok(Value {
        arn: arn(cx, &client, &published),
        name: name(&client),
        created_at: version.secret.created_at,
        text: serde_json::to_string(&text).map_err(Fault::internal)?.into(),
        version_id: version.id,
        stage: version.stage,
    })
}

/// A secret of a client as a version.
struct Version<'a> {
    id: String,
    stage: &'static str,
    secret: &'a ClientSecret,
}

/// The secrets of a client, the newest first.
fn versions<'a>(pool: &'a Pool, client: &'a Client) -> impl Iterator<Item = Version<'a>> {
    let newest_first = client.secrets.iter().rev();
    newest_first.zip(STAGES).map(|(secret, stage)| Version { id: version_id(pool, secret), stage, secret })
}

/// A UUID that always belongs to a secret.
fn version_id(pool: &Pool, secret: &ClientSecret) -> String {
    let hash = pool.keys.hash("version of a secret", &secret.id);
    let bytes = std::array::from_fn(|place| hash[place]);
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_called_by_name_or_arn() {
        for (text, suffix, place) in [
            ("cognito-idp/p_1/c", None, None),
            ("arn:aws:secretsmanager:r:1:secret/cognito-idp/p_1/c-AbCdEf", Some("AbCdEf"), Some(("r", "1"))),
            ("arn:aws:secretsmanager:r:1:secret:cognito-idp/p_1/c", None, Some(("r", "1"))),
        ] {
            let named = Named::read(text).unwrap();
            assert_eq!((named.pool_id.as_str(), named.client_id.as_str()), ("p_1", "c"));
            assert_eq!((named.suffix, named.place), (suffix, place), "{text}");
        }
        for text in
            ["", "c", "other/p_1/c", "cognito-idp/p_1", "arn:aws:secretsmanager:r:1:thing/cognito-idp/p/c"]
        {
            assert!(Named::read(text).is_none(), "{text}");
        }
    }
}
