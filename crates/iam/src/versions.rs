//! Versions of managed policies: five at most, one of them in force (identity-pools-and-iam §10.4).

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_ports::Timestamp;
use poolhouse_store::Tx;
use poolhouse_store::tables::managed_policies as policies;
use poolhouse_store::tables::policy_versions::{self as table, PolicyVersion as Row};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::iam::PolicyVersion;

use crate::change::begin;
use crate::lists::{Asked, List};
use crate::managed::{self, Managed};
use crate::quotas::VERSIONS;
use crate::{documents, faults};

/// Makes a version, and puts it into force where that is wanted.
///
/// # Errors
/// `NoSuchEntity`, `MalformedPolicyDocument`, `LimitExceeded`, `AccessDenied` for AWS's own.
pub async fn create<S>(
    cx: &Cx<S>,
    arn: &str,
    document: String,
    set_as_default: bool,
) -> Result<PolicyVersion, Fault> {
    documents::check_managed(&document)?;
    let mut tx = begin(cx).await?;
    let mut policy = managed::own_one(cx, &mut tx, arn).await?;
    if table::list_after(&mut tx, &policy.id, 0, VERSIONS).await?.len() >= 5 {
        return Err(Fault::limit_exceeded(
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        ));
    }
    policy.last_version += 1;
    policy.modified_at = cx.now;
    if set_as_default {
        policy.default_version = policy.last_version;
    }
    let row =
        Row { policy_id: policy.id.clone(), version: policy.last_version, document, created_at: cx.now };
    let _ = table::insert(&mut tx, &row).await?;
    policies::update(&mut tx, &policy).await?;
    tx.commit().await?;
    // The answer leaves out the document (documented).
    Ok(PolicyVersion { document: None, ..shown(row, policy.default_version) })
}

/// A version with its document.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn get<S>(cx: &Cx<S>, arn: &str, version_id: &str) -> Result<PolicyVersion, Fault> {
    let mut tx = cx.read().await?;
    let missing = || faults::no_such_version(arn, version_id);
    match managed::required(cx, &mut tx, arn).await? {
        Managed::Aws(policy) => {
            let row = of_aws(policy.version, policy.document);
            Some(shown(row, policy.version)).filter(|_| number(version_id) == Some(policy.version))
        }
        Managed::Own(policy) => match number(version_id) {
            Some(version) => {
                table::get(&mut tx, &policy.id, version).await?.map(|row| shown(row, policy.default_version))
            }
            None => None,
        },
    }
    .ok_or_else(missing)
}

/// One page of the versions of a policy, the newest first. Lists leave out documents (documented).
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn list<S>(cx: &Cx<S>, arn: &str, asked: Asked<'_>) -> Result<Page<PolicyVersion>, Fault> {
    let mut tx = cx.read().await?;
    let keys = cx.engine().sealing().installation_keys();
    let list = List::new(cx, keys, &format!("versions of {arn}"), asked);
    let before: Option<u32> = list.after()?;
    let managed = managed::required(cx, &mut tx, arn).await?;
    let (mut rows, default) = rows(&mut tx, &managed).await?;
    rows.retain(|row| before.is_none_or(|before| row.version < before));
    let page = list.page(rows, |row| Some(row.version))?;
    Ok(page.map(|row| PolicyVersion { document: None, ..shown(row, default) }))
}

/// All versions of a policy with their documents, the newest first.
pub(crate) async fn all_of(tx: &mut Tx, managed: &Managed) -> Result<Vec<PolicyVersion>, Fault> {
    let (rows, default) = rows(tx, managed).await?;
    Ok(rows.into_iter().map(|row| shown(row, default)).collect())
}

/// The versions of a policy, the newest first, and which one is in force.
async fn rows(tx: &mut Tx, managed: &Managed) -> Result<(Vec<Row>, u32), Fault> {
    Ok(match managed {
        Managed::Aws(policy) => (vec![of_aws(policy.version, policy.document)], policy.version),
        Managed::Own(policy) => {
            let mut rows = table::list_after(tx, &policy.id, 0, VERSIONS).await?;
            rows.reverse();
            (rows, policy.default_version)
        }
    })
}

/// Puts a version into force.
///
/// # Errors
/// `NoSuchEntity`, `AccessDenied` for AWS's own.
pub async fn set_default<S>(cx: &Cx<S>, arn: &str, version_id: &str) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let mut policy = managed::own_one(cx, &mut tx, arn).await?;
    let version = number(version_id).ok_or_else(|| faults::no_such_version(arn, version_id))?;
    if table::get(&mut tx, &policy.id, version).await?.is_none() {
        return Err(faults::no_such_version(arn, version_id));
    }
    (policy.default_version, policy.modified_at) = (version, cx.now);
    policies::update(&mut tx, &policy).await?;
    Ok(tx.commit().await?)
}

/// Deletes a version that is not in force.
///
/// # Errors
/// `NoSuchEntity`, `DeleteConflict`, `AccessDenied` for AWS's own.
pub async fn delete<S>(cx: &Cx<S>, arn: &str, version_id: &str) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let policy = managed::own_one(cx, &mut tx, arn).await?;
    let version = number(version_id).ok_or_else(|| faults::no_such_version(arn, version_id))?;
    if version == policy.default_version {
        let text = "Cannot delete the default version of a policy.";
        return Err(Fault::new(ErrorCode::DeleteConflictException, text));
    }
    if !table::delete(&mut tx, &policy.id, version).await? {
        return Err(faults::no_such_version(arn, version_id));
    }
    Ok(tx.commit().await?)
}

/// The number in `v1`. What follows a dot was never given out.
fn number(version_id: &str) -> Option<u32> {
    version_id.strip_prefix('v')?.parse().ok()
}

fn of_aws(version: u32, document: &str) -> Row {
    let created_at = Timestamp::from_seconds(0);
    Row { policy_id: String::new(), version, document: document.to_owned(), created_at }
}

fn shown(row: Row, default_version: u32) -> PolicyVersion {
    PolicyVersion {
        document: Some(row.document),
        version_id: Some(format!("v{}", row.version)),
        is_default_version: Some(row.version == default_version),
        create_date: Some(row.created_at),
    }
}
