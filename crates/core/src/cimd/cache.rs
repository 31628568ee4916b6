//! The document of a URL: kept in the database, or fetched (docs/cognito/new-operations.md §16.3).

use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_ports::{FetchRequest, PoolId, Timestamp};
use poolhouse_store::tables::cimd_documents::{self as table, CimdDocument};
use poolhouse_store::tables::cimd_policies as policies;

use super::document::{self, Document};
use super::unknown::Unknown;
use crate::Cx;
use crate::model::Pool;
use crate::model::cimd::Policy;
use crate::turns::Thing;

/// The longest document, in bytes.
const LONGEST: usize = 5 * 1024;

/// Between these a document may say itself how long it is kept, in seconds: a day and a year.
const LIVES: std::ops::RangeInclusive<i64> = 86_400..=31_556_952;

/// How exact the time is at which a URL was last wanted, in milliseconds: a day.
const USE_MILLIS: i64 = 86_400_000;

/// URLs that are known of one policy; the one that was not wanted longest goes (ours).
const MOST: u32 = 10_000;

/// From so many on, room is made with each new one; a node reads no more than sixty a minute for a pool.
const NEAR: u32 = MOST - 1000;

/// The document of a URL that matches the policy.
///
/// # Errors
/// Why there is none.
pub(super) async fn document(cx: &Cx, pool: &Pool, policy: &Policy, url: &str) -> Result<Document, Unknown> {
    if let Some(document) = kept(cx, &pool.id, policy, url).await? {
        return Ok(document);
    }
    // Who waits here for somebody who fetches it finds it then.
    if cx.take_turn(Thing::CimdDocument(&pool.id, url)).await?
        && let Some(document) = kept(cx, &pool.id, policy, url).await?
    {
        cx.end_turn();
        return Ok(document);
    }
    if let Some(address) = cx.origin.address {
        cx.admit(Asker::Stranger(address))?;
    }
    let fetched = fetch(cx, &pool.id, policy, url).await;
    cx.end_turn();
    fetched
}

/// Reads the document anew and keeps it.
///
/// # Errors
/// Why there is none; what was kept stays.
pub(super) async fn fetch(
    cx: &Cx,
    pool_id: &PoolId,
    policy: &Policy,
    url: &str,
) -> Result<Document, Unknown> {
    cx.admit(Asker::Documents(pool_id))?;
    cx.admit(Asker::Document(pool_id, url))?;
    let request = FetchRequest::get(url).header("accept", "application/json").longest(LONGEST);
    // Who fetches has said why in the log.
    let Ok(fetched) = cx.engine().fetch().fetch(request).await else { return Err(Unknown::Document) };
    let is_json = fetched.media_type().is_some_and(|kind| {
        kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json")
    });
    let read = match (fetched.status, is_json) {
        (200, true) => document::read(url, &fetched.body),
        (200, false) => Err("its content-type is not application/json".to_owned()),
        (status, _) => Err(format!("the answer has the status {status}")),
    };
    let document = read.map_err(|why| {
        tracing::warn!(url, why, "a client metadata document is not accepted");
        Unknown::Document
    })?;
    let life = fetched.header("cache-control").and_then(max_age).filter(|life| LIVES.contains(life));
    let row = CimdDocument {
        pool_id: pool_id.clone(),
        policy_id: policy.id.clone(),
        url: url.to_owned(),
        document: Some(serde_json::to_string(&document).map_err(Fault::internal)?),
        cached_at: Some(cx.now),
        expires_at: Some(cx.now.plus_seconds(life.unwrap_or(policy.cache_seconds))),
        used_at: cx.now,
    };
    // Far from the bound nothing is looked at that others insert: documents of two URLs are then kept beside each other.
    let known = table::count(&mut cx.read().await?, &row.pool_id, &row.policy_id, NEAR).await;
    let known = known.map_err(Fault::from)?;
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        if policies::get(&mut tx, &row.pool_id, &row.policy_id).await?.is_none() {
            // It went meanwhile: what follows looks for it again.
            return Ok(());
        }
        if known >= NEAR {
            table::evict(&mut tx, &row.pool_id, &row.policy_id, MOST - 1).await?;
        }
        table::put(&mut tx, &row).await?;
        Ok(tx.commit().await?)
    })
    .await?;
    Ok(document)
}

/// The document, as long as it is kept.
async fn kept(cx: &Cx, pool_id: &PoolId, policy: &Policy, url: &str) -> Result<Option<Document>, Fault> {
    let row = table::get(&mut cx.read().await?, pool_id, &policy.id, url).await?;
    let Some(row) = row.filter(|row| is_kept(row, cx.now)) else { return Ok(None) };
    let noted = Timestamp(cx.now.millis() - USE_MILLIS);
    if row.used_at <= noted {
        cx.repeat(async || {
            let mut tx = cx.write().await?;
            table::touch(&mut tx, pool_id, &policy.id, url, cx.now, noted).await?;
            Ok(tx.commit().await?)
        })
        .await?;
    }
    row.document.as_deref().map(serde_json::from_str).transpose().map_err(Fault::internal)
}

/// Whether the document of a URL counts still.
pub(super) fn is_kept(row: &CimdDocument, now: Timestamp) -> bool {
    row.document.is_some() && row.expires_at.is_some_and(|end| now < end)
}

/// `max-age` of a header `Cache-Control`, in seconds.
fn max_age(header: &str) -> Option<i64> {
    header.split(',').find_map(|directive| {
        let (name, value) = directive.trim().split_once('=')?;
        name.eq_ignore_ascii_case("max-age").then(|| value.trim_matches('"').parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_life_of_a_document_is_read() {
        for (header, life) in [
            ("max-age=90000", Some(90_000)),
            ("public, Max-Age=\"7\"", Some(7)),
            ("no-store", None),
            ("max-age=x", None),
            ("s-maxage=5", None),
        ] {
            assert_eq!(max_age(header), life, "{header}");
        }
    }
}
