//! Who is calling: IAM's signature where an operation asks for one, nobody in particular otherwise.

use poolhouse_core::Cx;
use poolhouse_kernel::request::{Caller, IamCaller};
use poolhouse_kernel::{Fault, credentials};
use poolhouse_ports::Timestamp;
use poolhouse_wire::{Authority, ErrorCode, Operation};
use quick_cache::sync::Cache;

use crate::sigv4::{self, Authorization, Mismatches, Signed, SigningKey};

/// Derived signing keys kept: one for each access key, day, region and service in use.
const KEPT_KEYS: usize = 1024;

/// How long an access key that was removed may still be taken, on this node.
const KEPT_MILLIS: i64 = 2000;

/// Verifies signatures; keeps the signing keys of requests that it found good.
pub(crate) struct Signatures {
    /// Each with the time when its access key was looked up.
    keys: Cache<(String, String, String, &'static str), (SigningKey, Timestamp)>,
    mismatches: Mismatches,
}

impl Default for Signatures {
    fn default() -> Self {
        Self { keys: Cache::new(KEPT_KEYS), mismatches: Mismatches::default() }
    }
}

impl Signatures {
    /// Lets the request through and names its caller in `cx`, or refuses it.
    ///
    /// Operations that AWS does not sign ignore any `Authorization` header, a broken one included
    /// (protocol §5, recorded). Their tokens are checked by the operation itself.
    pub(crate) async fn authorize(
        &self,
        cx: &mut Cx,
        operation: Operation,
        signed: &Signed<'_>,
    ) -> Result<(), Fault> {
        match operation.authority() {
            Authority::Public => Ok(()),
            Authority::Token | Authority::TokenOrSession => {
                cx.caller = Caller::Token;
                Ok(())
            }
            // GetDerivedToken proves itself by client id and secret when it is not signed.
            Authority::IamOrClient if !signed.headers.contains_key("authorization") => Ok(()),
            Authority::Iam | Authority::IamOrClient => {
                self.authorize_signed(cx, sigv4::USER_POOLS, signed).await
            }
        }
    }

    /// Lets a signed request to a service through and names its caller in `cx`, or refuses it.
    pub(crate) async fn authorize_signed(
        &self,
        cx: &mut Cx,
        service: &'static str,
        signed: &Signed<'_>,
    ) -> Result<(), Fault> {
        let authorization = Authorization::read(signed.headers, service)?;
        let secret = async |id: &str| credentials::secret_of(cx, id).await;
        let tell = |authorization: &Authorization, key: &SigningKey| {
            let (source, public_url) = (cx.origin.address, &cx.settings().public_url);
            self.mismatches.tell(source, public_url, (authorization, key), signed);
        };
        let (caller, region) = self.verify(authorization, signed, cx.outside_now(), secret, tell).await?;
        cx.set_caller(Caller::Iam(caller), region);
        Ok(())
    }

    /// The order decides what a stranger can learn and cost: the access key must be known before the stamp is
    /// looked at, and only a key that proved itself is kept.
    async fn verify(
        &self,
        authorization: Authorization,
        signed: &Signed<'_>,
        now: Timestamp,
        secret_of: impl AsyncFnOnce(&str) -> Result<Option<String>, Fault>,
        tell_of_mismatch: impl FnOnce(&Authorization, &SigningKey),
    ) -> Result<(IamCaller, String), Fault> {
        // There are no temporary credentials, so no session token can be a known one.
        if signed.headers.contains_key("x-amz-security-token") {
            return Err(unrecognized());
        }
        let Authorization { access_key_id, date, region, service, .. } = &authorization;
        let name = (access_key_id.clone(), date.clone(), region.clone(), *service);
        let kept = self.keys.get(&name).filter(|(_, at)| (0..KEPT_MILLIS).contains(&now.millis_since(*at)));
        let is_kept = kept.is_some();
        let key = match kept {
            Some((key, _)) => key,
            None => {
                let secret = secret_of(access_key_id).await?.ok_or_else(unrecognized)?;
                SigningKey::derive(&secret, date, region, service)
            }
        };
        sigv4::check_stamp(&authorization, now)?;
        sigv4::signature_matches(&authorization, &key, signed)
            .inspect_err(|_| tell_of_mismatch(&authorization, &key))?;
        if !is_kept {
            self.keys.insert(name, (key, now));
        }
        let Authorization { access_key_id, region, .. } = authorization;
        Ok((IamCaller { access_key_id }, region))
    }
}

fn unrecognized() -> Fault {
    Fault::new(
        ErrorCode::UnrecognizedClientException,
        "The security token included in the request is invalid.",
    )
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::sigv4::{Stamp, USER_POOLS, tests as example};

    // UnrecognizedClient before the stamp, the stamp before the signature; nothing is kept before all is good
    #[tokio::test]
    async fn a_signing_key_is_kept_once_its_signature_was_good() {
        let signatures = Signatures::default();
        let headers = example::request();
        let good = Signed { headers: &headers, uri: &example::root(), body: example::BODY };
        let forged = Signed { body: b"{}", ..good };
        let now = Stamp::from_iso8601("20300101T000000Z").unwrap().at;
        let lookups = Cell::new(0);
        let known = async |_: &str| {
            lookups.set(lookups.get() + 1);
            Ok(Some(example::SECRET.to_owned()))
        };
        let tell = |_: &Authorization, _: &SigningKey| {};
        let authorization = || Authorization::read(&headers, USER_POOLS).unwrap();
        let code = |result: Result<_, Fault>| result.map(drop).unwrap_err().code();

        let late = now.plus_seconds(3600);
        let unknown = signatures.verify(authorization(), &good, late, async |_| Ok(None), tell).await;
        assert_eq!(code(unknown), ErrorCode::UnrecognizedClientException);
        let expired = signatures.verify(authorization(), &forged, late, known, tell).await;
        let expired = expired.map(drop).unwrap_err();
        assert!(expired.message().unwrap().starts_with("Signature expired"));
        let refused = signatures.verify(authorization(), &forged, now, known, tell).await;
        assert_eq!(code(refused), ErrorCode::InvalidSignatureException);
        assert_eq!((lookups.get(), signatures.keys.len()), (2, 0));

        signatures.verify(authorization(), &good, now, known, tell).await.unwrap();
        signatures.verify(authorization(), &good, now, known, tell).await.unwrap();
        assert_eq!((lookups.get(), signatures.keys.len()), (3, 1));
        assert!(signatures.verify(authorization(), &forged, now, known, tell).await.is_err());
        assert!(signatures.verify(authorization(), &good, late, known, tell).await.is_err());

        // A key that was removed is not taken for long.
        let removed = async |_: &str| Ok(None);
        let soon = Timestamp(now.millis() + KEPT_MILLIS - 1);
        signatures.verify(authorization(), &good, soon, removed, tell).await.unwrap();
        let later = Timestamp(now.millis() + KEPT_MILLIS);
        let unknown = signatures.verify(authorization(), &good, later, removed, tell).await;
        assert_eq!(code(unknown), ErrorCode::UnrecognizedClientException);
    }
}
