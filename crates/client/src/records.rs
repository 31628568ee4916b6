//! What the service keeps, as typed records.

use std::cmp::Ordering;
use std::time::SystemTime;

use aws_sdk_cognitoidentityprovider::operation::admin_get_user::AdminGetUserOutput;
use aws_sdk_cognitoidentityprovider::operation::get_user::GetUserOutput;
use aws_sdk_cognitoidentityprovider::primitives::DateTime;
use aws_sdk_cognitoidentityprovider::types::{CodeDeliveryDetailsType, GroupType, UserType};

use crate::attributes::Attributes;
use crate::names::{Challenge, DeliveryMedium, UserStatus};

/// A user.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// let mut user = admin.get_user("alice").await?;
/// println!("{} {:?} {:?}", user.username, user.status, user.created);
/// user.attributes.set("given_name", "Alice");
/// admin.save(&mut user).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct User {
    /// The real name: in pools where people sign in by e-mail address or phone number, the `sub`.
    pub username: String,
    /// The attributes that the caller may read. Change them and hand the user to `save`.
    pub attributes: Attributes,
    /// Confirmed, must change the password, and so on. The user's own view does not have it.
    pub status: Option<UserStatus>,
    /// Whether the user may sign in. The user's own view does not have it.
    pub enabled: Option<bool>,
    /// When the user was made. The user's own view does not have it.
    pub created: Option<SystemTime>,
    /// When the user was last changed. The user's own view does not have it.
    pub modified: Option<SystemTime>,
    /// The second factors that are active, by the challenges that ask for them. Lists do not have it.
    pub mfa_methods: Vec<Challenge>,
    /// The second factor that is asked for first. Lists do not have it.
    pub preferred_mfa: Option<Challenge>,
    /// The attributes as they were read.
    pub(crate) read: Attributes,
}

impl User {
    /// The `sub`: the one name of a user that never changes.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.attributes.get("sub")
    }

    /// The e-mail address.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.attributes.email()
    }

    /// The phone number.
    #[must_use]
    pub fn phone_number(&self) -> Option<&str> {
        self.attributes.phone_number()
    }

    fn new(username: String, attributes: Attributes) -> Self {
        Self {
            username,
            read: attributes.clone(),
            attributes,
            status: None,
            enabled: None,
            created: None,
            modified: None,
            mfa_methods: Vec::new(),
            preferred_mfa: None,
        }
    }

    pub(crate) fn from_list(user: UserType) -> Self {
        let attributes = Attributes::from_sdk(user.attributes());
        Self {
            status: user.user_status.map(UserStatus::from),
            enabled: Some(user.enabled),
            created: time(user.user_create_date),
            modified: time(user.user_last_modified_date),
            ..Self::new(user.username.unwrap_or_default(), attributes)
        }
    }

    pub(crate) fn from_admin(user: AdminGetUserOutput) -> Self {
        let attributes = Attributes::from_sdk(user.user_attributes());
        Self {
            status: user.user_status.map(UserStatus::from),
            enabled: Some(user.enabled),
            created: time(user.user_create_date),
            modified: time(user.user_last_modified_date),
            mfa_methods: challenges(user.user_mfa_setting_list),
            preferred_mfa: user.preferred_mfa_setting.map(|name| name.as_str().into()),
            ..Self::new(user.username, attributes)
        }
    }

    pub(crate) fn from_own_view(user: GetUserOutput) -> Self {
        let attributes = Attributes::from_sdk(user.user_attributes());
        Self {
            mfa_methods: challenges(user.user_mfa_setting_list),
            preferred_mfa: user.preferred_mfa_setting.map(|name| name.as_str().into()),
            ..Self::new(user.username, attributes)
        }
    }
}

fn challenges(names: Option<Vec<String>>) -> Vec<Challenge> {
    names.unwrap_or_default().iter().map(|name| name.as_str().into()).collect()
}

/// A group.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// let group = admin.get_group("admins").await?;
/// println!("{} ranks {:?}", group.name, group.precedence);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The IAM role of its members.
    pub role_arn: Option<String>,
    /// Its rank: the lowest number decides `cognito:preferred_role`. Absent is below every number.
    pub precedence: Option<u32>,
    /// When it was made.
    pub created: Option<SystemTime>,
    /// When it was last changed.
    pub modified: Option<SystemTime>,
}

impl Group {
    /// The order of rank: the lowest precedence first, those without one last, equal ones by name.
    ///
    /// ```
    /// # fn show(mut groups: Vec<poolhouse_client::Group>) {
    /// groups.sort_by(poolhouse_client::Group::by_rank);
    /// # }
    /// ```
    #[must_use]
    pub fn by_rank(left: &Self, right: &Self) -> Ordering {
        let rank = |group: &Self| group.precedence.map_or(u64::MAX, u64::from);
        rank(left).cmp(&rank(right)).then_with(|| left.name.cmp(&right.name))
    }

    pub(crate) fn from_sdk(group: GroupType) -> Self {
        Self {
            name: group.group_name.unwrap_or_default(),
            description: group.description,
            role_arn: group.role_arn,
            precedence: group.precedence.and_then(|p| u32::try_from(p).ok()),
            created: time(group.creation_date),
            modified: time(group.last_modified_date),
        }
    }
}

/// Where a code was sent.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// if let Some(delivery) = client.forgot_password("alice").await? {
///     println!("look into {}", delivery.destination);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeDelivery {
    /// The address, mostly hidden: `a***@e***`.
    pub destination: String,
    /// By e-mail or by SMS.
    pub medium: DeliveryMedium,
    /// The attribute that holds the address.
    pub attribute: Option<String>,
}

impl CodeDelivery {
    pub(crate) fn from_sdk(details: CodeDeliveryDetailsType) -> Self {
        Self {
            destination: details.destination.unwrap_or_default(),
            medium: details.delivery_medium.map_or_else(|| "".into(), DeliveryMedium::from),
            attribute: details.attribute_name,
        }
    }
}

/// A time of the service, in the milliseconds that it means: it writes seconds with a fraction, which floats do not hold.
pub(crate) fn time(time: Option<DateTime>) -> Option<SystemTime> {
    let millis = (time?.as_nanos() + 500_000).div_euclid(1_000_000);
    SystemTime::try_from(DateTime::from_millis(i64::try_from(millis).ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, precedence: Option<i32>) -> Group {
        Group::from_sdk(GroupType::builder().group_name(name).set_precedence(precedence).build())
    }

    #[test]
    fn a_time_is_in_whole_milliseconds() {
        let of = |seconds| time(Some(DateTime::from_secs_f64(seconds))).unwrap();
        let millis = |millis| SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(millis);
        assert_eq!(of(1_900_000_000.489), millis(1_900_000_000_489));
        assert_eq!(of(1_900_000_000.999_6), millis(1_900_000_001_000));
    }

    /// G2: comparing an absent precedence crashes in Python.
    #[test]
    fn g2_groups_without_precedence_stand_last() {
        let mut groups = [group("b", None), group("z", Some(10)), group("a", None), group("y", Some(0))];
        groups.sort_by(Group::by_rank);
        assert_eq!(groups.map(|g| g.name), ["y", "z", "a", "b"]);
    }
}
