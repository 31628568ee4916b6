//! What has to be changed for the account to have what a file says: requests that its own API takes.

use std::collections::{BTreeMap, BTreeSet};

use poolhouse_wire::iam::{
    AttachedPermissionsBoundary, AttachedPolicy, GetAccountAuthorizationDetailsResponse, GroupDetail,
    ManagedPolicyDetail, Operation, PolicyDetail, Role as RoleFacts, RoleDetail, Tag, UserDetail,
};
use serde_json::{Value, json};

use super::declaration::{Declaration, Group, Policy, Role, User};

/// How many versions a policy can have.
const VERSIONS: usize = 5;

/// A request.
#[derive(Debug)]
pub(super) struct Change {
    /// What it does, for people.
    pub(super) text: String,
    /// Whether it takes back what was changed since, and not only makes what there is not.
    pub(super) is_drift: bool,
    pub(super) operation: Operation,
    pub(super) input: Value,
}

/// What is to be done, in this order.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) changes: Vec<Change>,
    /// What the account has and the file does not name.
    pub(super) strangers: Vec<String>,
}

/// What the account has.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) details: GetAccountAuthorizationDetailsResponse,
    /// Of the roles that the file names what the details leave out.
    pub(super) roles: Vec<RoleFacts>,
}

/// A kind of what holds policies: its name, the member that names one of it, and the operations on its policies.
struct Holder {
    kind: &'static str,
    member: &'static str,
    put: Operation,
    delete: Operation,
    attach: Operation,
    detach: Operation,
}

const USER: Holder = Holder {
    kind: "user",
    member: "UserName",
    put: Operation::PutUserPolicy,
    delete: Operation::DeleteUserPolicy,
    attach: Operation::AttachUserPolicy,
    detach: Operation::DetachUserPolicy,
};
const GROUP: Holder = Holder {
    kind: "group",
    member: "GroupName",
    put: Operation::PutGroupPolicy,
    delete: Operation::DeleteGroupPolicy,
    attach: Operation::AttachGroupPolicy,
    detach: Operation::DetachGroupPolicy,
};
const ROLE: Holder = Holder {
    kind: "role",
    member: "RoleName",
    put: Operation::PutRolePolicy,
    delete: Operation::DeleteRolePolicy,
    attach: Operation::AttachRolePolicy,
    detach: Operation::DetachRolePolicy,
};

/// What has to be changed.
///
/// # Errors
/// In words, what of the file cannot come true.
pub(super) fn plan(declared: &Declaration, held: &Held, account: &str) -> Result<Plan, String> {
    let mut planner = Planner { declared, account, plan: Plan::default() };
    let details = &held.details;
    let (policies, groups) = (details.policies.iter().flatten(), details.group_detail_list.iter().flatten());
    let (users, roles) =
        (details.user_detail_list.iter().flatten(), details.role_detail_list.iter().flatten());
    for (name, policy) in &declared.policies {
        let found = policies.clone().find(|held| is_named(held.policy_name.as_deref(), name));
        planner.policy(name, policy, found)?;
    }
    for (name, group) in &declared.groups {
        let found = groups.clone().find(|held| is_named(held.group_name.as_deref(), name));
        planner.group(name, group, found)?;
    }
    for (name, user) in &declared.users {
        let found = users.clone().find(|held| is_named(held.user_name.as_deref(), name));
        planner.user(name, user, found)?;
    }
    for (name, role) in &declared.roles {
        let found = roles.clone().find(|held| is_named(held.role_name.as_deref(), name));
        let facts = held.roles.iter().find(|facts| is_named(Some(&facts.role_name), name));
        planner.role(name, role, found.zip(facts))?;
    }
    let mut plan = planner.plan;
    let own = policies.filter_map(|policy| policy.policy_name.as_deref());
    plan.stranger("policy", own, &declared.policies);
    let names = groups.filter_map(|group| group.group_name.as_deref());
    plan.stranger("group", names, &declared.groups);
    plan.stranger("user", users.filter_map(|user| user.user_name.as_deref()), &declared.users);
    plan.stranger("role", roles.filter_map(|role| role.role_name.as_deref()), &declared.roles);
    Ok(plan)
}

impl Plan {
    fn stranger<'a, T>(
        &mut self,
        kind: &str,
        names: impl Iterator<Item = &'a str>,
        declared: &BTreeMap<String, T>,
    ) {
        let unknown = names.filter(|name| !declared.keys().any(|known| is_named(Some(name), known)));
        self.strangers.extend(unknown.map(|name| format!("{kind} {name}")));
    }
}

/// Names are found without regard to case (docs/cognito/identity-pools-and-iam.md §10.4, recorded).
fn is_named(held: Option<&str>, name: &str) -> bool {
    held.is_some_and(|held| held.eq_ignore_ascii_case(name))
}

/// Documents are the same whatever their blanks.
fn is_same_document(a: &str, b: &str) -> bool {
    match (serde_json::from_str::<Value>(a), serde_json::from_str::<Value>(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// The inline and attached policies of somebody who is there.
type Holdings<'a> = Option<(Option<&'a [PolicyDetail]>, Option<&'a [AttachedPolicy]>)>;

/// The ARN of a managed policy: one that is given, or one of AWS's by its name.
pub(super) fn arn_of(policy: &str) -> String {
    if policy.starts_with("arn:") { policy.to_owned() } else { format!("arn:aws:iam::aws:policy/{policy}") }
}

struct Planner<'a> {
    declared: &'a Declaration,
    account: &'a str,
    plan: Plan,
}

impl Planner<'_> {
    fn make(&mut self, text: String, operation: Operation, input: Value) {
        self.plan.changes.push(Change { text, is_drift: false, operation, input });
    }

    fn drift(&mut self, text: String, operation: Operation, input: Value) {
        self.plan.changes.push(Change { text, is_drift: true, operation, input });
    }

    fn arn(&self, path: &str, name: &str) -> String {
        format!("arn:aws:iam::{}:policy{path}{name}", self.account)
    }

    /// The policy that a file means: one of its own, an ARN, or one of AWS's.
    fn meant(&self, policy: &str) -> String {
        match self.declared.policies.get(policy) {
            Some(own) => self.arn(&own.path, policy),
            None => arn_of(policy),
        }
    }

    fn policy(
        &mut self,
        name: &str,
        policy: &Policy,
        found: Option<&ManagedPolicyDetail>,
    ) -> Result<(), String> {
        let Policy { path, description, document } = policy;
        let Some(held) = found else {
            let mut input = json!({ "PolicyName": name, "Path": path, "PolicyDocument": document });
            put(&mut input, "Description", description.as_deref());
            self.make(format!("policy {name} is made"), Operation::CreatePolicy, input);
            return Ok(());
        };
        check_path("policy", name, path, held.path.as_deref())?;
        let versions = held.policy_version_list.as_deref().unwrap_or_default();
        let in_force = versions.iter().find(|version| version.is_default_version == Some(true));
        let written = in_force.and_then(|version| version.document.as_deref());
        if written.is_some_and(|written| is_same_document(written, document)) {
            return Ok(());
        }
        let arn = self.arn(path, name);
        let oldest = versions.iter().rfind(|version| version.is_default_version != Some(true));
        if let Some(oldest) = oldest.filter(|_| versions.len() >= VERSIONS) {
            let version = oldest.version_id.as_deref().unwrap_or_default();
            let input = json!({ "PolicyArn": arn, "VersionId": version });
            let text = format!("policy {name}: version {version} makes room");
            self.drift(text, Operation::DeletePolicyVersion, input);
        }
        let input = json!({ "PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": true });
        self.drift(format!("policy {name}: document"), Operation::CreatePolicyVersion, input);
        Ok(())
    }

    fn group(&mut self, name: &str, group: &Group, found: Option<&GroupDetail>) -> Result<(), String> {
        let Group { path, policies, inline } = group;
        match found {
            None => {
                let input = json!({ "GroupName": name, "Path": path });
                self.make(format!("group {name} is made"), Operation::CreateGroup, input);
            }
            Some(held) if held.path.as_ref() != Some(path) => {
                let input = json!({ "GroupName": name, "NewPath": path });
                self.drift(format!("group {name}: path"), Operation::UpdateGroup, input);
            }
            Some(_) => {}
        }
        let held =
            found.map(|held| (held.group_policy_list.as_deref(), held.attached_managed_policies.as_deref()));
        self.holdings(&GROUP, name, policies, inline, held);
        Ok(())
    }

    fn user(&mut self, name: &str, user: &User, found: Option<&UserDetail>) -> Result<(), String> {
        let User { path, boundary, tags, groups, policies, inline } = user;
        let boundary = boundary.as_deref().map(|boundary| self.meant(boundary));
        match found {
            None => {
                let mut input = json!({ "UserName": name, "Path": path, "Tags": listed(tags) });
                put(&mut input, "PermissionsBoundary", boundary.as_deref());
                self.make(format!("user {name} is made"), Operation::CreateUser, input);
            }
            Some(held) => {
                if held.path.as_ref() != Some(path) {
                    let input = json!({ "UserName": name, "NewPath": path });
                    self.drift(format!("user {name}: path"), Operation::UpdateUser, input);
                }
                let operations =
                    (Operation::PutUserPermissionsBoundary, Operation::DeleteUserPermissionsBoundary);
                self.boundary(&USER, name, boundary, held.permissions_boundary.as_ref(), operations);
                let operations = (Operation::TagUser, Operation::UntagUser);
                self.tags(&USER, name, tags, held.tags.as_deref().unwrap_or_default(), operations);
            }
        }
        let held =
            found.map(|held| (held.user_policy_list.as_deref(), held.attached_managed_policies.as_deref()));
        self.holdings(&USER, name, policies, inline, held);
        let member_of = found.and_then(|held| held.group_list.as_deref()).unwrap_or_default();
        for group in member_of.iter().filter(|group| !groups.iter().any(|known| is_named(Some(known), group)))
        {
            let input = json!({ "UserName": name, "GroupName": group });
            self.drift(format!("user {name} leaves group {group}"), Operation::RemoveUserFromGroup, input);
        }
        for group in groups.iter().filter(|group| !member_of.iter().any(|held| is_named(Some(held), group))) {
            let input = json!({ "UserName": name, "GroupName": group });
            let text = format!("user {name} joins group {group}");
            self.put_in(found.is_some(), text, Operation::AddUserToGroup, input);
        }
        Ok(())
    }

    fn role(
        &mut self,
        name: &str,
        role: &Role,
        found: Option<(&RoleDetail, &RoleFacts)>,
    ) -> Result<(), String> {
        let Role { path, description, longest_session, trust, boundary, tags, policies, inline } = role;
        let boundary = boundary.as_deref().map(|boundary| self.meant(boundary));
        match found {
            None => {
                let mut input = json!({
                    "RoleName": name, "Path": path, "AssumeRolePolicyDocument": trust,
                    "MaxSessionDuration": longest_session, "Tags": listed(tags),
                });
                put(&mut input, "Description", description.as_deref());
                put(&mut input, "PermissionsBoundary", boundary.as_deref());
                self.make(format!("role {name} is made"), Operation::CreateRole, input);
            }
            Some((held, facts)) => {
                check_path("role", name, path, held.path.as_deref())?;
                let written = held.assume_role_policy_document.as_deref();
                if !written.is_some_and(|written| is_same_document(written, trust)) {
                    let input = json!({ "RoleName": name, "PolicyDocument": trust });
                    self.drift(format!("role {name}: trust"), Operation::UpdateAssumeRolePolicy, input);
                }
                if facts.description != *description || facts.max_session_duration != Some(*longest_session) {
                    let mut input = json!({ "RoleName": name, "MaxSessionDuration": longest_session });
                    put(&mut input, "Description", description.as_deref());
                    let text = format!("role {name}: description or longest session");
                    self.drift(text, Operation::UpdateRole, input);
                }
                let operations =
                    (Operation::PutRolePermissionsBoundary, Operation::DeleteRolePermissionsBoundary);
                self.boundary(&ROLE, name, boundary, held.permissions_boundary.as_ref(), operations);
                let operations = (Operation::TagRole, Operation::UntagRole);
                self.tags(&ROLE, name, tags, held.tags.as_deref().unwrap_or_default(), operations);
            }
        }
        let held = found
            .map(|(held, _)| (held.role_policy_list.as_deref(), held.attached_managed_policies.as_deref()));
        self.holdings(&ROLE, name, policies, inline, held);
        Ok(())
    }

    fn boundary(
        &mut self,
        holder: &Holder,
        name: &str,
        wanted: Option<String>,
        held: Option<&AttachedPermissionsBoundary>,
        (put, delete): (Operation, Operation),
    ) {
        let held = held.and_then(|held| held.permissions_boundary_arn.clone());
        if held == wanted {
            return;
        }
        let mut input = named(holder, name);
        let operation = match wanted {
            Some(arn) => {
                input["PermissionsBoundary"] = arn.into();
                put
            }
            None => delete,
        };
        self.drift(format!("{} {name}: permissions boundary", holder.kind), operation, input);
    }

    fn tags(
        &mut self,
        holder: &Holder,
        name: &str,
        wanted: &BTreeMap<String, String>,
        held: &[Tag],
        (tag, untag): (Operation, Operation),
    ) {
        let kind = holder.kind;
        let unwanted = held
            .iter()
            .map(|tag| &tag.key)
            .filter(|key| !wanted.keys().any(|known| is_named(Some(known), key)));
        let unwanted: Vec<&String> = unwanted.collect();
        if !unwanted.is_empty() {
            let mut input = named(holder, name);
            input["TagKeys"] = json!(unwanted);
            self.drift(format!("{kind} {name}: tags that are not in the file"), untag, input);
        }
        let is_held = |key: &str, value: &str| held.iter().any(|tag| tag.key == key && tag.value == value);
        let missing: BTreeMap<_, _> = wanted.iter().filter(|(key, value)| !is_held(key, value)).collect();
        if !missing.is_empty() {
            let mut input = named(holder, name);
            let tags = missing.into_iter().map(|(key, value)| json!({ "Key": key, "Value": value }));
            input["Tags"] = tags.collect();
            self.drift(format!("{kind} {name}: tags"), tag, input);
        }
    }

    /// The inline and managed policies of somebody who is there, or `None` who is only to be made.
    fn holdings(
        &mut self,
        holder: &Holder,
        name: &str,
        policies: &BTreeSet<String>,
        inline: &BTreeMap<String, String>,
        held: Holdings<'_>,
    ) {
        let kind = holder.kind;
        let (held_inline, attached) = held.unwrap_or_default();
        let (held_inline, attached) = (held_inline.unwrap_or_default(), attached.unwrap_or_default());
        let wanted: BTreeSet<String> = policies.iter().map(|policy| self.meant(policy)).collect();
        // What goes makes room for what comes.
        let held_names = || held_inline.iter().filter_map(|policy| policy.policy_name.as_deref());
        for policy in held_names().filter(|held| !inline.keys().any(|known| is_named(Some(held), known))) {
            let mut input = named(holder, name);
            input["PolicyName"] = policy.into();
            self.drift(format!("{kind} {name}: inline policy {policy} goes"), holder.delete, input);
        }
        let arns = || attached.iter().filter_map(|policy| policy.policy_arn.as_deref());
        for arn in arns().filter(|arn| !wanted.contains(*arn)) {
            let mut input = named(holder, name);
            input["PolicyArn"] = arn.into();
            self.drift(format!("{kind} {name}: {arn} is detached"), holder.detach, input);
        }
        for (policy, document) in inline {
            let same = held_inline.iter().any(|held| {
                is_named(held.policy_name.as_deref(), policy)
                    && held.policy_document.as_deref().is_some_and(|held| is_same_document(held, document))
            });
            if !same {
                let mut input = named(holder, name);
                input["PolicyName"] = policy.as_str().into();
                input["PolicyDocument"] = document.as_str().into();
                self.put_in(
                    held.is_some(),
                    format!("{kind} {name}: inline policy {policy}"),
                    holder.put,
                    input,
                );
            }
        }
        for arn in wanted.iter().filter(|wanted| !arns().any(|arn| arn == *wanted)) {
            let mut input = named(holder, name);
            input["PolicyArn"] = arn.as_str().into();
            self.put_in(held.is_some(), format!("{kind} {name}: {arn} is attached"), holder.attach, input);
        }
    }

    /// Something that is missed: of somebody who was there, or of somebody new.
    fn put_in(&mut self, was_there: bool, text: String, operation: Operation, input: Value) {
        if was_there { self.drift(text, operation, input) } else { self.make(text, operation, input) }
    }
}

fn named(holder: &Holder, name: &str) -> Value {
    json!({ holder.member: name })
}

fn put(input: &mut Value, member: &str, value: Option<&str>) {
    if let Some(value) = value {
        input[member] = value.into();
    }
}

fn listed(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

/// Paths of roles and policies are for ever.
fn check_path(kind: &str, name: &str, wanted: &str, held: Option<&str>) -> Result<(), String> {
    match held {
        Some(held) if held != wanted => Err(format!(
            "{kind} {name} has the path {held}, which cannot be changed to {wanted}: delete it, or write its path in the file"
        )),
        _ => Ok(()),
    }
}
