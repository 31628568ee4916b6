//! Certificates and challenges in the database: sealed, so that none of them opens elsewhere.

use std::collections::BTreeMap;
use std::ops::Range;

use poolhouse_core::Engine;
use poolhouse_kernel::Fault;
use poolhouse_kernel::repeat::repeated;
use poolhouse_kernel::sealing::DataKeys;
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::acme_certificates::AcmeCertificate;
use poolhouse_store::tables::acme_challenges::AcmeChallenge;
use poolhouse_store::tables::{acme_certificates, acme_challenges};

use super::challenge::DIGEST;
use crate::tls::Usable;

/// The most challenges that are answered at a time: those of two orders of the longest.
const CHALLENGES: u32 = 200;

/// For how long a certificate is kept that nobody renews, in seconds.
const UNUSED: i64 = 30 * 24 * 60 * 60;

/// What is said of an order that has not ended, and never may.
const NOT_ENDED: &str = "it was begun, and has not ended";

/// What stands before the time in the line above key and chain.
const GIVEN: &str = "Given: ";

/// What the database has of one list of names at one authority. Clones are of the same.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) engine: Engine,
    pub(super) id: String,
    pub(super) directory: String,
}

/// What was found.
pub(super) struct Found {
    pub(super) certificate: Option<AcmeCertificate>,
    /// What is to be proven just now, by name, sealed.
    pub(super) challenges: BTreeMap<String, Vec<u8>>,
}

/// A certificate that was found.
pub(super) struct Given {
    pub(super) usable: Usable,
    /// When the authority gave it, by the clock of the server that has ordered it.
    pub(super) given_at: Timestamp,
}

impl Kept {
    pub(super) fn new(engine: Engine, id: String, directory: String) -> Self {
        Self { engine, id, directory }
    }

    /// Looks at the certificate, and at what is to be proven by whichever order.
    pub(super) async fn look(&self) -> Result<Found, Fault> {
        let mut tx = self.engine.store().read_lasting().await?;
        let certificate = acme_certificates::get(&mut tx, &self.id).await?;
        let challenges = acme_challenges::list(&mut tx, CHALLENGES).await?;
        let now = self.engine.clock().outside();
        let pending = challenges.into_iter().filter(|challenge| now < challenge.expires_at);
        let challenges = pending.map(|challenge| (challenge.name, challenge.digest)).collect();
        Ok(Found { certificate, challenges })
    }

    /// Opens what a certificate row holds.
    ///
    /// # Errors
    /// In words, when it cannot be used.
    pub(super) fn open_certificate(&self, sealed: &[u8]) -> Result<Given, String> {
        let pem = self.keys().open(&self.certificate_place(), sealed);
        let pem = pem.map_err(|_| "it does not open: is the master key another one?".to_owned())?;
        let usable = Usable::read(&pem, &pem).map_err(|unusable| format!("{unusable:?}"))?;
        Ok(Given { usable, given_at: given_at(&pem) })
    }

    /// Opens the digest of a challenge; none where it is none.
    pub(super) fn open_challenge(&self, name: &str, sealed: &[u8]) -> Option<[u8; DIGEST]> {
        self.keys().open(&challenge_place(name), sealed).ok()?.try_into().ok()
    }

    /// Notes that a certificate is wanted.
    pub(super) async fn want(&self) -> Result<(), Fault> {
        let store = self.engine.store();
        let wanted = repeated(async || {
            let mut tx = store.write().await?;
            let _ = acme_certificates::want(&mut tx, &self.id).await?;
            tx.commit().await
        });
        Ok(wanted.await?)
    }

    /// Lets an order begin; false when another one is under way, or none is due. It counts as failed until it ends, so that one
    /// that is broken off has its pause, and the next one is at `due_at`.
    pub(super) async fn lease(
        &self,
        order: &str,
        until: Timestamp,
        due_at: Timestamp,
    ) -> Result<bool, Fault> {
        let (store, now) = (self.engine.store(), self.engine.clock().outside());
        let (of, failed) = ((&*self.id, order), (NOT_ENDED, due_at));
        let leased = repeated(async || {
            let mut tx = store.write().await?;
            let leased = acme_certificates::lease(&mut tx, of, until, now, failed).await?;
            tx.commit().await?;
            Ok(leased)
        });
        Ok(leased.await?)
    }

    /// Has another certificate ordered in the place of this one at a time; false when it was so before, or that has been tried.
    pub(super) async fn plan(&self, version: i64, due_at: Timestamp) -> Result<bool, Fault> {
        let (store, of) = (self.engine.store(), (&*self.id, version));
        let now = self.engine.clock().outside();
        let planned = repeated(async || {
            let mut tx = store.write().await?;
            let planned = acme_certificates::plan(&mut tx, of, due_at, now).await?;
            tx.commit().await?;
            Ok(planned)
        });
        Ok(planned.await?)
    }

    /// Lets another order take the place of one that was broken off before the authority has looked.
    pub(super) async fn release(&self, order: &str, due_at: Timestamp) -> Result<(), Fault> {
        let (store, of) = (self.engine.store(), (&*self.id, order));
        let released = repeated(async || {
            let mut tx = store.write().await?;
            acme_certificates::release(&mut tx, of, due_at).await?;
            tx.commit().await
        });
        Ok(released.await?)
    }

    /// Keeps what an order has brought; false when another one has taken its place. What is of no use any more goes, by the
    /// authority's clock, which has written when this certificate begins: ours may be wrong.
    pub(super) async fn issue(
        &self,
        order: &str,
        pem: &[u8],
        validity: &Range<Timestamp>,
        due_at: Timestamp,
    ) -> Result<bool, Fault> {
        let (store, of) = (self.engine.store(), (&*self.id, order));
        let given_at = format!("{GIVEN}{}\n", self.engine.clock().outside().iso8601());
        let sealed = self.keys().seal(&self.certificate_place(), &[given_at.as_bytes(), pem].concat());
        let issued = repeated(async || {
            let mut tx = store.write().await?;
            let issued = acme_certificates::issue(&mut tx, of, &sealed, validity.end, due_at).await?;
            acme_certificates::purge(&mut tx, validity.start.plus_seconds(-UNUSED)).await?;
            acme_challenges::purge(&mut tx, validity.start).await?;
            tx.commit().await?;
            Ok(issued)
        });
        Ok(issued.await?)
    }

    /// Notes why an order has failed, and when to try again; false when another one has taken its place.
    pub(super) async fn fail(&self, order: &str, why: &str, due_at: Timestamp) -> Result<bool, Fault> {
        let (store, of) = (self.engine.store(), (&*self.id, order));
        let failed = repeated(async || {
            let mut tx = store.write().await?;
            let failed = acme_certificates::fail(&mut tx, of, why, due_at).await?;
            tx.commit().await?;
            Ok(failed)
        });
        Ok(failed.await?)
    }

    /// Has these digests shown for their names by every server, until a time; returns what is to be removed then. `None`, and
    /// nothing is shown, when one of them is being proven for another certificate.
    pub(super) async fn put_challenges(
        &self,
        digests: &BTreeMap<String, [u8; DIGEST]>,
        expires_at: Timestamp,
    ) -> Result<Option<Vec<AcmeChallenge>>, Fault> {
        let (keys, now) = (self.keys(), self.engine.clock().outside());
        let sealed = |(name, digest): (&String, &[u8; DIGEST])| AcmeChallenge {
            name: name.clone(),
            certificate: self.id.clone(),
            expires_at,
            digest: keys.seal(&challenge_place(name), digest),
        };
        let (challenges, store) = (digests.iter().map(sealed).collect::<Vec<_>>(), self.engine.store());
        let put = repeated(async || {
            let mut tx = store.write().await?;
            for challenge in &challenges {
                if !acme_challenges::put(&mut tx, challenge, now).await? {
                    return Ok(false);
                }
            }
            tx.commit().await?;
            Ok(true)
        });
        Ok(put.await?.then_some(challenges))
    }

    /// Has these not shown any more.
    pub(super) async fn remove_challenges(&self, challenges: &[AcmeChallenge]) -> Result<(), Fault> {
        let store = self.engine.store();
        let removed = repeated(async || {
            let mut tx = store.write().await?;
            for challenge in challenges {
                acme_challenges::delete(&mut tx, &challenge.name, &challenge.digest).await?;
            }
            tx.commit().await
        });
        Ok(removed.await?)
    }

    pub(super) fn keys(&self) -> &DataKeys {
        self.engine.sealing().installation_keys()
    }

    fn certificate_place(&self) -> String {
        format!("acme_certificate/{}", self.id)
    }
}

fn challenge_place(name: &str) -> String {
    format!("acme_challenge/{name}")
}

/// When a certificate was given, by the line above it.
fn given_at(pem: &[u8]) -> Timestamp {
    let line = pem.split(|byte| *byte == b'\n').next().and_then(|line| str::from_utf8(line).ok());
    let at = line.and_then(|line| line.strip_prefix(GIVEN)).and_then(Timestamp::from_iso8601);
    at.unwrap_or_default()
}
