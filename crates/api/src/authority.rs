//! At which door a request stands, and who stands there: IAM's signature where an operation asks for one, nobody in
//! particular otherwise.

use std::sync::Arc;

use axum::http::HeaderMap;
use poolhouse_core::Cx;
use poolhouse_iam::credentials::{self, Credential};
use poolhouse_kernel::cache::RecordCache;
use poolhouse_kernel::request::{Door, Principal};
use poolhouse_kernel::{Fault, Kind, Unsigned};
use poolhouse_ports::Timestamp;
use poolhouse_wire::{Authority, ErrorCode, Facts, Operation};

use crate::sigv4::{self, Authorization, Mismatches, Signed, SigningKey};

/// Derived signing keys kept: one for each access key, day, region and service in use.
const KEPT_KEYS: usize = 1024;

/// How long an access key that another node has removed may still be taken.
const KEPT_MILLIS: i64 = 2000;

/// A derived key that proved itself.
struct Kept {
    key: SigningKey,
    principal: Arc<Principal>,
}

/// Verifies signatures; keeps the signing keys of requests that it found good.
pub(crate) struct Signatures {
    keys: RecordCache<(String, String, String, &'static str), Kept>,
    mismatches: Mismatches,
}

impl Default for Signatures {
    fn default() -> Self {
        Self { keys: RecordCache::new(KEPT_KEYS, KEPT_MILLIS - 1), mismatches: Mismatches::default() }
    }
}

/// The door of an operation. GetDerivedToken has both: its client proves itself by id and secret where nobody signs.
pub(crate) fn door(operation: &Facts, carries_signature: bool) -> Door {
    match operation.authority {
        Authority::Iam | Authority::Signature => Door::Admin,
        Authority::IamOrClient if carries_signature => Door::Admin,
        Authority::IamOrClient | Authority::Token | Authority::TokenOrSession | Authority::Public => {
            Door::Public
        }
    }
}

/// What a request says of its signature, where its door asks for one.
///
/// Operations that AWS does not sign ignore any `Authorization` header, a broken one included
/// (protocol §5, recorded). Their tokens are checked by the operation itself.
pub(crate) fn presented(
    cx: &Cx,
    operation: Operation,
    headers: &HeaderMap,
) -> Result<Option<Authorization>, Fault> {
    match cx.door() {
        Door::Admin => Authorization::read(headers, operation.service().signing_name).map(Some),
        Door::Public | Door::Page | Door::Job => Ok(None),
    }
}

impl Signatures {
    /// Forgets the keys that it keeps: whose they are, and whether they may sign, may have changed.
    pub(crate) fn forget(&self) {
        self.keys.forget_all();
    }

    /// Names the principal that signed a request in `cx`, or refuses it.
    pub(crate) async fn authenticate(
        &self,
        cx: &mut Cx,
        authorization: Authorization,
        signed: &Signed<'_>,
    ) -> Result<(), Fault> {
        let find = async |id: &str, token: Option<&str>| credentials::find(cx, id, token).await;
        let explain = |authorization: &Authorization, key: &SigningKey| {
            let (source, public_url) = (cx.origin.address, &cx.settings().public_url);
            self.mismatches.explain(source, public_url, (authorization, key), signed)
        };
        // Whoever changes who may do what has a key that counts now, at whichever node it was taken away.
        let fresh = matches!(cx.operation, Some(Operation::Iam(_) | Operation::Sts(_)));
        let times = (cx.outside_now(), cx.now);
        let (principal, region) = self.verify(authorization, signed, times, fresh, find, explain).await?;
        cx.set_principal(principal);
        let fixed = cx.operation.and_then(|operation| operation.service().region);
        cx.named_region = fixed.is_none().then(|| region.clone());
        cx.region = fixed.map_or(region, str::to_owned);
        Ok(())
    }

    /// The order decides what a stranger can learn and cost: the access key must be known before the stamp is
    /// looked at, and only a key that proved itself is kept. Stamps are held against the time outside, the end of temporary
    /// credentials against the server's own.
    async fn verify(
        &self,
        authorization: Authorization,
        signed: &Signed<'_>,
        (outside, now): (Timestamp, Timestamp),
        fresh: bool,
        find: impl AsyncFnOnce(&str, Option<&str>) -> Result<Option<Credential>, Fault>,
        explain: impl FnOnce(&Authorization, &SigningKey) -> Unsigned,
    ) -> Result<(Arc<Principal>, String), Fault> {
        let token = signed.headers.get("x-amz-security-token");
        let token = token.map(|token| token.to_str().unwrap_or_default());
        let Authorization { access_key_id, date, region, service, .. } = &authorization;
        let name = (access_key_id.clone(), date.clone(), region.clone(), *service);
        // A key that goes with a token is none without it, and one that has an end is not kept.
        let kept = if token.is_none() && !fresh { self.keys.kept(&name, outside) } else { None };
        let (found, keep) = match kept {
            Some(kept) => (kept, None),
            None => {
                let version = self.keys.current();
                let Credential { secret, principal, expires } =
                    find(access_key_id, token).await?.ok_or_else(unrecognized)?;
                if expires.is_some_and(|end| end <= now) {
                    return Err(expired());
                }
                let key = SigningKey::derive(&secret, date, region, service);
                (Arc::new(Kept { key, principal }), expires.is_none().then_some(version))
            }
        };
        sigv4::check_stamp(&authorization, outside)?;
        sigv4::signature_matches(&authorization, &found.key, signed).map_err(|fault| match fault.kind() {
            Some(Kind::Signature(Unsigned::Mismatch)) => {
                let why = explain(&authorization, &found.key);
                fault.of_kind(Kind::Signature(why))
            }
            _ => fault,
        })?;
        if let Some(version) = keep {
            self.keys.keep(&name, outside, &found, version);
        }
        Ok((Arc::clone(&found.principal), authorization.region))
    }
}

fn unrecognized() -> Fault {
    Fault::new(
        ErrorCode::UnrecognizedClientException,
        "The security token included in the request is invalid.",
    )
    .of_kind(Kind::Signature(Unsigned::UnknownKey))
}

fn expired() -> Fault {
    Fault::new(ErrorCode::ExpiredToken, "The security token included in the request is expired")
        .of_kind(Kind::Signature(Unsigned::Ended))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use poolhouse_wire::user_pools;

    use super::*;
    use crate::sigv4::{Stamp, tests as example};

    /// What the example's key stands for, until then.
    fn credential(expires: Option<Timestamp>) -> Credential {
        let principal = Arc::new(Principal::root("AKIDEXAMPLE", "000000000000"));
        Credential { secret: example::SECRET.into(), principal, expires }
    }

    #[test]
    fn a_door_is_the_operations_own() {
        let at = |operation: user_pools::Operation, carries_signature| {
            door(Operation::from(operation).facts(), carries_signature)
        };
        for signed in [true, false] {
            assert_eq!(at(user_pools::Operation::CreateGroup, signed), Door::Admin);
            assert_eq!(at(user_pools::Operation::InitiateAuth, signed), Door::Public);
            assert_eq!(at(user_pools::Operation::GetUser, signed), Door::Public);
        }
        assert_eq!(at(user_pools::Operation::GetDerivedToken, true), Door::Admin);
        assert_eq!(at(user_pools::Operation::GetDerivedToken, false), Door::Public);
    }

    // UnrecognizedClient before the stamp, the stamp before the signature; nothing is kept before all is good
    #[tokio::test]
    async fn a_signing_key_is_kept_once_its_signature_was_good() {
        let signatures = Signatures::default();
        let headers = example::request();
        let good = Signed { headers: &headers, uri: &example::root(), body: example::BODY };
        let forged = Signed { body: b"{}", ..good };
        let now = Stamp::from_iso8601("20300101T000000Z").unwrap().at;
        let lookups = Cell::new(0);
        let known = async |_: &str, _: Option<&str>| {
            lookups.set(lookups.get() + 1);
            Ok(Some(credential(None)))
        };
        let tell = |_: &Authorization, _: &SigningKey| Unsigned::Host;
        let authorization = || Authorization::read(&headers, "cognito-idp").unwrap();
        let code = |result: Result<_, Fault>| result.map(drop).unwrap_err().code();

        let late = now.plus_seconds(3600);
        let unknown =
            signatures.verify(authorization(), &good, (late, late), false, async |_, _| Ok(None), tell).await;
        let unknown = unknown.map(drop).unwrap_err();
        assert_eq!(unknown.code(), ErrorCode::UnrecognizedClientException);
        assert_eq!(unknown.kind(), Some(Kind::Signature(Unsigned::UnknownKey)));
        let expired = signatures.verify(authorization(), &forged, (late, late), false, known, tell).await;
        let expired = expired.map(drop).unwrap_err();
        assert!(expired.message().unwrap().starts_with("Signature expired"));
        assert_eq!(expired.kind(), Some(Kind::Signature(Unsigned::Clock)));
        let refused = signatures.verify(authorization(), &forged, (now, now), false, known, tell).await;
        let refused = refused.map(drop).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidSignatureException);
        assert_eq!(refused.kind(), Some(Kind::Signature(Unsigned::Host)));
        assert_eq!((lookups.get(), signatures.keys.len()), (2, 0));

        signatures.verify(authorization(), &good, (now, now), false, known, tell).await.unwrap();
        signatures.verify(authorization(), &good, (now, now), false, known, tell).await.unwrap();
        assert_eq!((lookups.get(), signatures.keys.len()), (3, 1));
        assert!(signatures.verify(authorization(), &forged, (now, now), false, known, tell).await.is_err());
        assert!(signatures.verify(authorization(), &good, (late, late), false, known, tell).await.is_err());

        // A key that was removed is not taken for long.
        let removed = async |_: &str, _: Option<&str>| Ok(None);
        let soon = Timestamp(now.millis() + KEPT_MILLIS - 1);
        signatures.verify(authorization(), &good, (soon, soon), false, removed, tell).await.unwrap();
        signatures.forget();
        let unknown = signatures.verify(authorization(), &good, (soon, soon), false, removed, tell).await;
        assert_eq!(code(unknown), ErrorCode::UnrecognizedClientException);
        signatures.verify(authorization(), &good, (now, now), false, known, tell).await.unwrap();
        let later = Timestamp(now.millis() + KEPT_MILLIS);
        let unknown = signatures.verify(authorization(), &good, (later, later), false, removed, tell).await;
        assert_eq!(code(unknown), ErrorCode::UnrecognizedClientException);
    }
    #[tokio::test]
    async fn a_temporary_credential_is_looked_up_each_time_until_it_ends() {
        let signatures = Signatures::default();
        let headers = example::request();
        let good = Signed { headers: &headers, uri: &example::root(), body: example::BODY };
        let now = Stamp::from_iso8601("20300101T000000Z").unwrap().at;
        let verify = async |expires: Timestamp| {
            let authorization = Authorization::read(&headers, "cognito-idp").unwrap();
            let find = async |_: &str, _: Option<&str>| Ok(Some(credential(Some(expires))));
            signatures.verify(authorization, &good, (now, now), false, find, |_, _| Unsigned::Mismatch).await
        };
        assert_eq!(verify(now.plus_seconds(1)).await.unwrap().0.access_key_id, "AKIDEXAMPLE");
        assert_eq!(signatures.keys.len(), 0);
        assert_eq!(verify(now).await.unwrap_err().code(), ErrorCode::ExpiredToken);
    }
}
