//! What policies would say.

use poolhouse_core::Cx;
use poolhouse_iam::simulation::{self, Question};
use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::Page;
use poolhouse_wire::iam::{
    EvaluationResult, GetContextKeysForCustomPolicyRequest, GetContextKeysForPolicyResponse,
    GetContextKeysForPrincipalPolicyRequest, SimulateCustomPolicyRequest, SimulatePolicyResponse,
    SimulatePrincipalPolicyRequest,
};

use super::page::{asked, told};

#[expect(clippy::unused_async, reason = "handlers are")]
pub(crate) async fn simulate_custom_policy(
    cx: &Cx,
    input: SimulateCustomPolicyRequest,
) -> Result<SimulatePolicyResponse, Fault> {
    let question = Question {
        actions: input.action_names,
        resources: input.resource_arns.unwrap_or_default(),
        policies: input.policy_input_list,
        boundaries: input.permissions_boundary_policy_input_list.unwrap_or_default(),
        organization: input.ordered_organization_policy_input_list.unwrap_or_default(),
        resource_policy: input.resource_policy,
        resource_owner: input.resource_owner,
        caller: input.caller_arn,
        entries: input.context_entries.unwrap_or_default(),
    };
    simulation::of_policies(cx, &question, asked(input.marker.as_ref(), input.max_items)).map(answer)
}

pub(crate) async fn simulate_principal_policy(
    cx: &Cx,
    input: SimulatePrincipalPolicyRequest,
) -> Result<SimulatePolicyResponse, Fault> {
    let question = Question {
        actions: input.action_names,
        resources: input.resource_arns.unwrap_or_default(),
        policies: input.policy_input_list.unwrap_or_default(),
        boundaries: input.permissions_boundary_policy_input_list.unwrap_or_default(),
        organization: Vec::new(),
        resource_policy: input.resource_policy,
        resource_owner: input.resource_owner,
        caller: input.caller_arn,
        entries: input.context_entries.unwrap_or_default(),
    };
    let exclusions = input.policy_exclusion_list.unwrap_or_default();
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = simulation::of_principal(cx, &input.policy_source_arn, &exclusions, &question, asked);
    page.await.map(answer)
}

#[expect(clippy::unused_async, reason = "handlers are")]
pub(crate) async fn get_context_keys_for_custom_policy(
    _cx: &Cx,
    input: GetContextKeysForCustomPolicyRequest,
) -> Result<GetContextKeysForPolicyResponse, Fault> {
    let keys = simulation::keys(&input.policy_input_list)?;
    Ok(GetContextKeysForPolicyResponse { context_key_names: Some(keys) })
}

pub(crate) async fn get_context_keys_for_principal_policy(
    cx: &Cx,
    input: GetContextKeysForPrincipalPolicyRequest,
) -> Result<GetContextKeysForPolicyResponse, Fault> {
    let documents = input.policy_input_list.unwrap_or_default();
    let keys = simulation::keys_of_principal(cx, &input.policy_source_arn, documents).await?;
    Ok(GetContextKeysForPolicyResponse { context_key_names: Some(keys) })
}

fn answer(page: Page<EvaluationResult>) -> SimulatePolicyResponse {
    let (evaluation_results, is_truncated, marker) = told(page);
    SimulatePolicyResponse { evaluation_results, is_truncated, marker }
}
