//! GetSigningCertificate: the certificate under which a pool signs its SAML requests; and those of keys that open answers
//! (docs/cognito/operations-and-protection.md §12).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_store::tables::certificates::{self as table, Certificate};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose, SerialNumber};
use zeroize::Zeroizing;

use crate::Cx;
use crate::model::Pool;
use crate::turns::Thing;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long a certificate is good.
const VALIDITY: Duration = Duration::from_secs(10 * YEAR.as_secs());

/// The last day on which a certificate may begin and still end in a year of four digits.
const LATEST_START: Duration = Duration::from_secs(250_000_000_000 - VALIDITY.as_secs());

/// The newest signing certificate of a pool: base64 of the DER, in one line. It is made when it is asked for
/// the first time, and again when it is a year old, for the same key (federation §9).
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn signing_certificate(cx: &Cx, pool_id: &PoolId) -> Result<String, Fault> {
    let pool = super::get(cx, pool_id).await?;
    Ok(STANDARD.encode(newest(cx, &pool).await?.certificate))
}

/// The key of that certificate, in PKCS#8.
///
/// # Errors
/// When the database fails.
pub(crate) async fn saml_signing_key(cx: &Cx, pool: &Pool) -> Result<Vec<u8>, Fault> {
    let certificate = newest(cx, pool).await?;
    pool.keys.open(&place(certificate.created_at), &certificate.private_key)
}

async fn newest(cx: &Cx, pool: &Pool) -> Result<Certificate, Fault> {
    let pool_id = &pool.id;
    let newest = async || table::get_newest(&mut cx.read().await?, pool_id).await.map_err(Fault::from);
    let mut stored = newest().await?;
    if !stored.as_ref().is_some_and(|c| is_fresh(cx, c)) && cx.take_turn(Thing::Pool(pool_id)).await? {
        stored = newest().await?;
    }
    match stored {
        Some(certificate) if is_fresh(cx, &certificate) => Ok(certificate),
        old => store(cx, make(cx, pool, old).await?).await,
    }
}

fn is_fresh(cx: &Cx, certificate: &Certificate) -> bool {
    u128::try_from(cx.now.millis_since(certificate.created_at)).is_ok_and(|age| age < YEAR.as_millis())
}

/// Another request may have been quicker; then its certificate is the one.
async fn store(cx: &Cx, made: Certificate) -> Result<Certificate, Fault> {
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        if let Some(stored) = table::get_newest(&mut tx, &made.pool_id).await?.filter(|c| is_fresh(cx, c)) {
            // Its batch may not be on the disk yet: the commit waits for that.
            tx.commit().await?;
            return Ok(stored);
        }
        let _ = table::insert(&mut tx, &made).await?;
        tx.commit().await?;
        Ok(made.clone())
    })
    .await
}

/// A certificate for the key of the `old` one: a provider that trusts the key accepts the new one at once.
async fn make(cx: &Cx, pool: &Pool, old: Option<Certificate>) -> Result<Certificate, Fault> {
    let key = match old {
        Some(old) => pool.keys.open(&place(old.created_at), &old.private_key)?,
        None => cx
            .state()
            .key_stock
            .take(cx.engine().crypto())
            .await?
            .to_pkcs8()
            .map_err(Fault::internal)?
            .to_vec(),
    };
    let private_key = pool.keys.seal(&place(cx.now), &key);
    let certificate = certify(cx, &pool.id, KeyUsagePurpose::DigitalSignature, key).await?;
    Ok(Certificate { pool_id: pool.id.clone(), created_at: cx.now, certificate, private_key })
}

/// A new RSA key that opens what is encrypted for a pool, in PKCS#8, and its certificate in DER.
///
/// # Errors
/// When no key can be made.
pub(crate) async fn encryption_key(
    cx: &Cx,
    pool_id: &PoolId,
) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Fault> {
    let key = cx.state().key_stock.take(cx.engine().crypto()).await?.to_pkcs8().map_err(Fault::internal)?;
    let certificate = certify(cx, pool_id, KeyUsagePurpose::KeyEncipherment, key.to_vec()).await?;
    Ok((key, certificate))
}

/// A certificate of a key, signed by itself.
async fn certify(cx: &Cx, pool_id: &PoolId, usage: KeyUsagePurpose, key: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let params = params(pool_id, usage, cx.now, &cx.entropy().bytes::<16>());
    cx.crypto(move || self_signed(&params, &key)).await?.map_err(Fault::internal)
}

fn params(pool_id: &PoolId, usage: KeyUsagePurpose, now: Timestamp, serial: &[u8]) -> CertificateParams {
    let start = Duration::from_secs(u64::try_from(now.seconds()).unwrap_or(0)).min(LATEST_START);
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let mut params = CertificateParams::default();
    params.not_before = epoch + start;
    params.not_after = epoch + start + VALIDITY;
    params.serial_number = Some(SerialNumber::from_slice(serial));
    params.key_usages = vec![usage];
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, pool_id.as_str());
    params
}

fn self_signed(params: &CertificateParams, pkcs8: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
    let key = KeyPair::try_from(pkcs8)?;
    Ok(params.self_signed(&key)?.der().to_vec())
}

fn place(created_at: Timestamp) -> String {
    format!("certificate/{}", created_at.millis())
}
