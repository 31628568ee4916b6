//! What a store can answer instead of doing what it is asked for.

use std::fmt;

/// Why it was not done, each with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BucketFault {
    /// The bucket is not there.
    NoBucket,
    /// The credentials are not known, have ended, or signed wrongly; the store's code for it.
    Credentials(String),
    /// Whose they are may not do that: the permission that is needed.
    Denied(&'static str),
    /// The signature is for another region; the bucket's, where the store names it.
    Region(Option<String>),
    /// The clocks differ.
    Clock,
    /// It refused otherwise: the status, and its code.
    Refused(u16, String),
    /// It did not answer, or not in order, at every attempt; the last one's words.
    Failing(u32, String),
    /// What it answers is not the answer of an S3 store.
    Unreadable(&'static str),
    /// What it has is not what it was given.
    Altered,
    /// What is read was changed meanwhile.
    Changed,
    /// The lock was lost.
    LockLost,
}

impl fmt::Display for BucketFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBucket => f.write_str("there is no such bucket; make it, or give --s3-endpoint of the store that has it"),
            Self::Credentials(code) => write!(
                f,
                "the store does not take the credentials ({code}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and \
                 AWS_SESSION_TOKEN with temporary ones, to those that it knows"
            ),
            Self::Denied(permission) => {
                write!(f, "the credentials do not suffice; let whose they are {permission} there")
            }
            Self::Region(Some(region)) => write!(f, "the bucket is in {region}; give --s3-region {region}"),
            Self::Region(None) => f.write_str("the bucket is in another region; give its --s3-region"),
            Self::Clock => {
                f.write_str("the store's clock is another than this machine's; let this one follow a time server")
            }
            Self::Refused(status, code) => {
                write!(f, "the store refuses with status {status} ({code}); its documentation tells what that means")
            }
            Self::Failing(attempts, why) => write!(
                f,
                "the store failed at {attempts} attempts, at the last one: {why}; try again when it works, what is there is kept"
            ),
            Self::Unreadable(what) => {
                write!(f, "{what} is not that of an S3 store; look whether --s3-endpoint is one")
            }
            Self::Altered => f.write_str("what the store has is not what it was given; try again, or use another store"),
            Self::Changed => f.write_str("it was changed while it was read; find out who does that, and try again"),
            Self::LockLost => f.write_str(
                "this process stood still for so long that another took its lock, and may have removed parts; try again",
            ),
        }
    }
}
