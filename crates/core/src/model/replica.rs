//! Where else a pool is served, and what differs there (docs/cognito/new-operations.md §7).

use std::collections::BTreeMap;

use poolhouse_ports::ClientId;
use poolhouse_wire::user_pools::{EmailConfigurationType, LambdaConfigType, SmsConfigurationType};
use serde::{Deserialize, Serialize};

use super::pool_settings::Settings;
use super::risk::RiskConfiguration;

/// A pool's other region. What is not kept here is as at the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Replica {
    /// Its name.
    pub(crate) region: String,
    /// Whether users may sign in there.
    pub(crate) active: bool,
    /// The pool's tags there.
    pub(crate) tags: BTreeMap<String, String>,
    /// How users are reached there, once somebody said so: until then as at the first region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) own: Option<Own>,
    /// As whom mails about risks are sent: under the id of the client whose configuration names it, or under no id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) notifiers: BTreeMap<ClientId, Notifier>,
}

/// The settings of a pool that each region has for itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Own {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email_configuration: Option<EmailConfigurationType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sms_configuration: Option<SmsConfigurationType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lambda_config: Option<LambdaConfigType>,
}

/// As whom mails about risks are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Notifier {
    pub(crate) source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
}

impl Own {
    /// Those of `settings`.
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            email_configuration: settings.email_configuration.clone(),
            sms_configuration: settings.sms_configuration.clone(),
            lambda_config: settings.lambda_config.clone(),
        }
    }

    /// Puts them in their places. Where nothing is said of SMS, they are sent as from the first region: else a second factor that
    /// is switched on there could not be asked for here, and would be passed over.
    fn apply(self, settings: &mut Settings) {
        settings.email_configuration = self.email_configuration;
        if self.sms_configuration.is_some() {
            settings.sms_configuration = self.sms_configuration;
        }
        settings.lambda_config = self.lambda_config;
    }
}

impl Notifier {
    /// The one that a configuration names.
    pub(crate) fn of(risk: &RiskConfiguration) -> Option<Self> {
        let notify = risk.account_takeover_risk_configuration.as_ref()?.notify_configuration.as_ref()?;
        Some(Self { source_arn: notify.source_arn.clone(), from: notify.from.clone() })
    }

    /// Puts it in its places, where the configuration names one.
    pub(crate) fn apply(self, risk: &mut RiskConfiguration) {
        let takeover = risk.account_takeover_risk_configuration.as_mut();
        if let Some(notify) = takeover.and_then(|takeover| takeover.notify_configuration.as_mut()) {
            notify.source_arn = self.source_arn;
            notify.from = self.from;
        }
    }
}

impl Replica {
    /// Makes the settings of a pool those of this region.
    pub(crate) fn apply(&self, settings: &mut Settings) {
        settings.user_pool_tags = (!self.tags.is_empty()).then(|| self.tags.clone());
        if let Some(own) = self.own.clone() {
            own.apply(settings);
        }
    }

    /// Makes the risk configuration of a pool, or of one of its clients, that of this region.
    pub(crate) fn apply_to_risk(&self, client_id: Option<&ClientId>, risk: &mut RiskConfiguration) {
        if let Some(notifier) = self.notifiers.get(&key(client_id)) {
            notifier.clone().apply(risk);
        }
    }

    /// Keeps as whom mails about risks are sent, or forgets it.
    pub(crate) fn set_notifier(&mut self, client_id: Option<&ClientId>, notifier: Option<Notifier>) {
        match notifier {
            Some(notifier) => self.notifiers.insert(key(client_id), notifier),
            None => self.notifiers.remove(&key(client_id)),
        };
    }
}

/// No client has the empty id.
fn key(client_id: Option<&ClientId>) -> ClientId {
    client_id.cloned().unwrap_or_else(|| "".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Replica>("replica");
    }

    #[test]
    fn a_second_factor_of_the_first_region_can_be_asked_for() {
        let sms = SmsConfigurationType { sns_caller_arn: Some("arn".to_owned()), ..Default::default() };
        let mut settings = Settings { sms_configuration: Some(sms), ..Settings::default() };
        Own::default().apply(&mut settings);
        assert!(settings.sms_configuration.is_some());
    }
}
