use aws_sdk_cognitoidentityprovider::config::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::*;

fn issuer(builder: ClientBuilder) -> String {
    builder.build().unwrap().issuer().to_owned()
}

#[test]
fn the_issuer_follows_from_endpoint_and_region() {
    let builder = || Client::builder("eu-west-1_x");
    assert_eq!(issuer(builder()), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x");
    assert_eq!(
        issuer(builder().region("cn-north-1")),
        "https://cognito-idp.cn-north-1.amazonaws.com.cn/eu-west-1_x"
    );
    // pycognito E2: a slash at the end gives a double one there
    assert_eq!(issuer(builder().endpoint_url("http://localhost:1/")), "http://localhost:1/eu-west-1_x");
    assert_eq!(issuer(builder().issuer("https://other")), "https://other");
}

/// What `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER` is to a configuration that `aws_config` loads.
#[derive(Debug)]
struct Environment(&'static str);

impl LoadServiceConfig for Environment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let named = key.service_id() == "Cognito Identity Provider" && key.env() == "AWS_ENDPOINT_URL";
        named.then(|| self.0.to_owned())
    }
}

#[test]
fn the_endpoint_of_a_configuration_counts() {
    let version = BehaviorVersion::v2026_01_12();
    let by_config = || SdkConfig::builder().behavior_version(version);
    let all = by_config().endpoint_url("http://all:1").build();
    let of_service = by_config().service_config(Environment("http://service:1")).build();
    let own = Config::builder().behavior_version(version).endpoint_url("http://own:1/").build();
    let none = Config::builder().behavior_version(version).build();
    let builder = || Client::builder("eu-west-1_x");
    assert_eq!(issuer(builder().sdk_config(&all)), "http://all:1/eu-west-1_x");
    assert_eq!(issuer(builder().sdk_config(&of_service)), "http://service:1/eu-west-1_x");
    assert_eq!(issuer(builder().sdk_config(own)), "http://own:1/eu-west-1_x");
    let given = builder().endpoint_url("http://given:1").sdk_config(&all);
    assert_eq!(issuer(given), "http://given:1/eu-west-1_x");
    assert_eq!(issuer(builder().sdk_config(none)), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x");
}

#[test]
fn what_cannot_be_meant_so_is_refused_at_once() {
    let refused = |builder: ClientBuilder| matches!(builder.build(), Err(Error::Configuration(_)));
    for pool in ["no-region", "us-east-1_", "_x", " us-east-1_x", "us-east-1_x\n", "us-east-1_a/../x", ""] {
        assert!(refused(Client::builder(pool)), "{pool:?}");
    }
    let builder = || Client::builder("eu-west-1_x");
    for id in ["", " app", "app\n", "a/b"] {
        assert!(refused(builder().client_id(id)), "{id:?}");
    }
    for url in ["", "not a url", "127.0.0.1:26001", "ftp://example.com", "http://example.com:99999"] {
        assert!(refused(builder().endpoint_url(url)), "{url:?}");
        assert!(refused(builder().issuer(url)), "{url:?}");
    }
    assert!(refused(builder().region("")) && refused(builder().region("us east")));
    let config = Config::builder().behavior_version(BehaviorVersion::v2026_01_12()).endpoint_url("nowhere");
    assert!(refused(builder().sdk_config(config.build())));
}

#[test]
fn every_call_has_a_time_limit() {
    let limits = |builder: ClientBuilder| {
        let client = builder.build().unwrap();
        let limits = client.sdk().config().timeout_config().unwrap();
        (limits.operation_timeout(), limits.operation_attempt_timeout())
    };
    let with = |limits| {
        let config = Config::builder().behavior_version(BehaviorVersion::v2026_01_12());
        Client::builder("eu-west-1_x").sdk_config(config.timeout_config(limits).build())
    };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let ours = (seconds(45), seconds(15));
    assert_eq!(limits(Client::builder("eu-west-1_x")), ours);
    // What `aws_config` brings by itself.
    let connect = TimeoutConfig::builder().connect_timeout(Duration::from_secs(3)).build();
    assert_eq!(limits(with(connect)), ours);
    let own = TimeoutConfig::builder().operation_timeout(Duration::from_secs(9)).build();
    assert_eq!(limits(with(own.clone())), (seconds(9), None));
    assert_eq!(limits(with(TimeoutConfig::disabled())), (None, None));
    assert_eq!(limits(with(own).timeout(Duration::from_secs(6))), (seconds(6), seconds(2)));
}

/// U20: a client for users alone says so before the first call.
#[test]
fn u20_admin_operations_need_credentials() {
    let client = Client::builder("eu-west-1_x").build().unwrap();
    assert!(matches!(client.admin(), Err(Error::Configuration(_))));
    assert!(Client::builder("eu-west-1_x").access_key("id", "secret").build().unwrap().admin().is_ok());
}

#[test]
fn no_secret_is_shown() {
    let builder = Client::builder("eu-west-1_x").client_secret("hidden").access_key("id", "hidden");
    assert!(!format!("{builder:?}").contains("hidden"));
    assert!(!format!("{:?}", builder.build().unwrap()).contains("hidden"));
}
