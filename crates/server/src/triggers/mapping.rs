//! One entry of `[[triggers]]`.

use std::fmt;

use serde::Deserialize;

use super::Form;
use super::lambda::Lambda;
use super::webhook::Webhook;
use crate::exit::Failure;
use crate::sigv4::Keys;
use crate::{targets, values};

/// A function, and its target: either `lambda` or `webhook`. Its `Debug` form shows no secrets.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Mapping {
    /// ARN of the function; `*` stands for any text.
    function: String,
    /// URL of an endpoint that speaks Lambda's Invoke API.
    lambda: Option<String>,
    /// AWS credentials; without them calls are not signed.
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    /// Region of the signature; without it the one of the function's ARN.
    region: Option<String>,
    /// URL of a webhook.
    webhook: Option<String>,
    /// What the webhook's receiver shares with this server.
    secret: Option<String>,
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapping").field("function", &self.function).finish_non_exhaustive()
    }
}

impl Mapping {
    /// The pattern of ARNs.
    pub(super) fn function(&self) -> &str {
        &self.function
    }

    /// Whether a secret stands here itself.
    pub(crate) fn holds_secrets(&self) -> bool {
        let secrets = [&self.secret_access_key, &self.session_token, &self.secret];
        secrets.into_iter().flatten().any(|secret| !values::is_elsewhere(secret))
    }

    /// The target.
    ///
    /// # Errors
    /// Exit code 2; names the entry and what is wrong with it.
    pub(super) fn form(&self) -> Result<Form, Failure> {
        self.target().map_err(|wrong| {
            Failure::setup(format!("config: triggers: the entry of function {:?}: {wrong}", self.function))
        })
    }

    fn target(&self) -> Result<Form, String> {
        if self.function.is_empty() {
            return Err("function is missing; give the ARN of LambdaConfig, or a pattern with *".to_owned());
        }
        match (&self.lambda, &self.webhook) {
            (Some(url), None) => {
                self.refuse("lambda", &[("secret", &self.secret)])?;
                let region = self.region.clone();
                Ok(Form::Lambda(Lambda::new(targets::url("lambda", url)?, self.keys()?, region)))
            }
            (None, Some(url)) => {
                self.refuse(
                    "webhook",
                    &[
                        ("access-key-id", &self.access_key_id),
                        ("secret-access-key", &self.secret_access_key),
                        ("session-token", &self.session_token),
                        ("region", &self.region),
                    ],
                )?;
                let webhook = Webhook::new(
                    targets::url("webhook", url)?,
                    targets::webhook_secret(self.secret.as_deref())?,
                );
                Ok(Form::Webhook(Box::new(webhook)))
            }
            _ => Err("give one of lambda and webhook, a URL".to_owned()),
        }
    }

    /// What has no effect is a misunderstanding.
    fn refuse(&self, form: &str, settings: &[(&str, &Option<String>)]) -> Result<(), String> {
        match settings.iter().find(|(_, value)| value.is_some()) {
            None => Ok(()),
            Some((name, _)) => Err(format!("{name} has no meaning with {form}")),
        }
    }

    fn keys(&self) -> Result<Option<Keys>, String> {
        match (&self.access_key_id, &self.secret_access_key) {
            (None, None) if self.session_token.is_none() => Ok(None),
            (Some(id), Some(secret)) => Ok(Some(Keys {
                access_key_id: values::resolve(id)?,
                secret_access_key: values::resolve(secret)?,
                session_token: self.session_token.as_deref().map(values::resolve).transpose()?,
            })),
            _ => Err("access-key-id and secret-access-key go together; give both or none".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(entry: &str, expected: Result<(), &str>) {
        let mapping: Mapping = toml::from_str(entry).unwrap();
        let outcome = mapping.target().map(drop);
        match expected {
            Ok(()) => assert_eq!(outcome, Ok(()), "{entry}"),
            Err(part) => {
                assert!(outcome.as_ref().is_err_and(|text| text.contains(part)), "{entry}: {outcome:?}");
            }
        }
    }

    #[test]
    fn an_entry_has_one_target_with_all_that_it_needs() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        check("function = '*'\nlambda = 'http://127.0.0.1:3001'", Ok(()));
        check("function = '*'\nlambda = 'http://[::1]:9000/2015-03-31/functions/{name}/invocations'", Ok(()));
        check("function = '*'\nlambda = 'https://x'\naccess-key-id = 'a'\nsecret-access-key = 'b'", Ok(()));
        check(&format!("function = '*'\nwebhook = 'https://x/y'\nsecret = '{secret}'"), Ok(()));
        check("lambda = 'http://127.0.0.1:3001'", Err("function is missing"));
        check("function = '*'", Err("one of lambda and webhook"));
        check("function = '*'\nlambda = 'http://a'\nwebhook = 'http://b'", Err("one of lambda and webhook"));
        check("function = '*'\nlambda = '127.0.0.1:3001'", Err("lambda must be an http"));
        check("function = '*'\nlambda = 'http://a'\naccess-key-id = 'a'", Err("go together"));
        check("function = '*'\nlambda = 'http://a'\nsession-token = 'a'", Err("go together"));
        check("function = '*'\nlambda = 'http://a'\nsecret = 'x'", Err("secret has no meaning"));
        check("function = '*'\nwebhook = 'http://a'", Err("openssl"));
        check("function = '*'\nwebhook = 'http://a'\nsecret = 'whsec_c2hvcnQ='", Err("24 to 64"));
        check(
            &format!("function = '*'\nwebhook = 'http://a'\nsecret = '{secret}'\nregion = 'x'"),
            Err("region"),
        );
        check("function = '*'\nwebhook = 'http://a'\nsecret = 'env:POOLHOUSE_NO_SUCH'", Err("is not set"));
        assert!(toml::from_str::<Mapping>("functoin = '*'").is_err());
    }

    #[test]
    fn debug_hides_secrets() {
        let mapping: Mapping = toml::from_str("function = 'f'\nsecret = 'hunter2'").unwrap();
        assert!(!format!("{mapping:?}").contains("hunter2"));
    }
}
