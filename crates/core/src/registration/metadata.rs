//! What a client asks for that registers itself, and what of it a pool grants (RFC 7591 §2, §3.2.1). Members that are not
//! named here are ignored, as the RFC has it; nothing that they lead to is fetched.

use poolhouse_ports::ClientId;
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::{OAuthFlowType, UserPoolClientType};
use serde::{Deserialize, Serialize};

use super::refused::Refused;
use crate::clients::redirect;
use crate::model::{scopes, strangers_json};

/// The most URLs that a browser may be sent back to, and the longest (oauth-and-managed-login §3, model).
const MOST_URIS: usize = 100;
const LONGEST_URI: usize = 1024;

/// The longest name of a client (model).
const LONGEST_NAME: usize = 128;

/// The most scopes of a client (oauth-and-managed-login §3, model).
const MOST_SCOPES: usize = 50;

/// What a client without a name is called (new-operations §10.2, ours).
const NAMELESS: &str = "DCR client";

#[derive(Debug, Deserialize)]
struct Asked {
    redirect_uris: Option<Vec<String>>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    client_name: Option<String>,
    scope: Option<String>,
    token_endpoint_auth_method: Option<String>,
}

/// How a client proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    None,
    ClientSecretBasic,
    ClientSecretPost,
}

/// What is granted.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) name: String,
    pub(super) flow: OAuthFlowType,
    refreshes: bool,
    method: Method,
    pub(super) redirect_uris: Vec<String>,
    pub(super) scopes: Vec<String>,
    /// Whether it asked for no scopes, so that these are all that it could have.
    pub(super) all_scopes: bool,
}

/// A client that is registered, as the answer tells it (RFC 7591 §3.2.1).
#[derive(Debug, Serialize)]
pub struct Registered {
    client_id: ClientId,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<Sensitive>,
    /// 0: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    client_name: String,
    grant_types: Vec<&'static str>,
    response_types: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: Method,
    scope: String,
}

/// What of the metadata a pool grants that allows these flows, and of scopes those of OpenID Connect and the listed ones.
///
/// # Errors
/// What cannot be had.
pub(super) fn grant(metadata: &[u8], flows: &[OAuthFlowType], listed: &[String]) -> Result<Granted, Refused> {
    let asked: Asked =
        strangers_json::object(metadata).map_err(|why| refuse(format!("of the metadata: {why}")))?;
    let (flow, refreshes) = flow(asked.grant_types.as_deref(), flows)?;
    let types = asked.response_types.as_deref().unwrap_or_default();
    if let Some(other) = types.iter().find(|name| *name != "code" || flow != OAuthFlowType::Code) {
        return Err(refuse(format!("the response_type {other} cannot be had")));
    }
    let method = method(asked.token_endpoint_auth_method.as_deref(), &flow)?;
    let redirect_uris = asked.redirect_uris.unwrap_or_default();
    if flow == OAuthFlowType::Code {
        check_uris(&redirect_uris)?;
    }
    let name = asked.client_name.unwrap_or_else(|| NAMELESS.to_owned());
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(refuse(format!("client_name must be 1 to {LONGEST_NAME} characters of plain text")));
    }
    let allowed = allowed(&flow, listed);
    let wanted: Vec<&str> = asked.scope.as_deref().unwrap_or_default().split_whitespace().collect();
    if let Some(other) = wanted.iter().find(|scope| !allowed.iter().any(|own| own == *scope)) {
        return Err(refuse(format!("the scope {other} cannot be had")));
    }
    if wanted.len() > MOST_SCOPES {
        return Err(refuse(format!("a client has at most {MOST_SCOPES} scopes")));
    }
    let all_scopes = wanted.is_empty();
    let scopes = if all_scopes { allowed } else { wanted.into_iter().map(ToOwned::to_owned).collect() };
    Ok(Granted { name, flow, refreshes, method, redirect_uris, scopes, all_scopes })
}

/// The one flow that the grant types are about, and whether they ask for refresh tokens (RFC 7591 §2: without any it is
/// the code). Both flows no client has (oauth-and-managed-login §3, model).
fn flow(asked: Option<&[String]>, allowed: &[OAuthFlowType]) -> Result<(OAuthFlowType, bool), Refused> {
    let (mut flow, mut refreshes) = (None, false);
    let usual = ["authorization_code".to_owned()];
    for kind in asked.unwrap_or(&usual) {
        let wanted = match kind.as_str() {
            "authorization_code" => OAuthFlowType::Code,
            "client_credentials" => OAuthFlowType::ClientCredentials,
            "refresh_token" => {
                refreshes = true;
                continue;
            }
            other => return Err(refuse(format!("the grant_type {other} cannot be had"))),
        };
        if !allowed.contains(&wanted) {
            return Err(refuse(format!("this pool does not register clients for the grant_type {kind}")));
        }
        if flow.as_ref().is_some_and(|flow| *flow != wanted) {
            return Err(refuse("authorization_code and client_credentials need a client each"));
        }
        flow = Some(wanted);
    }
    let flow =
        flow.ok_or_else(|| refuse("grant_types must name authorization_code or client_credentials"))?;
    Ok((flow, refreshes))
}

fn method(asked: Option<&str>, flow: &OAuthFlowType) -> Result<Method, Refused> {
    match asked {
        None | Some("client_secret_basic") => Ok(Method::ClientSecretBasic),
        Some("client_secret_post") => Ok(Method::ClientSecretPost),
        Some("none") if *flow == OAuthFlowType::Code => Ok(Method::None),
        Some("none") => Err(refuse("client_credentials needs a client with a secret")),
        Some(other) => Err(refuse(format!("the token_endpoint_auth_method {other} cannot be had"))),
    }
}

fn check_uris(uris: &[String]) -> Result<(), Refused> {
    if !(1..=MOST_URIS).contains(&uris.len()) {
        return Err(Refused::RedirectUri(format!("redirect_uris must be 1 to {MOST_URIS}")));
    }
    let is_good = |uri: &&String| (1..=LONGEST_URI).contains(&uri.len()) && redirect::is_a_strangers(uri);
    match uris.iter().find(|uri| !is_good(uri)) {
        None => Ok(()),
        Some(uri) => Err(Refused::RedirectUri(format!(
            "{uri} must be an absolute URL without a fragment: https, http of this machine, or of a scheme of the client's own"
        ))),
    }
}

/// The scopes that a client may have (new-operations §10.1, model): about users only with a user.
fn allowed(flow: &OAuthFlowType, listed: &[String]) -> Vec<String> {
    let of_users = *flow == OAuthFlowType::Code;
    let mut allowed: Vec<String> = Vec::new();
    if of_users {
        allowed.extend(scopes::OPENID.map(ToOwned::to_owned));
    }
    for scope in listed {
        let fits = *scope != scopes::REGISTER && (of_users || !scopes::is_standard(scope));
        if fits && !allowed.contains(scope) {
            allowed.push(scope.clone());
        }
    }
    allowed.truncate(MOST_SCOPES);
    allowed
}

fn refuse(text: impl Into<String>) -> Refused {
    Refused::Metadata(text.into())
}

impl Granted {
    pub(super) fn has_secret(&self) -> bool {
        self.method != Method::None
    }

    /// The answer, once the client is made.
    pub(super) fn registered(self, client: UserPoolClientType) -> Registered {
        let is_code = self.flow == OAuthFlowType::Code;
        let mut grant_types = vec![if is_code { "authorization_code" } else { "client_credentials" }];
        if self.refreshes && is_code {
            grant_types.push("refresh_token");
        }
        Registered {
            client_id: client.client_id.unwrap_or_default(),
            client_id_issued_at: client.creation_date.map_or(0, poolhouse_ports::Timestamp::seconds),
            client_secret_expires_at: client.client_secret.as_ref().map(|_| 0),
            client_secret: client.client_secret,
            client_name: self.name,
            grant_types,
            response_types: if is_code { vec!["code"] } else { Vec::new() },
            redirect_uris: self.redirect_uris,
            token_endpoint_auth_method: self.method,
            scope: self.scopes.join(" "),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const BOTH: [OAuthFlowType; 2] = [OAuthFlowType::Code, OAuthFlowType::ClientCredentials];

    #[expect(clippy::needless_pass_by_value, reason = "made where it is given")]
    fn granted(more: Value) -> Result<Granted, String> {
        let mut metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let listed = ["api/read".to_owned(), scopes::REGISTER.to_owned()];
        grant(metadata.to_string().as_bytes(), &BOTH, &listed).map_err(|refused| match refused {
            Refused::RedirectUri(text) | Refused::Metadata(text) => text,
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn defaults_are_those_of_the_rfc() {
        let granted = granted(json!({})).unwrap();
        assert_eq!((granted.flow.clone(), granted.refreshes), (OAuthFlowType::Code, false));
        assert_eq!((granted.method, granted.has_secret()), (Method::ClientSecretBasic, true));
        assert_eq!(granted.name, NAMELESS);
        assert_eq!(granted.scopes, ["openid", "email", "phone", "profile", "api/read"]);
    }

    #[test]
    fn a_machine_has_no_scopes_about_users() {
        let granted = granted(json!({ "grant_types": ["client_credentials"] })).unwrap();
        assert_eq!(
            (granted.flow.clone(), granted.scopes.join(" ")),
            (OAuthFlowType::ClientCredentials, "api/read".to_owned())
        );
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        let uris: Vec<String> = (0..101).map(|n| format!("https://app.example/{n}")).collect();
        for (more, why) in [
            (json!({ "grant_types": [] }), "grant_types must name"),
            (json!({ "grant_types": ["implicit"] }), "implicit"),
            (json!({ "grant_types": ["authorization_code", "client_credentials"] }), "a client each"),
            (json!({ "grant_types": "authorization_code" }), "cannot be read"),
            (json!({ "response_types": ["token"] }), "token"),
            (json!({ "response_types": ["code"], "grant_types": ["client_credentials"] }), "code"),
            (json!({ "token_endpoint_auth_method": "private_key_jwt" }), "private_key_jwt"),
            (
                json!({ "token_endpoint_auth_method": "none", "grant_types": ["client_credentials"] }),
                "secret",
            ),
            (json!({ "scope": "openid api/write" }), "api/write"),
            (json!({ "scope": scopes::REGISTER }), scopes::REGISTER),
            (json!({ "client_name": "" }), "client_name"),
            (json!({ "client_name": "a\nb" }), "client_name"),
            (json!({ "client_name": "a".repeat(129) }), "client_name"),
            (json!({ "redirect_uris": [] }), "redirect_uris"),
            (json!({ "redirect_uris": null }), "redirect_uris"),
            (json!({ "redirect_uris": uris }), "redirect_uris"),
            (json!({ "redirect_uris": ["http://app.example/cb"] }), "http://app.example/cb"),
            (json!({ "redirect_uris": ["javascript:alert(1)"] }), "javascript"),
            (json!({ "redirect_uris": ["https://app.example/cb#x"] }), "fragment"),
        ] {
            let refused = granted(more.clone()).unwrap_err();
            assert!(refused.contains(why), "{more}: {refused}");
        }
        assert!(matches!(grant(b"{}", &[], &[]), Err(Refused::Metadata(_))));
        assert!(matches!(grant(b"[]", &BOTH, &[]), Err(Refused::Metadata(_))));
    }
}
