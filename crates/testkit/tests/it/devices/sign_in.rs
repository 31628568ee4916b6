//! DEVICE_KEY, DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER
//! (docs/cognito/authentication.md §1.2, §12.3, §12.4).

use poolhouse_kernel::limits::Limits;
use poolhouse_testkit::{Database, Parts, SrpClient, TestServer, claims, on_both, refusal};
use serde_json::{Value, json};

use super::{Alice, DEVICE_PASSWORD, Device, always, no_device, on_prompt};

fn incorrect() -> (String, String) {
    refusal("NotAuthorizedException", "Incorrect username or password.")
}

fn invalid_session() -> (String, String) {
    refusal("NotAuthorizedException", "Invalid session for the user.")
}

/// Devices that stand in for a second factor.
fn instead() -> Value {
    json!({ "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true } })
}

/// Second factors by SMS, demanded of everybody.
async fn demand_sms(alice: &Alice<'_>) {
    let sms = json!({ "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" } });
    let input = json!({ "UserPoolId": alice.pool, "MfaConfiguration": "ON", "SmsMfaConfiguration": sms });
    alice.server.admin().ok("SetUserPoolMfaConfig", input).await;
    let phone = json!([{ "Name": "phone_number", "Value": "+15550100" }]);
    alice.admin("AdminUpdateUserAttributes", json!({ "UserAttributes": phone })).await;
}

/// A client that signs Alice in.
struct Browser<'a> {
    alice: &'a Alice<'a>,
    srp: SrpClient,
    /// Whether it sends sessions back: pycognito does not.
    sessions: bool,
}

impl<'a> Browser<'a> {
    fn new(alice: &'a Alice<'a>) -> Self {
        Self { alice, srp: SrpClient::new(&alice.pool), sessions: true }
    }

    /// Proves Alice's password, naming a device or none; what follows.
    async fn password(&self, device_key: Option<&str>) -> Value {
        let input = self.password_answer(device_key).await;
        self.alice.server.public().ok("RespondToAuthChallenge", input).await
    }

    async fn password_answer(&self, device_key: Option<&str>) -> Value {
        let Alice { server, client, .. } = self.alice;
        let input = json!({
            "ClientId": client,
            "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": { "USERNAME": "alice", "SRP_A": self.srp.srp_a() },
        });
        let challenge = server.public().ok("InitiateAuth", input).await;
        let mut responses =
            self.srp.answer(&challenge["ChallengeParameters"], TestServer::PASSWORD, server.now());
        responses["DEVICE_KEY"] = json!(device_key);
        json!({ "ClientId": client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses })
    }

    fn input(&self, before: &Value, challenge: &str, responses: &Value) -> Value {
        let mut input = json!({
            "ClientId": self.alice.client,
            "ChallengeName": challenge,
            "ChallengeResponses": responses,
        });
        if self.sessions && !before["Session"].is_null() {
            input["Session"] = before["Session"].clone();
        }
        input
    }

    /// The answer to DEVICE_SRP_AUTH.
    fn device_start(&self, before: &Value, device: &Device) -> Value {
        let responses = json!({ "USERNAME": "alice", "DEVICE_KEY": device.key, "SRP_A": self.srp.srp_a() });
        self.input(before, "DEVICE_SRP_AUTH", &responses)
    }

    /// The answer to DEVICE_PASSWORD_VERIFIER.
    fn device_proof(&self, before: &Value, device: &Device, password: &str) -> Value {
        let now = self.alice.server.now();
        let responses = self.srp.device_answer(&before["ChallengeParameters"], &device.group, password, now);
        self.input(before, "DEVICE_PASSWORD_VERIFIER", &responses)
    }

    /// Proves the device after `before`, which asks for it; the tokens.
    async fn device(&self, before: &Value, device: &Device) -> Value {
        assert_eq!(before["ChallengeName"], "DEVICE_SRP_AUTH");
        let public = self.alice.server.public();
        let challenge = public.ok("RespondToAuthChallenge", self.device_start(before, device)).await;
        assert_eq!(challenge["ChallengeName"], "DEVICE_PASSWORD_VERIFIER");
        let proof = self.device_proof(&challenge, device, DEVICE_PASSWORD);
        public.ok("RespondToAuthChallenge", proof).await["AuthenticationResult"].clone()
    }

    async fn refused(&self, input: Value) -> (String, String) {
        self.alice.server.public().refused("RespondToAuthChallenge", input).await
    }
}

/// The tokens are those of a device that was known.
fn assert_known(result: &Value, device: &Device) {
    assert_eq!(result.get("NewDeviceMetadata"), None, "{result}");
    assert_eq!(claims(&result["AccessToken"])["device_key"], device.key.as_str());
}

/// The text of a code other than this one.
async fn sms_answer(browser: &Browser<'_>, before: &Value, device_key: Option<&str>) -> Value {
    assert_eq!(before["ChallengeName"], "SMS_MFA");
    let server = browser.alice.server;
    let responses =
        json!({ "USERNAME": "alice", "SMS_MFA_CODE": server.code("alice"), "DEVICE_KEY": device_key });
    server.public().ok("RespondToAuthChallenge", browser.input(before, "SMS_MFA", &responses)).await
}

on_both! {
    async fn a_remembered_device_proves_its_password(server) {
        let alice = Alice::new(server, always()).await;
        let device = alice.device("a laptop").await;
        server.clock().advance_seconds(100);
        let browser = Browser::new(&alice);
        let before = browser.password(Some(&device.key)).await;
        let challenge =
            server.public().ok("RespondToAuthChallenge", browser.device_start(&before, &device)).await;
        let parameters = challenge["ChallengeParameters"].as_object().unwrap();
        let names: Vec<_> = parameters.keys().collect();
        // cognito-srp-helper and the .NET library fail without DEVICE_KEY
        assert_eq!(names, ["DEVICE_KEY", "SALT", "SECRET_BLOCK", "SRP_B", "USERNAME"]);
        assert!(challenge["Session"].is_string());
        let result = browser.device(&before, &device).await;
        assert_known(&result, &device);
        let shown = server.public().ok("GetDevice", device.input(json!({}))).await;
        let at = shown["Device"]["DeviceLastAuthenticatedDate"].as_f64().unwrap();
        assert_eq!(at.to_string(), server.now().seconds().to_string());
        assert!(shown["Device"]["DeviceCreateDate"].as_f64().unwrap() < at);
    }

    // pycognito sends no session with any of these (authentication §1.2)
    async fn sessions_may_be_left_out(server) {
        let alice = Alice::new(server, always()).await;
        let (device, other) = (alice.device("a laptop").await, alice.device("another").await);
        let browser = Browser { sessions: false, ..Browser::new(&alice) };
        // Nothing waits for the device before a first factor is proven.
        assert_eq!(browser.refused(browser.device_start(&json!({}), &device)).await, invalid_session());
        let before = browser.password(Some(&device.key)).await;
        assert_eq!(browser.refused(browser.device_start(&before, &other)).await, invalid_session());
        assert_known(&browser.device(&before, &device).await, &device);
        // And nothing waits any more.
        assert_eq!(browser.refused(browser.device_start(&before, &device)).await, invalid_session());

        // What waits, waits for its client, and not for ever.
        let elsewhere = Alice { client: server.client(&alice.pool, json!({})).await, pool: alice.pool.clone(), server };
        let foreign = Browser { sessions: false, ..Browser::new(&elsewhere) };
        browser.password(Some(&device.key)).await;
        assert_eq!(foreign.refused(foreign.device_start(&json!({}), &device)).await, invalid_session());
        server.clock().advance_seconds(180);
        let expired = refusal("NotAuthorizedException", "Invalid session for the user, session is expired.");
        assert_eq!(browser.refused(browser.device_start(&json!({}), &device)).await, expired);
    }

    // authentication §17: remembered device, flag true, MFA ON
    async fn a_remembered_device_stands_in_for_a_second_factor(server) {
        let alice = Alice::new(server, instead()).await;
        let device = alice.device("a laptop").await;
        demand_sms(&alice).await;
        let browser = Browser::new(&alice);
        let before = browser.password(Some(&device.key)).await;
        assert_known(&browser.device(&before, &device).await, &device);
        assert!(server.messages("alice").is_empty());
        // Other devices still need the code, and get a key of their own.
        let before = browser.password(None).await;
        let result = sms_answer(&browser, &before, None).await;
        assert_ne!(Device::new(&result["AuthenticationResult"]).key, device.key);
        // By the password in plain, too.
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": alice.client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD, "DEVICE_KEY": device.key },
        });
        let before = server.public().ok("InitiateAuth", input).await;
        assert_known(&browser.device(&before, &device).await, &device);
    }

    // authentication §17: remembered device, flag false, MFA ON
    async fn otherwise_it_proves_itself_after_the_second_factor(server) {
        let alice = Alice::new(server, always()).await;
        let device = alice.device("a laptop").await;
        demand_sms(&alice).await;
        for sessions in [true, false] {
            let browser = Browser { sessions: true, ..Browser::new(&alice) };
            let before = browser.password(Some(&device.key)).await;
            let before = sms_answer(&browser, &before, Some(&device.key)).await;
            let browser = Browser { sessions, ..browser };
            assert_known(&browser.device(&before, &device).await, &device);
        }
        // Named only with the code: what was asked for is taken, and the device asked for then.
        let browser = Browser::new(&alice);
        let before = browser.password(None).await;
        let before = sms_answer(&browser, &before, Some(&device.key)).await;
        assert_known(&browser.device(&before, &device).await, &device);
    }

    // operations-and-protection §9.4: the names are those of a password and of a second factor, and a device is neither
    async fn a_wrong_device_is_no_wrong_second_factor(server) {
        let mut settings = always();
        settings["UserPoolAddOns"] = json!({ "AdvancedSecurityMode": "AUDIT" });
        let alice = Alice::new(server, settings).await;
        let device = alice.device("a laptop").await;
        let browser = Browser::new(&alice);
        let before = browser.password(Some(&device.key)).await;
        let challenge =
            server.public().ok("RespondToAuthChallenge", browser.device_start(&before, &device)).await;
        server.clock().advance_seconds(1);
        assert_eq!(browser.refused(browser.device_proof(&challenge, &device, "wrong")).await, incorrect());
        let newest = alice.admin("AdminListUserAuthEvents", json!({})).await["AuthEvents"][0].clone();
        assert_eq!(newest["EventResponse"], "Fail");
        let password = json!({ "ChallengeName": "Password", "ChallengeResponse": "Success" });
        assert_eq!(newest["ChallengeResponses"], json!([password]));
    }

    async fn a_session_for_the_code_is_none_for_the_device(server) {
        let alice = Alice::new(server, always()).await;
        let device = alice.device("a laptop").await;
        demand_sms(&alice).await;
        let browser = Browser::new(&alice);
        let before = browser.password(Some(&device.key)).await;
        assert_eq!(before["ChallengeName"], "SMS_MFA");
        assert_eq!(browser.refused(browser.device_start(&before, &device)).await, invalid_session());
        let without = Browser { sessions: false, ..Browser::new(&alice) };
        assert_eq!(without.refused(without.device_start(&before, &device)).await, invalid_session());
    }

    async fn a_device_that_is_not_remembered_proves_nothing(server) {
        let alice = Alice::new(server, on_prompt()).await;
        let device = alice.device("a laptop").await;
        let browser = Browser::new(&alice);
        let result = browser.password(Some(&device.key)).await["AuthenticationResult"].clone();
        assert_known(&result, &device);
        // Remembered, and without a verifier.
        let bare = Device::new(&server.sign_in(&alice.client, "alice").await);
        server.public().ok("ConfirmDevice", bare.input(json!({}))).await;
        let remember = json!({ "DeviceRememberedStatus": "remembered" });
        server.public().ok("UpdateDeviceStatus", bare.input(remember.clone())).await;
        assert_known(&browser.password(Some(&bare.key)).await["AuthenticationResult"], &bare);
        server.public().ok("UpdateDeviceStatus", device.input(remember)).await;
        let before = browser.password(Some(&device.key)).await;
        assert_eq!(before["ChallengeName"], "DEVICE_SRP_AUTH");
        // What is no longer remembered is no longer asked for.
        let forget = json!({ "DeviceRememberedStatus": "not_remembered" });
        server.public().ok("UpdateDeviceStatus", device.input(forget)).await;
        assert_eq!(browser.refused(browser.device_start(&before, &device)).await, invalid_session());
    }

    // authentication §1.2, observed: clients repeat the identical answer without the key
    async fn an_unknown_device_uses_nothing_up(server) {
        let alice = Alice::new(server, always()).await;
        let issued = Device::new(&server.sign_in(&alice.client, "alice").await);
        server.user(&alice.pool, "bob", json!({})).await;
        let bobs = Device::new(&server.sign_in(&alice.client, "bob").await);
        server.public().ok("ConfirmDevice", bobs.confirmation("bob's")).await;
        let browser = Browser::new(&alice);
        let long = "x".repeat(3000);
        for key in [&issued.key, &bobs.key, "us-east-1_nothing", &long] {
            let mut input = browser.password_answer(Some(key)).await;
            assert_eq!(browser.refused(input.clone()).await, no_device(), "{key}");
            // amazon-cognito-identity-js sends null
            input["ChallengeResponses"]["DEVICE_KEY"] = Value::Null;
            let answer = server.public().ok("RespondToAuthChallenge", input).await;
            Device::new(&answer["AuthenticationResult"]);
        }
        let plain = |password: &str| json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": alice.client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": password, "DEVICE_KEY": bobs.key },
        });
        assert_eq!(server.public().refused("InitiateAuth", plain(TestServer::PASSWORD)).await, no_device());
        // Which devices there are is told to nobody else.
        assert_eq!(server.public().refused("InitiateAuth", plain("Wrong-Horse-7")).await, incorrect());
    }

    // The key of the first call counts where the answer has none; an unknown one is as good as none then.
    async fn the_key_of_the_first_call_is_carried_on(server) {
        let alice = Alice::new(server, always()).await;
        let device = alice.device("a laptop").await;
        let browser = Browser::new(&alice);
        let begin = async |key: &str| {
            let input = json!({
                "ClientId": alice.client,
                "AuthFlow": "USER_SRP_AUTH",
                "AuthParameters": { "USERNAME": "alice", "SRP_A": browser.srp.srp_a(), "DEVICE_KEY": key },
            });
            let challenge = server.public().ok("InitiateAuth", input).await;
            let parameters = &challenge["ChallengeParameters"];
            let responses = browser.srp.answer(parameters, TestServer::PASSWORD, server.now());
            let input = browser.input(&challenge, "PASSWORD_VERIFIER", &responses);
            server.public().ok("RespondToAuthChallenge", input).await
        };
        let before = begin(&device.key).await;
        assert_known(&browser.device(&before, &device).await, &device);
        let long = "x".repeat(3000);
        for unknown in ["us-east-1_nothing", &long] {
            Device::new(&begin(unknown).await["AuthenticationResult"]);
        }
    }

    async fn without_tracking_a_key_is_ignored(server) {
        let alice = Alice::new(server, json!({})).await;
        let browser = Browser::new(&alice);
        let answer = browser.password(Some("us-east-1_nothing")).await;
        let result = &answer["AuthenticationResult"];
        assert_eq!(claims(&result["AccessToken"]).get("device_key"), None);
        assert_eq!(browser.refused(browser.input(&json!({}), "DEVICE_SRP_AUTH", &json!({
            "USERNAME": "alice", "DEVICE_KEY": "us-east-1_nothing", "SRP_A": browser.srp.srp_a(),
        }))).await, invalid_session());
    }

    async fn a_wrong_proof_is_refused_and_a_right_one_counts_once(server) {
        let alice = Alice::new(server, always()).await;
        let device = alice.device("a laptop").await;
        for sessions in [true, false] {
            let browser = Browser { sessions, ..Browser::new(&alice) };
            let before = browser.password(Some(&device.key)).await;
            let start = browser.device_start(&before, &device);
            let challenge = server.public().ok("RespondToAuthChallenge", start.clone()).await;
            assert_eq!(browser.refused(browser.device_proof(&challenge, &device, "wrong")).await, incorrect());
            let good = browser.device_proof(&challenge, &device, DEVICE_PASSWORD);
            // A claim is good with the time that it names, in its form (authentication §8.3, observed).
            let mut other = good.clone();
            other["ChallengeResponses"]["TIMESTAMP"] = json!("Tue Jan 1 00:30:00 UTC 2030");
            assert_eq!(browser.refused(other.clone()).await, incorrect());
            other["ChallengeResponses"]["TIMESTAMP"] = json!("2030-01-01T00:30:00Z");
            let form = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.";
            assert_eq!(browser.refused(other).await, refusal("InvalidParameterException", form));
            let mut broken = good.clone();
            broken["ChallengeResponses"]["PASSWORD_CLAIM_SECRET_BLOCK"] = json!("AAAA");
            assert_eq!(browser.refused(broken).await, incorrect());
            server.public().ok("RespondToAuthChallenge", good.clone()).await;
            let used = refusal(
                "NotAuthorizedException",
                "Invalid session for the user, session can only be used once.",
            );
            assert_eq!(browser.refused(good).await, used);
            let again = if sessions { used } else { invalid_session() };
            assert_eq!(browser.refused(start).await, again);
        }
    }

    // decision 19: it stands in for the second factor, so what a temporary password sets waits for it
    async fn a_new_password_and_its_attributes_wait_for_the_device(server) {
        let alice = Alice::new(server, instead()).await;
        let device = alice.device("a laptop").await;
        demand_sms(&alice).await;
        alice.admin("AdminSetUserPassword", json!({ "Password": "Temp0rary!Pass" })).await;
        let before = alice.admin("AdminGetUser", json!({})).await;
        for sessions in [true, false] {
            let browser = Browser { sessions, ..Browser::new(&alice) };
            let input = json!({
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": alice.client,
                "AuthParameters": { "USERNAME": "alice", "PASSWORD": "Temp0rary!Pass", "DEVICE_KEY": device.key },
            });
            let given = server.public().ok("InitiateAuth", input).await;
            let new = json!({
                "ClientId": alice.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": given["Session"],
                "ChallengeResponses": {
                    "USERNAME": "alice", "NEW_PASSWORD": TestServer::PASSWORD,
                    "userAttributes.phone_number": "+19995550199",
                },
            });
            let asked = server.public().ok("RespondToAuthChallenge", new).await;
            if sessions {
                assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
                assert_eq!(alice.admin("AdminGetUser", json!({})).await, before);
                continue;
            }
            assert_known(&browser.device(&asked, &device).await, &device);
            let after = alice.admin("AdminGetUser", json!({})).await;
            assert_eq!(after["UserStatus"], "CONFIRMED");
            let moved = json!({ "Name": "phone_number", "Value": "+19995550199" });
            assert!(after["UserAttributes"].as_array().unwrap().contains(&moved), "{after}");
            browser.password(None).await;
        }
    }

    // A device's password is a factor that can be guessed, with a count of its own.
    async fn wrong_proofs_lock_the_device_out_and_no_other_factor(server) {
        let alice = Alice::new(server, instead()).await;
        let device = alice.device("a laptop").await;
        demand_sms(&alice).await;
        let browser = Browser::new(&alice);
        let before = browser.password(Some(&device.key)).await;
        let start = browser.device_start(&before, &device);
        let challenge = server.public().ok("RespondToAuthChallenge", start.clone()).await;
        let wrong = browser.device_proof(&challenge, &device, "wrong");
        let right = browser.device_proof(&challenge, &device, DEVICE_PASSWORD);
        for _ in 0..5 {
            assert_eq!(browser.refused(wrong.clone()).await, incorrect());
        }
        let locked = refusal("NotAuthorizedException", "Password attempts exceeded");
        let jobs = server.engine().crypto().begun();
        for input in [&wrong, &right, &start] {
            assert_eq!(browser.refused(input.clone()).await, locked);
            let mut input = input.clone();
            input["UserPoolId"] = json!(alice.pool);
            assert_eq!(server.admin().refused("AdminRespondToAuthChallenge", input).await, locked);
        }
        assert_eq!(server.engine().crypto().begun(), jobs);
        // The code is another way.
        let other = browser.password(None).await;
        sms_answer(&browser, &other, None).await;
        server.clock().advance_seconds(1);
        server.public().ok("RespondToAuthChallenge", right).await;
    }

    async fn a_proof_belongs_to_its_client_and_its_session(server) {
        let alice = Alice::new(server, always()).await;
        let device = alice.device("a laptop").await;
        let other = server.client(&alice.pool, json!({})).await;
        let browser = Browser::new(&alice);
        let before = browser.password(Some(&device.key)).await;
        let challenge =
            server.public().ok("RespondToAuthChallenge", browser.device_start(&before, &device)).await;
        let good = browser.device_proof(&challenge, &device, DEVICE_PASSWORD);
        let mut foreign = good.clone();
        foreign["ClientId"] = json!(other);
        assert_eq!(browser.refused(foreign).await, invalid_session());
        let second = browser.password(Some(&device.key)).await;
        let second = server.public().ok("RespondToAuthChallenge", browser.device_start(&second, &device)).await;
        let mut mixed = good.clone();
        mixed["Session"] = second["Session"].clone();
        assert_eq!(browser.refused(mixed).await, invalid_session());
        let mut earlier = good.clone();
        earlier["Session"] = before["Session"].clone();
        assert_eq!(browser.refused(earlier).await, invalid_session());
        server.user(&alice.pool, "bob", json!({})).await;
        let mut bobs = good.clone();
        bobs["ChallengeResponses"]["USERNAME"] = json!("bob");
        assert_eq!(browser.refused(bobs).await, invalid_session());
        // The administrators' door leads to the same place.
        let mut admin = good;
        admin["UserPoolId"] = json!(alice.pool);
        server.admin().ok("AdminRespondToAuthChallenge", admin).await;
    }

    async fn nothing_of_the_device_holds_once_it_is_forgotten_or_the_password_changed(server) {
        let alice = Alice::new(server, always()).await;
        let (one, two) = (alice.device("one").await, alice.device("two").await);
        let browser = Browser::new(&alice);
        let waiting = async |device: &Device| {
            let before = browser.password(Some(&device.key)).await;
            let challenge =
                server.public().ok("RespondToAuthChallenge", browser.device_start(&before, device)).await;
            browser.device_proof(&challenge, device, DEVICE_PASSWORD)
        };
        let proof = waiting(&one).await;
        alice.admin("AdminForgetDevice", json!({ "DeviceKey": one.key })).await;
        assert_eq!(browser.refused(proof).await, no_device());
        let proof = waiting(&two).await;
        let password = json!({ "Password": TestServer::PASSWORD, "Permanent": true });
        alice.admin("AdminSetUserPassword", password).await;
        assert_eq!(browser.refused(proof).await, invalid_session());
        let proof = waiting(&two).await;
        alice.admin("AdminDisableUser", json!({})).await;
        assert_eq!(browser.refused(proof).await, refusal("NotAuthorizedException", "User is disabled."));
    }

    async fn the_answers_name_what_is_missing(server) {
        let alice = Alice::new(server, always()).await;
        let device = alice.device("a laptop").await;
        let browser = Browser::new(&alice);
        let before = browser.password(Some(&device.key)).await;
        let missing =
            |name: &str| refusal("InvalidParameterException", &format!("Missing required parameter {name}"));
        for name in ["USERNAME", "DEVICE_KEY", "SRP_A"] {
            let mut input = browser.device_start(&before, &device);
            input["ChallengeResponses"].as_object_mut().unwrap().remove(name);
            assert_eq!(browser.refused(input).await, missing(name));
        }
        let mut input = browser.device_start(&before, &device);
        input["ChallengeResponses"]["SRP_A"] = json!("not a number");
        assert_eq!(browser.refused(input).await, refusal("InvalidParameterException", "Invalid SRP_A"));
        // S is 0 for such a value: its proof never counts (authentication §8.2).
        let mut input = browser.device_start(&before, &device);
        input["ChallengeResponses"]["SRP_A"] = json!("0");
        let challenge = server.public().ok("RespondToAuthChallenge", input).await;
        let proof = browser.device_proof(&challenge, &device, DEVICE_PASSWORD);
        assert_eq!(browser.refused(proof.clone()).await, incorrect());
        for name in ["PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP", "USERNAME"] {
            let mut input = proof.clone();
            input["ChallengeResponses"].as_object_mut().unwrap().remove(name);
            assert_eq!(browser.refused(input).await, missing(name));
        }
    }
}

/// A client that sends no session is found by its name first, and its answer by its session: that is one request.
#[tokio::test]
async fn a_device_without_a_session_counts_once_for_its_user() {
    let limits = Limits { per_user: 2, ..Limits::default() };
    let limited = |parts: &mut Parts| parts.kernel.settings.limits = limits;
    let server = TestServer::start_with(Database::Sqlite, limited).await;
    let mut settings = always();
    settings["UsernameConfiguration"] = json!({ "CaseSensitive": false });
    let alice = Alice::new(&server, settings).await;
    let device = alice.device("a laptop").await;
    server.clock().advance_seconds(100);
    let browser = Browser { sessions: false, ..Browser::new(&alice) };
    let before = browser.password(Some(&device.key)).await;
    let too_often = ("TooManyRequestsException".to_owned(), "Rate exceeded".to_owned());
    // Ten seconds' worth, two of which the password took.
    for _ in 0..18 {
        server.public().ok("RespondToAuthChallenge", browser.device_start(&before, &device)).await;
    }
    assert_eq!(browser.refused(browser.device_start(&before, &device)).await, too_often);
    // A device that waits for nothing counts as much, in whatever letters the name comes.
    server.clock().advance_seconds(100);
    let unknown = Device { key: "us-east-1_00000000-0000-0000-0000-000000000000".to_owned(), ..device };
    let mut input = browser.device_start(&before, &unknown);
    for n in 0..21 {
        let letters = "alice"
            .char_indices()
            .map(|(at, letter)| if n >> at & 1 == 1 { letter.to_ascii_uppercase() } else { letter });
        input["ChallengeResponses"]["USERNAME"] = json!(letters.collect::<String>());
        let expected = if n < 20 { invalid_session() } else { too_often.clone() };
        assert_eq!(browser.refused(input.clone()).await, expected, "{n}");
    }
    drop(alice);
    server.finish().await;
}
