//! A server with a pool of users: the same for all, as far as each takes them in time.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use poolhouse_core::fill::{email, group_name, user_name};
use poolhouse_ports::Clock;
use poolhouse_testkit::TestServer;
use poolhouse_testkit::sign::Keys;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::sign_ins;
use super::subject::{Subject, signed};
use crate::requests;

/// Users of a whole population.
const USERS: u32 = 2000;
/// No more users are made after so long.
const FILL_LIMIT: Duration = Duration::from_secs(150);
/// How many users are made together.
const BATCH: u32 = 100;
/// Groups, and in how many of them each user is.
const GROUPS: u32 = 30;
pub(super) const GROUPS_OF_USER: u32 = 3;
/// Each user is in one group of each block.
const BLOCK: u32 = GROUPS / GROUPS_OF_USER;
/// A group that is empty.
pub(super) const VISITORS: &str = "visitors";

/// A server, its pool, and who is in it.
pub(super) struct Site {
    pub(super) subject: Subject,
    pub(super) pool: String,
    pub(super) client: String,
    /// `user-000000`, `user-000001` and so on, each with an e-mail address and a password.
    pub(super) users: u32,
    /// Whether a request must be signed by who says that he sends it.
    pub(super) checks_signatures: bool,
    /// What some users got when they signed in.
    pub(super) sessions: Result<Vec<Value>, Refusal>,
}

impl Site {
    pub(super) async fn build(subject: Subject) -> Result<Self, Refusal> {
        let pool = subject.ask("CreateUserPool", &json!({ "PoolName": "peers" })).await?;
        let pool = pool["UserPool"]["Id"].as_str().ok_or(Refusal::of("makes no pool"))?.to_owned();
        let flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        let client = json!({ "UserPoolId": pool, "ClientName": "app", "ExplicitAuthFlows": flows });
        let client = subject.ask("CreateUserPoolClient", &client).await?;
        let client = &client["UserPoolClient"]["ClientId"];
        let client = client.as_str().ok_or(Refusal::of("makes no client"))?.to_owned();
        let groups = (0..GROUPS).map(group_name).chain([VISITORS.to_owned()]);
        let groups = groups.map(|name| json!({ "UserPoolId": pool, "GroupName": name }));
        subject.answers(signed("CreateGroup", groups)).await?;

        let begun = Instant::now();
        let mut users = 0;
        while users < USERS && begun.elapsed() < FILL_LIMIT {
            let end = USERS.min(users + BATCH);
            fill(&subject, &pool, users..end).await?;
            users = end;
        }
        let checks_signatures = checks_signatures(&subject, &pool).await;
        let mut site = Self { subject, pool, client, users, checks_signatures, sessions: Ok(Vec::new()) };
        site.sessions = sign_ins::sessions(&site).await;
        Ok(site)
    }

    /// The input that names a user.
    pub(super) fn user(&self, number: u32) -> Value {
        json!({ "UserPoolId": self.pool, "Username": user_name(number) })
    }

    /// The input that names a user and the group of [`VISITORS`].
    pub(super) fn visitor(&self, number: u32) -> Value {
        json!({ "UserPoolId": self.pool, "Username": user_name(number), "GroupName": VISITORS })
    }

    /// The CPU time of answering one of `requests`, in seconds, unless an answer is not as it has to be.
    pub(super) async fn cost_of(
        &self,
        requests: Vec<Request<Body>>,
        right: impl Fn(usize, &Value) -> bool,
    ) -> Result<(f64, Vec<Value>), Refusal> {
        let (cost, answers) = self.subject.cost_of(requests).await?;
        Refusal::unless(answers.iter().enumerate().all(|(n, answer)| right(n, answer)))?;
        Ok((cost, answers))
    }
}

/// Users with their passwords, in their groups.
async fn fill(subject: &Subject, pool: &str, numbers: std::ops::Range<u32>) -> Result<(), Refusal> {
    let all = |input: fn(u32) -> Value| {
        numbers.clone().map(move |number| {
            let mut input = input(number);
            input["UserPoolId"] = json!(pool);
            input["Username"] = json!(user_name(number));
            input
        })
    };
    let created = all(|number| {
        let attributes = json!([
            { "Name": "email", "Value": email(number) }, { "Name": "email_verified", "Value": "true" },
        ]);
        json!({ "UserAttributes": attributes, "MessageAction": "SUPPRESS" })
    });
    subject.answers(signed("AdminCreateUser", created)).await?;
    let passwords = all(|_| json!({ "Password": TestServer::PASSWORD, "Permanent": true }));
    subject.answers(signed("AdminSetUserPassword", passwords)).await?;
    let first = all(|number| json!({ "GroupName": group_name(number % BLOCK) }));
    let second = all(|number| json!({ "GroupName": group_name(BLOCK + number % BLOCK) }));
    let third = all(|number| json!({ "GroupName": group_name(2 * BLOCK + number % BLOCK) }));
    let members = first.chain(second).chain(third);
    subject.answers(signed("AdminAddUserToGroup", members)).await?;
    Ok(())
}

async fn checks_signatures(subject: &Subject, pool: &str) -> bool {
    let stranger = Keys { secret_access_key: "of somebody else", ..TestServer::ROOT };
    let input = json!({ "UserPoolId": pool, "Username": user_name(0) });
    let request = requests::signed_by(stranger, "AdminGetUser", &input, Clock::system().now());
    subject.answers(vec![request]).await.is_err()
}
