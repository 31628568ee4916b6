//! `/oauth2/token` and `/oauth2/revoke` (docs/cognito/oauth-and-managed-login.md §6, §8.1).

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_core::grants::exchange::{self, Exchange, Exchanged};
use poolhouse_core::grants::token::{self, Proof, Tokens};
use poolhouse_core::grants::{Credentials, Refusal, revoke};
use poolhouse_kernel::Fault;
use serde_json::{Map, Value, json};

use crate::answer;
use crate::parameters::Parameters;
use crate::visit::{BadForm, Visit};

/// RFC 8693 §2.1
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Exchanges a grant for tokens.
pub(crate) async fn tokens(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let form = match form(visit) {
        Ok(form) => form,
        Err(answer) => return Ok(answer),
    };
    match grant(visit, &form).await {
        Ok(Some(body)) => answer::oauth_document(StatusCode::OK, &body),
        Ok(None) => Ok(answer::oauth_error(StatusCode::BAD_REQUEST, "unsupported_grant_type", None)),
        Err(refusal) => refused(refusal, StatusCode::BAD_REQUEST),
    }
}

/// Revokes a refresh token and all that came of its sign-in.
pub(crate) async fn revoke(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let form = match form(visit) {
        Ok(form) => form,
        Err(answer) => return Ok(answer),
    };
    let result = async {
        let credentials = credentials(visit, &form)?;
        let token = form.get("token").ok_or(Refusal::InvalidRequest)?;
        revoke::token(&visit.cx, &visit.place.pool_id, &credentials, token).await
    };
    match result.await {
        Ok(()) => Ok(answer::bare(StatusCode::OK)),
        Err(refusal) => refused(refusal, StatusCode::UNAUTHORIZED),
    }
}

/// The form, or what is answered where there is none that can be read.
fn form(visit: &mut Visit) -> Result<Parameters, Response<Body>> {
    std::mem::replace(&mut visit.form, Ok(Parameters::default())).map_err(|bad| match bad {
        // observed, of a type that is none
        BadForm::ForeignType => answer::bare(StatusCode::METHOD_NOT_ALLOWED),
        BadForm::Malformed | BadForm::TooMuch => {
            answer::oauth_error(StatusCode::BAD_REQUEST, "invalid_request", None)
        }
        BadForm::NoRoom => answer::oauth_error(StatusCode::TOO_MANY_REQUESTS, answer::TOO_MANY, None),
    })
}

/// What a grant gives; None for one that there is not.
async fn grant(visit: &mut Visit, form: &Parameters) -> Result<Option<Value>, Refusal> {
    let required = |name: &str| form.get(name).ok_or(Refusal::InvalidRequest);
    let kind = required("grant_type")?;
    let credentials = credentials(visit, form)?;
    let pool_id = &visit.place.pool_id;
    let tokens = match kind {
        "authorization_code" => {
            let proof = Proof {
                redirect_uri: form.get("redirect_uri").map(ToOwned::to_owned),
                code_verifier: form.get("code_verifier").map(Into::into),
            };
            let (code, resource) = (required("code")?, form.get("resource"));
            token::authorization_code(&visit.cx, pool_id, &credentials, code, &proof, resource).await?
        }
        "refresh_token" => {
            let (given, resource) = (required("refresh_token")?, form.get("resource"));
            token::refresh_token(&visit.cx, pool_id, &credentials, given, resource).await?
        }
        "client_credentials" => {
            visit.cx.metadata.client_metadata = client_metadata(form)?;
            let (scope, resource) = (form.get("scope"), form.get("resource"));
            token::client_credentials(&visit.cx, pool_id, &credentials, scope, resource).await?
        }
        TOKEN_EXCHANGE => {
            let exchanged = exchange::token(&visit.cx, pool_id, &credentials, asked(form)).await?;
            return Ok(Some(exchanged_body(exchanged)));
        }
        _ => return Ok(None),
    };
    Ok(Some(body(tokens)))
}

/// oauth-and-managed-login §6.2: in the order of the documentation's examples.
fn body(tokens: Tokens) -> Value {
    let Tokens { id_token, access_token, refresh_token, expires_in } = tokens;
    let mut body = Map::new();
    body.extend(id_token.map(|token| ("id_token".to_owned(), token.into_string().into())));
    body.insert("access_token".to_owned(), access_token.into_string().into());
    body.extend(refresh_token.map(|token| ("refresh_token".to_owned(), token.into_string().into())));
    body.insert("expires_in".to_owned(), expires_in.into());
    body.insert("token_type".to_owned(), json!("Bearer"));
    body.into()
}

/// The parameters of a token exchange (RFC 8693 §2.1).
fn asked(form: &Parameters) -> Exchange {
    let value = |name: &str| form.get(name).map(ToOwned::to_owned);
    Exchange {
        subject_token: form.get("subject_token").map(Into::into),
        subject_token_type: value("subject_token_type"),
        subject_token_provider_name: value("subject_token_provider_name"),
        actor_token: form.get("actor_token").map(Into::into),
        actor_token_type: value("actor_token_type"),
        actor_token_provider_name: value("actor_token_provider_name"),
        requested_token_type: value("requested_token_type"),
        scope: value("scope"),
        audience: value("audience"),
        resource: value("resource"),
    }
}

/// RFC 8693 §2.2.1
fn exchanged_body(exchanged: Exchanged) -> Value {
    let Exchanged { access_token, issued_token_type, token_type, expires_in, scope } = exchanged;
    json!({
        "access_token": access_token.into_string(),
        "issued_token_type": issued_token_type,
        "token_type": token_type,
        "expires_in": expires_in,
        "scope": scope,
    })
}

/// How the client proves itself: by Basic, or in the form. Another scheme of `Authorization` is none of ours.
fn credentials(visit: &Visit, form: &Parameters) -> Result<Credentials, Refusal> {
    let basic = visit.header(header::AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("basic").then_some(token.trim())
    });
    let basic = basic.map(|token| {
        let pair = STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let (name, secret) = pair.as_deref().and_then(|pair| pair.split_once(':'))?;
        Some((name.to_owned(), secret.into()))
    });
    Ok(Credentials {
        // Somebody tries to prove what cannot be read.
        basic: basic.map(|pair| pair.ok_or(Refusal::InvalidClient(None))).transpose()?,
        client_id: form.get("client_id").map(ToOwned::to_owned),
        client_secret: form.get("client_secret").map(Into::into),
    })
}

/// What the client gives to the function that makes tokens (oauth-and-managed-login §6.1): JSON of texts.
fn client_metadata(form: &Parameters) -> Result<Option<BTreeMap<String, String>>, Refusal> {
    let read = |text: &str| serde_json::from_str(text).map_err(|_| Refusal::InvalidRequest);
    form.get("aws_client_metadata").map(read).transpose()
}

/// oauth-and-managed-login §6.3, oauth-and-managed-login §8.1: the status of a client that did not prove itself is the endpoint's.
fn refused(refusal: Refusal, unproven: StatusCode) -> Result<Response<Body>, Fault> {
    let status = match refusal {
        Refusal::Fault(fault) => return Err(fault),
        Refusal::InvalidClient(_) => unproven,
        _ => StatusCode::BAD_REQUEST,
    };
    let (error, description) = refusal.error();
    Ok(answer::oauth_error(status, error.unwrap_or("invalid_request"), description))
}
