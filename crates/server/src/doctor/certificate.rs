//! The certificate of TLS, in files or from an authority, and the way to that one.

use poolhouse_ports::{Clock, Timestamp};
use poolhouse_store::tables::acme_certificates;
use poolhouse_store::{Store, StoreError};

use super::Report;
use crate::acme::Settings;
use crate::config::Options;
use crate::exit::Failure;
use crate::tls::Tls;

const ABOUT: &str = "TLS";

/// Below this many days a certificate should have been renewed.
const DAYS: i64 = 14;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Looks at the files, if that is where it is.
pub(super) fn look_at_files(options: &Options, report: &mut Report) -> Result<(), Failure> {
    let Some(files) = options.tls.files() else { return Ok(()) };
    let clock = Clock::system();
    let Some(valid) = Tls::open(files, clock.clone())?.valid() else { return Ok(()) };
    let now = clock.now();
    if now < valid.start {
        let begin = valid.start.iso8601();
        let cure = "wait until then, or look at the clock of this machine";
        report.wrong(ABOUT, format!("the certificate begins at {begin}; {cure}"));
    } else {
        look_at_end(valid.end, DAYS * DAY, now, report);
    }
    Ok(())
}

fn look_at_end(end: Timestamp, soon: i64, now: Timestamp, report: &mut Report) {
    let (left, end) = (end.millis_since(now), end.iso8601());
    if left < 0 {
        report.wrong(ABOUT, format!("the certificate ended at {end}; renew it"));
    } else if left < soon {
        report.doubtful(ABOUT, format!("the certificate ends at {end}; look why it was not renewed"));
    } else {
        report.good(ABOUT, format!("the certificate is valid until {end}"));
    }
}

/// Looks at what the database has from an authority, if that is where it comes from.
pub(super) async fn look_at_kept(
    options: &Options,
    store: &Store,
    report: &mut Report,
) -> Result<(), StoreError> {
    if !options.acme.is_given() {
        return Ok(());
    }
    let kept = acme_certificates::get(&mut store.read().await?, &options.acme.id()).await?;
    let Some(kept) = kept else {
        report.good(ABOUT, "there is no certificate yet; the server orders one when it starts");
        return Ok(());
    };
    let now = Clock::system().now();
    if kept.version > 0 {
        // Whether it was to be renewed by now is told by what is due, however long it lives.
        look_at_end(kept.valid_until, 0, now, report);
    }
    if kept.is_under_way(now) {
        report.good(ABOUT, format!("an order is under way, until {} at most", kept.leased_until.iso8601()));
    } else if let Some(failure) = kept.failure {
        let (count, again) = (kept.failures, kept.due_at.iso8601());
        let text =
            format!("the last order failed, as {count} in a row; the next one is due at {again}: {failure}");
        if kept.version > 0 { report.doubtful(ABOUT, text) } else { report.wrong(ABOUT, text) }
    }
    Ok(())
}

/// Looks whether the authority can be reached.
pub(super) async fn look_at_authority(options: &Options, report: &mut Report) -> Result<(), Failure> {
    let Some(settings) = Settings::read(&options.acme)? else { return Ok(()) };
    match settings.reach().await {
        Ok(()) => {
            report.good("ACME", format!("the authority at {} answers", options.acme.directory()));
        }
        Err(why) => report.wrong("ACME", format!("{why}: mend acme-directory, acme-roots or the way there")),
    }
    Ok(())
}
