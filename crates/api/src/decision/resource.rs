//! What a request is about, as policies name it.

use poolhouse_core::clients::published;
use poolhouse_core::{Cx, pools};
use poolhouse_iam::{Kind, oidc_providers, resources, saml_providers};
use poolhouse_identity::{identities, tags as identity_tags};
use poolhouse_kernel::Fault;
use poolhouse_policy::Context;
use poolhouse_ports::IdentityId;
use poolhouse_wire::{ErrorCode, Operation, iam, identity_pools, user_pools};
use serde_json::Value;

use crate::kms;

/// A resource.
pub(super) struct Resource {
    /// Its ARN, or `*`.
    pub(super) arn: String,
    /// As refusals name it.
    pub(super) shown: String,
    /// Another ARN of it.
    pub(super) also: Option<String>,
}

impl Resource {
    pub(super) fn named(arn: impl Into<String>) -> Self {
        let arn = arn.into();
        Self { shown: arn.clone(), arn, also: None }
    }
}

/// The resource of an operation. It is made of what the request says, whether or not there is such a thing: who may not
/// do it learns nothing (docs/cognito/protocol.md §5.2, observed).
pub(super) async fn of(cx: &Cx, operation: Operation, input: &Value) -> Result<Resource, Fault> {
    let (region, account) = (&cx.region, &cx.settings().account_id);
    let text = |member: &str| input.get(member).and_then(Value::as_str);
    let Some(resource) = operation.facts().resource else {
        // The pool is not there yet (recorded).
        let is_new = operation == user_pools::Operation::CreateUserPool.into();
        let pools = format!("arn:aws:cognito-idp:{region}:{account}:userpool/*");
        return Ok(Resource::named(if is_new { pools } else { "*".to_owned() }));
    };
    let named = text(resource.member);
    if let Operation::Iam(_) = operation {
        let kind = match resource.member {
            "UserName" => Kind::User,
            "GroupName" => Kind::Group,
            "RoleName" => Kind::Role,
            "PolicyName" => {
                return Ok(Resource::named(resources::new_policy(cx, text("Path"), named.unwrap_or("*"))));
            }
            "Name" => return Ok(Resource::named(saml_providers::new_arn(cx, named.unwrap_or("*")))),
            "Url" => return Ok(Resource::named(oidc_providers::new_arn(cx, named.unwrap_or("*")))),
            _ => return Ok(Resource::named(named.unwrap_or("*"))),
        };
        let Some(name) = named else {
            return Ok(Resource::named(resources::caller(cx).unwrap_or_else(|| "*".to_owned())));
        };
        let arn = resources::arn(cx, kind, name, text("Path")).await?;
        // IAM names them without their ARN (docs/cognito/identity-pools-and-iam.md §10.3, recorded).
        return Ok(Resource { arn, shown: format!("{} {name}", kind.as_str()), also: None });
    }
    let Some(value) = named else {
        // Of what is decrypted the ciphertext names the key (docs/decisions/0016-a-key-ring-for-custom-senders.md).
        let by_content = match operation {
            Operation::Kms(_) => kms::key_of(cx, input).await?,
            _ => None,
        };
        return Ok(Resource::named(by_content.unwrap_or_else(|| "*".to_owned())));
    };
    let of_replica = match (operation, resource.member) {
        (Operation::UserPools(_), "UserPoolId") => pools::arn_region(cx, &value.into()).await?,
        _ => None,
    };
    let region = of_replica.as_deref().or_else(|| own_region(operation, value)).unwrap_or(region);
    let arn = resource.arn_of(value, region, account);
    match operation {
        Operation::Secretsmanager(_) => secret(cx, value, arn).await,
        _ => Ok(Resource::named(arn)),
    }
}

/// A secret: with the end of its ARN, which the request need not tell, and in both forms that there are of it
/// (docs/cognito/new-operations.md §17.1).
async fn secret(cx: &Cx, secret_id: &str, shown: String) -> Result<Resource, Fault> {
    let whole = published::whole_arn(cx, secret_id).await?.unwrap_or_else(|| shown.clone());
    let arn = whole.replacen(":secret/", ":secret:", 1);
    let also = Some(arn.replacen(":secret:", ":secret/", 1));
    Ok(Resource { arn, shown, also })
}

/// What a user or group is to become: who moves one must be allowed to do so with both.
pub(super) fn renamed(operation: Operation, input: &Value, arn: &str) -> Option<String> {
    let name_member = match operation {
        Operation::Iam(iam::Operation::UpdateUser) => "NewUserName",
        Operation::Iam(iam::Operation::UpdateGroup) => "NewGroupName",
        _ => return None,
    };
    let text = |member: &str| input.get(member).and_then(Value::as_str);
    let (path, name) = (text("NewPath"), text(name_member));
    if path.is_none() && name.is_none() {
        return None;
    }
    let (kind, of_kind) = arn.split_once('/')?;
    let (own_path, own_name) = match of_kind.rsplit_once('/') {
        Some((path, name)) => (format!("/{path}/"), name),
        None => ("/".to_owned(), of_kind),
    };
    Some(format!("{kind}{}{}", path.unwrap_or(&own_path), name.unwrap_or(own_name)))
}

/// The region in which a request makes a pool beside its own operation, and what is asked about it there: whoever makes a
/// replica must be allowed to make pools in its region (docs/cognito/new-operations.md §7, model).
pub(super) fn made_elsewhere<'a>(
    cx: &Cx,
    operation: Operation,
    input: &'a Value,
) -> Option<(&'a str, String)> {
    if operation != user_pools::Operation::CreateUserPoolReplica.into() {
        return None;
    }
    let region = input.get("RegionName")?.as_str()?;
    Some((region, format!("arn:aws:cognito-idp:{region}:{}:userpool/*", cx.settings().account_id)))
}

/// The ARNs of the identity pools of the identities that a request is about. An identity is no resource of policies; what
/// they can ask for is its pool (docs/cognito/identity-pools-and-iam.md §11, documented).
pub(super) async fn pools_of_identities(
    cx: &Cx,
    operation: Operation,
    input: &Value,
) -> Result<Vec<String>, Fault> {
    let named = match operation {
        Operation::IdentityPools(identity_pools::Operation::DescribeIdentity) => input.get("IdentityId"),
        Operation::IdentityPools(identity_pools::Operation::DeleteIdentities) => {
            input.get("IdentityIdsToDelete")
        }
        _ => return Ok(Vec::new()),
    };
    let several = named.and_then(Value::as_array).into_iter().flatten();
    let texts = several.chain(named).filter_map(Value::as_str);
    identities::pool_arns(cx, &texts.map(IdentityId::from).collect::<Vec<_>>()).await
}

/// The region in an id. Pools are found whatever region a request was signed for: policies must not speak of another one.
fn own_region(operation: Operation, id: &str) -> Option<&str> {
    let parts = match operation {
        Operation::UserPools(_) => id.split_once('_'),
        Operation::IdentityPools(_) => id.split_once(':'),
        Operation::Secretsmanager(_) => id.strip_prefix("cognito-idp/").and_then(|rest| rest.split_once('_')),
        Operation::Iam(_) | Operation::Kms(_) | Operation::Sts(_) => None,
    };
    parts.map(|(region, _)| region)
}

/// The tags of a resource; of one that does not exist none.
pub(super) async fn describe_tags(cx: &Cx, arn: &str, context: &mut Context) -> Result<(), Fault> {
    let of_pool = match arn.split(':').nth(2) {
        Some("cognito-idp") => pools::tags::list(cx, arn).await,
        Some("cognito-identity") => identity_tags::list(cx, arn).await,
        Some("iam") => {
            for (key, value) in resources::tags(cx, arn).await? {
                context.set(&format!("iam:ResourceTag/{key}"), value.as_str());
                context.set(&format!("aws:ResourceTag/{key}"), value);
            }
            return Ok(());
        }
        _ => return Ok(()),
    };
    let tags = match of_pool {
        Ok(tags) => tags,
        Err(fault) if is_missing(&fault) => return Ok(()),
        Err(fault) => return Err(fault),
    };
    for (key, value) in tags {
        context.set(&format!("aws:ResourceTag/{key}"), value);
    }
    Ok(())
}

/// The boundary of the user or role that an operation of IAM is about, where the request brings none itself.
pub(super) async fn describe_boundary(
    cx: &Cx,
    operation: Operation,
    input: &Value,
    arn: &str,
    context: &mut Context,
) -> Result<(), Fault> {
    if matches!(operation, Operation::Iam(_))
        && input.get("PermissionsBoundary").is_none()
        && let Some(boundary) = resources::boundary(cx, arn).await?
    {
        context.set("iam:PermissionsBoundary", boundary);
    }
    Ok(())
}

fn is_missing(fault: &Fault) -> bool {
    matches!(fault.code(), ErrorCode::ResourceNotFoundException | ErrorCode::InvalidParameterException)
}
