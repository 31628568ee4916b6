//! The one entrance for users of providers: which user it is, made or changed by what the provider says, and into the
//! sign-in machine (docs/cognito/federation.md §6, §7).

use std::collections::BTreeMap;
use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_store::tables::linked_identities::{self as links, LinkedIdentity};
use poolhouse_store::tables::{groups, members};
use poolhouse_store::{StoreError, Tx};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::UserStatusType;

use super::mapping;
use super::refusal::NotAdmitted;
use crate::Cx;
use crate::directory::record;
use crate::model::assurance::Level;
use crate::model::attributes::verified_flag;
use crate::model::federation::FEDERATED;
use crate::model::identities::{self, Identity};
use crate::model::provider::Provider;
use crate::model::user::blank;
use crate::model::{Client, Federation, Pool, User, names};
use crate::providers::assertion::{Assertion, Claims};
use crate::providers::person::{self, Person};
use crate::providers::{group, link};
use crate::quota::{self, Quota};
use crate::signin::{self, Came, Step};
use crate::threat::gate;
use crate::triggers::inbound_federation::{self, Source};
use crate::triggers::{authentication, post_confirmation, pre_sign_up};
use crate::turns::Thing;

/// Somebody whom a provider vouches for, and where.
struct Comer<'a> {
    cx: &'a Cx,
    pool: &'a Arc<Pool>,
    client: &'a Arc<Client>,
    provider: &'a Provider,
    subject: &'a str,
    issuer: Option<&'a str>,
    /// What the provider's user is called in the pool.
    username: String,
    claims: Claims,
}

/// Signs in whom a provider vouches for.
///
/// # Errors
/// Why they are not let in.
pub(crate) async fn sign_in(
    cx: &Cx,
    pool: &Arc<Pool>,
    client: &Arc<Client>,
    provider: &Provider,
    assertion: Assertion,
) -> Result<Step, NotAdmitted> {
    let username = person::username(pool, &provider.name, &assertion.subject);
    check_username(&username)?;
    gate::check(cx, pool, client, Some(&username)).await?;
    let source = Source {
        provider: &provider.name,
        kind: &provider.kind,
        username: &username,
        documents: &assertion.documents,
    };
    let replaced = inbound_federation::run(cx, pool, &client.id, &source).await?;
    let comer = Comer {
        cx,
        pool,
        client,
        provider,
        subject: &assertion.subject,
        issuer: assertion.issuer.as_deref(),
        username,
        claims: replaced.unwrap_or_else(|| assertion.claims.clone()),
    };
    let person = comer.find(&mut cx.read().await?).await?;
    let (sub, first) = match person {
        Person::New => comer.come_first().await?,
        known => (comer.come_again(known).await?, false),
    };
    cx.admit_to_account(&pool.id, &sub)?;
    let federation = federation(cx, provider, &assertion);
    let step = cx.repeat(async || {
        let user = record::by_sub(&mut cx.read().await?, pool, &sub).await?;
        let user = user.ok_or_else(crate::faults::user_not_found)?;
        let came = Came { federation: federation.clone(), first };
        signin::sign_in_federated(cx, Arc::clone(pool), Arc::clone(client), user, came).await
    });
    Ok(step.await?)
}

/// A name that administrators can write: as the service model has it.
fn check_username(username: &str) -> Result<(), NotAdmitted> {
    let is_name = username.chars().count() <= names::LONGEST
        && !username.chars().any(|c| c.is_whitespace() || c.is_control());
    if is_name {
        return Ok(());
    }
    // The text is ours.
    Err(NotAdmitted::Attributes(format!(
        "Invalid user attributes: username: The provider's name for the user must have at most {} characters with the provider's own, and no blanks.\n",
        names::LONGEST
    )))
}

/// What the browser session remembers: the provider's level in the pool's terms; what is mapped to none is the lowest
/// (new-operations §9, model).
fn federation(cx: &Cx, provider: &Provider, assertion: &Assertion) -> Federation {
    let named = |(key, value): (&String, &String)| {
        (Some(value) == assertion.acr.as_ref()).then(|| Level::of_key(key)).flatten()
    };
    let level = provider.maps.acr.iter().filter_map(named).max();
    let amr = match assertion.amr.as_slice() {
        [] => vec![FEDERATED.to_owned()],
        told => told.to_vec(),
    };
    let since = |at: i64| cx.outside_now().seconds().saturating_sub(at).max(0);
    let seconds_before = assertion.authenticated_at.map_or(0, since);
    Federation {
        provider: provider.name.clone(),
        seconds_before: u32::try_from(seconds_before).unwrap_or(u32::MAX),
        level: level.unwrap_or(Level::One),
        amr,
        session: assertion.session.clone(),
    }
}

impl Comer<'_> {
    async fn find(&self, tx: &mut Tx) -> Result<Person, Fault> {
        person::find(tx, self.pool, self.provider, self.subject, &self.claims).await
    }

    /// What the provider's words make of the attributes of a user, who is there already or not.
    fn mapped(&self, user: Option<&User>) -> Result<BTreeMap<String, String>, NotAdmitted> {
        let current = user.map(|user| &user.attributes);
        mapping::mapped(self.pool, self.client, self.provider, &self.claims, current)
            .map_err(NotAdmitted::Attributes)
    }

    /// Makes the user; the function that judges new users may link them to another instead (federation §8.1, open).
    async fn come_first(&self) -> Result<(Sub, bool), NotAdmitted> {
        let Self { cx, pool, client, provider, .. } = *self;
        pool.check_users_may_change(cx.now)?;
        let attributes = self.mapped(None)?;
        let sub = Sub::from(cx.entropy().uuid().to_string());
        let name = self.username.as_str().into();
        let mut user = blank(cx.now, pool, sub, name, attributes, UserStatusType::ExternalProvider);
        let decision = pre_sign_up::external_provider(cx, pool, &client.id, &user).await?;
        // The function may have taken long.
        let person = self.find(&mut cx.read().await?).await?;
        match person {
            Person::New => {}
            known => return Ok((self.come_again(known).await?, false)),
        }
        for flag in ["email", "phone_number"].into_iter().filter_map(verified_flag) {
            if decision.verifies(flag) {
                user.attributes.insert(flag.to_owned(), "true".to_owned());
            }
        }
        let issuer = self.issuer.map(ToOwned::to_owned);
        let identity = Identity::primary(&provider.name, &provider.kind, self.subject, issuer, cx.now);
        identities::add(&mut user.attributes, identity)?;
        match cx.repeat(|| self.insert(&user)).await {
            Ok(()) => {}
            // Another sign-in of the same user was quicker, perhaps in a batch that is not on the disk yet.
            Err(fault) if fault.code() == ErrorCode::UsernameExistsException => {
                cx.write().await?.commit().await.map_err(Fault::from)?;
                let person = self.find(&mut cx.read().await?).await?;
                return match person {
                    Person::New => Err(fault.into()),
                    known => Ok((self.come_again(known).await?, false)),
                };
            }
            Err(fault) => return Err(fault.into()),
        }
        cx.end_turn();
        post_confirmation::sign_up(cx, pool, Some(&client.id), &user).await?;
        Ok((user.row.sub, true))
    }

    async fn insert(&self, user: &User) -> Result<(), Fault> {
        let Self { cx, pool, .. } = *self;
        cx.take_turn(Thing::user(user)).await?;
        let room = if self.has_group().await? { None } else { Some(self.room().await?) };
        let mut tx = cx.write().await?;
        record::insert(&mut tx, pool, user, |_| person::taken(&self.username)).await?;
        self.join_group(&mut tx, room.as_ref(), &user.row.sub).await?;
        Ok(tx.commit().await?)
    }

    /// Changes the user by what the provider says, and nothing where that is what it said before.
    async fn come_again(&self, known: Person) -> Result<Sub, NotAdmitted> {
        let Self { cx, pool, client, provider, .. } = *self;
        let (user, link) = match known {
            Person::Own(user) => (user, None),
            Person::Linked(user, link) => (user, Some(link)),
            Person::New => return Err(Fault::internal("nobody is known").into()),
        };
        signin::check_state_of_federated(&user)?;
        self.mapped(Some(&user))?;
        authentication::run_pre_authentication(cx, pool, client, &self.username, Some(&user)).await?;
        let sub = user.row.sub.clone();
        let changed = cx
            .repeat(async || match self.change(&sub, link.as_ref()).await {
                Err(NotAdmitted::Fault(fault)) => Err(fault),
                settled => Ok(settled),
            })
            .await?;
        cx.end_turn();
        changed?;
        tracing::debug!(provider = provider.name, "a user of an identity provider came again");
        Ok(sub)
    }

    /// Whoever changed the user meanwhile is not undone: what the provider says is held against the user as it is now.
    async fn change(&self, sub: &Sub, link: Option<&LinkedIdentity>) -> Result<(), NotAdmitted> {
        let Self { cx, pool, provider, .. } = *self;
        cx.take_turn(Thing::User(&pool.id, &names::fold(pool, &self.username))).await?;
        let is_own = link.is_none();
        let room = if is_own && !self.has_group().await? { Some(self.room().await?) } else { None };
        let mut tx = cx.read().await?;
        let before = record::by_sub(&mut tx, pool, sub).await?;
        let before = before.ok_or_else(|| Fault::from(StoreError::Retry))?;
        if let Some(link) = link
            && !self.is_still_theirs(&mut tx, link, sub).await?
        {
            return Err(person::taken(&self.username).into());
        }
        drop(tx);
        let mut after = before.clone();
        after.set_attributes(self.mapped(Some(&before))?);
        if let Some(link) = link {
            let linked_by = &link.attribute_value;
            identities::settle(&mut after.attributes, &provider.name, linked_by, self.subject, self.issuer)?;
        }
        let is_same = after.attributes == before.attributes;
        let is_settled = link.is_none_or(link::is_settled);
        if is_same && is_settled && room.is_none() {
            return Ok(());
        }
        // At the pool's other region nobody's attributes change (new-operations §7, documented).
        pool.check_users_may_change(cx.now)?;
        let mut tx = cx.write().await?;
        record::check_unchanged(&mut tx, pool, &before).await?;
        if !is_same {
            record::save(&mut tx, pool, &mut after, cx.now).await?;
        }
        if let Some(link) = link {
            link::settle(&mut tx, link.clone(), self.subject).await?;
        }
        if room.is_some() {
            self.join_group(&mut tx, room.as_ref(), sub).await?;
        }
        Ok(tx.commit().await.map_err(Fault::from)?)
    }

    /// Whether a link still leads to the user: it may have been ended, or have become somebody else's, since it was found. Whoever
    /// does that changes the user's row too, against which the change is held.
    async fn is_still_theirs(&self, tx: &mut Tx, link: &LinkedIdentity, sub: &Sub) -> Result<bool, Fault> {
        let (pool, provider) = (&self.pool.id, &self.provider.name);
        for (name, value) in
            [(link.attribute_name.as_str(), link.attribute_value.as_str()), (person::SUBJECT, self.subject)]
        {
            if links::get(tx, pool, provider, name, value).await?.is_some_and(|held| held.sub == *sub) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the provider's group is there: an administrator may have deleted it.
    async fn has_group(&self) -> Result<bool, Fault> {
        let name = group::name(&self.pool.id, &self.provider.name);
        Ok(groups::get(&mut self.cx.read().await?, &self.pool.id, &name).await?.is_some())
    }

    async fn room(&self) -> Result<quota::Room<'_>, Fault> {
        quota::room(self.cx, Quota::Groups, &self.pool.id).await
    }

    /// Puts a user whom the provider made into its group, which is made where there is none
    /// (users-and-groups §5).
    async fn join_group(&self, tx: &mut Tx, room: Option<&quota::Room<'_>>, sub: &Sub) -> Result<(), Fault> {
        if let Some(room) = room {
            group::ensure(self.cx, tx, room, &self.provider.name).await?;
        }
        let name = group::name(&self.pool.id, &self.provider.name);
        let _ = members::insert(tx, &self.pool.id, sub, &name).await?;
        Ok(())
    }
}
