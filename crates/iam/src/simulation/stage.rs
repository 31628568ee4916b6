//! The policies of a simulation, ready to be asked, and what they say.

use std::sync::Arc;

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_policy::{Context, Decision, Ground, Layer, Policies, Policy, Request, positions};
use poolhouse_wire::iam::{
    EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail,
    PolicyEvaluationDecisionType, PolicySourceType, Position, ResourceSpecificResult, Statement,
};

use super::question::{Question, describe_arn, keys};
use crate::faults;
use crate::holdings::Held;
use crate::lists::{Asked, List};

/// How many pairs of an action and a resource a page judges at most: one that has more resources judges one action.
const PAIRS: usize = 1000;

/// How many tries of `?` and of variables at characters of resources a page may cost: matching takes a step for each.
const TRIES: usize = 200_000_000;

/// The resource of an action that has none.
const ANY: &str = "*";

/// A policy as answers name it.
struct Named {
    id: String,
    document: String,
    /// Where its statements begin and end.
    positions: Vec<(poolhouse_policy::Position, poolhouse_policy::Position)>,
}

impl Named {
    fn new(id: String, document: String) -> Self {
        Self { positions: positions(&document), id, document }
    }
}

/// The policies that are asked, compiled, and what is known of the requests.
pub(super) struct Stage {
    identity: Vec<Arc<Policy>>,
    /// Of the identity policies, in their order.
    names: Vec<Named>,
    boundary: Option<(Arc<Policy>, Named)>,
    organization: Vec<Vec<Arc<Policy>>>,
    context: Context,
    /// The keys that the policies ask for and nobody gave.
    missing: Vec<String>,
}

impl Stage {
    pub(super) fn set<S>(
        cx: &Cx<S>,
        question: &Question,
        held: Vec<Held>,
        own_boundary: Option<(String, String)>,
        mut context: Context,
    ) -> Result<Self, Fault> {
        question.check(cx)?;
        if let Some(caller) = &question.caller {
            describe_arn(caller, &mut context);
        }
        question.describe(&mut context)?;
        let of_principal = held.into_iter().map(|held| Named::new(held.origin.id(), held.document));
        let given = (1..).zip(&question.policies);
        let given = given.map(|(n, document)| Named::new(format!("PolicyInputList.{n}"), document.clone()));
        let names: Vec<Named> = of_principal.chain(given).collect();
        let identity = names.iter().map(|named| compiled(&named.document)).collect::<Result<_, _>>()?;
        let given = question.boundaries.first();
        let given =
            given.map(|document| ("PermissionsBoundaryPolicyInputList.1".to_owned(), document.clone()));
        let boundary = match given.or(own_boundary) {
            Some((id, document)) => Some((compiled(&document)?, Named::new(id, document))),
            None => None,
        };
        let levels =
            question.organization.iter().filter_map(|level| level.service_control_policy_input_list.as_ref());
        let organization = levels
            .map(|level| level.iter().map(|document| compiled(document)).collect::<Result<_, _>>())
            .collect::<Result<_, _>>()?;
        let documents = names.iter().chain(boundary.iter().map(|(_, named)| named));
        let mut missing = keys(documents.map(|named| &named.document))?;
        missing.retain(|key| !context.knows(key));
        Ok(Self { identity, names, boundary, organization, context, missing })
    }

    /// One page of the results, one for each action. `name` is all that a marker is bound to.
    pub(super) fn page<S>(
        &self,
        cx: &Cx<S>,
        question: &Question,
        name: &str,
        asked: Asked<'_>,
    ) -> Result<Page<EvaluationResult>, Fault> {
        let keys = cx.engine().sealing().installation_keys();
        let each = self.tries(question);
        if each > TRIES {
            return Err(faults::input("The policies have too many wildcards for so many resources."));
        }
        let affordable = (PAIRS / question.resources.len().max(1)).min(TRIES / each.max(1)).max(1);
        let limit = usize::try_from(asked.max_items.unwrap_or(100)).unwrap_or(1).min(affordable);
        let asked = Asked { max_items: i32::try_from(limit).ok(), ..asked };
        let list = List::new(cx, keys, &format!("simulation {name}"), asked);
        let begin: usize = list.after()?;
        let mut results = Vec::new();
        for (place, action) in (1..).zip(&question.actions).skip(begin).take(limit + 1) {
            // The one that is too much is there to be counted.
            let resources = if results.len() == limit { &[][..] } else { &question.resources };
            results.push((place, self.result(action, resources)));
        }
        Ok(list.page(results, |(place, _)| *place)?.map(|(_, result): (usize, _)| result))
    }

    /// How many tries one action costs at most, over all resources.
    fn tries(&self, question: &Question) -> usize {
        let boundary = self.boundary.iter().map(|(_, named)| named.document.as_str());
        let levels = question.organization.iter();
        let levels = levels.flat_map(|level| level.service_control_policy_input_list.iter().flatten());
        let documents = self.names.iter().map(|named| named.document.as_str()).chain(boundary);
        let documents = documents.chain(levels.map(String::as_str));
        let tried: usize = documents.map(|text| text.matches(['?', '$']).count()).sum();
        let values = question.resources.iter().map(String::len).sum::<usize>().max(1);
        tried.saturating_mul(values)
    }

    /// What is said of an action, all resources taken together, and of each of them (identity-pools-and-iam §10.4, documented).
    fn result(&self, action: &str, resources: &[String]) -> EvaluationResult {
        let whole = resources.is_empty();
        let any = [ANY.to_owned()];
        let resources = if whole { &any } else { resources };
        let outcomes: Vec<Outcome> = resources.iter().map(|resource| self.judge(action, resource)).collect();
        // The strictest one stands for all, the first of its kind.
        let strictest = outcomes.iter().rev().max_by_key(|outcome| outcome.strictness());
        let Outcome { decision, matched, boundary, organization } = strictest.cloned().unwrap_or_default();
        let each = |(resource, outcome): (&String, Outcome)| ResourceSpecificResult {
            eval_resource_name: resource.clone(),
            eval_resource_decision: outcome.decision,
            matched_statements: Some(outcome.matched),
            missing_context_values: Some(self.missing.clone()),
            permissions_boundary_decision_detail: outcome.boundary.map(boundary_detail),
            ..ResourceSpecificResult::default()
        };
        let name = if let [resource] = resources { resource } else { ANY };
        EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: Some(name.to_owned()),
            eval_decision: decision,
            matched_statements: Some(matched),
            missing_context_values: Some(if whole { self.missing.clone() } else { Vec::new() }),
            organizations_decision_detail: organization
                .map(|allowed| OrganizationsDecisionDetail { allowed_by_organizations: Some(allowed) }),
            permissions_boundary_decision_detail: boundary.map(boundary_detail),
            resource_specific_results: (!whole).then(|| resources.iter().zip(outcomes).map(each).collect()),
            ..EvaluationResult::default()
        }
    }

    fn judge(&self, action: &str, resource: &str) -> Outcome {
        let request = Request::new(action, resource, &self.context);
        let boundary = self.boundary.as_ref().map(|(policy, _)| policy);
        let policies = Policies { boundary, ..Policies::of(&self.identity) };
        let (decision, grounds) = policies.explain(&request);
        // Each level of the organization has to allow it.
        let levels = self.organization.iter().map(|level| Policies::of(level).decide(&request));
        let levels: Vec<Decision> = levels.collect();
        let denied_above = levels.iter().any(|decision| matches!(decision, Decision::ExplicitDeny(_)));
        let allowed_above = levels.iter().all(Decision::is_allowed);
        let decision = match decision {
            Decision::ExplicitDeny(_) => PolicyEvaluationDecisionType::ExplicitDeny,
            _ if denied_above => PolicyEvaluationDecisionType::ExplicitDeny,
            Decision::Allow(_) if allowed_above => PolicyEvaluationDecisionType::Allowed,
            Decision::Allow(_) | Decision::ImplicitDeny(_) => PolicyEvaluationDecisionType::ImplicitDeny,
        };
        Outcome {
            decision,
            matched: grounds.iter().filter_map(|ground| self.statement(ground)).collect(),
            boundary: boundary
                .map(|policy| Policies::of(std::slice::from_ref(policy)).decide(&request).is_allowed()),
            organization: (!self.organization.is_empty()).then_some(allowed_above),
        }
    }

    fn statement(&self, ground: &Ground) -> Option<Statement> {
        let named = match ground.layer {
            Layer::Boundary => self.boundary.as_ref().map(|(_, named)| named),
            Layer::Identity | Layer::Session | Layer::Trust => self.names.get(ground.policy),
        }?;
        let (start, end) = *named.positions.get(ground.statement)?;
        Some(Statement {
            source_policy_id: Some(named.id.clone()),
            // Not one of the model's values (observed).
            source_policy_type: Some(PolicySourceType::Other("IAM Policy".to_owned())),
            start_position: Some(position(start)),
            end_position: Some(position(end)),
        })
    }
}

/// What is said of an action on a resource.
#[derive(Clone, Default)]
struct Outcome {
    decision: PolicyEvaluationDecisionType,
    matched: Vec<Statement>,
    boundary: Option<bool>,
    organization: Option<bool>,
}

impl Outcome {
    fn strictness(&self) -> u8 {
        match self.decision {
            PolicyEvaluationDecisionType::ExplicitDeny => 2,
            PolicyEvaluationDecisionType::ImplicitDeny | PolicyEvaluationDecisionType::Other(_) => 1,
            PolicyEvaluationDecisionType::Allowed => 0,
        }
    }
}

fn compiled(document: &str) -> Result<Arc<Policy>, Fault> {
    Policy::parse(document).map(Arc::new).map_err(|why| faults::input(why.to_string()))
}

fn boundary_detail(allowed: bool) -> PermissionsBoundaryDecisionDetail {
    PermissionsBoundaryDecisionDetail { allowed_by_permissions_boundary: Some(allowed) }
}

fn position(position: poolhouse_policy::Position) -> Position {
    let number = |number: usize| i32::try_from(number).ok();
    Position { line: number(position.line), column: number(position.column) }
}
