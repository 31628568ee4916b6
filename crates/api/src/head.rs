//! What the head of a request tells.

use axum::http::{HeaderMap, Request, header};
use poolhouse_kernel::request::{Origin, SourceAddress, UserContext};
use poolhouse_wire::{Operation, SERVICES};

/// The operation that the target names, of the service whose prefix stands before it. JSON 1.0 is another protocol and
/// knows no operation here.
pub(crate) fn operation(headers: &HeaderMap) -> Option<Operation> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if content_type.starts_with("application/x-amz-json-1.0") {
        return None;
    }
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    SERVICES.iter().find_map(|service| service.operation(target.strip_prefix(service.target_prefix)?))
}

/// Where a request comes from.
pub(crate) fn origin<B>(request: &Request<B>) -> Origin {
    let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Origin {
        address: request.extensions().get::<SourceAddress>().map(|source| source.0),
        user_agent: user_agent.map(ToOwned::to_owned),
        user: UserContext::default(),
    }
}

/// The SDK as it names itself in one of two headers, in the form of the events (triggers-and-messages §4,
/// observed).
pub(crate) fn sdk(headers: &HeaderMap) -> Option<String> {
    let names = ["x-amz-user-agent", "user-agent"].into_iter();
    let texts = names.filter_map(|name| headers.get(name)?.to_str().ok());
    let mut words = texts.flat_map(str::split_whitespace);
    words.find(|word| word.starts_with("aws-sdk-")).map(|word| word.replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use poolhouse_wire::{kms, user_pools};

    use super::*;

    #[test]
    fn a_target_names_service_and_operation() {
        let of = |target: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-amz-target", HeaderValue::from_static(target));
            operation(&headers)
        };
        let create_group = user_pools::Operation::CreateGroup;
        assert_eq!(of("AWSCognitoIdentityProviderService.CreateGroup"), Some(create_group.into()));
        assert_eq!(of("TrentService.Decrypt"), Some(kms::Operation::Decrypt.into()));
        for none in ["TrentService.CreateGroup", "TrentServiceDecrypt", "TrentService.Encrypt", "Decrypt", ""]
        {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn the_sdk_names_itself() {
        let sdk =
            |agent: &str| sdk(&HeaderMap::from_iter([("user-agent".parse().ok()?, agent.parse().ok()?)]));
        let node = "aws-sdk-nodejs/2.856.0 linux/v14.16.0 callback";
        assert_eq!(sdk(node).as_deref(), Some("aws-sdk-nodejs-2.856.0"));
        assert_eq!(sdk("Boto3/1.40.1 md/Botocore#1.40.1"), None);
    }
}
