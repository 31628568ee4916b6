//! The files of a bucket.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_backup::{Answer, BackupError, BucketFault, Hold, Lock, Place, Wrong};
use poolhouse_crypto::digest::{from_hex, sha256};
use poolhouse_ports::Entropy;

use super::answers::{Listed, Page, error_code, upload_id};
use super::lock;
use super::store::{Ask, Store};

/// What is sent and read at once, in bytes: more than a part of a backup has, so that only long manifests are in pieces.
pub(super) const PIECE: usize = 16 << 20;

/// The checksum that a store computes of what it gets, and keeps. Some know nothing of it.
const CHECKSUM: &str = "x-amz-checksum-sha256";

const GET: &str = "s3:GetObject";
const PUT: &str = "s3:PutObject";
const DELETE: &str = "s3:DeleteObject";
const LIST: &str = "s3:ListBucket";

/// The files of a bucket whose names begin with a prefix.
#[derive(Debug)]
pub(crate) struct Bucket {
    store: Store,
    /// Of a whole name without slash at its end, or nothing.
    prefix: String,
    entropy: Entropy,
    piece: usize,
}

impl Bucket {
    pub(super) fn new(store: Store, prefix: String, entropy: Entropy) -> Self {
        Self { store, prefix, entropy, piece: PIECE }
    }

    #[cfg(test)]
    pub(super) fn in_pieces_of(self, piece: usize) -> Self {
        Self { piece, ..self }
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    pub(super) fn entropy(&self) -> &Entropy {
        &self.entropy
    }

    fn key(&self, file: &str) -> String {
        format!("{}{file}", self.prefix)
    }

    pub(super) fn failed(&self, file: &str, fault: BucketFault) -> BackupError {
        BackupError::Bucket(self.locate(file), fault)
    }

    /// The files of a folder, with the times at which they were written.
    pub(super) async fn listed(&self, folder: &str) -> Result<Vec<Listed>, BucketFault> {
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let prefix = self.key(&folder);
        let (mut files, mut next) = (Vec::new(), None::<String>);
        loop {
            let rest = [("delimiter", "/"), ("list-type", "2"), ("prefix", prefix.as_str())];
            let token = next.iter().map(|token| ("continuation-token", token.as_str()));
            let query: Vec<_> = token.chain(rest).collect();
            let answer = self.store.call(&Ask { query: &query, ..Ask::new(Method::GET, "", LIST) }).await?;
            if !answer.status().is_success() {
                return Err(BucketFault::Refused(answer.status().as_u16(), String::new()));
            }
            let page = Page::read(answer.body())?;
            let is_end = page.files.is_empty();
            files.extend(page.files.into_iter().filter_map(|file| {
                let key = file.key.strip_prefix(&prefix)?.to_owned();
                Some(Listed { key, ..file })
            }));
            match page.next {
                // A store that has nothing more, and says that it has.
                Some(_) if is_end => return Err(BucketFault::Unreadable("the list of files")),
                None => return Ok(files),
                more => next = more,
            }
        }
    }

    async fn read_whole(&self, file: &str, most: u64) -> Result<Vec<u8>, BackupError> {
        let failed = |fault| self.failed(file, fault);
        let key = self.key(file);
        let Some(Known { bytes, etag, .. }) = self.known(&key).await.map_err(failed)? else {
            return Err(BackupError::Wrong(self.locate(file), Wrong::Missing));
        };
        if bytes > most {
            return Err(BackupError::Damaged(self.locate(file), "is longer than it was written"));
        }
        let mut whole = Vec::new();
        while (whole.len() as u64) < bytes {
            let from = whole.len();
            let left = usize::try_from(bytes).unwrap_or(usize::MAX) - from;
            let length = left.min(self.piece);
            let mut ask = Ask { piece: Some(length), ..Ask::new(Method::GET, &key, GET) };
            ask.headers.push((header::RANGE.as_str(), format!("bytes={from}-{}", from + length - 1)));
            // All pieces are of one file.
            ask.headers.extend(etag.iter().map(|etag| (header::IF_MATCH.as_str(), etag.clone())));
            let answer = self.store.call(&ask).await.map_err(failed)?;
            if !answer.status().is_success() {
                return Err(failed(BucketFault::Changed));
            }
            whole.extend_from_slice(answer.body());
        }
        Ok(whole)
    }

    /// What the store says of a file, if it has it.
    async fn known(&self, key: &str) -> Result<Option<Known>, BucketFault> {
        let mut ask = Ask::new(Method::HEAD, key, GET);
        ask.headers.push(("x-amz-checksum-mode", "ENABLED".to_owned()));
        let answer = self.store.call(&ask).await?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        let headers = answer.headers();
        let bytes = text(headers, header::CONTENT_LENGTH.as_str()).and_then(|length| length.parse().ok());
        let bytes = bytes.ok_or(BucketFault::Unreadable("what is told of a file"))?;
        let own = |name| text(headers, name).map(str::to_owned);
        Ok(Some(Known { bytes, etag: own(header::ETAG.as_str()), sha256: own(CHECKSUM) }))
    }

    async fn is_there(&self, file: &str, bytes: u64, sha256: &str) -> Result<bool, BucketFault> {
        let Some(known) = self.known(&self.key(file)).await? else { return Ok(false) };
        let sha256 = from_hex(sha256).map(|hash| STANDARD.encode(hash));
        Ok(known.bytes == bytes && known.sha256.is_none_or(|told| Some(told) == sha256))
    }

    pub(super) async fn write_whole(&self, file: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let key = self.key(file);
        let written = if bytes.len() > self.piece {
            self.put_pieces(&key, bytes).await
        } else {
            self.put(&key, bytes).await
        };
        let is_proven = written.map_err(|fault| self.failed(file, fault))?;
        // What the store tells nothing about is read again.
        if is_proven || self.read_whole(file, bytes.len() as u64).await? == bytes {
            return Ok(());
        }
        Err(self.failed(file, BucketFault::Altered))
    }

    /// Sends a file at once; tells whether the store has shown that it has it.
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<bool, BucketFault> {
        let checksum = STANDARD.encode(sha256(&[bytes]));
        let mut ask = Ask { body: Bytes::copy_from_slice(bytes), ..Ask::new(Method::PUT, key, PUT) };
        ask.headers.push((CHECKSUM, checksum.clone()));
        let answer = self.store.call(&ask).await?;
        if !answer.status().is_success() {
            return Err(BucketFault::Refused(answer.status().as_u16(), String::new()));
        }
        match text(answer.headers(), CHECKSUM) {
            Some(told) if told != checksum => Err(BucketFault::Altered),
            told => Ok(told.is_some()),
        }
    }

    /// Sends a file in pieces, which the store puts together; what was sent of one that fails is taken back.
    async fn put_pieces(&self, key: &str, bytes: &[u8]) -> Result<bool, BucketFault> {
        let ask = Ask { query: &[("uploads", "")], ..Ask::new(Method::POST, key, PUT) };
        let id = upload_id(self.store.call(&ask).await?.body())?;
        let sent = self.send(key, &id, bytes).await;
        if sent.is_err() {
            let query = [("uploadId", id.as_str())];
            let abort = Ask { query: &query, ..Ask::new(Method::DELETE, key, "s3:AbortMultipartUpload") };
            if let Err(fault) = self.store.call(&abort).await {
                tracing::info!(%fault, %key, "pieces of an upload are left; a rule of the bucket can remove them");
            }
        }
        // Checksums of such files are not theirs, but of those of the pieces.
        sent.map(|()| false)
    }

    async fn send(&self, key: &str, id: &str, bytes: &[u8]) -> Result<(), BucketFault> {
        let mut list = String::from("<CompleteMultipartUpload>");
        for (number, piece) in (1..).zip(bytes.chunks(self.piece)) {
            let place = u32::to_string(&number);
            let query = [("partNumber", place.as_str()), ("uploadId", id)];
            let body = Bytes::copy_from_slice(piece);
            let answer =
                self.store.call(&Ask { query: &query, body, ..Ask::new(Method::PUT, key, PUT) }).await?;
            let etag = text(answer.headers(), header::ETAG.as_str()).filter(|_| answer.status().is_success());
            let etag = etag.ok_or(BucketFault::Unreadable("the answer to a piece"))?.trim_matches('"');
            if !etag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte)) {
                return Err(BucketFault::Unreadable("the answer to a piece"));
            }
            list.push_str(&format!("<Part><PartNumber>{place}</PartNumber><ETag>\"{etag}\"</ETag></Part>"));
        }
        list.push_str("</CompleteMultipartUpload>");
        let query = [("uploadId", id)];
        let done = Ask { query: &query, body: list.into(), ..Ask::new(Method::POST, key, PUT) };
        let answer = self.store.call(&done).await?;
        // The first attempt may have succeeded without an answer: what is there then is looked at.
        match error_code(answer.body()) {
            Some(code) if answer.status() != StatusCode::NOT_FOUND => {
                Err(BucketFault::Refused(answer.status().as_u16(), code))
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn remove_if_there(&self, file: &str) -> Result<(), BucketFault> {
        self.store.call(&Ask::new(Method::DELETE, &self.key(file), DELETE)).await.map(drop)
    }
}

/// What is known of a file.
struct Known {
    bytes: u64,
    etag: Option<String>,
    sha256: Option<String>,
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

impl Place for Bucket {
    fn locate(&self, file: &str) -> String {
        let whole = format!("s3://{}/{}", self.store.bucket(), self.key(file));
        whole.strip_suffix('/').unwrap_or(&whole).to_owned()
    }

    fn hold(&self, lock: Lock) -> Answer<'_, Box<dyn Hold + '_>> {
        Box::pin(async move {
            let held = lock::Held::take(self, lock).await?;
            Ok(Box::new(held) as Box<dyn Hold>)
        })
    }

    fn list<'a>(&'a self, folder: &'static str) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let files = self.listed(folder).await.map_err(|fault| self.failed(folder, fault))?;
            Ok(files.into_iter().map(|file| file.key).collect())
        })
    }

    fn read<'a>(&'a self, file: &'a str, most: u64) -> Answer<'a, Vec<u8>> {
        Box::pin(self.read_whole(file, most))
    }

    fn has<'a>(&'a self, file: &'a str, bytes: u64, sha256: &'a str) -> Answer<'a, bool> {
        Box::pin(
            async move { self.is_there(file, bytes, sha256).await.map_err(|fault| self.failed(file, fault)) },
        )
    }

    fn write<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(self.write_whole(file, bytes))
    }

    fn remove<'a>(&'a self, file: &'a str) -> Answer<'a, ()> {
        Box::pin(async move { self.remove_if_there(file).await.map_err(|fault| self.failed(file, fault)) })
    }
}
