//! How messages reach users: e-mail through a mail relay, SMS through a gateway's webhook (docs/messages.md).

mod sms_hook;
mod smtp;
pub(crate) mod test;

use poolhouse_ports::{Clock, Courier, DeliveryError, Medium};

use crate::config::DeliveryOptions;
use crate::exit::Failure;

/// The ways that the options name.
///
/// # Errors
/// Exit code 2; names the setting.
pub(crate) fn courier(options: &DeliveryOptions, clock: &Clock) -> Result<Courier, Failure> {
    let email = options.smtp_host.as_deref().map(|host| smtp::transport(host, options)).transpose()?;
    let sms = options.sms_hook_url.as_deref();
    let sms = sms.map(|url| sms_hook::transport(url, options, clock)).transpose()?;
    Ok(Courier::transports(email, sms))
}

/// Whether the mail relay would take messages now; `None` where there is none.
///
/// # Errors
/// Exit code 2; names the setting.
pub(crate) async fn reach_relay(
    options: &DeliveryOptions,
) -> Result<Option<Result<(), DeliveryError>>, Failure> {
    match &options.smtp_host {
        Some(host) => smtp::reach(host, options).await.map(Some),
        None => Ok(None),
    }
}

/// Says in the log how messages go, once at the start.
pub(crate) fn announce(options: &DeliveryOptions, courier: &Courier) {
    if courier.is_mailbox() {
        if options.smtp_host.is_some() || options.sms_hook_url.is_some() {
            tracing::warn!(
                "development mode keeps messages in memory: smtp-host and sms-hook-url have no effect"
            );
        }
        return;
    }
    let way = |medium, way: &Option<String>| match way {
        Some(way) if courier.serves(medium) => way.clone(),
        _ => "none".to_owned(),
    };
    let email = way(Medium::Email, &options.smtp_host.as_deref().map(|host| smtp::describe(host, options)));
    let sms = way(Medium::Sms, &options.sms_hook_url.as_deref().map(sms_hook::describe));
    tracing::info!(%email, %sms, "delivery of messages");
    for (medium, way, setting) in [("e-mail", email, "--smtp-host"), ("SMS", sms, "--sms-hook-url")] {
        if way == "none" {
            tracing::warn!(
                "there is no way to deliver {medium}: what would send one answers CodeDeliveryFailureException; configure it with {setting}"
            );
        }
    }
}
