//! The secrets of app clients.

use poolhouse_core::Cx;
use poolhouse_core::clients::published;
use poolhouse_kernel::Fault;
use poolhouse_wire::secretsmanager::{
    DescribeSecretRequest, DescribeSecretResponse, GetSecretValueRequest, GetSecretValueResponse,
    RotationRulesType,
};

pub(crate) async fn describe_secret(
    cx: &Cx,
    input: DescribeSecretRequest,
) -> Result<DescribeSecretResponse, Fault> {
    let secret = published::describe(cx, &input.secret_id).await?;
    let rules = |days: u32| RotationRulesType {
        automatically_after_days: Some(days.into()),
        ..RotationRulesType::default()
    };
    let stages = secret.versions.into_iter().map(|(id, stage)| (id, vec![stage.to_owned()]));
    Ok(DescribeSecretResponse {
        arn: Some(secret.arn),
        name: Some(secret.name),
        owning_service: Some("cognito-idp".to_owned()),
        rotation_enabled: Some(secret.rotation_days.is_some()),
        rotation_rules: secret.rotation_days.map(rules),
        last_rotated_date: secret.rotated_at,
        next_rotation_date: secret.rotate_at,
        last_changed_date: Some(secret.rotated_at.unwrap_or(secret.published_at)),
        created_date: Some(secret.published_at),
        version_ids_to_stages: Some(stages.collect()),
        ..DescribeSecretResponse::default()
    })
}

pub(crate) async fn get_secret_value(
    cx: &Cx,
    input: GetSecretValueRequest,
) -> Result<GetSecretValueResponse, Fault> {
    let (version_id, stage) = (input.version_id.as_deref(), input.version_stage.as_deref());
    let value = published::value(cx, &input.secret_id, version_id, stage).await?;
    Ok(GetSecretValueResponse {
        arn: Some(value.arn),
        name: Some(value.name),
        version_id: Some(value.version_id),
        version_stages: Some(vec![value.stage.to_owned()]),
        created_date: Some(value.created_at),
        secret_string: Some(value.text),
        secret_binary: None,
    })
}
