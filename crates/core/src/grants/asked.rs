//! The parameters of an authorization request, and what each must look like
//! (docs/cognito/oauth-and-managed-login.md §4.1).

use serde::{Deserialize, Serialize};

use crate::clients::redirect::is_local_http;

/// Longer resources are refused: they become a claim (ours).
const LONGEST_RESOURCE: usize = 1024;

/// The parameters of an authorization request as they came, each at most once. They travel from page to page and are
/// checked at each step. A domain with classic pages hands no `prompt` over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the protocol's parameters, by their names")]
pub struct Asked {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge_method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr_values: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idp_identifier: Option<String>,
}

/// What the client wants to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// No page.
    pub none: bool,
    /// A page even for who is signed in.
    pub login: bool,
    /// A choice among accounts.
    pub select_account: bool,
    /// A question whether the client may.
    pub consent: bool,
}

/// A parameter that is not what it should be: no more is told of it.
pub(super) struct Malformed;

impl Asked {
    /// The parameters that came, by their names.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let members = serde_json::to_value(self).ok().and_then(|value| value.as_object().cloned());
        let text = |(name, value): (String, serde_json::Value)| Some((name, value.as_str()?.to_owned()));
        members.into_iter().flatten().filter_map(text).collect()
    }

    /// RFC 7636 §4.2, §4.3: with S256 a challenge has 43 characters. Without a method it would be `plain`, which there is not.
    pub(super) fn challenge(&self) -> Result<Option<String>, Malformed> {
        match (&self.code_challenge, self.code_challenge_method.as_deref()) {
            (None, None) => Ok(None),
            (Some(challenge), Some("S256")) => {
                let is_hash = challenge.len() == 43
                    && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                if is_hash { Ok(Some(challenge.clone())) } else { Err(Malformed) }
            }
            _ => Err(Malformed),
        }
    }

    pub(super) fn resource(&self) -> Result<Option<String>, Malformed> {
        match self.resource.as_deref() {
            Some(resource) if !is_resource(resource) => Err(Malformed),
            resource => Ok(resource.map(ToOwned::to_owned)),
        }
    }

    /// `none` stands alone, and words that are not known are refused (OpenID Connect Core §3.1.2.1).
    pub(super) fn prompt(&self) -> Result<Prompt, Malformed> {
        let mut prompt = Prompt::default();
        for word in self.prompt.as_deref().unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "select_account" => prompt.select_account = true,
                "consent" => prompt.consent = true,
                _ => return Err(Malformed),
            }
        }
        let shows = prompt.login || prompt.select_account || prompt.consent;
        if prompt.none && shows { Err(Malformed) } else { Ok(prompt) }
    }

    /// Seconds.
    pub(super) fn max_age(&self) -> Result<Option<i64>, Malformed> {
        let seconds = |text: &str| text.parse::<u32>().map(i64::from).map_err(|_| Malformed);
        self.max_age.as_deref().map(seconds).transpose()
    }
}

/// oauth-and-managed-login §4.1: `https://…`, a URL of this machine, or one of a scheme of its own; no fragment (RFC 8707 §2).
pub(super) fn is_resource(resource: &str) -> bool {
    let is_url = resource.split_once("://").is_some_and(|(scheme, rest)| {
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        is_scheme && !rest.is_empty()
    });
    let is_plain = resource.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
    let is_visible = resource.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    is_url && is_visible && resource.len() <= LONGEST_RESOURCE && (!is_plain || is_local_http(resource))
}
