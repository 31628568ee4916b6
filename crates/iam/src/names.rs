//! Names, ids and ARNs (identity-pools-and-iam §10.4, §12).

use poolhouse_ports::Entropy;

/// What has policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A user, who has access keys.
    User,
    /// A group, whose users have its policies.
    Group,
    /// A role, which others assume.
    Role,
}

/// One of a kind, by its name.
pub type Owner<'a> = (Kind, &'a str);

impl Kind {
    /// As ARNs and messages write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    /// As messages begin with it.
    pub(crate) fn capital(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Role => "Role",
        }
    }

    /// The kind of something with this id.
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        [Self::User, Self::Group, Self::Role].into_iter().find(|kind| id.starts_with(kind.prefix()))
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::User => "AIDA",
            Self::Group => "AGPA",
            Self::Role => "AROA",
        }
    }

    pub(crate) fn new_id(self, entropy: &Entropy) -> String {
        id(self.prefix(), entropy)
    }

    /// How many an account may have, and what the quota is called (identity-pools-and-iam §10.4, documented).
    pub(crate) fn quota(self) -> (&'static str, u32) {
        match self {
            Self::User => ("UsersPerAccount", 5000),
            Self::Group => ("GroupsPerAccount", 300),
            Self::Role => ("RolesPerAccount", 1000),
        }
    }
}

/// A prefix and 17 characters of `[A-Z2-7]`.
pub(crate) fn id(prefix: &str, entropy: &Entropy) -> String {
    format!("{prefix}{}", entropy.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17))
}

/// The form in which names are found: without regard to case (recorded).
pub(crate) fn key(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// `arn:aws:iam::<account>:<kind><path><name>`.
pub(crate) fn arn(account: &str, kind: &str, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:{kind}{path}{name}")
}

/// The kind and name of a user, group or role in an ARN.
pub(crate) fn of_arn(arn: &str) -> Option<(Kind, &str)> {
    let (kind, named) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?.1.split_once('/')?;
    let kind = [Kind::User, Kind::Group, Kind::Role].into_iter().find(|known| known.as_str() == kind)?;
    let name = named.rsplit('/').next().filter(|name| !name.is_empty())?;
    Some((kind, name))
}

/// The name of the managed policy with this ARN.
pub(crate) fn of_policy(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The paths that begin with a prefix: from the first one to the one behind the last. Paths are of visible ASCII.
pub(crate) fn paths(prefix: Option<&str>) -> (String, String) {
    let prefix = prefix.unwrap_or("/");
    (prefix.to_owned(), format!("{prefix}\u{7f}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_a_prefix_lie_between_two() {
        let (first, end) = paths(Some("/a"));
        let inside = |path: &str| *first <= *path && *path < *end;
        assert!(inside("/a") && inside("/a/") && inside("/a~/") && inside("/abc/"));
        assert!(!inside("/") && !inside("/A/") && !inside("/b/"));
        let (first, end) = paths(None);
        assert!(*first <= *"/" && *"/~/" < *end);
    }

    #[test]
    fn an_arn_tells_kind_and_name() {
        assert_eq!(of_arn("arn:aws:iam::1:user/ann"), Some((Kind::User, "ann")));
        assert_eq!(of_arn("arn:aws:iam::1:role/a/b/r"), Some((Kind::Role, "r")));
        for none in [
            "",
            "arn:aws:iam::1:root",
            "arn:aws:iam::1:policy/p",
            "arn:aws:iam::1:user/",
            "arn:aws:sts::1:role/r",
        ] {
            assert_eq!(of_arn(none), None, "{none}");
        }
    }

    #[test]
    fn an_id_tells_its_kind() {
        for kind in [Kind::User, Kind::Group, Kind::Role] {
            let id = kind.new_id(&Entropy::seeded(1));
            assert_eq!((Kind::of_id(&id), id.len()), (Some(kind), 21));
        }
        assert_eq!(Kind::of_id("ANPA"), None);
    }
}
