//! The issuer of a pool's tokens (docs/cognito/tokens.md §7, new-operations §8).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::IssuerType;

use crate::model::Pool;
use crate::pools::tags::Tags;
use crate::{Cx, IssuerMode};

/// The tag by which a pool overrides the installation's mode (docs/decisions/0007-issuer-per-pool.md).
const TAG: &str = "poolhouse:issuer";

const OWN: &str = "own";
const AWS: &str = "aws";
const AWS_UPDATED: &str = "aws-updated";

/// `iss` of new tokens of the pool.
pub(crate) fn of(cx: &Cx, pool: &Pool) -> String {
    let [own, original, updated] = all(cx, pool);
    match (chosen(pool.settings.pool.user_pool_tags.as_ref()), cx.state().settings.issuer) {
        (Some(OWN), _) => own,
        (Some(AWS), _) => original,
        (Some(AWS_UPDATED), _) => updated,
        (_, IssuerMode::Own) => own,
        (_, IssuerMode::Aws) if has_updated_issuer(pool) => updated,
        (_, IssuerMode::Aws) => original,
    }
}

/// Checks that the tags of a pool choose an issuer that there is, if they choose any.
///
/// # Errors
/// `InvalidParameterException`.
pub(crate) fn check_tag(tags: Option<&Tags>) -> Result<(), Fault> {
    match chosen(tags) {
        None | Some(OWN | AWS | AWS_UPDATED) => Ok(()),
        Some(_) => Err(Fault::invalid_parameter(format!(
            "The value of the tag {TAG} must be one of: {OWN}, {AWS}, {AWS_UPDATED}"
        ))),
    }
}

fn chosen(tags: Option<&Tags>) -> Option<&str> {
    tags.and_then(|tags| tags.get(TAG)).map(String::as_str)
}

/// Every `iss` that a token of the pool may carry: the mode may have changed since it was issued, and its
/// tokens stay good until they expire (new-operations §8, open).
pub(crate) fn all(cx: &Cx, pool: &Pool) -> [String; 3] {
    let (region, id) = (&pool.region, &pool.id);
    [
        format!("{}/{id}", cx.settings().public_url),
        format!("https://cognito-idp.{region}.amazonaws.com/{id}"),
        format!("https://issuer-cognito-idp.{region}.amazonaws.com/{id}"),
    ]
}

fn has_updated_issuer(pool: &Pool) -> bool {
    let configuration = pool.settings.pool.issuer_configuration.as_ref();
    configuration.and_then(|c| c.r#type.as_ref()).is_some_and(|t| *t == IssuerType::Updated)
}
