//! Users.

use std::fmt;

use poolhouse_kernel::Fault;
use poolhouse_ports::{Sub, Timestamp, Username};
use poolhouse_store::tables::users::User as UserRow;
use poolhouse_wire::user_pools::{AliasAttributeType, UserStatusType, UsernameAttributeType};

use super::attributes::{Attributes, is_true, verified_flag};
use super::factors::{Factor, Mfa, SoftwareToken};
use super::pool::Pool;
use super::{identities, names};

/// A user as stored, with what its row holds as text read; [`User::to_row`] writes it back.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) row: UserRow,
    pub(crate) attributes: Attributes,
    pub(crate) status: UserStatusType,
    pub(crate) mfa: Mfa,
}

/// Names the user and shows nothing of it: attributes are personal, verifiers let in.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("pool", &self.row.pool_id)
            .field("sub", &self.row.sub)
            .finish_non_exhaustive()
    }
}

impl User {
    pub(crate) fn from_row(row: UserRow) -> Result<Self, Fault> {
        let attributes = serde_json::from_str(&row.attributes).map_err(Fault::internal)?;
        let status = UserStatusType::from(row.status.as_str());
        let mfa = row.mfa.as_deref().map(serde_json::from_str).transpose().map_err(Fault::internal)?;
        Ok(Self { row, attributes, status, mfa: mfa.unwrap_or_default() })
    }

    /// The row, ready to be stored.
    pub(crate) fn to_row(&self) -> Result<UserRow, Fault> {
        let mut row = self.row.clone();
        row.attributes = serde_json::to_string(&self.attributes).map_err(Fault::internal)?;
        self.status.as_str().clone_into(&mut row.status);
        let mfa = (self.mfa != Mfa::default()).then(|| serde_json::to_string(&self.mfa));
        row.mfa = mfa.transpose().map_err(Fault::internal)?;
        Ok(row)
    }

    /// Whether there is a password to sign in with.
    pub(crate) fn has_password(&self) -> bool {
        self.row.verifier.is_some() || self.row.imported_hash.is_some()
    }

    /// Replaces the attributes; factors whose address is gone are turned off.
    pub(crate) fn set_attributes(&mut self, attributes: Attributes) {
        self.attributes = attributes;
        self.drop_factors_without_means();
    }

    /// The address of `attribute` when there is one and it is verified.
    pub(crate) fn verified_address(&self, attribute: &str) -> Option<&str> {
        let flag = verified_flag(attribute)?;
        is_true(&self.attributes, flag).then(|| self.attributes.get(attribute).map(String::as_str))?
    }

    /// Whether the user has what the factor needs: an address, verified or not, or a registered token.
    pub(crate) fn has_means_for(&self, factor: Factor) -> bool {
        match factor {
            Factor::Sms => self.attributes.contains_key("phone_number"),
            Factor::Email => self.attributes.contains_key("email"),
            Factor::SoftwareToken => self.mfa.token.is_some(),
        }
    }

    /// Turns off factors whose address is gone (authentication §13.3, inferred).
    pub(crate) fn drop_factors_without_means(&mut self) {
        for factor in Factor::ALL {
            if !self.has_means_for(factor) {
                self.mfa.deactivate(factor);
            }
        }
    }

    /// Takes the token in the place of an earlier one. It is not turned on by that
    /// (authentication §11.4, §13.2).
    pub(crate) fn set_software_token(&mut self, token: SoftwareToken) {
        self.mfa.token = Some(token);
        self.mfa.pending_token = None;
    }
}

/// By which name clients that hide who exists are told of a user who has proven nothing (`USER_ID_FOR_SRP`): one that says
/// no more than what was typed. Where several names lead to a user that is its `sub`; where letter case makes no
/// difference, the name without it.
pub(crate) fn hiding_name<'u>(pool: &Pool, user: &'u UserRow) -> &'u str {
    if !pool.alias_attributes().is_empty() {
        &user.sub
    } else if pool.username_attributes().is_empty() {
        &user.username_key
    } else {
        // It is the sub already.
        &user.username
    }
}

/// The attributes by whose value a user of this pool can be meant.
pub(crate) fn alias_names(pool: &Pool) -> impl Iterator<Item = &'static str> {
    let username = pool.username_attributes().iter().map(UsernameAttributeType::as_str);
    let alias = pool.alias_attributes().iter().map(AliasAttributeType::as_str);
    let wanted: Vec<&str> = username.chain(alias).collect();
    ["email", "phone_number", "preferred_username"].into_iter().filter(move |name| wanted.contains(name))
}

/// The aliases that a user with these attributes holds, as (attribute, folded value): in pools with
/// address names verified or not, in pools with aliases only once verified (users-and-groups §1.1, §6).
/// A value longer than any user name is no alias: nobody could give it.
pub(crate) fn aliases_of(pool: &Pool, attributes: &Attributes) -> Vec<(&'static str, String)> {
    let by_address = !pool.username_attributes().is_empty();
    alias_names(pool)
        .filter_map(|name| {
            let value = attributes.get(name).filter(|value| value.chars().count() <= names::LONGEST)?;
            let active = by_address || verified_flag(name).is_none_or(|flag| is_true(attributes, flag));
            active.then(|| (name, names::fold(pool, value)))
        })
        .collect()
}

/// The aliases that a user holds: whom a provider made, and whoever comes by providers alone, signs in by no alias, so that the
/// address that several providers know somebody by is in nobody's way (federation §6, ours).
pub(crate) fn aliases_held(pool: &Pool, user: &User) -> Vec<(&'static str, String)> {
    if user.status == UserStatusType::ExternalProvider || identities::has_primary(&user.attributes) {
        return Vec::new();
    }
    aliases_of(pool, &user.attributes)
}

/// A user made now, enabled and without a password.
pub(crate) fn blank(
    now: Timestamp,
    pool: &Pool,
    sub: Sub,
    username: Username,
    attributes: Attributes,
    status: UserStatusType,
) -> User {
    let row = UserRow {
        pool_id: pool.id.clone(),
        sub,
        username_key: names::fold(pool, &username),
        username,
        status: String::new(),
        enabled: true,
        created_at: now,
        modified_at: now,
        attributes: String::new(),
        verifier: None,
        password_set_at: None,
        password_version: 0,
        password_history: None,
        mfa: None,
        sign_outs: 0,
        imported_hash: None,
    };
    User { row, attributes, status, mfa: Mfa::default() }
}
