//! Temporary credentials.

use poolhouse_core::Cx;
use poolhouse_iam::sessions::{self, Asked};
use poolhouse_iam::web_identities::assume;
use poolhouse_kernel::Fault;
use poolhouse_wire::sts::{
    AssumeRoleRequest, AssumeRoleResponse, AssumeRoleWithWebIdentityRequest,
    AssumeRoleWithWebIdentityResponse, GetSessionTokenRequest, GetSessionTokenResponse, PolicyDescriptorType,
};

use super::web_identities::{self, Proven};
use crate::decision;

pub(crate) async fn assume_role(cx: &Cx, input: AssumeRoleRequest) -> Result<AssumeRoleResponse, Fault> {
    let asked = Asked {
        role_arn: input.role_arn,
        session_name: input.role_session_name,
        seconds: input.duration_seconds,
        policy: input.policy,
        policy_arns: arns(input.policy_arns),
        tags: input.tags.unwrap_or_default(),
        transitive_tag_keys: input.transitive_tag_keys.unwrap_or_default(),
        external_id: input.external_id,
    };
    let begun = sessions::assume(cx, asked, decision::surroundings(cx)).await?;
    Ok(AssumeRoleResponse {
        credentials: Some(begun.credentials),
        assumed_role_user: Some(begun.assumed),
        packed_policy_size: begun.packed_policy_size,
        ..AssumeRoleResponse::default()
    })
}

pub(crate) async fn assume_role_with_web_identity(
    cx: &Cx,
    input: AssumeRoleWithWebIdentityRequest,
) -> Result<AssumeRoleWithWebIdentityResponse, Fault> {
    let Proven { identity, tags, transitive_tag_keys } =
        web_identities::of(cx, &input.web_identity_token).await?;
    let asked = Asked {
        role_arn: input.role_arn,
        session_name: input.role_session_name,
        seconds: input.duration_seconds,
        policy: input.policy,
        policy_arns: arns(input.policy_arns),
        tags,
        transitive_tag_keys,
        external_id: None,
    };
    let begun = assume(cx, asked, &identity, decision::surroundings(cx)).await?;
    Ok(AssumeRoleWithWebIdentityResponse {
        credentials: Some(begun.credentials),
        assumed_role_user: Some(begun.assumed),
        packed_policy_size: begun.packed_policy_size,
        provider: identity.provider(&cx.settings().account_id),
        subject_from_web_identity_token: Some(identity.subject),
        audience: Some(identity.audience),
        ..AssumeRoleWithWebIdentityResponse::default()
    })
}

#[expect(clippy::unused_async, reason = "handlers are")]
pub(crate) async fn get_session_token(
    cx: &Cx,
    input: GetSessionTokenRequest,
) -> Result<GetSessionTokenResponse, Fault> {
    let credentials = sessions::of_caller(cx, input.duration_seconds)?;
    Ok(GetSessionTokenResponse { credentials: Some(credentials), ..GetSessionTokenResponse::default() })
}

fn arns(given: Option<Vec<PolicyDescriptorType>>) -> Vec<String> {
    given.into_iter().flatten().filter_map(|policy| policy.arn).collect()
}
