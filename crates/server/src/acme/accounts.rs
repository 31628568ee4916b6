//! The account at each authority in the database, with what it has under way: sealed, so that it opens nowhere else.

use std::collections::BTreeMap;

use instant_acme::AccountCredentials;
use poolhouse_kernel::Fault;
use poolhouse_kernel::repeat::repeated;
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::acme_accounts;
use serde::{Deserialize, Serialize};

use super::kept::Kept;

/// For how long an order is taken up again, in seconds: what has not ended by then is left to the authority.
const TAKEN_UP: i64 = 24 * 60 * 60;

/// What a row holds.
#[derive(Deserialize, Serialize)]
struct Held {
    #[serde(flatten)]
    account: AccountCredentials,
    /// By the ids of their certificates.
    #[serde(default)]
    orders: BTreeMap<String, Begun>,
}

/// An order that has begun.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Begun {
    /// Where it is.
    pub(super) url: String,
    /// The private key of its certificate, of PKCS#8 in base64.
    pub(super) key: String,
    at: Timestamp,
}

impl Begun {
    /// Whether it is worth to ask what has become of it. What a wrong clock has begun is not.
    fn is_of_late(&self, now: Timestamp) -> bool {
        self.at <= now && now < self.at.plus_seconds(TAKEN_UP)
    }
}

impl Kept {
    /// The account at the authority, if there is one that can be used.
    pub(super) async fn account(&self) -> Result<Option<AccountCredentials>, Fault> {
        let sealed = acme_accounts::get(&mut self.engine.store().read().await?, &self.directory).await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let held = self.open_account(&sealed);
        if held.is_none() {
            tracing::error!(
                "the account in the database does not open: another one is made at the authority"
            );
        }
        Ok(held.map(|held| held.account))
    }

    /// Keeps the account at the authority, which has nothing under way.
    pub(super) async fn put_account(&self, account: &AccountCredentials) -> Result<(), Fault> {
        let plain = serde_json::to_vec(account).map_err(Fault::internal)?;
        let sealed = self.keys().seal(&self.account_place(), &plain);
        let store = self.engine.store();
        let put = repeated(async || {
            let mut tx = store.write().await?;
            acme_accounts::put(&mut tx, &self.directory, &sealed).await?;
            tx.commit().await
        });
        Ok(put.await?)
    }

    /// Forgets an account that the authority does not know, with what it had under way.
    pub(super) async fn forget_account(&self) -> Result<(), Fault> {
        let store = self.engine.store();
        let forgotten = repeated(async || {
            let mut tx = store.write().await?;
            acme_accounts::delete(&mut tx, &self.directory).await?;
            tx.commit().await
        });
        Ok(forgotten.await?)
    }

    /// The order that was begun last and has not ended: whoever had begun it was stopped.
    pub(super) async fn order(&self) -> Result<Option<Begun>, Fault> {
        let sealed = acme_accounts::get(&mut self.engine.store().read().await?, &self.directory).await?;
        let held = sealed.and_then(|sealed| self.open_account(&sealed));
        let order = held.and_then(|mut held| held.orders.remove(&self.id));
        let now = self.engine.clock().outside();
        Ok(order.filter(|order| order.is_of_late(now)))
    }

    /// Keeps an order that has begun until it ends.
    pub(super) async fn put_order(&self, url: &str, key: String) -> Result<(), Fault> {
        let begun = Begun { url: url.to_owned(), key, at: self.engine.clock().outside() };
        self.change_orders(|orders| drop(orders.insert(self.id.clone(), begun.clone()))).await
    }

    /// Forgets the order: it has ended, well or not.
    pub(super) async fn end_order(&self) -> Result<(), Fault> {
        self.change_orders(|orders| drop(orders.remove(&self.id))).await
    }

    async fn change_orders(&self, change: impl Fn(&mut BTreeMap<String, Begun>)) -> Result<(), Fault> {
        let (store, now) = (self.engine.store(), self.engine.clock().outside());
        let changed = repeated(async || {
            let mut tx = store.write().await?;
            let sealed = acme_accounts::get(&mut tx, &self.directory).await?;
            // Without an account there are none.
            let Some(mut held) = sealed.and_then(|sealed| self.open_account(&sealed)) else { return Ok(()) };
            held.orders.retain(|_, order| order.is_of_late(now));
            change(&mut held.orders);
            let Ok(plain) = serde_json::to_vec(&held) else { return Ok(()) };
            let sealed = self.keys().seal(&self.account_place(), &plain);
            acme_accounts::put(&mut tx, &self.directory, &sealed).await?;
            tx.commit().await
        });
        Ok(changed.await?)
    }

    fn open_account(&self, sealed: &[u8]) -> Option<Held> {
        let plain = self.keys().open(&self.account_place(), sealed).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    fn account_place(&self) -> String {
        format!("acme_account/{}", self.directory)
    }
}
