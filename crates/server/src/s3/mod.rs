//! Backups in a bucket of an S3 store (docs/decisions/0067).
//!
//! | file | subject |
//! |---|---|
//! | `store` | calls: signed, bounded in time, and tried again |
//! | `answers` | what a store answers |
//! | `bucket` | the files of a bucket |
//! | `lock` | a lock where nothing can be locked |

mod answers;
mod bucket;
mod lock;
mod store;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use poolhouse_backup::{Backups, Folder};
use poolhouse_ports::{Clock, Entropy};

use crate::exit::Failure;
use crate::http_client::HttpClient;
use crate::sigv4::{Keys, variable};
use bucket::Bucket;
use store::Store;

/// Where backups are: a folder, or a bucket and what the names of all its files begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    Folder(PathBuf),
    Bucket { bucket: String, prefix: String },
}

impl FromStr for Location {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(rest) = text.strip_prefix("s3://") else { return Ok(Self::Folder(text.into())) };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let is_name = |name: &str| !matches!(name, "" | "." | "..") && name.bytes().all(is_plain);
        if !is_name(bucket) || !(prefix.is_empty() || prefix.split('/').all(is_name)) {
            return Err("a bucket is named as s3://bucket/prefix, with letters, digits and -_. alone");
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self::Bucket { bucket: bucket.to_owned(), prefix })
    }
}

/// How the store of a bucket is reached.
#[derive(Args, Debug)]
pub(crate) struct S3Options {
    /// For s3://…: the store, such as https://minio.example.com:9000 [default: AWS_ENDPOINT_URL_S3, or AWS's of the region].
    #[arg(long, value_name = "URL")]
    s3_endpoint: Option<String>,

    /// For s3://…: the region of the bucket [default: AWS_REGION, AWS_DEFAULT_REGION, or us-east-1].
    #[arg(long, value_name = "REGION")]
    s3_region: Option<String>,
}

impl S3Options {
    /// The backups at a location.
    ///
    /// # Errors
    /// Exit code 2 when credentials are missing, or the endpoint is none.
    pub(crate) fn backups(&self, location: &Location) -> Result<Backups, Failure> {
        match location {
            Location::Folder(path) => Ok(Backups::at(Folder::at(path))),
            Location::Bucket { bucket, prefix } => {
                let store = self.store(bucket)?;
                Ok(Backups::at(Bucket::new(store, prefix.clone(), Entropy::system())))
            }
        }
    }

    fn store(&self, bucket: &str) -> Result<Store, Failure> {
        let keys = Keys::of_environment().ok_or_else(|| {
            Failure::setup(
                "s3: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set, to those of somebody who may read and write the bucket",
            )
        })?;
        let region = self.s3_region.clone().or_else(|| variable("AWS_REGION"));
        let region = region.or_else(|| variable("AWS_DEFAULT_REGION"));
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        let endpoint = self.s3_endpoint.clone().or_else(|| variable("AWS_ENDPOINT_URL_S3"));
        let endpoint = endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
        Store::new(HttpClient::new()?, &endpoint, bucket, region, keys, Clock::system()).ok_or_else(|| {
            Failure::setup(format!(
                "s3-endpoint: {endpoint} is none; give a URL such as https://minio.example.com:9000, without a path"
            ))
        })
    }
}
