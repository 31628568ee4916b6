//! CustomEmailSender and CustomSMSSender: functions that send messages themselves
//! (triggers-and-messages §8.12).
//!
//! What they are to send waits in the outbox as any message does. The code in it is encrypted anew for each attempt, in
//! the format of the AWS Encryption SDK.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_crypto::encryption_sdk::{DataKey, Draft, EncryptError};
use poolhouse_ports::{ClientId, DeliveryError, Entropy, Medium, Message};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::event::{self, Event};
use super::{Function, Trigger};
use crate::Cx;
use crate::key_ring::{self, POOL_ID};
use crate::model::{Pool, User};

/// How often a function is tried that says that it failed: as often as Lambda tries a call that nobody waits for.
const TRIES: u32 = 3;

/// The function that sends a pool's messages of one medium.
struct Sender<'a> {
    function: Function<'a>,
    /// The KMS key under which it gets codes.
    key_arn: &'a str,
}

impl<'a> Sender<'a> {
    fn of(pool: &'a Pool, medium: Medium) -> Option<Self> {
        let trigger = match medium {
            Medium::Email => Trigger::CustomEmailSender,
            Medium::Sms => Trigger::CustomSmsSender,
        };
        let key_arn = pool.settings.general.lambda_config.as_ref()?.kms_key_id.as_deref()?;
        Some(Self { function: trigger.of(pool)?, key_arn })
    }
}

/// Whether a function sends the pool's messages of this medium.
pub(crate) fn is_configured(pool: &Pool, medium: Medium) -> bool {
    Sender::of(pool, medium).is_some()
}

/// What the function is to send. The code is encrypted when it goes.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Errand {
    event: Value,
    /// None with a notice of a risky sign-in.
    code: Option<String>,
}

/// What an errand is about.
struct Content {
    attributes: Map<String, Value>,
    metadata: Option<Value>,
    code: Option<String>,
}

impl Errand {
    /// Instead of a message to `user`; `None` where no function sends the pool's messages.
    pub(crate) fn new(
        cx: &Cx,
        pool: &Pool,
        user: &User,
        client_id: Option<&ClientId>,
        message: &Message,
    ) -> Option<Self> {
        let occasion = message.kind.trim_start_matches("CustomMessage_");
        // As for CustomMessage, and that of a challenge's answer (triggers-and-messages §7, documented);
        // `null` without any (observed).
        let metadata = cx.metadata.client_metadata.as_ref().filter(|_| occasion != "AdminCreateUser");
        let content = Content {
            attributes: event::user_attributes(pool, user),
            metadata: metadata.map(|metadata| json!(metadata)),
            code: Some(message.code.clone()),
        };
        Self::of(cx, pool, user, client_id, message.medium, occasion, content)
    }

    /// The notice of a risky sign-in: `figures` stand in place of the user's attributes, and there is no code
    /// (triggers-and-messages §8.12, observed); `None` where no function sends the pool's mails.
    pub(crate) fn takeover(
        cx: &Cx,
        pool: &Pool,
        user: &User,
        client_id: &ClientId,
        figures: Map<String, Value>,
    ) -> Option<Self> {
        let content = Content { attributes: figures, metadata: None, code: None };
        Self::of(cx, pool, user, Some(client_id), Medium::Email, "AccountTakeOverNotification", content)
    }

    fn of(
        cx: &Cx,
        pool: &Pool,
        user: &User,
        client_id: Option<&ClientId>,
        medium: Medium,
        occasion: &str,
        content: Content,
    ) -> Option<Self> {
        let function = Sender::of(pool, medium)?.function;
        let source = format!("{}_{occasion}", function.trigger.name());
        let kind = match medium {
            Medium::Email => "customEmailSenderRequestV1",
            Medium::Sms => "customSMSSenderRequestV1",
        };
        let mut request = event::request(content.attributes);
        request.insert("type".to_owned(), json!(kind));
        request.insert("clientMetadata".to_owned(), json!(content.metadata));
        let username = &user.row.username;
        let event =
            Event { source: &source, version: "1", username, client_id, request, response: json!({}) };
        Some(Self { event: event.to_json(cx, pool), code: content.code })
    }

    /// Hands it over. `id` names it at every attempt; `attempt` counts from 1. What the function answers is ignored.
    ///
    /// # Errors
    /// When the function cannot be run or fails; for good when it failed often enough, or the pool has none any more.
    pub(crate) async fn send(
        self,
        cx: &Cx,
        pool: Arc<Pool>,
        medium: Medium,
        id: &str,
        attempt: u32,
    ) -> Result<(), DeliveryError> {
        let Some(Sender { function, key_arn }) = Sender::of(&pool, medium) else {
            return Err(DeliveryError::permanent("the pool has no function any more that sends"));
        };
        let Self { mut event, code } = self;
        let (keeper, key_arn, entropy) = (Arc::clone(&pool), key_arn.to_owned(), cx.entropy().clone());
        let encrypted = move || code.map(|code| encrypt(&keeper, &key_arn, &entropy, &code)).transpose();
        let Ok(Ok(code)) = cx.crypto(encrypted).await else {
            return Err(DeliveryError::passing("the code could not be encrypted"));
        };
        if let Some(request) = event.get_mut("request").and_then(Value::as_object_mut) {
            request.insert("code".to_owned(), json!(code));
        }
        let id = Uuid::try_parse(id).unwrap_or_else(|_| cx.entropy().uuid());
        function.tell(cx, id, &event).await.map_err(|failure| match failure.of_function() {
            Some(message) => DeliveryError {
                permanent: attempt >= TRIES,
                reason: "the function failed".to_owned(),
                answer: Some(message.to_owned()),
            },
            None => DeliveryError::passing("the function could not be run"),
        })
    }
}

/// The code as the function gets it: escaped as in HTML (observed), encrypted, in base64.
fn encrypt(pool: &Pool, key_arn: &str, entropy: &Entropy, code: &str) -> Result<String, EncryptError> {
    let code = Zeroizing::new(code.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
    let draft = Draft::new(entropy.bytes(), [(POOL_ID.to_owned(), pool.id.to_string())].into())?;
    let plaintext = Zeroizing::new(entropy.bytes());
    let wrapped = key_ring::wrap(pool, key_arn, draft.context(), &plaintext);
    let data_key = DataKey { plaintext: &plaintext, wrapped: &wrapped, key_arn };
    Ok(STANDARD.encode(draft.encrypt(&data_key, code.as_bytes())?))
}
