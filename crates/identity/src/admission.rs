//! Which identity a caller is, by the logins that it has shown: found, made, linked or merged
//! (identity-pools-and-iam §4).

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_ports::IdentityId;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::identities::{self, Identity};
use poolhouse_store::tables::identity_logins::{self as rows, IdentityLogin};
use poolhouse_store::{StoreError, Tx};

use crate::changes::Thing;
use crate::faults;
use crate::logins::{Kind, Login};
use crate::record::{self, Pool};

/// Logins of an identity (model).
pub(crate) const MOST_LOGINS: u32 = 20;

/// The identity that a caller asks for.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) id: &'a IdentityId,
    /// Whether the developer's own backend asks, which may link whom it likes.
    pub(crate) by_developer: bool,
}

/// What comes of logins.
enum Plan<'a> {
    /// They are this identity; there is nothing to write.
    Known(Identity),
    /// Nobody has them.
    New,
    /// They become this identity.
    Change(Change<'a>),
}

/// An identity to which something is added.
pub(crate) struct Change<'a> {
    pub(crate) into: Identity,
    /// Logins that nobody has.
    pub(crate) link: Vec<&'a Login>,
    /// Identities that are given up for it.
    pub(crate) merge: Vec<Identity>,
}

/// The identity that these logins are: the one that is asked for, else one that has one of them, else a new one. Whoever
/// has none is a guest, and a new one each time that no identity is asked for. What is known already is not written.
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `ResourceConflictException`.
pub(crate) async fn admit(
    cx: &Cx,
    pool: &Pool,
    asked: Option<Asked<'_>>,
    logins: &[Login],
) -> Result<Identity, Fault> {
    if asked.is_none() && logins.is_empty() && !pool.config.allow_guests {
        return Err(faults::no_guests());
    }
    loop {
        let plan = plan(&mut cx.read().await?, pool, asked, logins).await?;
        let waited = match (&plan, logins.first()) {
            (Plan::Known(_), _) | (Plan::New, None) => false,
            (Plan::Change(change), _) => cx.take_turn(Thing::Identity(&change.into.id)).await?,
            (Plan::New, Some(first)) => {
                cx.take_turn(Thing::Login(&pool.id, &first.provider, &first.subject)).await?
            }
        };
        // Whoever had the turn before has changed what the plan was made of.
        if waited {
            continue;
        }
        return match plan {
            Plan::Known(identity) => Ok(identity),
            Plan::New => create(cx, pool, logins).await,
            Plan::Change(_) => change(cx, pool, asked, logins).await,
        };
    }
}

async fn plan<'a>(
    tx: &mut Tx,
    pool: &Pool,
    asked: Option<Asked<'_>>,
    logins: &'a [Login],
) -> Result<Plan<'a>, Fault> {
    let mut owners: Vec<Identity> = Vec::new();
    let mut link = Vec::new();
    for login in logins {
        match owner(tx, pool, login).await? {
            Some(identity) if owners.contains(&identity) => {}
            Some(identity) => owners.push(identity),
            None if login.is_linkable => link.push(login),
            None => return Err(faults::logins_do_not_match()),
        }
    }
    owners.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    let mut merge = owners.clone();
    let into = match asked {
        None => owners.first().cloned(),
        Some(asked) => {
            let identity = in_pool(tx, pool, asked.id).await?;
            if identity.enabled && !owners.contains(&identity) {
                merge.push(identity.clone());
            }
            Some(chosen(pool, identity, asked.by_developer, &owners, logins)?)
        }
    };
    let Some(into) = into else { return Ok(Plan::New) };
    merge.retain(|identity| identity.id != into.id);
    let is_known = link.is_empty() && merge.is_empty();
    Ok(if is_known { Plan::Known(into) } else { Plan::Change(Change { into, link, merge }) })
}

/// Which of the identity that is asked for and those that have the logins remains.
fn chosen(
    pool: &Pool,
    asked: Identity,
    by_developer: bool,
    owners: &[Identity],
    logins: &[Login],
) -> Result<Identity, Fault> {
    if logins.is_empty() {
        return match (asked.authenticated || !asked.enabled, pool.config.allow_guests) {
            (true, _) => Err(faults::forbidden(&asked.id)),
            (false, false) => Err(faults::no_guests()),
            (false, true) => Ok(asked),
        };
    }
    if owners.contains(&asked) || (by_developer && asked.enabled) {
        return Ok(asked);
    }
    if asked.enabled && asked.authenticated {
        return Err(faults::logins_do_not_match());
    }
    // A guest, and what was merged, gives way to whoever has a login (open).
    match owners.first() {
        Some(owner) => Ok(owner.clone()),
        None if asked.enabled => Ok(asked),
        None => Err(faults::forbidden(&asked.id)),
    }
}

/// The identity of an id, if it is one of the pool's.
pub(crate) async fn in_pool(tx: &mut Tx, pool: &Pool, id: &IdentityId) -> Result<Identity, Fault> {
    let identity = identities::get(tx, id).await?.filter(|identity| identity.pool_id == pool.id);
    identity.ok_or_else(|| faults::identity_not_found(id))
}

/// The identity that has a login.
pub(crate) async fn owner(tx: &mut Tx, pool: &Pool, login: &Login) -> Result<Option<Identity>, Fault> {
    let key = (login.provider.as_str(), login.subject.as_str());
    let Some(row) = rows::get(tx, &pool.id, login.kind.as_str(), key).await? else { return Ok(None) };
    Ok(identities::get(tx, &row.identity_id).await?)
}

/// All logins of an identity.
pub(crate) async fn held(tx: &mut Tx, id: &IdentityId) -> Result<Vec<IdentityLogin>, Fault> {
    Ok(rows::of_identity_after(tx, id, ("", "", ""), MOST_LOGINS).await?)
}

/// Makes an identity of logins that nobody has. It inserts without reading what others insert.
async fn create(cx: &Cx, pool: &Pool, logins: &[Login]) -> Result<Identity, Fault> {
    let identity = Identity {
        id: format!("{}:{}", record::region(&pool.id), cx.entropy().uuid()).into(),
        pool_id: pool.id.clone(),
        created_at: cx.now,
        modified_at: cx.now,
        authenticated: !logins.is_empty(),
        enabled: true,
    };
    let new: Vec<_> = logins.iter().map(|login| row(&identity, login)).collect();
    check_together(&new)?;
    let mut tx = cx.write().await?;
    if identities::insert(&mut tx, &identity).await? == Insert::Exists {
        return Err(Fault::internal("a random identity id was taken already"));
    }
    insert(&mut tx, &new).await?;
    tx.commit().await?;
    Ok(identity)
}

/// Links and merges, as it is planned once nothing can change any more.
async fn change(cx: &Cx, pool: &Pool, asked: Option<Asked<'_>>, logins: &[Login]) -> Result<Identity, Fault> {
    let mut tx = cx.write().await?;
    match plan(&mut tx, pool, asked, logins).await? {
        Plan::Known(identity) => Ok(identity),
        Plan::New => Err(StoreError::Retry.into()),
        Plan::Change(change) => {
            let identity = change.write(cx, &mut tx).await?;
            tx.commit().await?;
            Ok(identity)
        }
    }
}

impl Change<'_> {
    /// Writes what is to be done.
    ///
    /// # Errors
    /// `ResourceConflictException`.
    pub(crate) async fn write(self, cx: &Cx, tx: &mut Tx) -> Result<Identity, Fault> {
        let Self { into, link, merge } = self;
        let mut together = held(tx, &into.id).await?;
        for other in &merge {
            together.extend(held(tx, &other.id).await?);
        }
        let new: Vec<_> = link.into_iter().map(|login| row(&into, login)).collect();
        together.extend(new.iter().cloned());
        check_together(&together)?;
        for other in merge {
            rows::move_all(tx, &other.id, &into.id).await?;
            identities::update(tx, &Identity { enabled: false, modified_at: cx.now, ..other }).await?;
        }
        insert(tx, &new).await?;
        let into = Identity { authenticated: true, modified_at: cx.now, ..into };
        identities::update(tx, &into).await?;
        Ok(into)
    }
}

fn row(identity: &Identity, login: &Login) -> IdentityLogin {
    IdentityLogin {
        pool_id: identity.pool_id.clone(),
        kind: login.kind.as_str().to_owned(),
        provider: login.provider.clone(),
        subject: login.subject.clone(),
        identity_id: identity.id.clone(),
    }
}

/// A login that somebody else has just got is looked at again.
async fn insert(tx: &mut Tx, new: &[IdentityLogin]) -> Result<(), Fault> {
    for row in new {
        if rows::insert(tx, row).await? == Insert::Exists {
            return Err(StoreError::Retry.into());
        }
    }
    Ok(())
}

/// Of each public provider an identity has one login (documented), and not too many in all (model).
fn check_together(logins: &[IdentityLogin]) -> Result<(), Fault> {
    let is_second = |(place, login): (usize, &IdentityLogin)| {
        login.kind == Kind::Public.as_str()
            && logins[..place]
                .iter()
                .any(|other| other.kind == login.kind && other.provider == login.provider)
    };
    if let Some((_, login)) = logins.iter().enumerate().find(|(place, login)| is_second((*place, login))) {
        let text = format!("The identity already has a login of {}.", login.provider);
        return Err(faults::conflict(text));
    }
    if logins.len() > usize::try_from(MOST_LOGINS).unwrap_or(usize::MAX) {
        return Err(faults::conflict(format!("An identity has {MOST_LOGINS} logins at most.")));
    }
    Ok(())
}
