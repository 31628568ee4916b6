//! What a request says about the user on whose behalf it is made: UserContextData of clients, ContextData of
//! administrators. EncodedData, a device's fingerprint, is taken and not read
//! (operations-and-protection §9.3, inferred).

use poolhouse_kernel::request::UserContext;
use serde_json::Value;

/// What the body says. An address that is none is as if it were not said.
pub(super) fn of(body: &Value) -> UserContext {
    let Some(said) = ["ContextData", "UserContextData"].iter().find_map(|member| body.get(member)) else {
        return UserContext::default();
    };
    let text = |value: &Value, member: &str| value.get(member).and_then(Value::as_str).map(ToOwned::to_owned);
    let headers = said.get("HttpHeaders").and_then(Value::as_array).into_iter().flatten();
    let mut agents = headers.filter(|header| {
        header.get("headerName").and_then(Value::as_str).is_some_and(|n| n.eq_ignore_ascii_case("user-agent"))
    });
    UserContext {
        address: text(said, "IpAddress").and_then(|address| address.parse().ok()),
        user_agent: agents.next().and_then(|header| text(header, "headerValue")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_forms_are_read() {
        let admin = json!({ "ContextData": {
            "IpAddress": "192.0.2.1", "ServerName": "", "ServerPath": "",
            "HttpHeaders": [{ "headerName": "Accept", "headerValue": "*/*" }, { "headerName": "user-agent", "headerValue": "A" }],
        } });
        let UserContext { address, user_agent } = of(&admin);
        assert_eq!((address, user_agent.as_deref()), ("192.0.2.1".parse().ok(), Some("A")));
        let UserContext { address, user_agent } = of(&json!({ "UserContextData": { "IpAddress": "::1" } }));
        assert_eq!((address, user_agent), ("::1".parse().ok(), None));
        for nothing in [json!({}), json!({ "UserContextData": { "IpAddress": "here", "EncodedData": "x" } })]
        {
            let UserContext { address, user_agent } = of(&nothing);
            assert_eq!((address, user_agent), (None, None));
        }
    }
}
