//! Whom the trust policies of roles mean. AWS holds on to users and roles by their unique ids: one that is deleted and made
//! again under its name is somebody else (identity-pools-and-iam §9.1, documented).

use std::collections::BTreeMap;

use poolhouse_kernel::{Cx, Fault};
use poolhouse_policy::{named_principals, with_principals};
use poolhouse_store::Tx;
use poolhouse_store::tables::entities as table;
use poolhouse_wire::ErrorCode;

use crate::names::{self, Kind};
use crate::role_parts::RoleParts;
use crate::{entities, principals};

/// How it is said of a principal that there is none (observed).
const INVALID_PRINCIPAL: &str = "Invalid principal in policy";

/// Whether a trust policy was refused for nothing but that somebody whom it names is not there, or not any more.
pub fn names_nobody(refusal: &Fault) -> bool {
    refusal.message().is_some_and(|text| text.starts_with(INVALID_PRINCIPAL))
}

/// The users, roles and sessions of this account that a document names, by what it calls them, with their unique ids.
///
/// # Errors
/// `MalformedPolicyDocument` for one that there is not.
pub(crate) async fn ids<S>(cx: &Cx<S>, document: &str) -> Result<BTreeMap<String, String>, Fault> {
    let mut tx = cx.read().await?;
    let mut ids = BTreeMap::new();
    for name in named_principals(document) {
        let Some(meant) = Meant::read(&cx.settings().account_id, &name) else { continue };
        let found = match meant {
            Meant::Arn => entities::find_by_arn(cx, &mut tx, &name).await?.map(|entity| entity.id),
            Meant::Session { role, session } => {
                let role = table::find_by_name(&mut tx, Kind::Role.as_str(), &names::key(role)).await?;
                role.map(|role| format!("{}:{session}", role.id))
            }
            Meant::Id => table::get(&mut tx, &name).await?.map(|entity| entity.id),
        };
        let id = found.ok_or_else(|| {
            let text = format!("{INVALID_PRINCIPAL}: \"AWS\":\"{name}\"");
            Fault::new(ErrorCode::MalformedPolicyDocumentException, text)
        })?;
        ids.insert(name, id);
    }
    Ok(ids)
}

/// The trust policy of a role with those whom it means under their names of now; who is gone under the unique id, which nobody
/// has again.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn now<S>(cx: &Cx<S>, tx: &mut Tx, parts: &RoleParts) -> Result<String, Fault> {
    let mut current = BTreeMap::new();
    for (name, id) in &parts.principals {
        let (entity_id, session) =
            id.split_once(':').map_or((&**id, None), |(id, session)| (id, Some(session)));
        let arn = table::get(tx, entity_id).await?.map(|entity| match session {
            None => entities::arn(cx, &entity),
            Some(session) => principals::assumed(cx, &entity, session).arn,
        });
        current.insert(name.clone(), arn.unwrap_or_else(|| id.clone()));
    }
    Ok(with_principals(&parts.trust, &current))
}

/// How a document names somebody of the account.
enum Meant<'a> {
    /// A user or role, by its ARN.
    Arn,
    /// A session, by its role's name and its own.
    Session { role: &'a str, session: &'a str },
    /// A user or role, by its unique id.
    Id,
}

impl<'a> Meant<'a> {
    /// `None` of accounts, of everybody, and of those of other accounts, whom nobody here can be.
    fn read(account: &str, name: &'a str) -> Option<Self> {
        let of_account = |service: &str| {
            name.strip_prefix("arn:aws:")?.strip_prefix(service)?.strip_prefix("::")?.strip_prefix(account)
        };
        if let Some(named) = of_account("sts").and_then(|rest| rest.strip_prefix(":assumed-role/")) {
            let (role, session) = named.split_once('/')?;
            return Some(Self::Session { role, session });
        }
        if of_account("iam").is_some() {
            return names::of_arn(name).map(|_| Self::Arn);
        }
        Kind::of_id(name).filter(|_| !name.contains([':', '*'])).map(|_| Self::Id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_roles_and_sessions_of_the_account_are_meant() {
        for (name, expected) in [
            ("arn:aws:iam::1:user/ann", Some("arn")),
            ("arn:aws:iam::1:role/a/r", Some("arn")),
            ("arn:aws:sts::1:assumed-role/r/s", Some("session")),
            ("AIDA5BCDEFGHIJKLMNOPQ", Some("id")),
            ("arn:aws:iam::1:root", None),
            ("arn:aws:iam::2:user/ann", None),
            ("1", None),
            ("*", None),
        ] {
            let kind = Meant::read("1", name).map(|meant| match meant {
                Meant::Arn => "arn",
                Meant::Session { .. } => "session",
                Meant::Id => "id",
            });
            assert_eq!(kind, expected, "{name}");
        }
    }
}
