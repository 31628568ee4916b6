//! PreTokenGeneration: changes what the tokens of a sign-in say, at each of its refreshes too
//! (triggers-and-messages §8.5).
//!
//! Version 1 changes the ID token and the groups of both tokens; versions 2 and 3 change both tokens, in any
//! types of JSON.

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::PreTokenGenerationLambdaVersionType as Version;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::Trigger;
use super::event::{self, Event};
use super::overrides::{Changes, GROUPS, Overrides};
use crate::Cx;
use crate::model::group_claims::GroupClaims;
use crate::model::{Client, Pool, User};

/// What tokens are made for, as `triggerSource` tells the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TriggerSource {
    /// A sign-in through the API.
    Authentication,
    /// A sign-in at a domain of the pool.
    HostedAuth,
    /// A sign-in that ended with a new password.
    NewPasswordChallenge,
    /// A sign-in that a remembered device's proof completed.
    AuthenticateDevice,
    /// A refresh.
    RefreshTokens,
}

impl TriggerSource {
    const fn name(self) -> &'static str {
        match self {
            Self::Authentication => "TokenGeneration_Authentication",
            Self::HostedAuth => "TokenGeneration_HostedAuth",
            Self::NewPasswordChallenge => "TokenGeneration_NewPasswordChallenge",
            Self::AuthenticateDevice => "TokenGeneration_AuthenticateDevice",
            Self::RefreshTokens => "TokenGeneration_RefreshTokens",
        }
    }
}

/// Whose tokens are made, with what they would say.
pub(crate) struct Subject<'a> {
    pub(crate) client: &'a Client,
    pub(crate) user: &'a User,
    pub(crate) groups: &'a GroupClaims,
    /// The scopes of the access token, separated by blanks.
    pub(crate) scope: &'a str,
}

/// Asks the pool's function what the tokens are to say.
///
/// # Errors
/// The trigger's.
pub(crate) async fn run(
    cx: &Cx,
    pool: &Pool,
    source: TriggerSource,
    subject: Subject<'_>,
) -> Result<Overrides, Fault> {
    let Some(function) = Trigger::PreTokenGeneration.of(pool) else { return Ok(Overrides::default()) };
    let Subject { client, user, groups, scope } = subject;
    let version = version(pool);
    let (number, response) = match version {
        Version::V2_0 => ("2", json!({ "claimsAndScopeOverrideDetails": null })),
        Version::V3_0 => ("3", json!({ "claimsAndScopeOverrideDetails": null })),
        _ => ("1", json!({ "claimsOverrideDetails": null })),
    };
    let mut request = event::request(event::user_attributes(pool, user));
    let configuration = json!({
        "groupsToOverride": groups.groups,
        "iamRolesToOverride": groups.roles,
        "preferredRole": groups.preferred_role,
    });
    request.insert("groupConfiguration".to_owned(), configuration);
    if number != "1" {
        request.insert("scopes".to_owned(), scope.split_whitespace().collect());
    }
    event::add_client_metadata(&mut request, cx);
    let event = Event {
        source: source.name(),
        version: number,
        username: &user.row.username,
        client_id: Some(&client.id),
        request,
        response,
    };
    if number == "1" {
        let response: FirstResponse = function.call(cx, pool, &event).await?;
        let details = response.claims_override_details.unwrap_or_default();
        return details.overrides().ok_or_else(|| function.unrecognizable().fault());
    }
    let response: LaterResponse = function.call(cx, pool, &event).await?;
    Ok(response.claims_and_scope_override_details.unwrap_or_default().overrides())
}

/// Asks the pool's function what the token of a program, which has no user, is to say: only version 3 is asked.
///
/// # Errors
/// The trigger's.
pub(crate) async fn run_for_client(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    scopes: &[String],
) -> Result<Overrides, Fault> {
    let function = Trigger::PreTokenGeneration.of(pool).filter(|_| version(pool) == Version::V3_0);
    let Some(function) = function else { return Ok(Overrides::default()) };
    let mut request = event::request(Map::new());
    request.insert("groupConfiguration".to_owned(), Value::Null);
    request.insert("scopes".to_owned(), json!(scopes));
    event::add_client_metadata(&mut request, cx);
    let event = Event {
        source: "TokenGeneration_ClientCredentials",
        version: "3",
        username: "ClientCredentials",
        client_id: Some(&client.id),
        request,
        response: json!({ "claimsAndScopeOverrideDetails": null }),
    };
    let response: LaterResponse = function.call(cx, pool, &event).await?;
    Ok(response.claims_and_scope_override_details.unwrap_or_default().overrides())
}

fn version(pool: &Pool) -> Version {
    let config = pool.settings.general.lambda_config.as_ref();
    let config = config.and_then(|config| config.pre_token_generation_config.as_ref());
    config.map_or(Version::V1_0, |config| config.lambda_version.clone())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FirstResponse {
    claims_override_details: Option<FirstDetails>,
}

/// `claimsOverrideDetails`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FirstDetails {
    claims_to_add_or_override: Option<Map<String, Value>>,
    claims_to_suppress: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    group_override_details: Option<GroupDetails>,
}

impl FirstDetails {
    /// `None` where a value is no string: version 1 knows nothing else.
    fn overrides(self) -> Option<Overrides> {
        let add = self.claims_to_add_or_override.unwrap_or_default();
        if !add.values().all(Value::is_string) {
            return None;
        }
        let suppress = self.claims_to_suppress.unwrap_or_default();
        // The one effect of version 1 on the access token is on its groups (triggers-and-messages §8.5).
        let access = suppress.iter().filter(|name| *name == GROUPS).cloned().collect();
        Some(Overrides {
            id: Changes { add, suppress },
            access: Changes { add: Map::new(), suppress: access },
            groups: self.group_override_details.map(GroupDetails::claims),
            ..Overrides::default()
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LaterResponse {
    claims_and_scope_override_details: Option<LaterDetails>,
}

/// `claimsAndScopeOverrideDetails`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LaterDetails {
    id_token_generation: Option<TokenDetails>,
    access_token_generation: Option<TokenDetails>,
    #[serde(default, deserialize_with = "present")]
    group_override_details: Option<GroupDetails>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenDetails {
    claims_to_add_or_override: Option<Map<String, Value>>,
    claims_to_suppress: Option<Vec<String>>,
    scopes_to_add: Option<Vec<String>>,
    scopes_to_suppress: Option<Vec<String>>,
}

impl LaterDetails {
    fn overrides(self) -> Overrides {
        let id = self.id_token_generation.unwrap_or_default();
        let mut access = self.access_token_generation.unwrap_or_default();
        Overrides {
            scopes_to_add: access.scopes_to_add.take().unwrap_or_default(),
            scopes_to_suppress: access.scopes_to_suppress.take().unwrap_or_default(),
            id: id.changes(),
            access: access.changes(),
            groups: self.group_override_details.map(GroupDetails::claims),
        }
    }
}

impl TokenDetails {
    fn changes(self) -> Changes {
        Changes {
            add: self.claims_to_add_or_override.unwrap_or_default(),
            suppress: self.claims_to_suppress.unwrap_or_default(),
        }
    }
}

/// `groupOverrideDetails`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupDetails {
    groups_to_override: Option<Vec<String>>,
    iam_roles_to_override: Option<Vec<String>>,
    preferred_role: Option<String>,
}

impl GroupDetails {
    fn claims(self) -> GroupClaims {
        GroupClaims {
            groups: self.groups_to_override.unwrap_or_default(),
            roles: self.iam_roles_to_override.unwrap_or_default(),
            preferred_role: self.preferred_role,
        }
    }
}

/// A member that is there, though it be `null`, takes the groups away; only an absent one leaves them
/// (triggers-and-messages §8.5, documented).
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<GroupDetails>, D::Error> {
    Option::deserialize(deserializer).map(|details| Some(details.unwrap_or_default()))
}
