//! SetLogDeliveryConfiguration and GetLogDeliveryConfiguration.

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_wire::user_pools::{
    CloudWatchLogsConfigurationType, EventSourceName, FirehoseConfigurationType, LogConfigurationType,
    LogDeliveryConfigurationType, LogLevel, S3ConfigurationType,
};

use crate::model::logs::{LogDelivery, LogDestination, LogSource};
use crate::pools::tier::{self, Feature};
use crate::{Cx, pools};

/// Where the pool's logs go.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn configuration(cx: &Cx, pool_id: &PoolId) -> Result<LogDeliveryConfigurationType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    Ok(view(pool_id, &pool.settings.logs))
}

/// Lets the pool's logs go elsewhere; what is left out ends.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`, `FeatureUnavailableInTierException`.
pub async fn set_configuration(
    cx: &Cx,
    pool_id: &PoolId,
    wanted: Vec<LogConfigurationType>,
) -> Result<LogDeliveryConfigurationType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let mut logs: Vec<LogDelivery> = Vec::new();
    for one in wanted {
        let log = read(one)?;
        check_arn(&cx.settings().account_id, &pool.region, &log.destination)?;
        if logs.iter().any(|other| other.source == log.source) {
            return Err(Fault::invalid_parameter(
                "There can be one log configuration for each event source.",
            ));
        }
        logs.push(log);
    }
    if logs.iter().any(|log| log.source == LogSource::UserAuthEvents) {
        tier::check_available(cx, &pool.settings.general, Feature::LogStreaming)?;
    }
    let shown = view(pool_id, &logs);
    pools::set_logs(cx, pool_id, logs).await?;
    Ok(shown)
}

/// Errors of notifications go to log groups, auth events to any one place (model); the texts are ours.
fn read(given: LogConfigurationType) -> Result<LogDelivery, Fault> {
    let group = given.cloud_watch_logs_configuration.and_then(|to| to.log_group_arn);
    let bucket = given.s3_configuration.and_then(|to| to.bucket_arn);
    let stream = given.firehose_configuration.and_then(|to| to.stream_arn);
    let destinations = [
        group.map(LogDestination::LogGroup),
        bucket.map(LogDestination::Bucket),
        stream.map(LogDestination::Stream),
    ];
    let mut destinations = destinations.into_iter().flatten();
    let (Some(destination), None) = (destinations.next(), destinations.next()) else {
        return Err(Fault::invalid_parameter("A log configuration must have one destination."));
    };
    let source = match (given.event_source, given.log_level, &destination) {
        (EventSourceName::UserNotification, LogLevel::Error, LogDestination::LogGroup(_)) => {
            LogSource::UserNotification
        }
        (EventSourceName::UserAuthEvents, LogLevel::Info, _) => LogSource::UserAuthEvents,
        (EventSourceName::UserNotification, ..) => {
            return Err(Fault::invalid_parameter(
                "userNotification must have the log level ERROR and a CloudWatch log group.",
            ));
        }
        _ => return Err(Fault::invalid_parameter("userAuthEvents must have the log level INFO.")),
    };
    Ok(LogDelivery { source, destination })
}

/// What belongs to another account or region is refused, with a blank behind each sentence (recorded). The ARN of a bucket
/// names neither.
fn check_arn(account_id: &str, region: &str, destination: &LogDestination) -> Result<(), Fault> {
    let kind = match destination {
        LogDestination::LogGroup(_) => "CloudWatch log group",
        LogDestination::Stream(_) => "Firehose delivery stream",
        LogDestination::Bucket(_) => return Ok(()),
    };
    let arn = destination.arn();
    let mut parts = arn.split(':').skip(3);
    let (of_region, of_account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut wrong = String::new();
    if of_account != account_id {
        wrong.push_str("ARN does not belong to invoking account. ");
    }
    if of_region != region {
        wrong.push_str("ARN does not belong to current region. ");
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Fault::invalid_parameter(format!(
        "Request validation Failed. [{kind} arn {arn} failed with the following validation errors: {wrong}]"
    )))
}

fn view(pool_id: &PoolId, logs: &[LogDelivery]) -> LogDeliveryConfigurationType {
    LogDeliveryConfigurationType {
        user_pool_id: pool_id.clone(),
        log_configurations: logs.iter().map(shown).collect(),
    }
}

fn shown(log: &LogDelivery) -> LogConfigurationType {
    let (event_source, log_level) = match log.source {
        LogSource::UserNotification => (EventSourceName::UserNotification, LogLevel::Error),
        LogSource::UserAuthEvents => (EventSourceName::UserAuthEvents, LogLevel::Info),
    };
    let mut shown = LogConfigurationType { event_source, log_level, ..LogConfigurationType::default() };
    match log.destination.clone() {
        LogDestination::LogGroup(arn) => {
            let to = CloudWatchLogsConfigurationType { log_group_arn: Some(arn) };
            shown.cloud_watch_logs_configuration = Some(to);
        }
        LogDestination::Bucket(arn) => {
            shown.s3_configuration = Some(S3ConfigurationType { bucket_arn: Some(arn) });
        }
        LogDestination::Stream(arn) => {
            shown.firehose_configuration = Some(FirehoseConfigurationType { stream_arn: Some(arn) });
        }
    }
    shown
}
