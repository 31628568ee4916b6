//! What is asked of every server.

use super::reads::{self, Read};
use super::refusal::Refusal;
use super::site::Site;
use super::{sign_ins, writes};

/// A kind of requests; each has a row in the table.
pub(super) struct Workload {
    pub(super) name: &'static str,
    kind: Kind,
}

enum Kind {
    Srp,
    Password,
    Refresh,
    OwnUser,
    Read(Read),
    CreateGroup,
    DeleteGroup,
    Membership,
    CreateUser,
}

pub(super) const WORKLOADS: &[Workload] = &[
    Workload { name: "SRP sign-in, both calls", kind: Kind::Srp },
    Workload { name: "Sign-in with a password", kind: Kind::Password },
    Workload { name: "Refresh", kind: Kind::Refresh },
    Workload { name: "GetUser", kind: Kind::OwnUser },
    Workload { name: "AdminGetUser", kind: Kind::Read(reads::USER) },
    Workload { name: "AdminListGroupsForUser", kind: Kind::Read(reads::GROUPS) },
    Workload { name: "ListUsersInGroup, a page of 60", kind: Kind::Read(reads::MEMBERS) },
    Workload { name: "ListUsers by name", kind: Kind::Read(reads::BY_NAME) },
    Workload { name: "ListUsers by the beginning of an e-mail address", kind: Kind::Read(reads::BY_PREFIX) },
    Workload { name: "CreateGroup", kind: Kind::CreateGroup },
    Workload { name: "DeleteGroup", kind: Kind::DeleteGroup },
    Workload { name: "Add or remove a member", kind: Kind::Membership },
    Workload { name: "AdminCreateUser", kind: Kind::CreateUser },
];

impl Workload {
    /// The CPU time of one request, in seconds: the mean of `count`, of other users in each round.
    pub(super) async fn cost(&self, site: &Site, round: u32, count: u32) -> Result<f64, Refusal> {
        let of_user = |n: u32| (round * count + n).wrapping_mul(7919) % site.users;
        let numbers: Vec<u32> = (0..count).map(of_user).collect();
        match &self.kind {
            Kind::Srp => sign_ins::srp(site, &numbers).await,
            Kind::Password => sign_ins::password(site, &numbers).await,
            Kind::Refresh => sign_ins::refresh(site, numbers.len()).await,
            Kind::OwnUser => sign_ins::own_user(site, numbers.len()).await,
            Kind::Read(read) => reads::cost(site, read, &numbers).await,
            Kind::CreateGroup => Ok(writes::groups(site, count).await?[0]),
            Kind::DeleteGroup => Ok(writes::groups(site, count).await?[1]),
            Kind::Membership => writes::membership(site, &numbers).await,
            Kind::CreateUser => writes::users(site, count).await,
        }
    }

    /// What a server takes that it must refuse.
    pub(super) async fn omits(&self, site: &Site) -> Result<Option<&'static str>, Refusal> {
        match &self.kind {
            Kind::Srp => sign_ins::srp_omits(site).await,
            Kind::Password => Ok(sign_ins::password_omits(site).await),
            Kind::Refresh => sign_ins::refresh_omits(site).await,
            Kind::OwnUser => sign_ins::own_user_omits(site).await,
            Kind::Read(_) | Kind::CreateGroup | Kind::DeleteGroup | Kind::Membership | Kind::CreateUser => {
                Ok(None)
            }
        }
    }
}
