//! One order, from the account to the certificate (RFC 8555).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Error, ExternalAccountKey, Identifier, NewAccount, NewOrder,
    Order, OrderStatus, RetryPolicy,
};
use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_store::RECENT;
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::authority::Authority;
use super::challenge::DIGEST;
use super::kept::Kept;
use super::schedule::INTERVAL;
use super::settings::Settings;

/// How long an order may take.
pub(super) const ORDER_TIME: Duration = Duration::from_secs(240);

/// How long an order waits before the authority may look: until every server has seen what it is to show. A read node looks at a
/// standby that may be [`RECENT`] behind, and a look takes its time, too.
const SPREAD: Duration = RECENT.saturating_add(INTERVAL.saturating_mul(2));

/// How often the authority is asked whether it has looked, and for how long.
const POLLING: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(500))
    .backoff(1.5)
    .timeout(Duration::from_secs(60));

/// How often it is asked for the certificate: for as long as the order may take.
const FETCHING: RetryPolicy = POLLING.backoff(1.2).timeout(ORDER_TIME);

/// What the authority says of an account that it does not have.
const NO_ACCOUNT: &str = "urn:ietf:params:acme:error:accountDoesNotExist";

/// What it says to an account that was deactivated (RFC 8555 §7.3.6), and of other things.
const UNAUTHORIZED: &str = "urn:ietf:params:acme:error:unauthorized";

/// How much of what the authority says is kept, in characters.
const SAID: usize = 500;

/// How far an order has come.
#[derive(Default)]
pub(super) struct Progress {
    /// Whether the authority was asked to look, after which the order counts there.
    pub(super) looked: AtomicBool,
    /// Held while an account is made: a key of external account binding may be good once, so that what it brings must be kept.
    pub(super) making: Arc<Mutex<()>>,
}

/// Why there is no certificate.
#[derive(Debug)]
pub(super) enum Refused {
    /// The authority does not give one, or cannot be reached.
    Authority(Error),
    /// It does not have the account any more, or lets it order nothing.
    Account(Error),
    /// It says that the names could not be proven.
    Unproven(String),
    /// Something on this side.
    Here(String),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        if says(&error, NO_ACCOUNT) { Self::Account(error) } else { Self::Authority(error) }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        let cause = fault.cause().map(ToString::to_string).unwrap_or_default();
        Self::Here(format!("the database: {cause}"))
    }
}

impl From<rcgen::Error> for Refused {
    fn from(error: rcgen::Error) -> Self {
        Self::Here(format!("cannot make a key: {error}"))
    }
}

impl Refused {
    /// In one line, for the log and for `poolhouse doctor`.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Authority(error) | Self::Account(error) => described(&error.to_string()),
            Self::Unproven(why) | Self::Here(why) => described(why),
        }
    }
}

/// What the authority may have said, in one line of bounded length.
pub(super) fn described(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID).collect()
}

/// Whether the authority gives this as the kind of what is wrong.
fn says(error: &Error, kind: &str) -> bool {
    matches!(error, Error::Api(problem) if problem.r#type.as_deref() == Some(kind))
}

/// Who carries one order out.
pub(super) struct Clerk<'a> {
    pub(super) settings: &'a Settings,
    pub(super) kept: &'a Kept,
    pub(super) authority: &'a Authority,
    /// Until when challenges are shown at most.
    pub(super) until: Timestamp,
    pub(super) progress: &'a Progress,
}

impl Clerk<'_> {
    /// Orders a certificate; returns its key and its chain in PEM.
    pub(super) async fn order(&self) -> Result<String, Refused> {
        let ordered = self.ordered().await;
        if let Err(Refused::Account(_)) = &ordered {
            // The next order makes another one.
            self.kept.forget_account().await?;
        }
        ordered
    }

    async fn ordered(&self) -> Result<String, Refused> {
        let account = self.account().await?;
        let (mut order, key) = match self.taken_up(&account).await? {
            Some(begun) => begun,
            None => self.begun(&account).await?,
        };
        if matches!(order.state().status, OrderStatus::Pending | OrderStatus::Ready) {
            self.finalize(&mut order, &key).await?;
        }
        self.progress.looked.store(true, Ordering::Relaxed);
        let chain = order.poll_certificate(&FETCHING).await?;
        let key = STANDARD.encode(key.serialize_der());
        Ok(format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n{chain}"))
    }

    /// The order of a server that was stopped on the way, with the key of its certificate, unless it is over.
    async fn taken_up(&self, account: &Account) -> Result<Option<(Order, KeyPair)>, Refused> {
        let Some(begun) = self.kept.order().await? else { return Ok(None) };
        let key = STANDARD.decode(&begun.key).ok().and_then(|key| KeyPair::try_from(key).ok());
        let Some(key) = key else { return Ok(None) };
        let mut order = match account.order(begun.url).await {
            Ok(order) => order,
            // It does not know it any more.
            Err(Error::Api(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let is_over = matches!(order.state().status, OrderStatus::Invalid);
        Ok((!is_over).then_some((order, key)))
    }

    /// A new order of the names, and the key of its certificate.
    async fn begun(&self, account: &Account) -> Result<(Order, KeyPair), Refused> {
        let names: Vec<_> = self.settings.names.iter().cloned().map(Identifier::Dns).collect();
        let order = account.new_order(&NewOrder::new(&names)).await;
        // Before any name was looked at, it is the account that may not.
        let order = order.map_err(|error| match says(&error, UNAUTHORIZED) {
            true => Refused::Account(error),
            false => error.into(),
        })?;
        let key = KeyPair::generate()?;
        self.kept.put_order(order.url(), STANDARD.encode(key.serialize_der())).await?;
        Ok((order, key))
    }

    /// Has the names proven, and asks for the certificate.
    async fn finalize(&self, order: &mut Order, key: &KeyPair) -> Result<(), Refused> {
        let names = &self.settings.names;
        let digests = digests(order, names).await?;
        if !digests.is_empty() {
            self.prove(order, &digests).await?;
        }
        self.progress.looked.store(true, Ordering::Relaxed);
        let mut params = CertificateParams::new(names.clone())?;
        params.distinguished_name = DistinguishedName::new();
        Ok(order.finalize_csr(params.serialize_request(key)?.der()).await?)
    }

    /// The account at the authority; made at the first order.
    async fn account(&self) -> Result<Account, Refused> {
        let builder = Account::builder_with_http(Box::new(self.authority.clone()));
        if let Some(credentials) = self.kept.account().await? {
            return Ok(builder.from_credentials(credentials).await?);
        }
        let Settings { directory, contact, binding, .. } = self.settings;
        let (kept, directory, contact) = (self.kept.clone(), directory.clone(), contact.clone());
        let binding =
            binding.as_ref().map(|binding| ExternalAccountKey::new(binding.id.clone(), &binding.key));
        let making = Arc::clone(&self.progress.making).lock_owned().await;
        // A task of its own: it goes on when the order is broken off.
        let made = tokio::spawn(async move {
            let _making = making;
            let contact: Vec<&str> = contact.as_deref().into_iter().collect();
            // There are no settings without the operator's agreement.
            let wanted =
                NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
            let (account, credentials) = builder.create(&wanted, directory, binding.as_ref()).await?;
            kept.put_account(&credentials).await?;
            Ok::<_, Refused>(account)
        });
        made.await.map_err(|error| Refused::Here(format!("cannot make an account: {error}")))?
    }

    /// Has these digests shown, and the authority look at them.
    async fn prove(
        &self,
        order: &mut Order,
        digests: &BTreeMap<String, [u8; DIGEST]>,
    ) -> Result<(), Refused> {
        let Some(challenges) = self.kept.put_challenges(digests, self.until).await? else {
            return Err(Refused::Here(
                "one of the names is being proven for another list of names".to_owned(),
            ));
        };
        sleep(SPREAD).await;
        self.progress.looked.store(true, Ordering::Relaxed);
        let proven = look(order).await;
        if let Err(fault) = self.kept.remove_challenges(&challenges).await {
            // They expire.
            let cause = fault.cause().map(tracing::field::display);
            tracing::warn!(cause, "challenges stay for some minutes, though nobody waits for them");
        }
        proven
    }
}

/// What is to be shown for those of the names that the authority has not seen proven of late.
async fn digests(order: &mut Order, names: &[String]) -> Result<BTreeMap<String, [u8; DIGEST]>, Refused> {
    let (mut digests, mut authorizations) = (BTreeMap::new(), order.authorizations());
    let mut wanted: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let name = authorization.identifier().to_string();
        if !wanted.remove(&*name) {
            return Err(Refused::Here(format!("the authority wants {name:?} proven, which was not ordered")));
        }
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let challenge = authorization.challenge(ChallengeType::TlsAlpn01).ok_or_else(|| {
            Refused::Unproven("the authority has no challenge for the port of TLS (tls-alpn-01)".to_owned())
        })?;
        let digest = <[u8; DIGEST]>::try_from(challenge.key_authorization().digest().as_ref());
        let digest = digest.map_err(|_| Refused::Here("a digest has an odd length".to_owned()))?;
        digests.insert(name, digest);
    }
    Ok(digests)
}

/// Has the authority look, and waits until it has.
async fn look(order: &mut Order) -> Result<(), Refused> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status != AuthorizationStatus::Pending {
            continue;
        }
        if let Some(mut challenge) = authorization.challenge(ChallengeType::TlsAlpn01) {
            challenge.set_ready().await?;
        }
    }
    match order.poll_ready(&POLLING).await {
        Ok(OrderStatus::Invalid) | Err(Error::Api(_)) => Err(Refused::Unproven(why(order).await?)),
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What the authority says of the names that it could not see proven.
async fn why(order: &mut Order) -> Result<String, Refused> {
    let (mut why, mut authorizations) = (Vec::new(), order.authorizations());
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let name = authorization.identifier().to_string();
        let state = authorization.refresh().await?;
        let problems = state.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
        why.extend(problems.map(|problem| format!("{name}: {problem}")));
    }
    if why.is_empty() {
        why.push("the authority could not see the names proven, and does not say why".to_owned());
    }
    Ok(why.join("; "))
}
