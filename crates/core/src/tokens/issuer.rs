//! The issuer of a pool's tokens (spec/tokens.md §7, new-operations §8).

use poolhouse_wire::types::IssuerType;

use crate::Cx;
use crate::engine::IssuerMode;
use crate::pools::Pool;

/// `iss` of new tokens of the pool.
pub(crate) fn of(cx: &Cx, pool: &Pool) -> String {
    let [own, original, updated] = all(cx, pool);
    match cx.settings().issuer {
        IssuerMode::Own => own,
        IssuerMode::Aws if has_updated_issuer(pool) => updated,
        IssuerMode::Aws => original,
    }
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
