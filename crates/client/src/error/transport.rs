//! No answer.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use aws_sdk_cognitoidentityprovider::error::SdkError;

/// The service could not be asked, or did not answer in time: the SDK's own account of it.
///
/// ```
/// use std::error::Error;
///
/// fn log(error: &poolhouse_client::TransportError) {
///     eprintln!("{error}: {:?}", error.source());
/// }
/// ```
#[derive(Clone)]
pub struct TransportError {
    cause: Arc<dyn StdError + Send + Sync>,
    pub(super) retryable: bool,
}

impl TransportError {
    pub(super) fn new<E: StdError + Send + Sync + 'static>(error: SdkError<E>) -> Self {
        let retryable = match &error {
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
            // Other failures are the caller's, such as credentials that cannot be loaded.
            SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
            _ => false,
        };
        Self { cause: Arc::new(error), retryable }
    }

    /// The task that asked was ended: by its runtime, or because its time was over.
    pub(crate) fn ended(error: impl StdError + Send + Sync + 'static) -> Self {
        Self { cause: Arc::new(error), retryable: true }
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the SDK's own Debug, which shows whole requests.
        let mut chain = self.cause.to_string();
        let mut source = self.cause.source();
        while let Some(error) = source {
            chain.push_str(": ");
            chain.push_str(&error.to_string());
            source = error.source();
        }
        f.debug_tuple("TransportError").field(&chain).finish()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.source()
    }
}
