//! Managed policies: the account's own, and those of AWS beside them.

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_ports::Timestamp;
use poolhouse_store::Tx;
use poolhouse_store::tables::managed_policies::{self as table, ManagedPolicy as Row};
use poolhouse_store::tables::policy_versions::{self, PolicyVersion};
use poolhouse_store::tables::{Insert, attachments, entities as entity_table};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::iam::{Policy, PolicyScopeType, PolicyUsageType, Tag};

use crate::aws_policies::{self, AwsPolicy};
use crate::change::begin;
use crate::lists::{Asked, List};
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

/// Which policies a list has.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Whose.
    pub scope: Option<PolicyScopeType>,
    /// Only those that somebody has.
    pub only_attached: bool,
    /// Only those whose paths begin so.
    pub path_prefix: Option<String>,
    /// Only those that are used so.
    pub usage: Option<PolicyUsageType>,
}

/// A managed policy.
pub(crate) enum Managed {
    Aws(&'static AwsPolicy),
    Own(Row),
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
    Ok(Policy { description: None, ..own(cx, &row, Used::default()) }.with_tags(tags))
}

/// The policy with this ARN.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn get<S>(cx: &Cx<S>, arn: &str) -> Result<Policy, Fault> {
    let mut tx = cx.read().await?;
    let managed = required(cx, &mut tx, arn).await?;
    let used = used(&mut tx, arn).await?;
    match managed {
        Managed::Aws(policy) => Ok(aws(policy, used)),
        Managed::Own(row) => {
            let tags = tags::read(&row.tags)?;
            Ok(own(cx, &row, used).with_tags(tags))
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

/// One page of the policies: AWS's by name, then the account's own by name. Lists leave out tags and descriptions
/// (documented).
///
/// # Errors
/// `ValidationError`.
pub async fn list<S>(cx: &Cx<S>, wanted: &Wanted, asked: Asked<'_>) -> Result<Page<Policy>, Fault> {
    let keys = cx.engine().sealing().installation_keys();
    let list = List::new(cx, &keys, &format!("policies/{wanted:?}"), asked);
    let after: (bool, String) = list.after()?;
    let mut tx = cx.read().await?;
    let mut found: Vec<((bool, String), Policy)> = Vec::new();
    for place in places(&mut tx, wanted).await? {
        if found.len() >= usize::try_from(list.rows()).unwrap_or(usize::MAX) {
            break;
        }
        let (key, managed) = place;
        if key <= after {
            continue;
        }
        let used = used(&mut tx, &arn(cx, &managed)).await?;
        if wanted.takes(used) {
            found.push((
                key,
                match managed {
                    Managed::Aws(policy) => aws(policy, used),
                    Managed::Own(row) => Policy { description: None, ..own(cx, &row, used) },
                },
            ));
        }
    }
    Ok(list.page(found, |(key, _)| key.clone())?.map(|(_, policy)| policy))
}

/// All that are of the scope and path that is wanted, with their places in the list.
async fn places(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<((bool, String), Managed)>, Fault> {
    let in_path = |path: &str| wanted.path_prefix.as_deref().is_none_or(|prefix| path.starts_with(prefix));
    let mut places = Vec::new();
    if wanted.scope != Some(PolicyScopeType::Local) {
        let of_aws = aws_policies::ALL.iter().filter(|policy| in_path(policy.path));
        places.extend(of_aws.map(|policy| ((false, policy.name.to_owned()), Managed::Aws(policy))));
    }
    if wanted.scope != Some(PolicyScopeType::Aws) {
        let rows = table::list_after(tx, "", POLICIES).await?;
        let rows = rows.into_iter().filter(|row| in_path(&row.path));
        places.extend(rows.map(|row| ((true, row.name_key.clone()), Managed::Own(row))));
    }
    Ok(places)
}

impl Wanted {
    fn takes(&self, used: Used) -> bool {
        let counted = match &self.usage {
            Some(PolicyUsageType::PermissionsPolicy) => used.attachments,
            Some(PolicyUsageType::PermissionsBoundary) => used.boundaries,
            Some(PolicyUsageType::Other(_)) | None => used.attachments + used.boundaries,
        };
        counted > 0 || !(self.only_attached || self.usage.is_some())
    }
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
    let mut tags = tags::read(&row.tags)?;
    change(&mut tags)?;
    row.tags = tags::written(&tags)?;
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
struct Used {
    attachments: u32,
    boundaries: u32,
}

async fn used(tx: &mut Tx, arn: &str) -> Result<Used, Fault> {
    Ok(Used {
        attachments: attachments::count(tx, arn, HOLDERS).await?,
        boundaries: entity_table::count_bounded(tx, arn, HOLDERS).await?,
    })
}

fn arn<S>(cx: &Cx<S>, managed: &Managed) -> String {
    match managed {
        Managed::Aws(policy) => policy.arn(),
        Managed::Own(row) => own_arn(cx, row),
    }
}

fn own_arn<S>(cx: &Cx<S>, row: &Row) -> String {
    names::arn(&cx.settings().account_id, "policy", &row.path, &row.name)
}

fn own<S>(cx: &Cx<S>, row: &Row, used: Used) -> Policy {
    Policy {
        policy_id: Some(row.id.clone()),
        description: row.description.clone(),
        create_date: Some(row.created_at),
        update_date: Some(row.modified_at),
        ..shown(&row.name, own_arn(cx, row), &row.path, row.default_version, used)
    }
}

fn aws(policy: &AwsPolicy, used: Used) -> Policy {
    // When AWS made them is nobody's concern here; clients want a time.
    let long_ago = Some(Timestamp::from_seconds(0));
    Policy {
        create_date: long_ago,
        update_date: long_ago,
        ..shown(policy.name, policy.arn(), policy.path, policy.version, used)
    }
}

fn shown(name: &str, arn: String, path: &str, version: u32, used: Used) -> Policy {
    Policy {
        policy_name: Some(name.to_owned()),
        arn: Some(arn),
        path: Some(path.to_owned()),
        default_version_id: Some(format!("v{version}")),
        attachment_count: i32::try_from(used.attachments).ok(),
        permissions_boundary_usage_count: i32::try_from(used.boundaries).ok(),
        is_attachable: Some(true),
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
