//! What is known about a request, by condition keys (docs/cognito/identity-pools-and-iam.md §10.2).

use poolhouse_core::Cx;
use poolhouse_policy::Context;
use poolhouse_wire::Operation;
use serde_json::Value;

/// The members that hold tags: a map, or a list of keys and values.
const TAGS: [&str; 3] = ["Tags", "UserPoolTags", "IdentityPoolTags"];

/// What does not hang on the principal, nor on what is asked for.
pub(crate) fn surroundings(cx: &Cx) -> Context {
    let mut context = moment(cx);
    if let Some(address) = cx.origin.address {
        context.set("aws:SourceIp", address.to_canonical().to_string());
    }
    if let Some(agent) = &cx.origin.user_agent {
        context.set("aws:UserAgent", agent.as_str());
    }
    context
}

/// The same without the caller's place: where a service asks for somebody, it is not from there that the request comes
/// (docs/cognito/identity-pools-and-iam.md §9.1, documented).
pub(crate) fn moment(cx: &Cx) -> Context {
    Context::new()
        .with("aws:CurrentTime", cx.now.iso8601())
        .with("aws:EpochTime", cx.now.seconds().to_string())
        .with("aws:RequestedRegion", cx.region.as_str())
        // How clients come in, by the address that they use; the last step may be a proxy's.
        .with("aws:SecureTransport", cx.settings().public_url.starts_with("https:").to_string())
}

/// The policy that is attached or taken away, and the boundary that is set, for those who may deal with some of them only.
pub(super) fn describe_policies(operation: Operation, input: &Value, context: &mut Context) {
    if !matches!(operation, Operation::Iam(_)) {
        return;
    }
    for (key, member) in [("iam:PolicyARN", "PolicyArn"), ("iam:PermissionsBoundary", "PermissionsBoundary")]
    {
        if let Some(arn) = input.get(member).and_then(Value::as_str) {
            context.set(key, arn);
        }
    }
}

/// The region of what is asked for, where it has one: a pool is found under any region that a caller signs for.
pub(super) fn describe_region(arn: &str, input: &Value, context: &mut Context) {
    let of_arn = arn.split(':').nth(3).filter(|region| !region.is_empty());
    // Some operations name an identity pool, and have no resource for policies.
    let of_pool = || Some(input.get("IdentityPoolId")?.as_str()?.split_once(':')?.0);
    if let Some(region) = of_arn.or_else(of_pool) {
        context.set("aws:RequestedRegion", region);
    }
}

/// The tags that a request brings, and the keys of those that it removes.
pub(super) fn describe_input(input: &Value, context: &mut Context) {
    let mut keys: Vec<&str> = Vec::new();
    for tags in TAGS.iter().filter_map(|member| input.get(member)) {
        let text = |value: &'_ Value| value.as_str().map(str::to_owned).unwrap_or_default();
        match tags {
            Value::Object(map) => {
                for (key, value) in map {
                    context.set(&format!("aws:RequestTag/{key}"), text(value));
                    keys.push(key);
                }
            }
            Value::Array(list) => {
                for tag in list {
                    let Some(key) = tag.get("Key").and_then(Value::as_str) else { continue };
                    let value = tag.get("Value").map(text).unwrap_or_default();
                    context.set(&format!("aws:RequestTag/{key}"), value);
                    keys.push(key);
                }
            }
            _ => {}
        }
    }
    let removed = input.get("TagKeys").and_then(Value::as_array);
    keys.extend(removed.into_iter().flatten().filter_map(Value::as_str));
    context.set_many("aws:TagKeys", keys);
}
