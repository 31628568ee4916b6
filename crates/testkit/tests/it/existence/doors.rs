//! The ways through each operation that asks for no proof, for somebody who knows a name.

use std::pin::Pin;

use poolhouse_testkit::SrpClient;
use poolhouse_wire::user_pools::Operation;
use serde_json::{Value, json};

use super::house::House;

/// What AWS tells and so do we: the operation, and what is in its answer. The grounds are in docs/protection.md.
pub(crate) const TOLD: [(&str, &str); 1] = [("SignUp", "UsernameExistsException")];

const WRONG: &str = "Wrong-Horse-8";

type Walk = for<'v> fn(&'v mut Visit<'_>) -> Pin<Box<dyn Future<Output = ()> + 'v>>;

/// What an operation is to a stranger.
pub(crate) enum Door {
    /// It takes a name, here or in an earlier step.
    Named(Walk),
    /// It takes something else that proves who calls.
    Unnamed(&'static str),
}

/// The door of an operation; none for one that nobody has looked at yet.
pub(crate) fn door(operation: Operation) -> Option<Door> {
    Some(match operation {
        Operation::InitiateAuth => Door::Named(|visit| Box::pin(sign_in(visit))),
        Operation::RespondToAuthChallenge => Door::Named(|visit| Box::pin(answer_challenges(visit))),
        Operation::SignUp => Door::Named(|visit| Box::pin(sign_up(visit))),
        Operation::ConfirmSignUp => Door::Named(|visit| Box::pin(confirm_sign_up(visit))),
        Operation::ResendConfirmationCode => Door::Named(|visit| Box::pin(resend(visit))),
        Operation::ForgotPassword => Door::Named(|visit| Box::pin(forgot_password(visit))),
        Operation::ConfirmForgotPassword => Door::Named(|visit| Box::pin(confirm_forgot_password(visit))),
        Operation::UpdateAuthEventFeedback => Door::Named(|visit| Box::pin(feedback(visit))),
        Operation::AssociateSoftwareToken | Operation::VerifySoftwareToken => {
            Door::Unnamed("a token, or a session of somebody who has proven the first factor")
        }
        Operation::GetTokensFromRefreshToken | Operation::RevokeToken => Door::Unnamed("a refresh token"),
        Operation::GetClientToken => Door::Unnamed("a client and its secret"),
        Operation::GetDerivedToken => Door::Unnamed("a token of the user"),
        _ => return None,
    })
}

/// A walk of somebody who knows a name, and what they see.
pub(crate) struct Visit<'a> {
    house: &'a House<'a>,
    name: &'a str,
    /// Each answer, with what it left and whom it asked; what differs between any two calls is taken out.
    pub(crate) seen: Vec<String>,
    /// The operations that were called.
    pub(crate) called: Vec<String>,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(house: &'a House<'a>, name: &'a str) -> Self {
        Self { house, name, seen: Vec::new(), called: Vec::new() }
    }

    async fn call(&mut self, operation: &str, input: Value) -> Value {
        let server = self.house.server;
        let store = server.engine().store();
        let before = (store.transactions(), store.rows());
        let (status, _, body) = server.public().raw(operation, input.to_string().as_bytes()).await;
        let (transactions, rows) = (store.transactions() - before.0, store.rows() - before.1);
        let functions = server.take_sources();
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let mut shown = answer.clone();
        self.blur(&mut shown);
        self.seen.push(format!(
            "{operation} {input_kind} {status} {shown} transactions {transactions} rows {rows} functions {functions:?}",
            input_kind = input["AuthFlow"].as_str().or(input["ChallengeName"].as_str()).unwrap_or_default(),
        ));
        self.called.push(operation.to_owned());
        answer
    }

    /// Leaves of an answer what a stranger can tell answers by.
    fn blur(&self, value: &mut Value) {
        if let Some(list) = value.as_array_mut() {
            return list.iter_mut().for_each(|one| self.blur(one));
        }
        let Some(members) = value.as_object_mut() else { return };
        for (member, value) in members {
            let Some(text) = value.as_str() else {
                self.blur(value);
                continue;
            };
            *value = match member.as_str() {
                "Session" | "SECRET_BLOCK" => json!(format!("{} characters", text.len())),
                "SALT" | "SRP_B" => json!("hex"),
                "Destination" | "CODE_DELIVERY_DESTINATION" => json!(mask_form(text)),
                "CREDENTIAL_REQUEST_OPTIONS" => {
                    let options: Value = serde_json::from_str(text).unwrap();
                    let challenge = options["challenge"].as_str().unwrap().len();
                    let passkeys = options["allowCredentials"].as_array().unwrap().len();
                    json!([
                        challenge,
                        passkeys,
                        options["rpId"],
                        options["userVerification"],
                        options["timeout"]
                    ])
                }
                "UserSub" => json!("uuid"),
                _ if text == self.name => json!("the name"),
                _ if text == self.name.to_lowercase() => json!("the name in lower case"),
                _ if text.len() == 36 && text.matches('-').count() == 4 => json!("uuid"),
                _ => json!(text.replace(self.name, "the name")),
            };
        }
    }

    async fn begin(&mut self, flow: &str, more: Value) -> Value {
        let mut parameters = json!({ "USERNAME": self.name });
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let client = &self.house.client;
        let input = json!({ "ClientId": client, "AuthFlow": flow, "AuthParameters": parameters });
        self.call("InitiateAuth", input).await
    }

    async fn answer(&mut self, challenge: &str, session: &Value, more: Value) -> Value {
        let mut responses = json!({ "USERNAME": self.name });
        responses.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let client = &self.house.client;
        let mut input =
            json!({ "ClientId": client, "ChallengeName": challenge, "ChallengeResponses": responses });
        if !session.is_null() {
            input["Session"] = session.clone();
        }
        self.call("RespondToAuthChallenge", input).await
    }

    async fn by_name(&mut self, operation: &str, more: Value) -> Value {
        let mut input = json!({ "ClientId": self.house.client, "Username": self.name });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.call(operation, input).await
    }
}

/// The form of a masked address: whose it is shows in it, and AWS shows it.
fn mask_form(mask: &str) -> String {
    mask.chars().map(|c| if c.is_ascii_alphanumeric() { 'x' } else { c }).collect()
}

/// Begins in every way.
async fn sign_in(visit: &mut Visit<'_>) {
    let srp = SrpClient::new(&visit.house.pool);
    visit.begin("USER_PASSWORD_AUTH", json!({ "PASSWORD": WRONG })).await;
    visit.begin("USER_SRP_AUTH", json!({ "SRP_A": srp.srp_a() })).await;
    visit.begin("CUSTOM_AUTH", json!({})).await;
    visit.begin("CUSTOM_AUTH", json!({ "CHALLENGE_NAME": "SRP_A", "SRP_A": srp.srp_a() })).await;
    visit.begin("USER_AUTH", json!({})).await;
    visit.begin("USER_AUTH", json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": WRONG })).await;
    visit.begin("USER_AUTH", json!({ "PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": srp.srp_a() })).await;
    for code in ["EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", "PASSWORD", "PASSWORD_SRP"] {
        visit.begin("USER_AUTH", json!({ "PREFERRED_CHALLENGE": code })).await;
    }
}

/// Answers all that is asked before a proof, wrongly, and as somebody else.
async fn answer_challenges(visit: &mut Visit<'_>) {
    let (srp, now) = (SrpClient::new(&visit.house.pool), visit.house.server.now());
    let somebody = json!({ "USERNAME": "somebody" });
    let begun = visit.begin("USER_SRP_AUTH", json!({ "SRP_A": srp.srp_a() })).await;
    let mut proof = srp.answer(&begun["ChallengeParameters"], WRONG, now);
    for username in ["somebody", &visit.name.to_uppercase(), visit.name] {
        proof["USERNAME"] = json!(username);
        visit.answer("PASSWORD_VERIFIER", &Value::Null, proof.clone()).await;
    }
    let device =
        json!({ "DEVICE_KEY": "us-east-1_11111111-1111-4111-8111-111111111111", "SRP_A": srp.srp_a() });
    visit.answer("DEVICE_SRP_AUTH", &Value::Null, device).await;

    let mut begun = visit.begin("CUSTOM_AUTH", json!({})).await;
    for _ in 0..2 {
        let session = begun["Session"].clone();
        visit.answer("CUSTOM_CHALLENGE", &session, json!({ "USERNAME": "somebody", "ANSWER": "x" })).await;
        begun = visit.answer("CUSTOM_CHALLENGE", &session, json!({ "ANSWER": "x" })).await;
        visit.answer("CUSTOM_CHALLENGE", &session, json!({ "ANSWER": "x" })).await;
    }
    let answers = [
        ("EMAIL_OTP", json!({ "EMAIL_OTP_CODE": "00000000" })),
        ("SMS_OTP", json!({ "SMS_OTP_CODE": "00000000" })),
        ("WEB_AUTHN", json!({ "CREDENTIAL": "{}" })),
        ("PASSWORD", json!({ "PASSWORD": WRONG })),
    ];
    for (choice, answer) in answers {
        let begun = visit.begin("USER_AUTH", json!({})).await;
        visit.answer("SELECT_CHALLENGE", &begun["Session"], json!({ "ANSWER": "NONSENSE" })).await;
        visit.answer("SELECT_CHALLENGE", &begun["Session"], somebody.clone()).await;
        let chosen = visit.answer("SELECT_CHALLENGE", &begun["Session"], json!({ "ANSWER": choice })).await;
        visit.answer("SELECT_CHALLENGE", &begun["Session"], json!({ "ANSWER": choice })).await;
        if chosen["Session"].is_string() {
            visit.answer(choice, &chosen["Session"], somebody.clone()).await;
            visit.answer(choice, &chosen["Session"], answer).await;
        }
    }
    // Until wrong passwords are no longer looked at.
    for _ in 0..6 {
        visit.begin("USER_PASSWORD_AUTH", json!({ "PASSWORD": WRONG })).await;
    }
    visit.begin("USER_SRP_AUTH", json!({ "SRP_A": srp.srp_a() })).await;
}

async fn sign_up(visit: &mut Visit<'_>) {
    let email = json!([{ "Name": "email", "Value": "stranger@example.org" }]);
    let weak = json!({ "Password": "weak", "UserAttributes": email });
    visit.by_name("SignUp", weak).await;
    visit.by_name("SignUp", json!({ "Password": WRONG })).await;
}

async fn confirm_sign_up(visit: &mut Visit<'_>) {
    visit.by_name("ConfirmSignUp", json!({ "ConfirmationCode": "000000" })).await;
    visit.by_name("ResendConfirmationCode", json!({})).await;
    for _ in 0..15 {
        visit.by_name("ConfirmSignUp", json!({ "ConfirmationCode": "000000" })).await;
    }
}

async fn resend(visit: &mut Visit<'_>) {
    for _ in 0..5 {
        visit.by_name("ResendConfirmationCode", json!({})).await;
    }
}

async fn forgot_password(visit: &mut Visit<'_>) {
    for _ in 0..3 {
        visit.by_name("ForgotPassword", json!({})).await;
    }
}

async fn confirm_forgot_password(visit: &mut Visit<'_>) {
    let guess = json!({ "ConfirmationCode": "000000", "Password": WRONG });
    for _ in 0..3 {
        visit.by_name("ConfirmForgotPassword", guess.clone()).await;
        visit.by_name("ForgotPassword", json!({})).await;
    }
    for _ in 0..13 {
        visit.by_name("ConfirmForgotPassword", guess.clone()).await;
    }
}

async fn feedback(visit: &mut Visit<'_>) {
    let input = json!({
        "UserPoolId": visit.house.pool, "Username": visit.name, "EventId": "1", "FeedbackToken": "x.y.z",
        "FeedbackValue": "Valid",
    });
    visit.call("UpdateAuthEventFeedback", input).await;
}
