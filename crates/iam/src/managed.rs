//! Managed policies: the account's own, and those of AWS beside them.

use poolhouse_kernel::{Cx, Fault};
use poolhouse_ports::Timestamp;
use poolhouse_store::Tx;
use poolhouse_store::tables::managed_policies::{self as table, ManagedPolicy as Row};
use poolhouse_store::tables::policy_versions::{self, PolicyVersion};
use poolhouse_store::tables::{Insert, attachments, entities as entity_table};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::iam::{Policy, Tag};

use crate::aws_policies::{self, AwsPolicy};
use crate::change::begin;
use crate::quotas::{HOLDERS, POLICIES};
use crate::tags::{self, Tags};
use crate::{documents, faults, names};

/// A managed policy to be made.
#[derive(Debug)]
pub struct NewPolicy {
    /// Its name.
    pub name: String,
    /// Its path; `/` by default.
    pub path: Option<String>,
    /// Its first version.
    pub document: String,
    /// What it is for; never changed.
    pub description: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// A managed policy.
pub(crate) enum Managed {
    Aws(&'static AwsPolicy),
    Own(Row),
}

impl Managed {
    /// Its place in lists.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Aws(policy) => policy.name,
            Self::Own(row) => &row.name_key,
        }
    }
}

/// Makes a policy with its first version.
///
/// # Errors
/// `MalformedPolicyDocument`, `EntityAlreadyExists`, `LimitExceeded`, `InvalidInput`.
pub async fn create<S>(cx: &Cx<S>, new: NewPolicy) -> Result<Policy, Fault> {
    let NewPolicy { name, path, document, description, tags: given } = new;
    documents::check_managed(&document)?;
    let mut tags = Tags::new();
    tags::set(&mut tags, given)?;
    let row = Row {
        id: names::id("ANPA", cx.entropy()),
        name_key: names::key(&name),
        name,
        path: path.unwrap_or_else(|| "/".to_owned()),
        description,
        default_version: 1,
        last_version: 1,
        created_at: cx.now,
        modified_at: cx.now,
        tags: tags::written(&tags)?,
    };
    let mut tx = begin(cx).await?;
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        let text = format!("A policy called {} already exists. Duplicate names are not allowed.", row.name);
        return Err(faults::taken(text));
    }
    let version = PolicyVersion { policy_id: row.id.clone(), version: 1, document, created_at: cx.now };
    let _ = policy_versions::insert(&mut tx, &version).await?;
    if table::count(&mut tx, POLICIES + 1).await? > POLICIES {
        return Err(faults::quota("PoliciesPerAccount", POLICIES));
    }
    tx.commit().await?;
    // Neither documents nor descriptions are in the answer (documented).
    Ok(Policy { description: None, ..shown(cx, &Managed::Own(row), Used::default()) }.with_tags(tags))
}

/// The policy with this ARN.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn get<S>(cx: &Cx<S>, arn: &str) -> Result<Policy, Fault> {
    let mut tx = cx.read().await?;
    let managed = required(cx, &mut tx, arn).await?;
    let used = used(&mut tx, arn).await?;
    match &managed {
        Managed::Aws(_) => Ok(shown(cx, &managed, used)),
        Managed::Own(row) => {
            let tags = tags::read(&row.tags)?;
            Ok(shown(cx, &managed, used).with_tags(tags))
        }
    }
}

/// Deletes a policy that nobody has, and that has only its default version.
///
/// # Errors
/// `NoSuchEntity`, `DeleteConflict`, `AccessDenied` for AWS's own.
pub async fn delete<S>(cx: &Cx<S>, arn: &str) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let row = own_one(cx, &mut tx, arn).await?;
    let Used { attachments, boundaries } = used(&mut tx, arn).await?;
    let versions = policy_versions::list_after(&mut tx, &row.id, 0, 2).await?;
    if attachments > 0 {
        let text = "Cannot delete a policy attached to entities.";
        return Err(Fault::new(ErrorCode::DeleteConflictException, text));
    }
    if boundaries > 0 {
        return Err(faults::still_used());
    }
    if versions.len() > 1 {
        let text = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
        return Err(Fault::new(ErrorCode::DeleteConflictException, text));
    }
    table::delete(&mut tx, &row.id).await?;
    Ok(tx.commit().await?)
}

/// Changes the tags of a policy.
///
/// # Errors
/// `NoSuchEntity`, `AccessDenied`, and what `change` refuses.
pub(crate) async fn change_tags<S>(
    cx: &Cx<S>,
    arn: &str,
    change: impl FnOnce(&mut Tags) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let mut row = own_one(cx, &mut tx, arn).await?;
    row.tags = tags::changed(&row.tags, change)?;
    table::update(&mut tx, &row).await?;
    Ok(tx.commit().await?)
}

/// The policy with this ARN, if there is one.
///
/// # Errors
/// `ValidationError` for what is no ARN.
pub(crate) async fn find<S>(cx: &Cx<S>, tx: &mut Tx, arn: &str) -> Result<Option<Managed>, Fault> {
    if arn.split(':').count() < 6 || !arn.starts_with("arn:") {
        return Err(faults::not_an_arn());
    }
    if let Some(policy) = aws_policies::find(arn) {
        return Ok(Some(Managed::Aws(policy)));
    }
    let Some(name) = arn.rsplit('/').next() else { return Ok(None) };
    let row = table::find_by_name(tx, &names::key(name)).await?;
    Ok(row.filter(|row| own_arn(cx, row) == arn).map(Managed::Own))
}

/// Whether a policy can be attached, or be a boundary: it is there.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub(crate) async fn check_attachable<S>(cx: &Cx<S>, tx: &mut Tx, arn: &str) -> Result<(), Fault> {
    match find(cx, tx, arn).await? {
        Some(_) => Ok(()),
        None => Err(faults::not_attachable(arn)),
    }
}

/// The document that is in force of the policy with this ARN.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn document<S>(cx: &Cx<S>, tx: &mut Tx, arn: &str) -> Result<Option<String>, Fault> {
    Ok(match find(cx, tx, arn).await? {
        None => None,
        Some(Managed::Aws(policy)) => Some(policy.document.to_owned()),
        Some(Managed::Own(row)) => {
            policy_versions::get(tx, &row.id, row.default_version).await?.map(|version| version.document)
        }
    })
}

pub(crate) async fn required<S>(cx: &Cx<S>, tx: &mut Tx, arn: &str) -> Result<Managed, Fault> {
    find(cx, tx, arn).await?.ok_or_else(|| faults::no_such_policy(arn))
}

/// One of the account's own, which alone can be changed.
pub(crate) async fn own_one<S>(cx: &Cx<S>, tx: &mut Tx, arn: &str) -> Result<Row, Fault> {
    match required(cx, tx, arn).await? {
        Managed::Own(row) => Ok(row),
        Managed::Aws(_) => {
            let text = "The policy is one of AWS's own, which cannot be changed.";
            Err(Fault::new(ErrorCode::AccessDeniedException, text))
        }
    }
}

/// How often a policy is used.
#[derive(Clone, Copy, Default)]
pub(crate) struct Used {
    pub(crate) attachments: u32,
    pub(crate) boundaries: u32,
}

pub(crate) async fn used(tx: &mut Tx, arn: &str) -> Result<Used, Fault> {
    Ok(Used {
        attachments: attachments::count(tx, arn, HOLDERS).await?,
        boundaries: entity_table::count_bounded(tx, arn, HOLDERS).await?,
    })
}

fn own_arn<S>(cx: &Cx<S>, row: &Row) -> String {
    names::arn(&cx.settings().account_id, "policy", &row.path, &row.name)
}

/// A policy as answers show it, without its tags.
pub(crate) fn shown<S>(cx: &Cx<S>, managed: &Managed, used: Used) -> Policy {
    // When AWS made its own is nobody's concern here; clients want a time.
    let long_ago = Timestamp::from_seconds(0);
    let (name, arn, path, version, created_at, modified_at) = match managed {
        Managed::Aws(policy) => (policy.name, policy.arn(), policy.path, policy.version, long_ago, long_ago),
        Managed::Own(row) => (
            row.name.as_str(),
            own_arn(cx, row),
            row.path.as_str(),
            row.default_version,
            row.created_at,
            row.modified_at,
        ),
    };
    let (id, description) = match managed {
        Managed::Aws(_) => (None, None),
        Managed::Own(row) => (Some(row.id.clone()), row.description.clone()),
    };
    Policy {
        policy_name: Some(name.to_owned()),
        policy_id: id,
        arn: Some(arn),
        path: Some(path.to_owned()),
        default_version_id: Some(format!("v{version}")),
        attachment_count: i32::try_from(used.attachments).ok(),
        permissions_boundary_usage_count: i32::try_from(used.boundaries).ok(),
        is_attachable: Some(true),
        description,
        create_date: Some(created_at),
        update_date: Some(modified_at),
        ..Policy::default()
    }
}

/// Puts tags on an answer, if there are any.
trait WithTags {
    fn with_tags(self, tags: Tags) -> Self;
}

impl WithTags for Policy {
    fn with_tags(self, tags: Tags) -> Self {
        Self { tags: tags::shown_if_any(tags), ..self }
    }
}
