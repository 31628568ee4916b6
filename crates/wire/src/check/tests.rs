use proptest::prelude::*;
use serde_json::json;

use super::examples::full;
use super::*;
use crate::Facts;
use crate::constraints::Member;
use crate::generated::decode::decode;
use crate::user_pools::{self, Operation};

const ARN: &str =
    r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?";
const NAME: &str = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+";

fn checked(operation: Operation, mut body: Value) -> Result<Value, CheckError> {
    check(operation.facts().input, &mut body).map(|()| body)
}

/// The items of the message, which must announce as many as it has.
#[track_caller]
fn violations(operation: Operation, body: Value) -> Vec<String> {
    let Err(CheckError::Violations(message)) = checked(operation, body) else {
        panic!("no constraint was violated")
    };
    let (count, items) = message.split_once(" detected: ").unwrap();
    let items: Vec<_> =
        items.split("; ").map(|item| item.replacen(" failed to satisfy constraint", "", 1)).collect();
    let plural = if items.len() == 1 { "" } else { "s" };
    assert_eq!(count, format!("{} validation error{plural}", items.len()));
    items
}

#[track_caller]
fn serialization(operation: Operation, body: Value) -> Option<String> {
    match checked(operation, body) {
        Err(CheckError::Serialization(message)) => message,
        other => panic!("not a serialization error: {other:?}"),
    }
}

fn group(mut members: Value) -> Value {
    let mut group = json!({"UserPoolId": "us-east-1_a", "GroupName": "g"});
    group.as_object_mut().unwrap().append(members.as_object_mut().unwrap());
    group
}

// protocol §4, observed; group-negative-precedence, recorded
#[test]
fn the_whole_message_of_a_negative_precedence() {
    let error = checked(Operation::CreateGroup, group(json!({"Precedence": -1}))).unwrap_err();
    let text = "1 validation error detected: Value '-1' at 'precedence' failed to satisfy constraint: Member must have value greater than or equal to 0";
    assert_eq!(error, CheckError::Violations(text.to_owned()));
}

// group-update-empty-role, recorded
#[test]
fn length_comes_before_pattern() {
    assert_eq!(
        violations(Operation::UpdateGroup, group(json!({"RoleArn": ""}))),
        [
            "Value '' at 'roleArn': Member must have length greater than or equal to 20".to_owned(),
            format!("Value '' at 'roleArn': Member must satisfy regular expression pattern: {ARN}"),
        ]
    );
}

// several-violations, observed
#[test]
fn all_members_are_reported_in_the_models_order() {
    assert_eq!(
        violations(Operation::CreateGroup, group(json!({"Precedence": -1, "RoleArn": "short"}))),
        [
            "Value 'short' at 'roleArn': Member must have length greater than or equal to 20".to_owned(),
            format!("Value 'short' at 'roleArn': Member must satisfy regular expression pattern: {ARN}"),
            "Value '-1' at 'precedence': Member must have value greater than or equal to 0".to_owned(),
        ]
    );
    assert_eq!(
        violations(Operation::AdminAddUserToGroup, json!({"UserPoolId": "us-east-1_a", "GroupName": null})),
        [
            "Value null at 'username': Member must not be null",
            "Value null at 'groupName': Member must not be null",
        ]
    );
    assert_eq!(
        violations(Operation::DescribeUserPool, json!({"UserPoolId": "no-underscore"})),
        [
            r"Value 'no-underscore' at 'userPoolId': Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+"
        ]
    );
}

// group-name-validation, observed
#[test]
fn group_names() {
    let create = |name: &str| group(json!({"GroupName": name}));
    assert_eq!(
        violations(Operation::CreateGroup, create("two words")),
        [format!("Value 'two words' at 'groupName': Member must satisfy regular expression pattern: {NAME}")]
    );
    assert_eq!(
        violations(Operation::CreateGroup, create("")),
        [
            "Value '' at 'groupName': Member must have length greater than or equal to 1".to_owned(),
            format!("Value '' at 'groupName': Member must satisfy regular expression pattern: {NAME}"),
        ]
    );
    let long = "n".repeat(129);
    assert_eq!(
        violations(Operation::CreateGroup, create(&long)),
        [format!("Value '{long}' at 'groupName': Member must have length less than or equal to 128")]
    );
    assert!(checked(Operation::CreateGroup, create(&"é".repeat(128))).is_ok());
}

// A request of many long values must not make an answer of many times its size.
#[test]
fn messages_repeat_eight_thousand_characters_of_a_value_and_of_a_key() {
    let cut = |text: &str| format!("{}...", text.repeat(8000));
    assert_eq!(
        violations(Operation::CreateGroup, group(json!({"Description": "ä".repeat(8001)}))),
        [format!(
            "Value '{}' at 'description': Member must have length less than or equal to 2048",
            cut("ä")
        )]
    );
    let whole = "n".repeat(8000);
    let items = violations(Operation::CreateGroup, group(json!({"GroupName": whole})));
    assert!(items[0].starts_with(&format!("Value '{whole}' at")), "{}", items[0]);
    let names: Vec<_> = (0..500).map(|_| "x".repeat(33)).collect();
    let input = json!({"UserPoolId": "r_1", "Username": "u", "UserAttributeNames": names});
    let items = violations(Operation::AdminDeleteUserAttributes, input);
    assert!(items[0].len() < 8500 && items[0].contains("...' at 'userAttributeNames'"), "{}", items[0]);

    static TEXT: Shape = Shape::new(Kind::String).max(1);
    static INNER: Structure = Structure { name: "Inner", members: &[Member::new("Value", &TEXT)] };
    static ENTRY: Shape = Shape::new(Kind::Structure(&INNER));
    static KEY: Shape = Shape::new(Kind::String);
    static ENTRIES: Shape = Shape::new(Kind::Map(&KEY, &ENTRY));
    static OUTER: Structure = Structure { name: "Outer", members: &[Member::new("Entries", &ENTRIES)] };
    let mut body = json!({"Entries": {"k".repeat(9000): {"Value": "xy"}}});
    let message = check(&OUTER, &mut body).unwrap_err().to_string();
    assert!(message.contains(&format!("at 'entries.{}.member.value'", cut("k"))), "{message}");
}

// protocol §4, inferred: AWS counts UTF-16 units
#[test]
fn lengths_are_utf16_units() {
    let create = |name: String| checked(Operation::CreateGroup, group(json!({"GroupName": name})));
    assert!(create("😀".repeat(64)).is_ok());
    assert!(create("😀".repeat(64) + "x").is_err());
}

// password-policy-range, recorded
#[test]
fn nested_members_have_dotted_paths() {
    let create = |members: Value| json!({"PoolName": "p", "Policies": {"PasswordPolicy": members}});
    assert_eq!(
        violations(Operation::CreateUserPool, create(json!({"MinimumLength": 5}))),
        [
            "Value '5' at 'policies.passwordPolicy.minimumLength': Member must have value greater than or equal to 6"
        ]
    );
    assert_eq!(
        violations(
            Operation::CreateUserPool,
            create(json!({"MinimumLength": 100, "PasswordHistorySize": 25}))
        ),
        [
            "Value '100' at 'policies.passwordPolicy.minimumLength': Member must have value less than or equal to 99",
            "Value '25' at 'policies.passwordPolicy.passwordHistorySize': Member must have value less than or equal to 24",
        ]
    );
}

// schema-rules and resource-server-rules, recorded
#[test]
fn elements_that_are_structures_have_paths_of_their_own() {
    let name = "a".repeat(21);
    assert_eq!(
        violations(Operation::CreateUserPool, json!({"PoolName": "p", "Schema": [{"Name": name}]})),
        [format!(
            "Value '{name}' at 'schema.1.member.name': Member must have length less than or equal to 20"
        )]
    );
    let scopes = json!([{"ScopeName": "read", "ScopeDescription": "d"}, {"ScopeName": "re/ad"}, null]);
    let server = json!({"UserPoolId": "r_1", "Identifier": "two words", "Name": "n", "Scopes": scopes});
    assert_eq!(
        violations(Operation::CreateResourceServer, server),
        [
            r"Value 'two words' at 'identifier': Member must satisfy regular expression pattern: [\x21\x23-\x5B\x5D-\x7E]+",
            r"Value 're/ad' at 'scopes.2.member.scopeName': Member must satisfy regular expression pattern: [\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+",
            "Value null at 'scopes.2.member.scopeDescription': Member must not be null",
            "Value null at 'scopes.3.member': Member must not be null",
        ]
    );
}

// protocol §4, inferred from sibling services
#[test]
fn elements_that_are_scalars_are_reported_with_their_list() {
    let names = json!(["email", "", "x".repeat(33)]);
    let items = violations(
        Operation::AdminDeleteUserAttributes,
        json!({"UserPoolId": "r_1", "Username": "u", "UserAttributeNames": names}),
    );
    assert_eq!(
        items,
        [format!(
            r"Value '[email, , {}]' at 'userAttributeNames': Member must satisfy constraint: [Member must have length less than or equal to 32, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{{L}}\p{{M}}\p{{S}}\p{{N}}\p{{P}}\t\n\r ]+]",
            "x".repeat(33)
        )]
    );
    let client =
        json!({"UserPoolId": "r_1", "ClientName": "c", "AllowedOAuthFlows": ["code", "magic", "a", "b"]});
    assert_eq!(
        violations(Operation::CreateUserPoolClient, client),
        [
            "Value '[code, magic, a, b]' at 'allowedOAuthFlows': Member must have length less than or equal to 3",
            "Value '[code, magic, a, b]' at 'allowedOAuthFlows': Member must satisfy constraint: [Member must satisfy enum value set: [code, implicit, client_credentials]]",
        ]
    );
}

#[test]
fn maps_are_reported_by_keys_and_by_values() {
    let tags = json!({"": "v", "k": "v".repeat(257)});
    let items =
        violations(Operation::TagResource, json!({"ResourceArn": "arn:aws:x:y:1:zzzzzzzz", "Tags": tags}));
    let printed = format!("Value '{{=v, k={}}}' at 'tags'", "v".repeat(257));
    assert_eq!(
        items,
        [
            format!(
                "{printed}: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"
            ),
            format!(
                "{printed}: Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0]"
            ),
        ]
    );
}

#[test]
fn entries_of_maps_that_are_structures_have_paths_of_their_own() {
    static TEXT: Shape = Shape::new(Kind::String).max(1);
    static INNER: Structure = Structure { name: "Inner", members: &[Member::new("Value", &TEXT)] };
    static ENTRY: Shape = Shape::new(Kind::Structure(&INNER));
    static KEY: Shape = Shape::new(Kind::String);
    static ENTRIES: Shape = Shape::new(Kind::Map(&KEY, &ENTRY));
    static OUTER: Structure = Structure { name: "Outer", members: &[Member::new("Entries", &ENTRIES)] };
    let error = check(&OUTER, &mut json!({"Entries": {"one": {"Value": "xy"}}})).unwrap_err();
    let text = "1 validation error detected: Value 'xy' at 'entries.one.member.value' failed to satisfy constraint: Member must have length less than or equal to 1";
    assert_eq!(error.to_string(), text);
}

// new-operations §3: taken though the model does not list it, and not told
#[test]
fn an_unlisted_value_is_taken_and_not_printed() {
    let request = |flow: &str| {
        let mut body = json!({ "UserPoolId": "us-east-1_a", "ClientName": "c", "ExplicitAuthFlows": [flow] });
        check(Operation::CreateUserPoolClient.facts().input, &mut body)
    };
    assert_eq!(request("ALLOW_CLIENT_TOKEN_AUTH"), Ok(()));
    let Err(CheckError::Violations(message)) = request("ALLOW_ANYTHING") else { panic!("taken") };
    assert!(!message.contains("ALLOW_CLIENT_TOKEN_AUTH"), "{message}");
}

// protocol §4: enum value set, in the model's order but for those whose order the service shows (recorded)
#[test]
fn enumerations() {
    assert_eq!(
        violations(Operation::CreateUserPool, json!({"PoolName": "p", "MfaConfiguration": "MAYBE"})),
        ["Value 'MAYBE' at 'mfaConfiguration': Member must satisfy enum value set: [OFF, ON, OPTIONAL]"]
    );
    let action = json!({"LowAction": {"Notify": false, "EventAction": "ALLOW"}});
    assert_eq!(
        violations(
            Operation::SetRiskConfiguration,
            json!({"UserPoolId": "r_1", "AccountTakeoverRiskConfiguration": {"Actions": action}})
        ),
        [
            "Value 'ALLOW' at 'accountTakeoverRiskConfiguration.actions.lowAction.eventAction': Member must satisfy enum value set: [MFA_IF_CONFIGURED, BLOCK, NO_ACTION, MFA_REQUIRED]"
        ]
    );
}

// protocol §4 and operations-and-protection §16, recorded
#[test]
fn structures_are_printed_with_all_members_they_could_have() {
    let recovery = json!([
        {"Name": "verified_email", "Priority": 1},
        {"Priority": 2, "Name": "verified_phone_number"},
        {"Name": "admin_only", "Priority": 3},
    ]);
    let body = json!({"PoolName": "p", "AccountRecoverySetting": {"RecoveryMechanisms": recovery}});
    assert_eq!(
        violations(Operation::CreateUserPool, body),
        [
            "Value '[RecoveryOptionType(priority=1, name=verified_email), RecoveryOptionType(priority=2, name=verified_phone_number), RecoveryOptionType(priority=3, name=admin_only)]' at 'accountRecoverySetting.recoveryMechanisms': Member must have length less than or equal to 2",
            "Value '3' at 'accountRecoverySetting.recoveryMechanisms.3.member.priority': Member must have value less than or equal to 2",
        ]
    );
    let schema: Vec<_> =
        (0..51).map(|i| json!({"Name": format!("c{i}"), "AttributeDataType": "String"})).collect();
    let items = violations(Operation::CreateUserPool, json!({"PoolName": "p", "Schema": schema}));
    let first = "Value '[SchemaAttributeType(name=c0, attributeDataType=String, developerOnlyAttribute=null, mutable=null, required=null, numberAttributeConstraints=null, stringAttributeConstraints=null), SchemaAttributeType(name=c1, ";
    assert!(items[0].starts_with(first), "{}", items[0]);
    let asset = json!({"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": "QQ=="});
    let body = json!({"UserPoolId": "r_1", "ClientId": "c", "Assets": vec![asset; 41]});
    let items = violations(Operation::CreateManagedLoginBranding, body);
    let first = "Value '[AssetType(category=FORM_LOGO, colorMode=LIGHT, extension=PNG, bytes=java.nio.HeapByteBuffer[pos=0 lim=1 cap=1], resourceId=null), ";
    assert!(items[0].starts_with(first), "{}", items[0]);
}

// operations-and-protection §16, recorded
#[test]
fn texts_with_codes_have_a_place_for_them() {
    const EMAIL: &str = r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*";
    const SMS: &str = r"(?s).*\{####\}(?s).*";
    let texts = |text: &str| {
        json!({
            "PoolName": "p", "SmsAuthenticationMessage": text, "SmsVerificationMessage": text,
            "EmailVerificationMessage": text,
            "AdminCreateUserConfig": {"InviteMessageTemplate": {"EmailMessage": text, "SMSMessage": text}},
        })
    };
    let expected = [
        ("smsVerificationMessage", SMS),
        ("emailVerificationMessage", EMAIL),
        ("smsAuthenticationMessage", SMS),
        ("adminCreateUserConfig.inviteMessage.smsMessage", SMS),
        ("adminCreateUserConfig.inviteMessage.emailMessage", EMAIL),
    ]
    .map(|(path, pattern)| {
        format!("Value 'Welcome.' at '{path}': Member must satisfy regular expression pattern: {pattern}")
    });
    assert_eq!(violations(Operation::CreateUserPool, texts("Welcome.")), expected);
    assert!(checked(Operation::CreateUserPool, texts("Your code:\n{####}\n")).is_ok());
}

// protocol §4: sensitive members are reported without their value
#[test]
fn sensitive_values_are_left_out() {
    assert_eq!(
        violations(Operation::SignUp, json!({"ClientId": "no spaces", "Username": "u", "Password": "a\tb"})),
        [
            r"Value at 'clientId': Member must satisfy regular expression pattern: [\w+]+",
            r"Value at 'password': Member must satisfy regular expression pattern: [\S]+",
        ]
    );
    let attributes = json!([{"Name": "email", "Value": "v".repeat(2049)}]);
    assert_eq!(
        violations(
            Operation::AdminUpdateUserAttributes,
            json!({"UserPoolId": "r_1", "Username": "u", "UserAttributes": attributes})
        ),
        ["Value at 'userAttributes.1.member.value': Member must have length less than or equal to 2048"]
    );
}

#[test]
fn sensitive_parts_of_a_printed_value_are_left_out() {
    static SECRET: Shape = Shape::new(Kind::String).sensitive();
    static LIST: Shape = Shape::new(Kind::List(&SECRET)).max(1);
    static OUTER: Structure = Structure { name: "Outer", members: &[Member::new("Codes", &LIST)] };
    let error = check(&OUTER, &mut json!({"Codes": ["123456", "654321"]})).unwrap_err();
    assert!(error.to_string().contains("Value '[***, ***]' at 'codes'"), "{error}");
}

// users-and-groups §9: inner blanks pass, other white space does not
#[test]
fn blanks_in_passwords() {
    let set = |password: &str| {
        let body = json!({"UserPoolId": "r_1", "Username": "u", "Password": password});
        checked(Operation::AdminSetUserPassword, body).is_ok()
    };
    assert!(set("correct horse battery"));
    assert!(set("x"));
    for refused in ["", " ", " x", "x ", "a\nb", "a\u{b}b"] {
        assert!(!set(refused), "{refused:?}");
    }
}

// protocol §4.1: an empty password asks for a user without one
#[test]
fn an_empty_password_is_absent_where_users_are_made() {
    let body = checked(Operation::SignUp, json!({"ClientId": "c", "Username": "u", "Password": ""})).unwrap();
    assert_eq!(body["Password"], Value::Null);
    let create = json!({"UserPoolId": "r_1", "Username": "u", "TemporaryPassword": ""});
    assert!(checked(Operation::AdminCreateUser, create).is_ok());
}

// protocol §3.1
#[test]
fn wrong_json_types() {
    let number = "com.amazon.coral.value.json.numbers.TruncatingBigNumber";
    let cases = [
        (json!({"GroupName": {}}), "Start of structure or map found where not expected.".to_owned()),
        (json!({"GroupName": []}), "Start of list found where not expected".to_owned()),
        (json!({"GroupName": 1}), format!("class {number} can not be converted to an String")),
        (json!({"GroupName": true}), "class java.lang.Boolean can not be converted to an String".to_owned()),
        (json!({"Precedence": "1"}), "class java.lang.String can not be converted to an Integer".to_owned()),
        (
            json!({"Precedence": false}),
            "class java.lang.Boolean can not be converted to an Integer".to_owned(),
        ),
        (json!({"Precedence": []}), "Start of list found where not expected".to_owned()),
    ];
    for (member, text) in cases {
        assert_eq!(serialization(Operation::CreateGroup, group(member)), Some(text));
    }
    let cases = [
        (json!({"Permanent": "true"}), "class java.lang.String can not be converted to a Boolean".to_owned()),
        (json!({"Permanent": 1}), format!("class {number} can not be converted to a Boolean")),
        (json!({"Permanent": {}}), "Start of structure or map found where not expected.".to_owned()),
    ];
    for (body, text) in cases {
        assert_eq!(serialization(Operation::AdminSetUserPassword, body), Some(text));
    }
    let cases = [
        (json!({"Schema": {}}), "Start of structure or map found where not expected."),
        (json!({"Schema": "x"}), "Expected list or null"),
        (json!({"Schema": ["x"]}), "Expected null"),
        (json!({"Schema": [[]]}), "Start of list found where not expected"),
        (json!({"AliasAttributes": [1]}), &format!("class {number} can not be converted to an String")),
        (json!({"UserPoolTags": []}), "Start of list found where not expected"),
        (json!({"UserPoolTags": 1}), "Expected map or null"),
        (json!({"UserPoolTags": {"k": {}}}), "Start of structure or map found where not expected."),
        (json!({"Policies": []}), "Start of list found where not expected"),
        (json!({"Policies": 1}), "Expected null"),
        (json!([]), "Start of list found where not expected"),
        (json!("x"), "Expected null"),
        (Value::Null, "Expected null"),
    ];
    for (body, text) in cases {
        assert_eq!(serialization(Operation::CreateUserPool, body).as_deref(), Some(text));
    }
}

// protocol §3.2: types are looked at before constraints
#[test]
fn a_wrong_type_hides_violated_constraints() {
    let body = json!({"GroupName": "", "Precedence": "x"});
    assert!(serialization(Operation::CreateGroup, body).is_some());
}

#[test]
fn integers_are_whole_and_fit() {
    let create =
        |precedence: Value| checked(Operation::CreateGroup, group(json!({"Precedence": precedence})));
    assert!(create(json!(2_147_483_647)).is_ok());
    for refused in
        [json!(2_147_483_648_i64), json!(u64::MAX), json!(1.5), json!(1e300), json!(-2_147_483_649_i64)]
    {
        assert_eq!(create(refused), Err(CheckError::Serialization(None)));
    }
    assert_eq!(create(json!(5.0)).unwrap()["Precedence"], json!(5));
}

#[test]
fn longs_and_timestamps() {
    static LONG: Shape = Shape::new(Kind::Long).max(10_000_000_000);
    static TIME: Shape = Shape::new(Kind::Timestamp);
    static BOTH: Structure =
        Structure { name: "Both", members: &[Member::new("Long", &LONG), Member::new("Time", &TIME)] };
    let checked = |mut body: Value| check(&BOTH, &mut body);
    assert!(checked(json!({"Long": 9_999_999_999_i64, "Time": 1.5})).is_ok());
    let error = checked(json!({"Long": 10_000_000_001_i64})).unwrap_err();
    assert!(
        error.to_string().ends_with("Member must have value less than or equal to 10000000000"),
        "{error}"
    );
    assert!(matches!(checked(json!({"Long": u64::MAX})), Err(CheckError::Serialization(None))));
    let text = "class java.lang.String can not be converted to milliseconds since epoch";
    assert_eq!(checked(json!({"Time": "now"})).unwrap_err().to_string(), text);
}

#[test]
fn blobs_are_base64_and_bounded_in_bytes() {
    let image = |file: Value| json!({"UserPoolId": "r_1", "ImageFile": file});
    assert!(checked(Operation::SetUICustomization, image(json!("QUJD"))).is_ok());
    assert!(serialization(Operation::SetUICustomization, image(json!("not base64"))).is_some());
    let text = "class java.lang.Boolean can not be converted to a Blob";
    assert_eq!(serialization(Operation::SetUICustomization, image(json!(true))).as_deref(), Some(text));
    let large = "AAAA".repeat(131_072 / 3 + 1);
    assert!(
        violations(Operation::SetUICustomization, image(json!(large)))[0]
            .ends_with("less than or equal to 131072")
    );
}

// unknown-and-null-members; pycognito sends null parameters
#[test]
fn null_is_absent_and_unknown_members_are_ignored() {
    let body = group(json!({"Precedence": null, "Description": null, "New": {"deep": [1]}}));
    // What is ignored is not kept either.
    assert_eq!(
        checked(Operation::CreateGroup, body),
        Ok(group(json!({"Precedence": null, "Description": null})))
    );
    let schema = json!([{"Name": "a", "New": 1}]);
    let body = checked(Operation::CreateUserPool, json!({"PoolName": "p", "Schema": schema})).unwrap();
    assert_eq!(body, json!({"PoolName": "p", "Schema": [{"Name": "a"}]}));
    let parameters = json!({"USERNAME": "u", "DEVICE_KEY": null});
    let body = json!({"AuthFlow": "USER_SRP_AUTH", "ClientId": "c", "AuthParameters": parameters});
    let body = checked(Operation::InitiateAuth, body).unwrap();
    let request: user_pools::InitiateAuthRequest = serde_json::from_value(body).unwrap();
    assert_eq!(request.auth_parameters.unwrap().into_keys().collect::<Vec<_>>(), ["USERNAME"]);
}

#[test]
fn a_hostile_body_makes_a_bounded_message() {
    let body = json!({"PoolName": "p", "Schema": vec![json!({"Name": ""}); 100_000]});
    // The list's own length is the first; it prints the list once.
    assert_eq!(violations(Operation::CreateUserPool, body).len(), MAX_VIOLATIONS);
}

#[test]
fn a_deep_document_is_not_walked() {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let body = json!({"AccessToken": "t", "Credential": deep});
    assert!(checked(Operation::CompleteWebAuthnRegistration, body).is_ok());
}

#[test]
fn a_full_request_of_every_operation_survives_its_type() {
    for operation in crate::Operation::all() {
        let Facts { input, action, .. } = operation.facts();
        let mut body = full(input);
        check(input, &mut body).unwrap_or_else(|e| panic!("{action}: {e}"));
        assert_eq!(decode(operation, body.clone()).unwrap(), body, "{action}");
    }
}

/// Any JSON, with nulls, floats and bodies inside bodies.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-3_i64..70).prop_map(Value::from),
        (-3_i32..70).prop_map(|n| json!(f64::from(n))),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        "[a-z_1]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[A-Za-z]{0,8}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Replaces the parts of `value` that `at` counts down to.
fn replace(value: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        *value = with.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(list) => list.iter_mut().for_each(|element| replace(element, at, with)),
        Value::Object(map) => map.values_mut().for_each(|member| replace(member, at, with)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn what_passes_the_check_decodes(
        operation in prop::sample::select(&Operation::ALL[..]),
        places in prop::collection::vec((0_usize..40, any_json()), 0..3),
    ) {
        let mut body = full(operation.facts().input);
        for (mut at, with) in places {
            replace(&mut body, &mut at, &with);
        }
        if check(operation.facts().input, &mut body).is_ok() {
            prop_assert!(decode(operation, body.clone()).is_ok(), "{operation}: {body}");
        }
    }
}
