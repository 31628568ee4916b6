//! A pool of a backup that becomes a new one, beside the one that it was (docs/decisions/0067).
//!
//! It gets an id, a data key and signing keys of its own, so that no token, session or code of the old one is good in it, and
//! its clients get new ids. What is sealed is sealed anew. What belongs to the moment, to an address or to a device stays
//! away; [`fate`] says of each table what becomes of its rows.

mod cells;

use std::collections::HashMap;

use poolhouse_kernel::Fault;
use poolhouse_kernel::sealing::{DataKeys, MasterKey};
use poolhouse_ports::{ClientId, Entropy, PoolId, Sub, Timestamp, Username};
use poolhouse_store::Tx;
use poolhouse_store::portable::{Row, Shape};
use poolhouse_store::tables::journals;
use poolhouse_store::tables::signing_keys::SigningKey;
use poolhouse_wire::check;
use poolhouse_wire::user_pools::Operation;
use serde_json::json;

use crate::model::client::secret_place;
use crate::model::factors::Mfa;
use crate::model::pool::PoolSettings;
use crate::model::provider;
use crate::pools::keys;
use crate::users::{imported_hash, software_token};
use crate::{Cx, ids};
use cells::Cells;

/// What becomes of a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// They stay, and point to the new pool and to the new ids of its clients.
    Stays,
    /// They stay away.
    Goes,
    /// They stay, and something in them is sealed or named anew.
    Pool,
    Client,
    ClientSecret,
    User,
    Provider,
    UiCustomization,
}

/// The fate of a table; `None` for one that is not a pool's.
fn fate(table: &str) -> Option<Fate> {
    Some(match table {
        "pools" => Fate::Pool,
        "clients" => Fate::Client,
        "client_secrets" => Fate::ClientSecret,
        "users" => Fate::User,
        "identity_providers" => Fate::Provider,
        "ui_customizations" => Fate::UiCustomization,
        "user_index" | "aliases" | "user_groups" | "members" | "idp_identifiers"
        | "linked_identities" | "resource_servers" | "passkeys" | "auth_events" | "branding_styles"
        | "branding_assets" | "terms" | "cimd_policies" | "cimd_documents" => Fate::Stays,
        // What signs, and what others were told.
        "signing_keys" | "certificates" | "published_secrets" | "domains"
        // What is of the moment, or was used up.
        | "codes" | "sessions" | "browser_sessions" | "spent" | "attempts" | "deleted_pools"
        // A device proves itself to the pool by its id.
        | "devices"
        // Work on the old pool.
        | "import_jobs" | "import_parts" | "journals" | "recoveries" | "past_users" | "past_groups"
        | "past_members" | "past_passkeys" | "past_linked_identities" => Fate::Goes,
        _ => return None,
    })
}

/// The pool that is made.
#[derive(Debug)]
pub struct AsNew {
    id: PoolId,
    name: String,
    region: String,
    now: Timestamp,
    keys: DataKeys,
    data_key: Vec<u8>,
    signing_keys: Vec<SigningKey>,
    has_journal: bool,
    /// The master key of the server that made the backup.
    from: MasterKey,
    entropy: Entropy,
    /// Known from its first row on.
    old: Option<Old>,
    clients: HashMap<ClientId, ClientId>,
}

/// The pool of the backup.
#[derive(Debug)]
struct Old {
    id: PoolId,
    keys: DataKeys,
}

impl AsNew {
    /// Makes what the new pool has of its own.
    ///
    /// # Errors
    /// `InvalidParameterException` for what is no name of a pool; and when its keys cannot be made.
    pub async fn begin(cx: &Cx, name: String, from: &MasterKey) -> Result<Self, Fault> {
        // As the API asks of a name before the domain sees it.
        let form = Operation::CreateUserPool.facts().input;
        check(form, &mut json!({ "PoolName": name }))
            .map_err(|error| Fault::invalid_parameter(error.to_string()))?;
        let id = ids::pool_id(cx.entropy(), &cx.region);
        let (keys, data_key) = cx.engine().sealing().create_pool_keys(&id);
        Ok(Self {
            signing_keys: keys::make(cx, &id, &keys).await?,
            id,
            name,
            region: cx.region.clone(),
            now: cx.now,
            keys,
            data_key,
            has_journal: cx.state().settings.recovery_days > 0,
            from: from.clone(),
            entropy: cx.entropy().clone(),
            old: None,
            clients: HashMap::new(),
        })
    }

    /// Its id.
    pub fn id(&self) -> &PoolId {
        &self.id
    }

    /// The ids of its clients: what they were, and what they are.
    pub fn clients(&self) -> impl Iterator<Item = (&ClientId, &ClientId)> {
        self.clients.iter()
    }

    /// Makes rows of the old pool those of the new one; those that have no place in it are left out. Each comes behind those
    /// that it points to.
    ///
    /// # Errors
    /// When one is not what it should be.
    pub fn take(&mut self, shape: &Shape, rows: &mut Vec<Row>) -> Result<(), Fault> {
        match fate(shape.table()) {
            None | Some(Fate::Goes) => rows.clear(),
            Some(fate) => {
                for row in rows {
                    self.row(fate, Cells::new(shape, row))?;
                }
            }
        }
        Ok(())
    }

    /// Writes what the pool has beside the rows of before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(&self, tx: &mut Tx) -> Result<(), Fault> {
        keys::insert(tx, &self.signing_keys).await?;
        if self.has_journal {
            journals::insert(tx, &self.id, self.now).await?;
        }
        Ok(())
    }

    fn row(&mut self, fate: Fate, mut cells: Cells<'_>) -> Result<(), Fault> {
        if fate == Fate::Pool {
            return self.pool(cells);
        }
        if fate == Fate::Client {
            let id = ClientId::from(cells.text("client_id")?);
            self.clients.insert(id, ids::client_id(&self.entropy));
        }
        if fate == Fate::ClientSecret {
            self.client_secret(&mut cells)?;
        }
        if cells.has("pool_id") {
            cells.set_text("pool_id", self.id.as_str());
        }
        // A policy may name a client that was deleted: nobody has that id.
        let client = cells.text_if_any("client_id").and_then(|id| self.clients.get(&ClientId::from(id)));
        if let Some(client) = client {
            cells.set_text("client_id", client.as_str());
            if fate == Fate::UiCustomization {
                cells.set_text("selector", client.as_str());
            }
        }
        match fate {
            Fate::User => self.user(&mut cells),
            Fate::Provider => {
                let place = provider::place(cells.text("name")?);
                self.seal_anew(&mut cells, "secrets", &place, &place)
            }
            _ => Ok(()),
        }
    }

    fn pool(&mut self, mut cells: Cells<'_>) -> Result<(), Fault> {
        let id = PoolId::from(cells.text("id")?);
        let sealed = cells.bytes("data_key").unwrap_or_default();
        let keys = self.from.open_pool_keys(&id, sealed, &self.entropy)?;
        self.old = Some(Old { id, keys });
        cells.set_text("id", self.id.as_str());
        cells.set_text("name", &self.name);
        cells.set_text("region", &self.region);
        cells.set_int("created_at", self.now.0);
        cells.set_int("modified_at", self.now.0);
        cells.set_bytes("data_key", self.data_key.clone());
        // It is served where it is looked at, and nowhere else.
        let settings = PoolSettings::from_json(cells.text("config")?)?;
        cells.set_text("config", &PoolSettings { replica: None, ..settings }.to_json()?);
        Ok(())
    }

    /// A secret is sealed for its client, and named after it.
    fn client_secret(&self, cells: &mut Cells<'_>) -> Result<(), Fault> {
        let (old, secret_id) =
            (ClientId::from(cells.text("client_id")?), cells.text("secret_id")?.to_owned());
        let new = self.clients.get(&old);
        let new = new.ok_or_else(|| Fault::internal("a secret of a client that is not there"))?;
        let new_id = secret_id.replacen(old.as_str(), new.as_str(), 1);
        self.seal_anew(cells, "secret", &secret_place(&old, &secret_id), &secret_place(new, &new_id))?;
        cells.set_text("secret_id", &new_id);
        Ok(())
    }

    fn user(&self, cells: &mut Cells<'_>) -> Result<(), Fault> {
        let old = self.old()?;
        let sub = Sub::from(cells.text("sub")?);
        let place = imported_hash::place(&sub);
        self.seal_anew(cells, "imported_hash", &place, &place)?;
        if let Some(verifier) = cells.bytes("verifier") {
            // The pool's id is in the hash of the password: what there is becomes a hash that is only looked at.
            let username = Username::from(cells.text("username")?);
            let sealed =
                imported_hash::of_another_pool((&old.id, &old.keys), &self.keys, &sub, &username, verifier)?;
            cells.set_bytes("imported_hash", sealed);
            cells.set_null("verifier");
        }
        cells.set_null("password_history");
        if let Some(text) = cells.text_if_any("mfa") {
            let mut mfa: Mfa = serde_json::from_str(text).map_err(Fault::internal)?;
            software_token::move_to(&old.keys, &self.keys, &sub, &mut mfa)?;
            cells.set_text("mfa", &serde_json::to_string(&mfa).map_err(Fault::internal)?);
        }
        Ok(())
    }

    /// Opens what the old pool sealed in a column, if there is something, and seals it for the new one.
    fn seal_anew(&self, cells: &mut Cells<'_>, column: &str, from: &str, to: &str) -> Result<(), Fault> {
        if let Some(sealed) = cells.bytes(column) {
            let plain = self.old()?.keys.open(from, sealed)?;
            cells.set_bytes(column, self.keys.seal(to, &plain));
        }
        Ok(())
    }

    fn old(&self) -> Result<&Old, Fault> {
        self.old.as_ref().ok_or_else(|| Fault::internal("a row before its pool"))
    }
}

#[cfg(test)]
mod tests {
    use poolhouse_store::portable;
    use poolhouse_store::testing::TestDatabase;

    use super::*;

    #[test]
    fn every_table_of_pools_has_a_fate() {
        for table in portable::tables(true) {
            assert!(fate(table).is_some(), "what becomes of {table}?");
        }
    }

    /// Columns of bytes in tables whose rows do not go: what is sealed must be sealed anew in one of another fate than
    /// [`Fate::Stays`], or nobody could open it.
    const BYTES: [(&str, Fate); 9] = [
        ("branding_assets.content", Fate::Stays), // a picture
        ("client_secrets.secret", Fate::ClientSecret),
        ("identity_providers.secrets", Fate::Provider),
        ("passkeys.public_key", Fate::Stays),
        ("pools.data_key", Fate::Pool),
        ("ui_customizations.image", Fate::UiCustomization),
        ("users.imported_hash", Fate::User),
        ("users.password_history", Fate::User),
        ("users.verifier", Fate::User),
    ];

    #[tokio::test]
    async fn what_is_sealed_does_not_just_stay() {
        let columns = TestDatabase::sqlite().await.store.columns_of_bytes().await.unwrap();
        let kept = columns.iter().filter_map(|column| {
            let fate = fate(column.split('.').next()?).filter(|fate| *fate != Fate::Goes)?;
            Some((column.as_str(), fate))
        });
        assert_eq!(kept.collect::<Vec<_>>(), BYTES, "is a new one sealed?");
    }
}
