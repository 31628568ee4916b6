//! Who is calling: IAM's signature where an operation asks for one, nobody in particular otherwise.

use axum::http::HeaderMap;
use poolhouse_core::{Caller, Cx, Fault, IamCaller, credentials};
use poolhouse_wire::{Authority, ErrorCode, Operation};
use quick_cache::sync::Cache;

use crate::sigv4::{self, Authorization, SigningKey};

/// Derived signing keys kept: one for each access key, day and region in use.
const KEPT_KEYS: usize = 1024;

/// Verifies signatures; keeps the signing keys derived for today.
pub(crate) struct Signatures {
    keys: Cache<(String, String, String), SigningKey>,
}

impl Default for Signatures {
    fn default() -> Self {
        Self { keys: Cache::new(KEPT_KEYS) }
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
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), Fault> {
        match operation.authority() {
            Authority::Public | Authority::Token | Authority::TokenOrSession => Ok(()),
            // GetDerivedToken proves itself by client id and secret when it is not signed.
            Authority::IamOrClient if !headers.contains_key("authorization") => Ok(()),
            Authority::Iam | Authority::IamOrClient => {
                let (caller, region) = self.verify(cx, headers, body).await?;
                cx.set_caller(Caller::Iam(caller), region);
                Ok(())
            }
        }
    }

    async fn verify(&self, cx: &Cx, headers: &HeaderMap, body: &[u8]) -> Result<(IamCaller, String), Fault> {
        let authorization = Authorization::read(headers)?;
        // There are no temporary credentials, so no session token can be a known one.
        if headers.contains_key("x-amz-security-token") {
            return Err(unrecognized());
        }
        let key = self.key(cx, &authorization).await?;
        sigv4::check_stamp(&authorization, cx.outside_now())?;
        sigv4::signature_matches(&authorization, &key, headers, body)?;
        let Authorization { access_key_id, region, .. } = authorization;
        Ok((IamCaller { access_key_id }, region))
    }

    async fn key(&self, cx: &Cx, authorization: &Authorization) -> Result<SigningKey, Fault> {
        let Authorization { access_key_id, date, region, .. } = authorization;
        let name = (access_key_id.clone(), date.clone(), region.clone());
        if let Some(key) = self.keys.get(&name) {
            return Ok(key);
        }
        let secret = credentials::secret_of(cx, access_key_id).await?.ok_or_else(unrecognized)?;
        let key = SigningKey::derive(&secret, date, region);
        self.keys.insert(name, key.clone());
        Ok(key)
    }
}

fn unrecognized() -> Fault {
    Fault::new(
        ErrorCode::UnrecognizedClientException,
        "The security token included in the request is invalid.",
    )
}
