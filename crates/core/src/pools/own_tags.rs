//! Tags that this server understands: they say of a pool what Cognito has no setting for.

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;

use crate::model::Pool;

/// Overrides the installation's form of `iss` (docs/decisions/0007-issuer-per-pool.md).
const ISSUER: &str = "poolhouse:issuer";

/// Ends all tokens of a user whose password is set without the old one: by a code, or by an administrator. Without it
/// they stay good, as at AWS (tokens §10.2, recorded).
const SIGN_OUT_ON_RESET: &str = "poolhouse:sign-out-on-reset";

/// The form of a pool's `iss`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Issuer {
    Own,
    Aws,
    AwsUpdated,
}

impl Issuer {
    const ALL: [Self; 3] = [Self::Own, Self::Aws, Self::AwsUpdated];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Aws => "aws",
            Self::AwsUpdated => "aws-updated",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|issuer| issuer.as_str() == name)
    }
}

/// The form of `iss` that the pool chooses, if it chooses any.
pub(crate) fn issuer(pool: &Pool) -> Option<Issuer> {
    Issuer::named(value(pool, ISSUER)?)
}

/// Whether a password that is set without the old one signs the user out.
pub(crate) fn signs_out_on_reset(pool: &Pool) -> bool {
    value(pool, SIGN_OUT_ON_RESET) == Some("true")
}

fn value<'a>(pool: &'a Pool, tag: &str) -> Option<&'a str> {
    pool.settings.general.user_pool_tags.as_ref()?.get(tag).map(String::as_str)
}

/// Refuses a value that a tag of ours does not have.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    let issuers = Issuer::ALL.map(Issuer::as_str);
    for (tag, values) in [(ISSUER, &issuers[..]), (SIGN_OUT_ON_RESET, &["true", "false"])] {
        if tags.get(tag).is_some_and(|value| !values.contains(&value.as_str())) {
            let values = values.join(", ");
            return Err(Fault::invalid_parameter(format!(
                "The value of the tag {tag} must be one of: {values}"
            )));
        }
    }
    Ok(())
}
