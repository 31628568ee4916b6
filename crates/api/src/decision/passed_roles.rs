//! The roles that a request hands on: whoever does needs `iam:PassRole` for each (docs/cognito/protocol.md §5.3).

use poolhouse_wire::{Operation, identity_pools, user_pools};
use serde_json::Value;

/// The ARNs of the roles. Absent ones are not asked about, the same one again is (observed).
pub(super) fn of(operation: Operation, input: &Value) -> Vec<&str> {
    match operation {
        Operation::UserPools(operation) => of_user_pools(operation, input),
        Operation::IdentityPools(identity_pools::Operation::SetIdentityPoolRoles) => of_identity_pool(input),
        Operation::IdentityPools(_)
        | Operation::Iam(_)
        | Operation::Kms(_)
        | Operation::Secretsmanager(_)
        | Operation::Sts(_) => Vec::new(),
    }
}

fn of_user_pools(operation: user_pools::Operation, input: &Value) -> Vec<&str> {
    use user_pools::Operation;
    let place = match operation {
        Operation::CreateGroup | Operation::UpdateGroup => "/RoleArn",
        Operation::CreateUserImportJob => "/CloudWatchLogsRoleArn",
        Operation::CreateUserPool | Operation::UpdateUserPool => "/SmsConfiguration/SnsCallerArn",
        Operation::SetUserPoolMfaConfig => "/SmsMfaConfiguration/SmsConfiguration/SnsCallerArn",
        _ => return Vec::new(),
    };
    input.pointer(place).and_then(Value::as_str).into_iter().collect()
}

fn of_identity_pool(input: &Value) -> Vec<&str> {
    let members = |place| input.pointer(place).and_then(Value::as_object).into_iter().flatten();
    let roles = members("/Roles").map(|(_, role)| role);
    let mappings = members("/RoleMappings").map(|(_, mapping)| mapping);
    let rules = mappings.filter_map(|mapping| mapping.pointer("/RulesConfiguration/Rules")?.as_array());
    let of_rules = rules.flatten().filter_map(|rule| rule.get("RoleARN"));
    roles.chain(of_rules).filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn roles_are_found_where_operations_take_them() {
        let pools = |operation: user_pools::Operation, input| {
            of(operation.into(), &input).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(pools(user_pools::Operation::CreateGroup, json!({ "RoleArn": "r" })), ["r"]);
        assert!(pools(user_pools::Operation::UpdateGroup, json!({})).is_empty());
        assert!(pools(user_pools::Operation::GetGroup, json!({ "RoleArn": "r" })).is_empty());
        let sms = json!({ "SmsConfiguration": { "SnsCallerArn": "s" } });
        assert_eq!(pools(user_pools::Operation::UpdateUserPool, sms.clone()), ["s"]);
        let mfa = json!({ "SmsMfaConfiguration": sms });
        assert_eq!(pools(user_pools::Operation::SetUserPoolMfaConfig, mfa), ["s"]);
        let roles = json!({
            "Roles": { "authenticated": "a", "unauthenticated": "b" },
            "RoleMappings": { "p": { "RulesConfiguration": { "Rules": [{ "RoleARN": "c" }] } } },
        });
        let operation = identity_pools::Operation::SetIdentityPoolRoles.into();
        assert_eq!(of(operation, &roles), ["a", "b", "c"]);
    }
}
