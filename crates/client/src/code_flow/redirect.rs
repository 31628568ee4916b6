//! What a browser brings back.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::error::{Error, RedirectError, Result, ServiceError};
use crate::secret::Secret;

/// Where a refusal comes from that a redirect carries: it has no status of its own.
const FOUND: u16 = 302;

/// What a redirect says, each at most once: a second value would be anybody's.
#[derive(Default)]
struct Parameters {
    code: Option<Secret>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// The code of a redirect, or the refusal that it carries. What is not meant for this sign-in is an [`Error::Redirect`].
pub(super) fn read(redirect: &str, state: &str, issuer: &str) -> Result<Secret> {
    let Parameters { code, state: stated, iss, error, error_description } = parameters(redirect)?;
    let stated = stated.unwrap_or_default();
    verify_slices_are_equal(stated.as_bytes(), state.as_bytes()).map_err(|_| RedirectError::WrongState)?;
    // RFC 9207 §2.4: Poolhouse says it, AWS does not
    if iss.is_some_and(|iss| iss != issuer) {
        return Err(RedirectError::WrongIssuer.into());
    }
    match (code, error) {
        (Some(code), None) => Ok(code),
        (None, Some(code)) => {
            let message = error_description.unwrap_or_default().trim_end().to_owned();
            let refusal: Error = ServiceError { code, message, status: FOUND, request_id: None }.into();
            Err(refusal)
        }
        _ => Err(RedirectError::Malformed.into()),
    }
}

/// The parameters of a whole address or of its query.
fn parameters(redirect: &str) -> Result<Parameters> {
    let query = redirect.split_once('?').map_or(redirect, |(_, query)| query);
    // Some identity providers leave a fragment.
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let mut found = Parameters::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let slot = match &*name {
            "code" => {
                if found.code.replace(Secret::new(value)).is_some() {
                    return Err(RedirectError::Malformed.into());
                }
                continue;
            }
            "state" => &mut found.state,
            "iss" => &mut found.iss,
            "error" => &mut found.error,
            "error_description" => &mut found.error_description,
            _ => continue,
        };
        if slot.replace(value.into_owned()).is_some() {
            return Err(RedirectError::Malformed.into());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn read(redirect: &str) -> Result<Secret> {
        super::read(redirect, "s", "https://id.example.com/pool")
    }

    fn wrong(redirect: &str) -> RedirectError {
        let Err(Error::Redirect(error)) = read(redirect) else { panic!("{redirect}") };
        error
    }

    #[test]
    fn a_code_is_read_from_an_address_or_a_query() {
        for good in [
            "https://app.example.com/cb?code=a+b&state=s",
            "http://127.0.0.1:1/cb?own=1&code=a%20b&state=s&iss=https%3A%2F%2Fid.example.com%2Fpool#_=_",
            "state=s&code=a b&other=1&other=2",
        ] {
            assert_eq!(read(good).unwrap().expose(), "a b", "{good}");
        }
    }

    #[test]
    fn only_the_answer_to_this_sign_in_is_read() {
        for foreign in ["", "?", "code=a", "code=a&state=", "code=a&state=S", "code=a&state=ss", "error=x"] {
            assert_eq!(wrong(foreign), RedirectError::WrongState, "{foreign}");
        }
        assert_eq!(wrong("code=a&state=s&iss=https://evil.example.com"), RedirectError::WrongIssuer);
        for malformed in
            ["state=s", "code=a&code=b&state=s", "state=s&state=s&code=a", "code=a&error=b&state=s"]
        {
            assert_eq!(wrong(malformed), RedirectError::Malformed, "{malformed}");
        }
    }

    /// oauth-and-managed-login §4.5, observed
    #[test]
    fn a_refusal_is_the_services_own() {
        let error = read("error_description=invalid_scope+&state=s&error=invalid_request").unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::InvalidParameter));
        assert_eq!(error.service().unwrap().to_string(), "invalid_request: invalid_scope");
        assert_eq!(read("state=s&error=login_required").unwrap_err().kind(), Some(ErrorKind::LoginRequired));
    }
}
