//! What is reached by name: this server by its address and URL, the mail relay, the SMS gateway, and pools' domains.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, Response, Uri, header};
use http_body_util::Full;
use poolhouse_ports::Clock;
use poolhouse_store::tables::domains::Domain;
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::time::timeout;

use super::{Report, certificate, data};
use crate::config::Options;
use crate::delivery;
use crate::exit::Failure;
use crate::http_client::{CallError, HttpClient};
use crate::serve::doubts_of_public_url;

/// How long somebody else may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes of an answer matter.
const ANSWER: usize = 64 * 1024;

pub(super) async fn look(options: &Options, domains: &[Domain], report: &mut Report) -> Result<(), Failure> {
    look_at_address(options.listen(), report).await;
    if let Some(address) = options.protection.watch_listen {
        look_at_address(address, report).await;
    }
    certificate::look_at_files(options, report)?;
    certificate::look_at_authority(options, report).await?;
    for name in options.acme.names() {
        look_at_name(&name, report).await;
    }
    let own = look_at_public_url(options, report).await?;
    look_at_mail(options, report).await?;
    look_at_sms(options, report).await;
    for domain in domains {
        look_at_domain(options, domain, own.as_ref(), report).await;
    }
    Ok(())
}

async fn look_at_address(address: SocketAddr, report: &mut Report) {
    match TcpListener::bind(address).await.map_err(|error| error.kind()) {
        Ok(_) => report.good("address", format!("{address} is free")),
        Err(ErrorKind::AddrInUse) => {
            report.good("address", format!("{address} is in use, by the server if it runs"));
        }
        Err(ErrorKind::PermissionDenied) => report.wrong(
            "address",
            format!("this user may not listen on port {}; choose one above 1023 with listen", address.port()),
        ),
        Err(kind) => report.wrong("address", format!("{address} cannot be listened on: {kind}")),
    }
}

/// An authority proves a name by the port of TLS that the name leads to.
async fn look_at_name(name: &str, report: &mut Report) {
    match addresses_of(name).await {
        Ok(_) => report.good("ACME", format!("{name} has an address in DNS; its port 443 has to lead here")),
        Err(()) => report.wrong("ACME", format!("{name} has no address in DNS; add one that leads here")),
    }
}

/// Returns the addresses that its host has.
async fn look_at_public_url(
    options: &Options,
    report: &mut Report,
) -> Result<Option<BTreeSet<IpAddr>>, Failure> {
    let about = "public URL";
    let url =
        options.public_url.clone().unwrap_or_else(|| format!("{}://{}", options.scheme(), options.listen()));
    for doubt in doubts_of_public_url(options, &url) {
        report.doubtful(about, doubt);
    }
    let uri: Option<Uri> = format!("{}/_poolhouse/health", url.trim_end_matches('/')).parse().ok();
    let Some((uri, host)) =
        uri.and_then(|uri| Some((uri.clone(), uri.host()?.trim_matches(['[', ']']).to_owned())))
    else {
        report.wrong(about, format!("{url:?} is no URL with a host; write https:// and a host name"));
        return Ok(None);
    };
    let addresses = addresses_of(&host).await;
    let Ok(addresses) = addresses else {
        report.wrong(about, format!("{host} has no address in DNS; add one that leads here"));
        return Ok(None);
    };
    let is_plain = uri.scheme_str() == Some("http");
    if is_plain && !addresses.iter().all(IpAddr::is_loopback) {
        report.wrong(
            about,
            format!("{url} sends passwords and tokens in the clear; use https, here or at a proxy"),
        );
    }
    let client = HttpClient::new()?;
    let asked = Request::get(uri.clone()).body(Full::default());
    let Ok(asked) = asked else { return Ok(Some(addresses)) };
    match timeout(PATIENCE, client.call(asked, ANSWER)).await {
        Ok(Ok(answer)) => look_at_answer(&url, &answer, report),
        Ok(Err(CallError::Unreachable(cause))) => report.doubtful(
            about,
            format!("{url} does not answer ({cause}): start the server, or mend the way to it"),
        ),
        Ok(Err(CallError::TooLong)) => report.wrong(about, format!("{url} leads to another server")),
        Err(_) => report.doubtful(about, format!("{url} does not answer within {} s", PATIENCE.as_secs())),
    }
    Ok(Some(addresses))
}

fn look_at_answer(url: &str, answer: &Response<Bytes>, report: &mut Report) {
    let status = answer.status();
    if !status.is_success() {
        let text = format!(
            "{url}/_poolhouse/health answers {status}: the proxy leads elsewhere, or the server does not run"
        );
        return report.wrong("public URL", text);
    }
    report.good("public URL", format!("{url} answers"));
    let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
    if let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok())
        && let Ok(since) = date.duration_since(std::time::UNIX_EPOCH)
    {
        let theirs = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        data::compare_clocks(
            "the server at the public URL",
            Clock::system().now().millis().saturating_sub(theirs),
            report,
        );
    }
}

async fn look_at_mail(options: &Options, report: &mut Report) -> Result<(), Failure> {
    match delivery::reach_relay(&options.delivery).await? {
        None => {
            report
                .doubtful("mail", "there is no relay, so no code reaches an e-mail address; give smtp-host");
        }
        Some(Ok(())) => {
            report.good("mail", "the relay takes this server; `poolhouse messages test` sends a message");
        }
        Some(Err(error)) => {
            let answer = error.answer.map(|answer| format!(" ({answer})")).unwrap_or_default();
            report.wrong("mail", format!("{}{answer}", error.reason));
        }
    }
    Ok(())
}

async fn look_at_sms(options: &Options, report: &mut Report) {
    let Some(url) = &options.delivery.sms_hook_url else { return };
    let place = url.parse::<Uri>().ok().and_then(|uri| {
        let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        Some((uri.host()?.trim_matches(['[', ']']).to_owned(), uri.port_u16().unwrap_or(usual)))
    });
    let Some((host, port)) = place else { return };
    match timeout(PATIENCE, TcpStream::connect((host.as_str(), port))).await {
        Ok(Ok(_)) => report.good("SMS", format!("the gateway at {host} can be reached")),
        Ok(Err(error)) => report.wrong("SMS", format!("the gateway at {host} cannot be reached: {error}")),
        Err(_) => report
            .wrong("SMS", format!("the gateway at {host} does not answer within {} s", PATIENCE.as_secs())),
    }
}

/// A pool's domain is reached by its host name, if it has one.
async fn look_at_domain(
    options: &Options,
    domain: &Domain,
    own: Option<&BTreeSet<IpAddr>>,
    report: &mut Report,
) {
    let host = match (&options.auth_domain, domain.custom) {
        (_, true) => domain.name.clone(),
        (Some(auth), false) => format!("{}.{auth}", domain.name),
        (None, false) => return,
    };
    let pool = &domain.pool_id;
    match addresses_of(&host).await {
        Err(()) => report.wrong(
            "domain",
            format!("{host} of {pool} has no address in DNS: make a CNAME to the host of the public URL"),
        ),
        Ok(found) if own.is_some_and(|own| own.is_disjoint(&found)) => report.doubtful(
            "domain",
            format!("{host} of {pool} leads elsewhere than the public URL: right if what is there passes requests on"),
        ),
        Ok(_) => report.good("domain", format!("{host} of {pool} leads here")),
    }
}

async fn addresses_of(host: &str) -> Result<BTreeSet<IpAddr>, ()> {
    let found = timeout(PATIENCE, lookup_host((host, 443))).await.map_err(drop)?.map_err(drop)?;
    let found: BTreeSet<IpAddr> = found.map(|address| address.ip()).collect();
    if found.is_empty() { Err(()) } else { Ok(found) }
}
