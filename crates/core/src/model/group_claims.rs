//! The group claims of a user (docs/cognito/users-and-groups.md §4).

use poolhouse_store::tables::groups::Group;

/// What the tokens say of a user's groups. An empty list, like an absent role, means that the claim is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupClaims {
    /// `cognito:groups`: the names of all groups, ascending, as AdminListGroupsForUser lists them.
    pub(crate) groups: Vec<String>,
    /// `cognito:roles`: the distinct roles of the groups, in the order of the groups.
    pub(crate) roles: Vec<String>,
    /// `cognito:preferred_role`.
    pub(crate) preferred_role: Option<String>,
}

impl GroupClaims {
    /// The claims of a user who is in `groups`, given in ascending order of their names.
    pub(crate) fn of(groups: Vec<Group>) -> Self {
        let preferred_role = preferred_role(&groups).map(ToOwned::to_owned);
        let mut claims = Self { preferred_role, ..Self::default() };
        for group in groups {
            if let Some(role) = group.role_arn
                && !claims.roles.contains(&role)
            {
                claims.roles.push(role);
            }
            claims.groups.push(group.name);
        }
        claims
    }
}

/// The one role at the lowest precedence among the groups that have both. A group without a role does not
/// stand in the way of a lesser one, a group without precedence is no candidate, and two roles at the
/// lowest precedence decide nothing (all observed).
fn preferred_role(groups: &[Group]) -> Option<&str> {
    let candidates = || groups.iter().filter_map(|g| Some((g.precedence?, g.role_arn.as_deref()?)));
    let (best, _) = candidates().min_by_key(|(precedence, _)| *precedence)?;
    let mut roles = candidates().filter(|(precedence, _)| *precedence == best).map(|(_, role)| role);
    let role = roles.next()?;
    roles.all(|other| other == role).then_some(role)
}

#[cfg(test)]
mod tests {
    use poolhouse_ports::Timestamp;

    use super::*;

    fn group(name: &str, role: Option<&str>, precedence: Option<i64>) -> Group {
        Group {
            pool_id: "p".into(),
            name: name.to_owned(),
            description: None,
            role_arn: role.map(ToOwned::to_owned),
            precedence,
            created_at: Timestamp(0),
            modified_at: Timestamp(0),
        }
    }

    /// Groups as (name, role, precedence) to (groups, roles, preferred role).
    #[track_caller]
    fn check(groups: &[(&str, Option<&str>, Option<i64>)], expected: (&[&str], &[&str], Option<&str>)) {
        let claims = GroupClaims::of(groups.iter().map(|(n, r, p)| group(n, *r, *p)).collect());
        let (groups, roles, preferred) = (claims.groups, claims.roles, claims.preferred_role);
        assert_eq!(
            (&*groups, &*roles, preferred.as_deref()),
            (&*owned(expected.0), &*owned(expected.1), expected.2)
        );
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    const R1: Option<&str> = Some("R1");
    const R2: Option<&str> = Some("R2");
    const R3: Option<&str> = Some("R3");

    #[test]
    fn the_case_table_of_the_specification() {
        let (ab, both) = (&["a", "b"], &["R1", "R2"]);
        check(&[("a", R1, Some(1)), ("b", R2, Some(2))], (ab, both, R1));
        check(&[("a", R1, Some(2)), ("b", R2, Some(1))], (ab, both, R2));
        check(&[("a", None, Some(0)), ("b", R2, Some(5))], (ab, &["R2"], R2));
        check(&[("a", R1, Some(1)), ("b", R2, Some(1))], (ab, both, None));
        check(&[("a", R1, Some(1)), ("b", R1, Some(1))], (ab, &["R1"], R1));
        check(
            &[("a", R1, Some(1)), ("b", R2, Some(1)), ("c", R3, Some(7))],
            (&["a", "b", "c"], &["R1", "R2", "R3"], None),
        );
        check(&[("a", R1, None), ("b", R2, Some(3))], (ab, both, R2));
        check(&[("a", R1, None)], (&["a"], &["R1"], None));
        check(&[("a", R1, None), ("b", R1, None)], (ab, &["R1"], None));
        check(&[("a", None, Some(1))], (&["a"], &[], None));
    }

    #[test]
    fn zero_is_a_number_and_the_best_one() {
        check(&[("a", R1, Some(1)), ("b", R2, Some(0))], (&["a", "b"], &["R1", "R2"], R2));
    }

    #[test]
    fn no_groups_no_claims() {
        check(&[], (&[], &[], None));
    }

    #[test]
    fn roles_come_in_the_order_of_the_groups() {
        check(
            &[("a", R3, None), ("b", R1, Some(2)), ("c", R3, Some(1)), ("d", R2, None)],
            (&["a", "b", "c", "d"], &["R3", "R1", "R2"], R3),
        );
    }

    #[test]
    fn a_hundred_groups_are_all_named() {
        let names: Vec<String> = (0..100).map(|n| format!("{n:0128}")).collect();
        let roles: Vec<String> = (0..100).map(|n| format!("arn:aws:iam::000000000000:role/r{n}")).collect();
        let groups = names.iter().zip(&roles).zip((0..100).rev());
        let claims =
            GroupClaims::of(groups.map(|((name, role), n)| group(name, Some(role), Some(n))).collect());
        assert_eq!((claims.groups, claims.roles.clone()), (names, roles));
        assert_eq!(claims.preferred_role.as_ref(), claims.roles.last());
    }
}
