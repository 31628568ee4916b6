//! The one place where policies are asked: after the signature and the constraints of the model, before the handler
//! (docs/cognito/protocol.md §3.2, §5; docs/cognito/identity-pools-and-iam.md §11).
//!
//! Asked is whoever signs, at every operation that a policy can speak of. The account's root may do everything. Operations
//! for users and their apps, which prove what must be proven by themselves, are not asked about.

mod context;
mod passed_roles;
mod resource;

use poolhouse_core::Cx;
use poolhouse_iam::caller::{Caller, Memory};
use poolhouse_kernel::Fault;
use poolhouse_kernel::request::{Door, Identity};
use poolhouse_policy::{Context, Decision, Request};
use poolhouse_wire::{Authority, ErrorCode, Operation, sts, user_pools};
use serde_json::Value;

pub(crate) use context::{moment, surroundings};
use resource::Resource;

/// Keeps the policies of those who ask.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    memory: Memory,
}

impl Guard {
    /// Forgets the policies that it keeps: they may have changed.
    pub(crate) fn forget(&self) {
        self.memory.forget();
    }

    /// Whether the principal of a request may do what it asks for.
    ///
    /// # Errors
    /// `AccessDeniedException` in AWS's words.
    pub(crate) async fn admit(&self, cx: &Cx, operation: Operation, input: &Value) -> Result<(), Fault> {
        let asks = matches!(operation.facts().authority, Authority::Iam | Authority::IamOrClient);
        // Whether a role may be assumed is asked of its trust policy, too, by the domain that knows it.
        if !asks || cx.door() != Door::Admin || operation == sts::Operation::AssumeRole.into() {
            return Ok(());
        }
        let principal =
            cx.principal().ok_or_else(|| Fault::internal("nobody has signed a signed operation"))?;
        let is_of_account = matches!(operation, Operation::Iam(_));
        // What they would make outlives them; AWS wants a second factor for it, which there is none of here.
        if is_of_account
            && principal.session.is_some()
            && !matches!(principal.identity, Identity::Role { .. })
        {
            return Err(Fault::new(
                ErrorCode::AccessDeniedException,
                "IAM cannot be called with the credentials of GetSessionToken.",
            ));
        }
        // Whoever changes who may do what is judged by what is stored now: else a lock-out at another node could be undone.
        let memory = (!is_of_account).then_some(&self.memory);
        let Some(caller) = Caller::load(cx, memory, principal).await? else { return Ok(()) };
        let resource = resource::of(cx, operation, input).await?;
        let mut context = surroundings(cx);
        caller.describe(&mut context);
        context::describe_input(input, &mut context);
        context::describe_policies(operation, input, &mut context);
        context::describe_region(&resource.arn, input, &mut context);
        let passed = passed_roles::of(operation, input);
        // A role is judged by its own tags.
        let of_roles = if passed.is_empty() { Context::new() } else { context.clone() };
        let tags_count = caller.asks_for(&["aws:resourcetag/", "iam:resourcetag/"]);
        if tags_count {
            resource::describe_tags(cx, &resource.arn, &mut context).await?;
        }
        if caller.asks_for(&["iam:permissionsboundary"]) {
            resource::describe_boundary(cx, operation, input, &resource.arn, &mut context).await?;
        }
        let question = Question { cx, caller: &caller, context: &context };
        let pools = resource::pools_of_identities(cx, operation, input).await?;
        if pools.is_empty() {
            question.ask(operation.facts().action, &resource)?;
        }
        for pool in pools {
            let mut context = context.clone();
            context::describe_region(&pool, &Value::Null, &mut context);
            context.set("cognito-identity:IdentityPoolArn", pool);
            Question { context: &context, ..question }.ask(operation.facts().action, &resource)?;
        }
        if let Some(target) = resource::renamed(operation, input, &resource.arn) {
            question.ask(operation.facts().action, &Resource::named(&target))?;
        }
        if let Some((region, target)) = resource::made_elsewhere(cx, operation, input) {
            let mut context = context.clone();
            context.set("aws:RequestedRegion", region);
            Question { context: &context, ..question }
                .ask("cognito-idp:CreateUserPool", &Resource::named(&target))?;
        }
        // A policy that denies the one denies the other (protocol §5.3).
        if operation == user_pools::Operation::DescribeTermsByClient.into() {
            question.ask_for_denial("cognito-idp:DescribeTerms", &resource)?;
        }
        for role in passed {
            let mut context = of_roles.clone();
            if tags_count {
                resource::describe_tags(cx, role, &mut context).await?;
            }
            Question { cx, caller: &caller, context: &context }
                .ask("iam:PassRole", &Resource::named(role))?;
        }
        Ok(())
    }
}

/// Who asks, and what is known about the request.
#[derive(Clone, Copy)]
struct Question<'a> {
    cx: &'a Cx,
    caller: &'a Caller<'a>,
    context: &'a Context,
}

impl Question<'_> {
    fn ask(&self, action: &'static str, resource: &Resource) -> Result<(), Fault> {
        self.answer(action, resource, self.decide(action, resource))
    }

    /// Refuses what a statement denies, and lets pass what none allows.
    fn ask_for_denial(&self, action: &'static str, resource: &Resource) -> Result<(), Fault> {
        match self.decide(action, resource) {
            denial @ Decision::ExplicitDeny(_) => self.answer(action, resource, denial),
            Decision::Allow(_) | Decision::ImplicitDeny(_) => Ok(()),
        }
    }

    fn decide(&self, action: &str, resource: &Resource) -> Decision {
        let request = Request::new(action, &resource.arn, self.context);
        self.caller.decide(&resource.also.iter().fold(request, |request, arn| request.also_about(arn)))
    }

    /// The answer in AWS's words (protocol §5.2, observed), and in the log which statement decided.
    fn answer(&self, action: &'static str, resource: &Resource, decision: Decision) -> Result<(), Fault> {
        self.caller.note(self.cx, action, &resource.arn, &decision);
        let Some(reason) = decision.reason(action) else { return Ok(()) };
        let principal = self.cx.principal().map(|principal| principal.arn.as_str()).unwrap_or_default();
        let shown = &resource.shown;
        let text =
            format!("User: {principal} is not authorized to perform: {action} on resource: {shown}{reason}");
        Err(Fault::new(ErrorCode::AccessDeniedException, text))
    }
}
