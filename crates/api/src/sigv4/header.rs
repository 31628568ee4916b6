//! The `Authorization` header and the credential scope in it.

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_kernel::{Fault, Kind, Unsigned};
use poolhouse_wire::ErrorCode;

use super::Stamp;

/// Most names that a signature may cover; an SDK signs about ten headers.
const MOST_SIGNED_HEADERS: usize = 64;

/// The longest credential, in bytes. Nobody has signed it yet, and its parts are answered, looked up and kept.
const LONGEST_CREDENTIAL: usize = 256;

/// A well-formed `Authorization` header with the stamp of the request.
#[derive(Debug)]
pub(crate) struct Authorization {
    pub(crate) access_key_id: String,
    /// `yyyymmdd` of the credential scope.
    pub(crate) date: String,
    pub(crate) region: String,
    /// The service that the request is for.
    pub(crate) service: &'static str,
    /// Names of the signed headers with `;` between them, lower case, in ascending order without repetition.
    signed_headers: String,
    /// Lower-case hexadecimal.
    pub(crate) signature: String,
    pub(crate) stamp: Stamp,
}

impl Authorization {
    /// Reads the header of a request to a service.
    ///
    /// # Errors
    /// `MissingAuthenticationTokenException` without the header, `IncompleteSignatureException` with the
    /// sentences of what is missing, `InvalidSignatureException` for a foreign scope.
    pub(crate) fn read(headers: &HeaderMap, service: &'static str) -> Result<Self, Fault> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Err(Fault::new(
                ErrorCode::MissingAuthenticationTokenException,
                "Missing Authentication Token",
            )
            .of_kind(Kind::Signature(Unsigned::Missing)));
        };
        let text = String::from_utf8_lossy(value.as_bytes());
        let parameters = parameters(&text);
        let ([Some(credential), Some(signature), Some(signed_headers)], Some(stamp)) =
            (parameters, Stamp::of(headers))
        else {
            return Err(incomplete(&text, parameters, Stamp::of(headers).is_some()));
        };
        if credential.len() > LONGEST_CREDENTIAL {
            let text = format!("Credential must have at most {LONGEST_CREDENTIAL} characters.");
            return Err(invalid(text, Unsigned::Malformed));
        }
        let Some((access_key_id, scope)) = split_credential(credential) else {
            return Err(malformed_credential(credential));
        };
        check_scope(&scope, service)?;
        let signed_headers = header_names(signed_headers)?;
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            date: scope.date.to_owned(),
            region: scope.region.to_owned(),
            service,
            signed_headers,
            signature: signature.to_ascii_lowercase(),
            stamp,
        })
    }

    /// The list of the signed headers, as it is signed itself.
    pub(crate) fn signed_headers(&self) -> &str {
        &self.signed_headers
    }

    /// Whether the header of this name is signed.
    pub(crate) fn signs(&self, name: &str) -> bool {
        self.signed_headers.split(';').any(|signed| signed == name)
    }
}

struct Scope<'a> {
    date: &'a str,
    region: &'a str,
    service: &'a str,
    terminator: &'a str,
}

/// What the header must say, in the order of AWS's complaints.
const PARAMETERS: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];

/// The values of the [`PARAMETERS`] after the algorithm; of one that comes twice the first counts.
fn parameters(text: &str) -> [Option<&str>; 3] {
    let mut values = [None; 3];
    let pairs = text.strip_prefix("AWS4-HMAC-SHA256").unwrap_or_default().split([',', ' ']);
    for (name, value) in pairs.filter_map(|pair| pair.split_once('=')) {
        if let Some((_, first)) = PARAMETERS.iter().zip(&mut values).find(|(own, _)| **own == name) {
            first.get_or_insert(value);
        }
    }
    values.map(|value| value.filter(|value| !value.is_empty()))
}

/// Splits from the right: an access key id of a foreign tool may hold a slash, the scope never does.
fn split_credential(credential: &str) -> Option<(&str, Scope<'_>)> {
    let mut parts = credential.rsplitn(5, '/');
    let (terminator, service, region, date) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let access_key_id = parts.next().filter(|id| !id.is_empty())?;
    Some((access_key_id, Scope { date, region, service, terminator }))
}

/// The names in `SignedHeaders`. Each adds its header's value to what is hashed, so a name that came twice
/// would let a small request take any amount of memory before its signature is known to be good.
fn header_names(list: &str) -> Result<String, Fault> {
    let list = list.to_ascii_lowercase();
    let names = || list.split(';');
    if names().nth(MOST_SIGNED_HEADERS).is_none() && names().is_sorted_by(|a, b| a < b) {
        return Ok(list);
    }
    // AWS's text is not known.
    let text = format!(
        "'SignedHeaders' must name at most {MOST_SIGNED_HEADERS} headers, each once, in ascending order."
    );
    Err(invalid(text, Unsigned::Malformed))
}

/// All sentences that apply, in AWS's order (protocol §5.1, recorded).
fn incomplete(text: &str, parameters: [Option<&str>; 3], stamp: bool) -> Fault {
    let missing = PARAMETERS.iter().zip(parameters).filter(|(_, value)| value.is_none());
    let mut message: String =
        missing.map(|(name, _)| format!("Authorization header requires '{name}' parameter. ")).collect();
    if !stamp {
        message.push_str(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
        );
    }
    let hash = STANDARD.encode(digest(&SHA256, text.as_bytes()));
    message.push_str(&format!("(Hashed with SHA-256 and encoded with Base64) Authorization={hash}"));
    Fault::new(ErrorCode::IncompleteSignatureException, message).of_kind(Kind::Signature(Unsigned::Malformed))
}

fn malformed_credential(credential: &str) -> Fault {
    Fault::new(
        ErrorCode::IncompleteSignatureException,
        format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
        ),
    )
    .of_kind(Kind::Signature(Unsigned::Malformed))
}

/// Every violation of the scope, each sentence with AWS's trailing blank (protocol §5.1, inferred).
fn check_scope(scope: &Scope<'_>, service: &str) -> Result<(), Fault> {
    let mut message = String::new();
    if !is_region(scope.region) {
        message.push_str(&format!("Credential should be scoped to a valid region, not '{}'. ", scope.region));
    }
    if scope.service != service {
        message.push_str(&format!("Credential should be scoped to correct service: '{service}'. "));
    }
    if scope.terminator != "aws4_request" {
        message.push_str(&format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', not '{}'. ",
            scope.terminator
        ));
    }
    if message.is_empty() { Ok(()) } else { Err(invalid(message, Unsigned::Scope)) }
}

fn invalid(message: String, why: Unsigned) -> Fault {
    Fault::new(ErrorCode::InvalidSignatureException, message).of_kind(Kind::Signature(why))
}

/// Any word that can stand in a pool id: self-hosted regions have names of their own.
fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
