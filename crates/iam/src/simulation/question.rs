//! What a simulation is asked.

use poolhouse_kernel::{Cx, Fault};
use poolhouse_policy::{Context, context_keys};
use poolhouse_wire::iam::{ContextEntry, ContextKeyTypeEnum, OrderedOrganizationPolicyType};

use crate::faults;
use crate::names::{self, Kind};

/// How many resources there may be.
const RESOURCES: usize = 1000;

/// What is asked.
#[derive(Debug)]
pub struct Question {
    /// The actions, each asked about for all resources.
    pub actions: Vec<String>,
    /// The ARNs of the resources; none: `*`.
    pub resources: Vec<String>,
    /// Policies beside those that the principal has.
    pub policies: Vec<String>,
    /// A permissions boundary, in place of that of the principal.
    pub boundaries: Vec<String>,
    /// Service control policies, from the organization's root down.
    pub organization: Vec<OrderedOrganizationPolicyType>,
    /// A policy of the resources.
    pub resource_policy: Option<String>,
    /// Whose the resources are.
    pub resource_owner: Option<String>,
    /// The user who asks.
    pub caller: Option<String>,
    /// What is known of the request.
    pub entries: Vec<ContextEntry>,
}

impl Question {
    /// Refuses what cannot be simulated, as it cannot be asked in earnest.
    pub(super) fn check<S>(&self, cx: &Cx<S>) -> Result<(), Fault> {
        let account = &cx.settings().account_id;
        if self.resource_policy.is_some() {
            return Err(faults::input(
                "No service here has policies of resources: leave out ResourcePolicy.",
            ));
        }
        let is_foreign =
            |owner: &String| owner != account && owner.split(':').nth(4) != Some(account.as_str());
        if self.resource_owner.as_ref().is_some_and(is_foreign) {
            return Err(faults::input(format!("ResourceOwner must be the account {account}.")));
        }
        if let Some(caller) = &self.caller
            && !matches!(names::of_arn(caller), Some((Kind::User, _)))
        {
            return Err(faults::input(format!(
                "CallerArn must be the ARN of a user, which {caller} is not."
            )));
        }
        if self.boundaries.len() > 1 {
            return Err(faults::input("There can be only one permissions boundary."));
        }
        if self.resources.len() > RESOURCES {
            return Err(faults::input(format!("There can be {RESOURCES} resources at most.")));
        }
        Ok(())
    }

    /// Sets what the question says of the request.
    pub(super) fn describe(&self, context: &mut Context) -> Result<(), Fault> {
        for ContextEntry { context_key_name, context_key_values, context_key_type } in &self.entries {
            let key = context_key_name
                .as_deref()
                .ok_or_else(|| faults::input("A context entry has no ContextKeyName."))?;
            let mut values = context_key_values.clone().unwrap_or_default();
            let kind = context_key_type.as_ref().unwrap_or(&ContextKeyTypeEnum::String);
            if kind.as_str().ends_with("List") {
                context.set_many(key, values);
            } else if values.len() > 1 {
                let text = format!(
                    "The context entry {key} has several values, but its ContextKeyType {kind} is no list."
                );
                return Err(faults::input(text));
            } else if let Some(value) = values.pop() {
                context.set(key, value);
            }
        }
        Ok(())
    }
}

/// The condition keys that policies ask for, as they write them.
///
/// # Errors
/// `InvalidInput` for what is no policy.
pub fn keys<'a>(documents: impl IntoIterator<Item = &'a String>) -> Result<Vec<String>, Fault> {
    let mut keys: Vec<String> = Vec::new();
    for document in documents {
        for key in context_keys(document).map_err(|why| faults::input(why.to_string()))? {
            if !keys.iter().any(|known| known.eq_ignore_ascii_case(&key)) {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

/// What is known of a user or role by its ARN.
pub(super) fn describe_arn(arn: &str, context: &mut Context) {
    context.set("aws:PrincipalArn", arn);
    context.set("aws:PrincipalAccount", arn.split(':').nth(4).unwrap_or_default());
    if let Some((Kind::User, name)) = names::of_arn(arn) {
        context.set("aws:username", name);
    }
}
