//! The issuer of a pool's tokens (docs/cognito/tokens.md §7, new-operations §8).

use poolhouse_wire::user_pools::IssuerType;

use crate::model::Pool;
use crate::pools::own_tags::{self, Issuer};
use crate::pools::site;
use crate::{Cx, IssuerMode};

/// `iss` of new tokens of the pool.
pub(crate) fn of(cx: &Cx, pool: &Pool) -> String {
    let [own, original, updated] = all(cx, pool);
    match (own_tags::issuer(pool), cx.state().settings.issuer) {
        (Some(Issuer::Own), _) => own,
        (Some(Issuer::Aws), _) => original,
        (Some(Issuer::AwsUpdated), _) => updated,
        (_, IssuerMode::Own) => own,
        (_, IssuerMode::Aws) if has_updated_issuer(pool) => updated,
        (_, IssuerMode::Aws) => original,
    }
}

/// Every `iss` that a token of the pool may carry: the mode may have changed since it was issued, and its
/// tokens stay good until they expire (new-operations §8, open).
pub(crate) fn all(cx: &Cx, pool: &Pool) -> [String; 3] {
    let (region, id) = (&pool.region, &pool.id);
    [
        site(cx, pool).url(),
        format!("https://cognito-idp.{region}.amazonaws.com/{id}"),
        format!("https://issuer-cognito-idp.{region}.amazonaws.com/{id}"),
    ]
}

fn has_updated_issuer(pool: &Pool) -> bool {
    let configuration = pool.settings.general.issuer_configuration.as_ref();
    configuration.and_then(|c| c.r#type.as_ref()).is_some_and(|t| *t == IssuerType::Updated)
}
