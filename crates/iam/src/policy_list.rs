//! The list of managed policies: AWS's by name, then the account's own by name.

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::Tx;
use poolhouse_store::tables::managed_policies::{self as table, After};
use poolhouse_wire::iam::{Policy, PolicyScopeType, PolicyUsageType};

use crate::aws_policies;
use crate::lists::{Asked, List};
use crate::managed::{self, Managed, Used};
use crate::names;

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

impl Wanted {
    /// Whether only those are wanted that somebody has, and only those that bound somebody; with both those that do either.
    fn uses(&self) -> (bool, bool) {
        match &self.usage {
            Some(PolicyUsageType::PermissionsPolicy) => (true, false),
            Some(PolicyUsageType::PermissionsBoundary) => (false, true),
            Some(PolicyUsageType::Other(_)) | None => (self.only_attached, self.only_attached),
        }
    }
}

/// Whether it is the account's own, and its name.
type Place = (bool, String);

/// One page of the policies. Lists leave out tags and descriptions (documented).
///
/// # Errors
/// `ValidationError`.
pub async fn page<S>(cx: &Cx<S>, wanted: &Wanted, asked: Asked<'_>) -> Result<Page<Policy>, Fault> {
    let keys = cx.engine().sealing().installation_keys();
    let list = List::new(cx, keys, &format!("policies/{wanted:?}"), asked);
    let (behind_aws, after): Place = list.after()?;
    let mut tx = cx.read().await?;
    let mut found: Vec<(Place, Policy)> = Vec::new();
    if !behind_aws && wanted.scope != Some(PolicyScopeType::Local) {
        for (managed, used) in of_aws(&mut tx, wanted, &after, list.rows()).await? {
            found.push(((false, managed.key().to_owned()), managed::shown(cx, &managed, used)));
        }
    }
    let room = list.rows().saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
    if room > 0 && wanted.scope != Some(PolicyScopeType::Aws) {
        let after = if behind_aws { &after } else { "" };
        for (managed, used) in own(cx, &mut tx, wanted, after, room).await? {
            let policy = Policy { description: None, ..managed::shown(cx, &managed, used) };
            found.push(((true, managed.key().to_owned()), policy));
        }
    }
    Ok(list.page(found, |(place, _)| place.clone())?.map(|(_, policy)| policy))
}

/// At most `limit` of AWS's policies behind a name.
pub(crate) async fn of_aws(
    tx: &mut Tx,
    wanted: &Wanted,
    after: &str,
    limit: u32,
) -> Result<Vec<(Managed, Used)>, Fault> {
    let (attached, bounding) = wanted.uses();
    let prefix = wanted.path_prefix.as_deref().unwrap_or("/");
    let mut found = Vec::new();
    for policy in
        aws_policies::ALL.iter().filter(|policy| policy.name > after && policy.path.starts_with(prefix))
    {
        let used = managed::used(tx, &policy.arn()).await?;
        let takes = !(attached || bounding)
            || (attached && used.attachments > 0)
            || (bounding && used.boundaries > 0);
        if takes {
            found.push((Managed::Aws(policy), used));
        }
        if found.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            break;
        }
    }
    Ok(found)
}

/// At most `limit` of the account's own policies behind a name.
pub(crate) async fn own<S>(
    cx: &Cx<S>,
    tx: &mut Tx,
    wanted: &Wanted,
    after: &str,
    limit: u32,
) -> Result<Vec<(Managed, Used)>, Fault> {
    let (first_path, end_path) = names::paths(wanted.path_prefix.as_deref());
    let (attached, bounding) = wanted.uses();
    let after = After {
        name_key: after,
        first_path: &first_path,
        end_path: &end_path,
        arn_prefix: &names::arn(&cx.settings().account_id, "policy", "", ""),
        attached,
        bounding,
    };
    let rows = table::list_after(tx, after, limit).await?.into_iter();
    let own = |row: table::Used| {
        let used = Used { attachments: row.attachments, boundaries: row.boundaries };
        (Managed::Own(row.policy), used)
    };
    Ok(rows.map(own).collect())
}
